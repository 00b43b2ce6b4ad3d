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
        var count = 0
        forEach(value) { _ in count += 1 }
        var skipped = max(0, count - max(0, limit))
        var ids: [[UInt8]] = []
        forEach(value) { id in
            if skipped > 0 { skipped -= 1 } else { ids.append(id) }
        }
        return ids
    }

    /// What a message refers to (RFC 5256 section 3): its References, or else the first ID of its In-Reply-To.
    package static func references(_ references: [UInt8]?, inReplyTo: [UInt8]?) -> [[UInt8]] {
        let ids = references.map { parse($0) } ?? []
        guard ids.isEmpty, let inReplyTo else { return ids }
        var first: [UInt8]?
        forEach(inReplyTo) { id in if first == nil { first = id } }
        return first.map { [$0] } ?? []
    }

    private static func forEach(_ value: [UInt8], _ body: ([UInt8]) -> Void) {
        var index = 0
        while index < value.count {
            switch value[index] {
            case ASCII.quote: HeaderText.skipQuotedString(value, &index)
            case ASCII.leftParenthesis: HeaderText.skipComment(value, &index)
            case ASCII.less:
                index += 1
                if let id = id(value, &index) { body(id) }
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
