import IMAPCodec
import IMAPMessage
import IMAPTypes

/// An item whose value is written out of a message's digest as it stands, without the objects that a host's items are
/// given.
protocol DigestedItem: FetchItem {
    /// Writes the item's name and value. `false`: the digest is none, and what was written must be taken back.
    func write(_ digest: DigestStructure, to writer: inout ResponseWriter) -> Bool
}

extension EnvelopeItem: DigestedItem {
    func write(_ digest: DigestStructure, to writer: inout ResponseWriter) -> Bool {
        writer.itemName(EnvelopeItem.name)
        writer.envelope(digest.envelope, digest.octets.span)
        return true
    }
}

extension StructureItem: DigestedItem {
    func write(_ digest: DigestStructure, to writer: inout ResponseWriter) -> Bool {
        writer.itemName(name)
        return writer.bodyStructure(digest, extended: isExtended)
    }
}

/// The grammar of ENVELOPE and BODYSTRUCTURE as `ResponseWriter` has it for objects (RFC 9051 section 9), for places in
/// a digest's `octets`.
extension ResponseWriter {
    mutating func envelope(_ envelope: DigestEnvelope, _ octets: Span<UInt8>) {
        openList()
        nstring(envelope.date, octets, then: .space)
        nstring(envelope.subject, octets, then: .space)
        let from = size
        addresses(envelope.from, octets)
        let behindFrom = size
        for list in [envelope.sender, envelope.replyTo] {
            if list.isEmpty { again(from, behindFrom) } else { addresses(list, octets) }
        }
        addresses(envelope.to, octets)
        addresses(envelope.cc, octets)
        addresses(envelope.bcc, octets)
        nstring(envelope.inReplyTo, octets, then: .space)
        nstring(envelope.messageID, octets, then: .listEnd)
    }

    private mutating func addresses(_ list: DigestList, _ octets: Span<UInt8>) {
        guard !list.isEmpty else { return null(then: .space) }
        openList()
        var cursor = DigestListCursor(list)
        while let address = cursor.nextAddress(octets) {
            openList()
            nstring(address.name, octets, then: .space)
            nstring(address.route, octets, then: .space)
            nstring(address.mailbox, octets, then: .space)
            nstring(address.host, octets, then: .listEnd)
        }
        closeList()
        space()
    }

    mutating func bodyStructure(_ digest: DigestStructure, extended: Bool) -> Bool {
        var digest = digest
        let octets = digest.octets
        let span = octets.span
        // The parts that are open, and how many each still lacks.
        var open: [(part: DigestPart, missing: Int)] = []
        while let part = digest.next() {
            if let last = open.indices.last { open[last].missing -= 1 }
            switch part.kind {
            case .multipart: openList()
            case .message:
                media(part, span, then: .space)
                envelope(digest.envelope(of: part), span)
                space()
            case .text:
                media(part, span, then: .space)
                rest(part, span, extended)
            case .other:
                media(part, span, then: extended ? .space : .listEnd)
                rest(part, span, extended)
            }
            if part.children > 0 { open.append((part, part.children)) }
            while let last = open.last, last.missing == 0 {
                open.removeLast()
                space()
                rest(last.part, span, extended)
            }
        }
        return digest.isWhole
    }

    /// `"(" string SP string SP body-fields`
    private mutating func media(_ part: DigestPart, _ octets: Span<UInt8>, then mark: Mark) {
        openList()
        nstring(part.type, octets, then: .space)
        nstring(part.subtype, octets, then: .space)
        parameters(part.parameters, octets, then: .space)
        nstring(part.id, octets, then: .space)
        nstring(part.description, octets, then: .space)
        nstring(part.encoding, octets, then: .space)
        number(UInt32(clamping: part.body.count), then: mark)
    }

    /// The lines of a text or a message, or the subtype of a multipart, and the extension data.
    private mutating func rest(_ part: DigestPart, _ octets: Span<UInt8>, _ extended: Bool) {
        let mark: Mark = extended ? .space : .listEnd
        switch part.kind {
        case .text, .message: number63(part.lines, then: mark)
        case .multipart: nstring(part.subtype, octets, then: mark)
        case .other: break
        }
        guard extended else { return }
        if part.kind == .multipart {
            parameters(part.parameters, octets, then: .space)
        } else {
            nstring(part.md5, octets, then: .space)
        }
        if part.disposition.isThere {
            openList()
            nstring(part.disposition, octets, then: .space)
            parameters(part.dispositionParameters, octets, then: .listEnd)
            space()
        } else {
            null(then: .space)
        }
        languages(part.languages, octets, then: .space)
        nstring(part.location, octets, then: .listEnd)
    }

    private mutating func languages(_ list: DigestList, _ octets: Span<UInt8>, then mark: Mark) {
        guard !list.isEmpty else { return null(then: mark) }
        if list.count > 1 { openList() }
        var cursor = DigestListCursor(list)
        for index in 1...list.count {
            guard let language = cursor.nextString(octets) else { return }
            let isLast = index == list.count
            nstring(language, octets, then: !isLast ? .space : list.count > 1 ? .listEnd : mark)
        }
        if list.count > 1 { self.mark(mark) }
    }

    private mutating func parameters(_ list: DigestList, _ octets: Span<UInt8>, then mark: Mark) {
        guard !list.isEmpty else { return null(then: mark) }
        openList()
        var cursor = DigestListCursor(list)
        for index in 1...list.count {
            guard let (name, value) = cursor.nextParameter(octets) else { return }
            nstring(name, octets, then: .space)
            nstring(value, octets, then: index == list.count ? .listEnd : .space)
        }
        self.mark(mark)
    }

    private mutating func nstring(_ place: DigestString, _ octets: Span<UInt8>, then mark: Mark) {
        switch place {
        case .none: null(then: mark)
        case .octets(let start, let end): string(octets.extracting(Int(start)..<Int(end)), then: mark)
        case .word(let index): string(DigestString.word(index).span, then: mark)
        }
    }
}
