package import IMAPTypes

/// The envelope and the parts in a ``StructureDigest``, as places in its octets: nothing is copied.
///
///     guard var structure = DigestStructure(digest, size: size) else { ... }
///     while let part = structure.next() { ... }
///     guard structure.isWhole else { ... }
///
/// Any octets may be handed in. What was read counts only when the parts turn out to be whole: then they keep the laws
/// of a structure, as ``MessageStructure`` has them.
package struct DigestStructure: Sendable {
    /// A part that is open: where what comes next inside it may begin, where it ends, and how many parts are missing.
    private struct Open: Sendable {
        var next: UInt64
        let end: UInt64
        var missing: Int
    }

    package let octets: [UInt8]
    /// The whole message's.
    package let envelope: DigestEnvelope
    let references: DigestString
    private let size: UInt64
    private var cursor: DigestCursor
    private var left: UInt64
    private var open: [Open] = []
    /// Where the header of the part before begins.
    private var before: UInt64 = 0
    private var isFirst = true
    private var isMalformed = false

    /// `nil` unless `octets` begin as a digest of a message of `size` octets does.
    package init?(_ octets: [UInt8], size: UInt64) {
        guard size <= UInt64(Int64.max), let front = DigestFront(octets, size: size) else { return nil }
        self.octets = octets
        self.size = size
        let span = octets.span
        guard front.hasWholeValues else { return nil }
        cursor = front.behindValues
        references = cursor.references(span)
        envelope = DigestEnvelope(&cursor, span, valueOfSubject: front.firstSubject(span))
        left = cursor.number(span)
        guard !cursor.isMalformed, left > 0, left <= UInt64(BodyStructure.maximumParts) else { return nil }
    }

    /// Every part was read, and they are a structure.
    package var isWhole: Bool { left == 0 && open.isEmpty && !isMalformed && cursor.position == octets.count }

    /// Whether the parts that are not read yet will turn out to be whole.
    package var hasWholeParts: Bool {
        var rest = self
        while rest.next() != nil {}
        return rest.isWhole
    }

    /// The next part; `nil` behind the last one, and where the octets are none.
    package mutating func next() -> DigestPart? {
        guard left > 0, !isMalformed else { return nil }
        left -= 1
        let octets = octets
        let span = octets.span
        var part = DigestPart(&cursor, span)
        let header = place(behind: before, span)
        let body = place(behind: header, span)
        let end = place(behind: body, span)
        part.header = header..<body
        part.body = body..<end
        part.lines = cursor.number(span)
        before = header
        isMalformed = isMalformed || cursor.isMalformed || part.lines > end - body || !nests(part)
        isFirst = false
        return isMalformed ? nil : part
    }

    /// The place that is so many octets behind `start`, inside the message; `start` where there is none.
    private mutating func place(behind start: UInt64, _ span: Span<UInt8>) -> UInt64 {
        let distance = cursor.number(span)
        guard start <= size, distance <= size - start else {
            isMalformed = true
            return start
        }
        return start + distance
    }

    /// Whether the part is inside the one it belongs to, and behind the one before it.
    private mutating func nests(_ part: DigestPart) -> Bool {
        if isFirst {
            guard part.header.lowerBound == 0, part.body.upperBound == size else { return false }
        } else {
            guard let last = open.indices.last, part.header.lowerBound >= open[last].next,
                part.body.upperBound <= open[last].end
            else { return false }
            open[last].next = part.body.upperBound
            open[last].missing -= 1
        }
        guard open.count < BodyStructure.maximumDepth else { return false }
        if part.children > 0 {
            open.append(Open(next: part.body.lowerBound, end: part.body.upperBound, missing: part.children))
        }
        while let last = open.last, last.missing == 0 { open.removeLast() }
        return true
    }

    // MARK: What is at a place

    /// The octets at a place, or of the word that it names.
    package func octets(at place: DigestString) -> [UInt8] {
        switch place {
        case .none: []
        case .octets(let start, let end): Array(octets[Int(start)..<Int(end)])
        case .word(let index): DigestString.word(index)
        }
    }

    /// The envelope of a part that is a message.
    package func envelope(of part: DigestPart) -> DigestEnvelope {
        var cursor = DigestCursor(position: Int(part.envelope))
        return DigestEnvelope(&cursor, octets.span, valueOfSubject: .none)
    }

    /// Whether the octets at a place are `name`, by ASCII case.
    func isCalled(_ place: DigestString, _ name: [UInt8]) -> Bool {
        switch place {
        case .none: name.isEmpty
        case .octets(let start, let end):
            Int(end) - Int(start) == name.count && ASCII.equalFolded(octets(at: place), name)
        case .word(let index): ASCII.equalFolded(DigestString.word(index), name)
        }
    }

    /// The value of the parameter called `name`, and of no other way to write it.
    func parameter(_ name: [UInt8], of part: DigestPart) -> DigestString? {
        var cursor = DigestListCursor(part.parameters)
        while let parameter = cursor.nextParameter(octets.span) {
            if isCalled(parameter.name, name) { return parameter.value }
        }
        return nil
    }
}

/// An envelope in a digest. What is not there is ``DigestString/none``; Sender and Reply-To are empty where they are
/// those of From.
package struct DigestEnvelope: Sendable {
    package private(set) var date = DigestString.none
    package private(set) var subject = DigestString.none
    package private(set) var inReplyTo = DigestString.none
    package private(set) var messageID = DigestString.none
    package private(set) var from = DigestList.empty
    package private(set) var sender = DigestList.empty
    package private(set) var replyTo = DigestList.empty
    package private(set) var to = DigestList.empty
    package private(set) var cc = DigestList.empty
    package private(set) var bcc = DigestList.empty

    /// `subject` is the first value of Subject, where the envelope's may be.
    fileprivate init(_ cursor: inout DigestCursor, _ span: Span<UInt8>, valueOfSubject subject: DigestString) {
        let fields = StructureDigest.EnvelopeFields(rawValue: cursor.octet(span))
        let isBefore = fields.contains([.subject, .subjectIsValue])
        var known = StructureDigest.EnvelopeFields.all
        if isBefore, subject.isThere { known.insert(.subjectIsValue) }
        guard fields.isSubset(of: known) else {
            cursor.fail()
            return
        }
        if fields.contains(.date) { date = cursor.string(span) }
        if fields.contains(.subject) { self.subject = isBefore ? subject : cursor.string(span) }
        if fields.contains(.inReplyTo) { inReplyTo = cursor.string(span) }
        if fields.contains(.messageID) { messageID = cursor.string(span) }
        from = cursor.addresses(span)
        sender = cursor.addresses(span)
        replyTo = cursor.addresses(span)
        to = cursor.addresses(span)
        cc = cursor.addresses(span)
        bcc = cursor.addresses(span)
    }
}

/// A part in a digest.
package struct DigestPart: Sendable {
    package let type: DigestString
    package let subtype: DigestString
    package let kind: MediaKind
    package let encoding: DigestString
    package private(set) var parameters = DigestList.empty
    package private(set) var id = DigestString.none
    package private(set) var description = DigestString.none
    package private(set) var md5 = DigestString.none
    /// The type of it.
    package private(set) var disposition = DigestString.none
    package private(set) var dispositionParameters = DigestList.empty
    package private(set) var languages = DigestList.empty
    package private(set) var location = DigestString.none
    /// Where that of a message is.
    fileprivate private(set) var envelope: UInt32 = 0
    /// How many parts are directly inside.
    package private(set) var children = 0
    package fileprivate(set) var header: Range<UInt64> = 0..<0
    package fileprivate(set) var body: Range<UInt64> = 0..<0
    /// Line ends in the body.
    package fileprivate(set) var lines: UInt64 = 0

    /// Reads up to where the part's extent follows.
    fileprivate init(_ cursor: inout DigestCursor, _ span: Span<UInt8>) {
        type = cursor.string(span)
        subtype = cursor.string(span)
        kind = StructureDigest.kind(type, subtype, span)
        encoding = cursor.string(span)
        let there = StructureDigest.PartFields(rawValue: cursor.octet(span))
        guard there.isSubset(of: .all) else {
            cursor.fail()
            return
        }
        if there.contains(.parameters) { parameters = cursor.strings(span, inPairs: true) }
        if there.contains(.id) { id = cursor.string(span) }
        if there.contains(.description) { description = cursor.string(span) }
        if there.contains(.md5) { md5 = cursor.string(span) }
        if there.contains(.disposition) {
            disposition = cursor.string(span)
            dispositionParameters = cursor.strings(span, inPairs: true)
        }
        if there.contains(.languages) { languages = cursor.strings(span, inPairs: false) }
        if there.contains(.location) { location = cursor.string(span) }
        switch kind {
        case .text, .other: break
        case .multipart:
            let count = cursor.number(span)
            if count == 0 || count > UInt64(BodyStructure.maximumParts) { cursor.fail() }
            children = Int(clamping: count)
        case .message:
            envelope = UInt32(truncatingIfNeeded: cursor.position)
            _ = DigestEnvelope(&cursor, span, valueOfSubject: .none)
            children = 1
        }
    }
}

extension StructureDigest {
    /// What the words mean as a type; of `message` the subtype decides.
    private static let kinds: [MediaKind] = words.map { MediaKind(type: $0, subtype: []) }
    private static let message = words.firstIndex(of: Array("message".utf8))

    /// The kind of a part, of type and subtype.
    fileprivate static func kind(_ type: DigestString, _ subtype: DigestString, _ span: Span<UInt8>) -> MediaKind {
        if case .word(let index) = type, Int(index) != message { return kinds[Int(index)] }
        return MediaKind(type: octets(type, span), subtype: octets(subtype, span))
    }

    private static func octets(_ place: DigestString, _ span: Span<UInt8>) -> [UInt8] {
        switch place {
        case .none: return []
        case .word(let index): return DigestString.word(index)
        case .octets(let start, let end):
            // No type of another length means anything.
            guard end - start <= 16 else { return [] }
            var octets: [UInt8] = []
            for index in start..<end { octets.append(span[Int(index)]) }
            return octets
        }
    }
}
