package import IMAPTypes

/// What SORT and THREAD ask of a message's header, each read when it is asked for: from the message's digest, whose
/// parts are not looked at, or from its structure.
package struct MessageFacts: Sendable {
    /// The lists of an envelope that messages are sorted by.
    package enum AddressList: Sendable {
        case from
        case to
        case cc
    }

    private enum Source: Sendable {
        case digest(DigestFront)
        case header(Envelope, references: [UInt8]?)
    }

    private let source: Source

    /// What `digest` says, or `nil` unless it begins as a digest of a message of `size` octets does. Any octets may be
    /// handed in.
    package init?(digest: [UInt8], size: UInt64) {
        guard let front = DigestFront(digest, size: size) else { return nil }
        source = .digest(front)
    }

    package init(_ envelope: Envelope, references: [UInt8]?) { source = .header(envelope, references: references) }

    package var date: ArraySlice<UInt8>? {
        switch source {
        case .digest(let front): front.text(front.date)
        case .header(let envelope, _): envelope.date?[...]
        }
    }

    package var subject: ArraySlice<UInt8>? {
        switch source {
        case .digest(let front): front.text(front.subject)
        case .header(let envelope, _): envelope.subject?[...]
        }
    }

    package var inReplyTo: ArraySlice<UInt8>? {
        switch source {
        case .digest(let front): front.text(front.inReplyTo)
        case .header(let envelope, _): envelope.inReplyTo?[...]
        }
    }

    package var messageID: ArraySlice<UInt8>? {
        switch source {
        case .digest(let front): front.text(front.messageID)
        case .header(let envelope, _): envelope.messageID?[...]
        }
    }

    package var references: ArraySlice<UInt8>? {
        switch source {
        case .digest(let front): front.references
        case .header(_, let references): references?[...]
        }
    }

    /// The first address of a list, be it the beginning of a group.
    package func firstAddress(of list: AddressList) -> Address? {
        switch (source, list) {
        case (.digest(let front), .from): front.firstAddress(ofList: 0)
        case (.digest(let front), .to): front.firstAddress(ofList: 3)
        case (.digest(let front), .cc): front.firstAddress(ofList: 4)
        case (.header(let envelope, _), .from): envelope.from.first
        case (.header(let envelope, _), .to): envelope.to.first
        case (.header(let envelope, _), .cc): envelope.cc.first
        }
    }
}

/// The front of a ``StructureDigest``: where the strings of its envelope are. What is behind is read when it is asked
/// for, and is nothing where it is malformed.
private struct DigestFront: Sendable {
    /// A string: where it is, or one of the usual words.
    enum Place: Sendable {
        case none
        case octets(Range<Int>)
        case word(Int)
    }

    private let octets: [UInt8]
    /// Where the lists of addresses begin.
    private let lists: Int
    let date: Place
    let subject: Place
    let inReplyTo: Place
    let messageID: Place

    init?(_ octets: [UInt8], size: UInt64) {
        var cursor = Cursor()
        guard octets.first == StructureDigest.version else { return nil }
        cursor.position = 1
        guard cursor.number(octets) == size, cursor.position < octets.count else { return nil }
        let fields = StructureDigest.EnvelopeFields(rawValue: octets[cursor.position])
        cursor.position += 1
        date = fields.contains(.date) ? cursor.string(octets) : .none
        subject = fields.contains(.subject) ? cursor.string(octets) : .none
        inReplyTo = fields.contains(.inReplyTo) ? cursor.string(octets) : .none
        messageID = fields.contains(.messageID) ? cursor.string(octets) : .none
        guard !cursor.isMalformed, fields.isSubset(of: .all) else { return nil }
        lists = cursor.position
        self.octets = octets
    }

    func text(_ place: Place) -> ArraySlice<UInt8>? {
        switch place {
        case .none: nil
        case .octets(let range): octets[range]
        case .word(let index): StructureDigest.words[index][...]
        }
    }

    var references: ArraySlice<UInt8>? {
        var cursor = Cursor(position: lists)
        for _ in 0..<6 { cursor.skipList(octets) }
        guard cursor.octet(octets) == 1 else { return nil }
        let place = cursor.string(octets)
        return cursor.isMalformed ? nil : text(place)
    }

    func firstAddress(ofList list: Int) -> Address? {
        var cursor = Cursor(position: lists)
        for _ in 0..<list { cursor.skipList(octets) }
        guard cursor.number(octets) > 0, let kind = StructureDigest.AddressKind(rawValue: cursor.octet(octets)) else {
            return nil
        }
        let members = (0..<kind.strings).map { _ in text(cursor.string(octets)).map { Array($0) } ?? [] }
        guard !cursor.isMalformed else { return nil }
        return switch kind {
        case .groupEnd: .groupEnd
        case .groupStart: .groupStart(members[0])
        case .plain: .mailbox(Address.Mailbox(localPart: members[0], host: members[1]))
        case .named: .mailbox(Address.Mailbox(name: members[0], localPart: members[1], host: members[2]))
        case .routed: .mailbox(Address.Mailbox(route: members[0], localPart: members[1], host: members[2]))
        case .namedAndRouted:
            .mailbox(Address.Mailbox(name: members[0], route: members[1], localPart: members[2], host: members[3]))
        }
    }

    /// A place in the octets. Once it is malformed it stays where it is, and what is read is nothing.
    private struct Cursor {
        var position = 0
        var isMalformed = false

        mutating func octet(_ octets: [UInt8]) -> UInt8 {
            guard position < octets.count, !isMalformed else {
                isMalformed = true
                return .max
            }
            position += 1
            return octets[position - 1]
        }

        mutating func number(_ octets: [UInt8]) -> UInt64 {
            var value: UInt64 = 0
            var shift: UInt64 = 0
            while position < octets.count, shift < 63 {
                let octet = octets[position]
                position += 1
                value |= UInt64(octet & 0x7F) << shift
                guard octet >= 0x80 else { return value }
                shift += 7
            }
            isMalformed = true
            return 0
        }

        mutating func string(_ octets: [UInt8]) -> Place {
            let head = number(octets)
            guard !isMalformed else { return .none }
            guard head & 1 == 0 else {
                let index = Int(clamping: head >> 1)
                if index < StructureDigest.words.count { return .word(index) }
                isMalformed = true
                return .none
            }
            let count = Int(clamping: head >> 1)
            guard count <= octets.count - position else {
                isMalformed = true
                return .none
            }
            position += count
            return .octets(position - count..<position)
        }

        mutating func skipList(_ octets: [UInt8]) {
            var left = number(octets)
            while left > 0, !isMalformed {
                left -= 1
                guard let kind = StructureDigest.AddressKind(rawValue: octet(octets)) else {
                    isMalformed = true
                    return
                }
                for _ in 0..<kind.strings { _ = string(octets) }
            }
        }
    }
}

extension StructureDigest.AddressKind {
    /// How many strings an address of this kind has.
    fileprivate var strings: Int {
        switch self {
        case .groupEnd: 0
        case .groupStart: 1
        case .plain: 2
        case .named, .routed: 3
        case .namedAndRouted: 4
        }
    }
}
