internal import IMAPTypes

/// Reads the octets of a ``StructureDigest``. They come from a store and may be anything.
struct DigestReader: Sendable {
    struct Malformed: Error {}

    private let octets: [UInt8]
    private var position = 0

    init(_ octets: [UInt8]) { self.octets = octets }

    mutating func structure(ofSize size: UInt64) throws(Malformed) -> MessageStructure {
        guard try octet() == StructureDigest.version, try number() == size else { throw Malformed() }
        try skipDate()
        let subject = try firstSubject()
        var references: [UInt8]?
        switch try octet() {
        case 0: break
        case 1: references = try string()
        default: throw Malformed()
        }
        let envelope = try envelope(subject: subject)
        let count = try count(atMost: BodyStructure.maximumParts)
        var parts: [BodyPart] = []
        var extents: [MessageStructure.Extent] = []
        parts.reserveCapacity(count)
        extents.reserveCapacity(count)
        var start: UInt64 = 0
        for _ in 0..<count {
            let (part, extent) = try part(from: start, size)
            parts.append(part)
            extents.append(extent)
            start = extent.header.lowerBound
        }
        guard position == octets.count, let body = BodyStructure(parts), isNested(body, extents, size) else {
            throw Malformed()
        }
        return MessageStructure(unchecked: size, envelope, references, body, extents)
    }

    private func isNested(_ body: BodyStructure, _ extents: [MessageStructure.Extent], _ size: UInt64) -> Bool {
        guard let whole = extents.first, whole.header.lowerBound == 0, whole.body.upperBound == size else {
            return false
        }
        for (index, extent) in extents.enumerated() {
            var end = extent.body.lowerBound
            for child in body.children(of: index) {
                guard extents[child].header.lowerBound >= end else { return false }
                end = extents[child].body.upperBound
            }
            guard end <= extent.body.upperBound else { return false }
        }
        return true
    }

    // MARK: Elements

    private mutating func octet() throws(Malformed) -> UInt8 {
        guard position < octets.count else { throw Malformed() }
        defer { position += 1 }
        return octets[position]
    }

    private mutating func number() throws(Malformed) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let octet = try octet()
            let bits = UInt64(octet & 0x7F)
            guard shift < 63 || (shift == 63 && bits <= 1) else { throw Malformed() }
            value |= bits << shift
            guard octet < 0x80 else {
                shift += 7
                continue
            }
            // One way to write each number.
            guard octet != 0 || shift == 0 else { throw Malformed() }
            return value
        }
    }

    /// A number of things that take at least an octet each.
    private mutating func count(atMost most: Int = .max) throws(Malformed) -> Int {
        let count = Int(clamping: try number())
        guard count <= most, count <= octets.count - position else { throw Malformed() }
        return count
    }

    private mutating func string() throws(Malformed) -> [UInt8] {
        let head = try number()
        guard head & 1 == 0 else {
            let index = Int(clamping: head >> 1)
            guard index < StructureDigest.words.count else { throw Malformed() }
            return StructureDigest.words[index]
        }
        let count = Int(clamping: head >> 1)
        guard count <= octets.count - position else { throw Malformed() }
        defer { position += count }
        return Array(octets[position..<position + count])
    }

    private mutating func string(_ isThere: Bool) throws(Malformed) -> [UInt8]? { isThere ? try string() : nil }

    // MARK: What SEARCH asks

    private mutating func skipDate() throws(Malformed) {
        var cursor = DigestCursor(position: position)
        _ = cursor.date(octets.span)
        guard !cursor.isMalformed else { throw Malformed() }
        position = cursor.position
    }

    /// Passes over the values of fields. Returns the first of Subject.
    private mutating func firstSubject() throws(Malformed) -> [UInt8]? {
        let count = try count()
        let end = position + count
        guard count > 0 else { return nil }
        var subject: [UInt8]?
        for field in DigestField.allCases {
            var left = try number()
            while left > 1 {
                let octets = try self.count()
                if field == .subject, subject == nil { subject = Array(self.octets[position..<position + octets]) }
                position += octets
                left -= 1
            }
        }
        guard position == end else { throw Malformed() }
        return subject
    }

    // MARK: Envelopes

    /// `subject` is what was read of it before, where it may be there already.
    private mutating func envelope(subject before: [UInt8]? = nil) throws(Malformed) -> Envelope {
        var fields = StructureDigest.EnvelopeFields(rawValue: try octet())
        let isBefore = before != nil && fields.contains([.subject, .subjectIsValue])
        if isBefore { fields.remove(.subjectIsValue) }
        guard fields.isSubset(of: .all) else { throw Malformed() }
        let date = try string(fields.contains(.date))
        let subject = isBefore ? before : try string(fields.contains(.subject))
        let inReplyTo = try string(fields.contains(.inReplyTo))
        let messageID = try string(fields.contains(.messageID))
        return Envelope(
            date: date, subject: subject, from: try addresses(), sender: try addresses(), replyTo: try addresses(),
            to: try addresses(), cc: try addresses(), bcc: try addresses(), inReplyTo: inReplyTo, messageID: messageID)
    }

    private mutating func addresses() throws(Malformed) -> [Address] {
        let count = try count()
        var list: [Address] = []
        list.reserveCapacity(count)
        for _ in 0..<count { list.append(try address()) }
        return list
    }

    private mutating func address() throws(Malformed) -> Address {
        guard let kind = StructureDigest.AddressKind(rawValue: try octet()) else { throw Malformed() }
        switch kind {
        case .groupEnd: return .groupEnd
        case .groupStart: return .groupStart(try string())
        case .plain: return .mailbox(try mailbox(nil, nil))
        case .named: return .mailbox(try mailbox(try string(), nil))
        case .routed: return .mailbox(try mailbox(nil, try string()))
        case .namedAndRouted: return .mailbox(try mailbox(try string(), try string()))
        }
    }

    private mutating func mailbox(_ name: [UInt8]?, _ route: [UInt8]?) throws(Malformed) -> Address.Mailbox {
        Address.Mailbox(name: name, route: route, localPart: try string(), host: try string())
    }

    // MARK: Parts

    private mutating func part(
        from before: UInt64, _ size: UInt64
    ) throws(Malformed) -> (BodyPart, MessageStructure.Extent) {
        let type = try string()
        let subtype = try string()
        let fields = try fields()
        var count = 0
        var envelope: Envelope?
        switch MediaKind(type: type, subtype: subtype) {
        case .text, .other: break
        case .multipart:
            count = try self.count(atMost: BodyStructure.maximumParts)
            guard count > 0 else { throw Malformed() }
        case .message: envelope = try self.envelope()
        }
        let headerStart = try place(behind: before, size)
        let bodyStart = try place(behind: headerStart, size)
        let bodyEnd = try place(behind: bodyStart, size)
        let lines = try number()
        guard lines <= bodyEnd - bodyStart else { throw Malformed() }
        let extent = MessageStructure.Extent(
            headerStart: headerStart, bodyStart: bodyStart, bodyEnd: bodyEnd, lines: lines)
        let part = BodyPart(
            type: type, subtype: subtype, fields: fields, octets: bodyEnd - bodyStart, lines: lines,
            envelope: envelope, count: count)
        return (part, extent)
    }

    /// The place that is so many octets behind `start`, inside the message.
    private mutating func place(behind start: UInt64, _ size: UInt64) throws(Malformed) -> UInt64 {
        let distance = try number()
        guard start <= size, distance <= size - start else { throw Malformed() }
        return start + distance
    }

    private mutating func fields() throws(Malformed) -> BodyPart.Fields {
        var fields = BodyPart.Fields()
        fields.encoding = try string()
        let there = StructureDigest.PartFields(rawValue: try octet())
        guard there.isSubset(of: .all) else { throw Malformed() }
        if there.contains(.parameters) { fields.parameters = try parameters() }
        fields.id = try string(there.contains(.id))
        fields.description = try string(there.contains(.description))
        fields.md5 = try string(there.contains(.md5))
        if there.contains(.disposition) {
            fields.disposition = BodyPart.Disposition(type: try string(), parameters: try parameters())
        }
        if there.contains(.languages) {
            for _ in 0..<(try count()) { fields.languages.append(try string()) }
        }
        fields.location = try string(there.contains(.location))
        return fields
    }

    private mutating func parameters() throws(Malformed) -> [BodyPart.Parameter] {
        let count = try count()
        var parameters: [BodyPart.Parameter] = []
        parameters.reserveCapacity(count)
        for _ in 0..<count { parameters.append(BodyPart.Parameter(name: try string(), value: try string())) }
        return parameters
    }
}
