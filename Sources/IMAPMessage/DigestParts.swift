package import IMAPTypes

/// The parts in a ``StructureDigest``, one after the other, as places in its octets: nothing is copied.
///
///     guard var parts = DigestParts(digest, size: size) else { ... }
///     while let part = parts.next() { ... }
///     guard parts.isWhole else { ... }
///
/// Any octets may be handed in. What was read counts only when the parts turn out to be whole: then they keep the laws
/// of a structure, as ``MessageStructure`` has them.
package struct DigestParts: Sendable {
    /// A part that is open: where what comes next inside it may begin, where it ends, and how many parts are missing.
    private struct Open: Sendable {
        var next: UInt64
        let end: UInt64
        var missing: UInt64
    }

    package let octets: [UInt8]
    private let size: UInt64
    private var cursor: DigestCursor
    private var left: UInt64
    private var open: [Open] = []
    private var before: UInt64 = 0
    private var isFirst = true
    private var isMalformed = false

    /// `nil` unless `octets` begin as a digest of a message of `size` octets does.
    package init?(_ octets: [UInt8], size: UInt64) {
        guard octets.count <= StructureDigest.maximumOctets, size <= UInt64(Int64.max),
            let front = DigestFront(octets, size: size)
        else { return nil }
        self.octets = octets
        self.size = size
        let span = octets.span
        cursor = front.behindValues
        _ = cursor.references(span)
        cursor.skipEnvelope(span, isWhole: true)
        left = cursor.number(span)
        guard !cursor.isMalformed, left > 0, left <= UInt64(BodyStructure.maximumParts) else { return nil }
    }

    /// Every part was read, and they are a structure.
    package var isWhole: Bool {
        left == 0 && open.isEmpty && !isMalformed && !cursor.isMalformed && cursor.position == octets.count
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
        isMalformed = cursor.isMalformed || part.lines > end - body || !nests(part)
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
        guard !isMalformed else { return false }
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
            open.append(
                Open(next: part.body.lowerBound, end: part.body.upperBound, missing: UInt64(part.children)))
        }
        while let last = open.last, last.missing == 0 { open.removeLast() }
        return true
    }

    /// The octets at a place, or of the word that it names.
    package func octets(at place: DigestPlace) -> [UInt8] {
        switch place {
        case .none: []
        case .octets(let range): Array(octets[range])
        case .word(let index): StructureDigest.words[index]
        }
    }

    /// Whether the octets at a place are `name`, by ASCII case.
    func isCalled(_ place: DigestPlace, _ name: [UInt8]) -> Bool {
        switch place {
        case .none: name.isEmpty
        case .octets(let range): range.count == name.count && ASCII.equalFolded(Array(octets[range]), name)
        case .word(let index): ASCII.equalFolded(StructureDigest.words[index], name)
        }
    }

    /// The value of the parameter called `name`, and of no other way to write it.
    func parameter(_ name: [UInt8], of part: DigestPart) -> DigestPlace? {
        let span = octets.span
        var cursor = part.parameters
        var left = cursor.listCount(span)
        while left > 0, !cursor.isMalformed {
            let isIt = isCalled(cursor.string(span), name)
            let value = cursor.string(span)
            if isIt { return value }
            left -= 1
        }
        return nil
    }
}

/// A part of a digest: places of its texts in the digest's octets.
package struct DigestPart: Sendable {
    package let type: DigestPlace
    package let subtype: DigestPlace
    package let kind: MediaKind
    package let encoding: DigestPlace
    /// At the number of them.
    let parameters: DigestCursor
    /// At what follows the parameters, which ``there`` says.
    let fields: DigestCursor
    let there: StructureDigest.PartFields
    /// At the envelope of a message.
    let envelope: DigestCursor
    /// How many parts are directly inside.
    package let children: Int
    package fileprivate(set) var header: Range<UInt64> = 0..<0
    package fileprivate(set) var body: Range<UInt64> = 0..<0
    package fileprivate(set) var lines: UInt64 = 0

    /// Reads up to where the part's extent follows.
    fileprivate init(_ cursor: inout DigestCursor, _ span: Span<UInt8>) {
        type = cursor.string(span)
        subtype = cursor.string(span)
        kind = StructureDigest.kind(type, subtype, span)
        encoding = cursor.string(span)
        there = StructureDigest.PartFields(rawValue: cursor.octet(span))
        if !there.isSubset(of: .all) { cursor.fail() }
        parameters = there.contains(.parameters) ? cursor : .none
        if there.contains(.parameters) { cursor.skipParameters(span) }
        fields = cursor
        cursor.skipFields(there, span)
        envelope = cursor
        switch kind {
        case .text, .other: children = 0
        case .multipart:
            let count = cursor.number(span)
            if count == 0 || count > UInt64(BodyStructure.maximumParts) { cursor.fail() }
            children = Int(clamping: count)
        case .message:
            cursor.skipEnvelope(span, isWhole: false)
            children = 1
        }
    }
}

extension StructureDigest {
    /// What the words mean as a type; `nil` of those that are none, or `message`, of which the subtype decides.
    private static let kinds: [MediaKind] = words.map { MediaKind(type: $0, subtype: []) }
    private static let message = Array("message".utf8)

    /// The kind of a part, of type and subtype.
    fileprivate static func kind(_ type: DigestPlace, _ subtype: DigestPlace, _ span: Span<UInt8>) -> MediaKind {
        if case .word(let index) = type, words[index] != message { return kinds[index] }
        return MediaKind(type: octets(type, span), subtype: octets(subtype, span))
    }

    private static func octets(_ place: DigestPlace, _ span: Span<UInt8>) -> [UInt8] {
        switch place {
        case .none: return []
        case .word(let index): return words[index]
        case .octets(let range):
            // No type of another length means anything.
            guard range.count <= 16 else { return [] }
            var octets: [UInt8] = []
            for index in range { octets.append(span[index]) }
            return octets
        }
    }
}
