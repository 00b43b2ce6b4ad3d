internal import IMAPTypes

/// The message IDs of References, In-Reply-To and Message-ID fields (RFC 5322 section 3.6.4), as THREAD compares them.
///
/// An ID is what is between `<` and `>`, without white space, comments and the quotes of a quoted local part: RFC 5256
/// section 3 has `<"01KF8JCEOCBS0045PS"@xxx.yyy.com>` be the same as without them. Other text in the field, quoted
/// strings and comments are passed over. An ID without `@` counts: there are many, and they thread.
package enum MessageIDs {
    /// More references than these are not kept; of more, the last are, because the last is the parent.
    package static let maximumCount = 1000

    /// The IDs in a field's value, without brackets, in order; the last `limit` of them.
    package static func parse(_ value: [UInt8], limit: Int = maximumCount) -> [[UInt8]] {
        var ids: [[UInt8]] = []
        forEachOfLast(limit, value.span) { ids.append(array($0)) }
        return ids
    }

    /// What a message refers to (RFC 5256 section 3): its References, or else the first ID of its In-Reply-To.
    package static func references(_ references: [UInt8]?, inReplyTo: [UInt8]?) -> [[UInt8]] {
        var ids: [[UInt8]] = []
        forEachReference(references?[...], inReplyTo: inReplyTo?[...]) { ids.append(array($0)) }
        return ids
    }

    private static func array(_ id: Span<UInt8>) -> [UInt8] { id.indices.map { id[$0] } }

    /// The same, handed out one by one.
    package static func forEachReference(
        _ references: ArraySlice<UInt8>?, inReplyTo: ArraySlice<UInt8>?, _ body: (Span<UInt8>) -> Void
    ) {
        if let references, forEachOfLast(maximumCount, references.span, body) > 0 { return }
        guard let inReplyTo else { return }
        forEach(inReplyTo.span) { id in
            body(id)
            return false
        }
    }

    /// Hands out the last `limit` IDs. Returns how many there are.
    @discardableResult
    private static func forEachOfLast(
        _ limit: Int, _ value: Span<UInt8>, _ body: (Span<UInt8>) -> Void
    ) -> Int {
        // No ID is shorter than three octets, so most fields need not be counted.
        var skipped = 0
        if value.count / 3 > limit {
            forEach(value) { _ in
                skipped += 1
                return true
            }
            skipped = max(0, skipped - max(0, limit))
        }
        var count = 0
        forEach(value) { id in
            count += 1
            if count > skipped { body(id) }
            return true
        }
        return count
    }

    /// Hands out each ID in `value`, as long as `body` wants more.
    package static func forEach(_ value: Span<UInt8>, _ body: (Span<UInt8>) -> Bool) {
        let (less, quote, parenthesis) = (ASCII.less, ASCII.quote, ASCII.leftParenthesis)
        var index = 0
        while index < value.count {
            let octet = value[index]
            if octet == less {
                guard let end = plainEnd(value, index + 1) else {
                    return forEachOfAny(array(value.extracting(index..<value.count)), body)
                }
                guard body(value.extracting((index + 1)..<end)) else { return }
                index = end + 1
            } else if octet == quote || octet == parenthesis {
                return forEachOfAny(array(value.extracting(index..<value.count)), body)
            } else {
                index += 1
            }
        }
    }

    /// Where the ID that begins here ends, when it has nothing in it that must be taken out.
    private static func plainEnd(_ value: Span<UInt8>, _ start: Int) -> Int? {
        var index = start
        while index < value.count {
            if index + 8 <= value.count {
                let special = specials(value.word(at: index))
                guard special != 0 else {
                    index += 8
                    continue
                }
                index += special.trailingZeroBitCount / 8
            }
            let octet = value[index]
            switch octet {
            case ASCII.greater: return index == start ? nil : index
            case ASCII.less, ASCII.quote, ASCII.leftParenthesis: return nil
            case _ where octet.isBlank: return nil
            default: index += 1
            }
        }
        return nil
    }

    /// Sets the highest bit of each octet that must be looked at: `<`, `>`, and all up to `(`.
    @inline(__always)
    private static func specials(_ word: UInt64) -> UInt64 {
        let (low, all): (UInt64, UInt64) = (0x7F7F_7F7F_7F7F_7F7F, 0x8080_8080_8080_8080)
        // No sum passes on a carry: both octets are below 0x80.
        let brackets = (word | 0x0202_0202_0202_0202) ^ 0x3E3E_3E3E_3E3E_3E3E
        let isNoBracket = ((brackets & low) + low) | brackets
        let isAbove = ((word & low) + 0x5757_5757_5757_5757) | word
        return ~(isNoBracket & isAbove) & all
    }

    /// The same of a value with quotes, comments and what is no ID in it.
    private static func forEachOfAny(_ value: [UInt8], _ body: (Span<UInt8>) -> Bool) {
        var index = 0
        while index < value.count {
            switch value[index] {
            case ASCII.quote: HeaderText.skipQuotedString(value, &index)
            case ASCII.leftParenthesis: HeaderText.skipComment(value, &index)
            case ASCII.less:
                index += 1
                if let id = id(value, &index), !body(id.span) { return }
            default: index += 1
            }
        }
    }

    /// From behind `<` to behind `>`; `nil` when it is empty, or another `<` or the end comes first.
    private static func id(_ value: [UInt8], _ index: inout Int) -> [UInt8]? {
        var id: [UInt8] = []
        while index < value.count {
            let octet = value[index]
            switch octet {
            case ASCII.greater:
                index += 1
                return id.isEmpty ? nil : id
            case ASCII.less: return nil
            case ASCII.quote: id += HeaderText.quotedString(value, &index)
            case ASCII.leftParenthesis: HeaderText.skipComment(value, &index)
            case _ where octet.isBlank: index += 1
            default:
                id.append(octet)
                index += 1
            }
        }
        return nil
    }
}
