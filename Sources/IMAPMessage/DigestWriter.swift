internal import IMAPTypes

/// Writes the octets of a ``StructureDigest``, up to a limit.
struct DigestWriter: Sendable {
    private(set) var octets: [UInt8] = []
    /// The limit was reached: what was written is of no use.
    private(set) var isFull = false
    private let limit: Int

    private static let words = Dictionary(
        StructureDigest.words.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first })
    private static let longestWord = StructureDigest.words.map(\.count).max() ?? 0

    init(limit: Int) { self.limit = limit }

    mutating func octet(_ value: UInt8) {
        guard octets.count < limit else {
            isFull = true
            return
        }
        octets.append(value)
    }

    mutating func number(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            octet(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        octet(UInt8(truncatingIfNeeded: rest))
    }

    mutating func string(_ value: [UInt8]) {
        if value.count <= DigestWriter.longestWord, let word = DigestWriter.words[value] {
            return number(UInt64(word) << 1 | 1)
        }
        number(UInt64(value.count) << 1)
        append(value)
    }

    // MARK: What SEARCH asks

    private static let date = Array("date".utf8)

    /// When the message was sent, where its first Date field is the envelope's and has nothing to be decoded.
    mutating func sent(_ header: HeaderBlock?, _ envelope: Envelope) {
        guard let header, header.first(DigestWriter.date) == envelope.date else { return octet(0) }
        guard let value = envelope.date else { return octet(1) }
        guard !value.contains(0x3F) else { return octet(0) }
        guard let sent = SentDate(value[...]) else { return octet(1) }
        octet(sent.date.second == 60 ? 3 : 2)
        number(StructureDigest.unsigned(sent.seconds))
        number(StructureDigest.unsigned(Int64(sent.date.zoneMinutes)))
    }

    /// The values of fields, as many as fit. Returns the first Subject, if its values are among them.
    mutating func values(_ header: HeaderBlock?) -> [UInt8]? {
        guard let header else {
            octet(0)
            return nil
        }
        var values = DigestWriter(limit: StructureDigest.maximumValues)
        var subject: [UInt8]?
        for field in DigestField.allCases {
            let found = header.values(of: field.name)
            // Room for the fields behind it.
            var one = DigestWriter(
                limit: StructureDigest.maximumValues - values.octets.count - DigestField.allCases.count)
            one.number(UInt64(found.count) + 1)
            for value in found where !one.isFull { one.text(value) }
            if one.isFull {
                values.octet(0)
            } else {
                values.append(one.octets)
                if field == .subject { subject = found.first }
            }
        }
        text(values.octets)
        return subject
    }

    /// Octets with their number before them.
    private mutating func text(_ value: [UInt8]) {
        number(UInt64(value.count))
        append(value)
    }

    private mutating func append(_ value: [UInt8]) {
        guard value.count <= limit - octets.count else {
            isFull = true
            return
        }
        octets.append(contentsOf: value)
    }

    // MARK: Envelopes and parts

    /// `subject` is what was written of it before.
    mutating func envelope(_ envelope: Envelope, subject: [UInt8]? = nil) {
        var fields: StructureDigest.EnvelopeFields = []
        let isWritten = subject != nil && envelope.subject == subject
        if isWritten { fields.insert(.subjectIsValue) }
        if envelope.date != nil { fields.insert(.date) }
        if envelope.subject != nil { fields.insert(.subject) }
        if envelope.inReplyTo != nil { fields.insert(.inReplyTo) }
        if envelope.messageID != nil { fields.insert(.messageID) }
        octet(fields.rawValue)
        if let date = envelope.date { string(date) }
        if let subject = envelope.subject, !isWritten { string(subject) }
        if let inReplyTo = envelope.inReplyTo { string(inReplyTo) }
        if let messageID = envelope.messageID { string(messageID) }
        addresses(envelope.from)
        addresses(envelope.sender == envelope.from ? [] : envelope.sender)
        addresses(envelope.replyTo == envelope.from ? [] : envelope.replyTo)
        addresses(envelope.to)
        addresses(envelope.cc)
        addresses(envelope.bcc)
    }

    private mutating func addresses(_ list: [Address]) {
        number(UInt64(list.count))
        for address in list where !isFull {
            switch address {
            case .groupEnd: kind(.groupEnd)
            case .groupStart(let name):
                kind(.groupStart)
                string(name)
            case .mailbox(let mailbox):
                switch (mailbox.name, mailbox.route) {
                case (nil, nil): kind(.plain)
                case (let name?, nil):
                    kind(.named)
                    string(name)
                case (nil, let route?):
                    kind(.routed)
                    string(route)
                case (let name?, let route?):
                    kind(.namedAndRouted)
                    string(name)
                    string(route)
                }
                string(mailbox.localPart)
                string(mailbox.host)
            }
        }
    }

    private mutating func kind(_ kind: StructureDigest.AddressKind) { octet(kind.rawValue) }

    /// A part, without its extent.
    mutating func part(_ part: BodyPart) {
        string(part.type)
        string(part.subtype)
        let fields = part.fields
        string(fields.encoding)
        var there: StructureDigest.PartFields = []
        if !fields.parameters.isEmpty { there.insert(.parameters) }
        if fields.id != nil { there.insert(.id) }
        if fields.description != nil { there.insert(.description) }
        if fields.md5 != nil { there.insert(.md5) }
        if fields.disposition != nil { there.insert(.disposition) }
        if !fields.languages.isEmpty { there.insert(.languages) }
        if fields.location != nil { there.insert(.location) }
        octet(there.rawValue)
        if !fields.parameters.isEmpty { parameters(fields.parameters) }
        if let id = fields.id { string(id) }
        if let description = fields.description { string(description) }
        if let md5 = fields.md5 { string(md5) }
        if let disposition = fields.disposition {
            string(disposition.type)
            parameters(disposition.parameters)
        }
        if !fields.languages.isEmpty {
            number(UInt64(fields.languages.count))
            for language in fields.languages where !isFull { string(language) }
        }
        if let location = fields.location { string(location) }
        switch part.content {
        case .basic, .text: break
        case .multipart(let count): number(UInt64(clamping: count))
        case .message(let envelope, lines: _): self.envelope(envelope)
        }
    }

    private mutating func parameters(_ parameters: [BodyPart.Parameter]) {
        number(UInt64(parameters.count))
        for parameter in parameters where !isFull {
            string(parameter.name)
            string(parameter.value)
        }
    }
}
