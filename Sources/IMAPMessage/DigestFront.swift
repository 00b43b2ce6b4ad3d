internal import IMAPTypes

/// A header field whose values a digest keeps for SEARCH.
package enum DigestField: Int, CaseIterable, Sendable {
    case subject
    case from
    case to
    case cc
    case bcc

    /// In lower case.
    package var name: [UInt8] { DigestField.names[rawValue] }

    private static let names = ["subject", "from", "to", "cc", "bcc"].map { Array($0.utf8) }

    /// The field called `name`, in any ASCII case.
    package init?(_ name: [UInt8]) {
        guard let index = DigestField.names.firstIndex(where: { ASCII.equalFolded($0, name) }) else { return nil }
        self.init(rawValue: index)
    }
}

/// What a digest knows of the Date field.
package enum DigestDate: Hashable, Sendable {
    /// Nothing: the field must be read.
    case unknown
    /// There is none that says a date.
    case none
    /// When the message was sent, in seconds since the start of 1970 in UTC, and the same in the sender's own time, a
    /// leap second taken for the one before it: that one is of the day that the sender wrote.
    case sent(seconds: Int64, local: Int64)
}

/// The front of a ``StructureDigest``: what SEARCH, SORT and THREAD ask of a message, each read when it is asked for.
/// What is malformed is nothing, or not known.
package struct DigestFront: Sendable {
    private let octets: [UInt8]
    /// When the message was sent.
    package let sent: DigestDate
    /// Where the values of fields are; empty where none are known.
    private let values: Range<Int>

    /// `nil` unless `octets` begin as a digest of a message of `size` octets does. Any octets may be handed in.
    package init?(_ octets: [UInt8], size: UInt64) {
        guard let (sent, cursor) = DigestFront.beginning(octets.span, size) else { return nil }
        var values = cursor
        guard let range = values.octets(octets.span) else { return nil }
        self.values = range
        self.sent = sent
        self.octets = octets
    }

    /// Behind the values of fields: at the references.
    var behindValues: DigestCursor { DigestCursor(position: values.upperBound) }

    /// When the message was sent; `nil` unless `octets` begin as a digest of a message of `size` octets does.
    package static func sent(_ octets: Span<UInt8>, size: UInt64) -> DigestDate? { beginning(octets, size)?.sent }

    private static func beginning(_ octets: Span<UInt8>, _ size: UInt64) -> (sent: DigestDate, behind: DigestCursor)? {
        guard octets.count > 1, octets.count <= StructureDigest.maximumOctets, octets[0] == StructureDigest.version
        else { return nil }
        var cursor = DigestCursor(position: 1)
        guard cursor.number(octets) == size else { return nil }
        let sent = cursor.date(octets)
        return cursor.isMalformed ? nil : (sent, cursor)
    }

    // MARK: Values

    /// Whether a value of a field has the text in it; `nil` when the digest does not know the values.
    package func has(_ text: TextSearch, in field: DigestField) -> Bool? {
        let span = octets.span
        guard var (cursor, left) = beginning(of: field, span) else { return nil }
        while left > 0 {
            guard let range = cursor.octets(span) else { return nil }
            if text.isIn(headerValue: span.extracting(range)) { return true }
            left -= 1
        }
        return false
    }

    /// The values of a field, unfolded, in the order of the message; `nil` when the digest does not know them.
    package func values(of field: DigestField) -> [[UInt8]]? {
        let span = octets.span
        guard var (cursor, left) = beginning(of: field, span) else { return nil }
        var found: [[UInt8]] = []
        while left > 0 {
            guard let range = cursor.octets(span) else { return nil }
            found.append(Array(octets[range]))
            left -= 1
        }
        return found
    }

    /// Before the first value of a field, and how many there are.
    private func beginning(of field: DigestField, _ span: Span<UInt8>) -> (DigestCursor, count: Int)? {
        guard !values.isEmpty else { return nil }
        var cursor = DigestCursor(position: values.lowerBound, end: values.upperBound)
        for _ in 0..<field.rawValue { cursor.skipField(span) }
        let head = Int(clamping: cursor.number(span))
        guard !cursor.isMalformed, head > 0 else { return nil }
        return (cursor, head - 1)
    }

    /// Whether the values of fields take the octets that are said to be theirs, no more and no less.
    var hasWholeValues: Bool {
        guard !values.isEmpty else { return true }
        let span = octets.span
        var cursor = DigestCursor(position: values.lowerBound, end: values.upperBound)
        for _ in DigestField.allCases { cursor.skipField(span) }
        return !cursor.isMalformed && cursor.position == values.upperBound
    }

    // MARK: The envelope

    /// Where the texts of the envelope are.
    struct Texts: Sendable {
        var references = DigestString.none
        var date = DigestString.none
        var subject = DigestString.none
        var inReplyTo = DigestString.none
        var messageID = DigestString.none
    }

    var texts: Texts {
        var cursor = behindValues
        return texts(&cursor)
    }

    private func texts(_ cursor: inout DigestCursor) -> Texts {
        let span = octets.span
        var texts = Texts()
        texts.references = cursor.references(span)
        let fields = StructureDigest.EnvelopeFields(rawValue: cursor.octet(span))
        if fields.contains(.date) { texts.date = cursor.string(span) }
        if fields.contains(.subject) {
            texts.subject = fields.contains(.subjectIsValue) ? firstSubject(span) : cursor.string(span)
        }
        if fields.contains(.inReplyTo) { texts.inReplyTo = cursor.string(span) }
        if fields.contains(.messageID) { texts.messageID = cursor.string(span) }
        return texts
    }

    func firstSubject(_ span: Span<UInt8>) -> DigestString {
        guard let (first, count) = beginning(of: .subject, span), count > 0 else { return .none }
        var cursor = first
        return cursor.value(span)
    }

    func text(_ place: DigestString) -> ArraySlice<UInt8>? {
        switch place {
        case .none: nil
        case .octets(let start, let end): octets[Int(start)..<Int(end)]
        case .word(let index): DigestString.word(index)[...]
        }
    }

    func firstAddress(ofList list: Int) -> Address? {
        let span = octets.span
        var cursor = behindValues
        _ = texts(&cursor)
        for _ in 0..<list { _ = cursor.addresses(span) }
        guard cursor.number(span) > 0 else { return nil }
        let address = cursor.address(span)
        return cursor.isMalformed ? nil : Address(address) { text($0).map { Array($0) } }
    }
}
