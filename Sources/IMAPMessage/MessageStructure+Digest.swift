internal import IMAPTypes

extension MessageStructure {
    /// The structure in `digest`, or `nil` unless it is one, of this version, of a message of `size` octets.
    ///
    /// Any octets may be handed in. What comes out keeps the laws of a structure: the parts are a tree, each inside the
    /// part it belongs to and behind the one before, all inside the message.
    package init?(digest: [UInt8], size: UInt64) {
        guard var structure = DigestStructure(digest, size: size) else { return nil }
        var parts: [BodyPart] = []
        var extents: [Extent] = []
        while let part = structure.next() {
            parts.append(structure.object(part))
            extents.append(
                Extent(
                    headerStart: part.header.lowerBound, bodyStart: part.body.lowerBound,
                    bodyEnd: part.body.upperBound, lines: part.lines))
        }
        guard structure.isWhole, let body = BodyStructure(parts) else { return nil }
        self.init(
            unchecked: size, structure.object(structure.envelope), structure.string(structure.references), body,
            extents)
    }
}

/// What is at places of a digest, as objects.
extension DigestStructure {
    fileprivate func string(_ place: DigestString) -> [UInt8]? { place.isThere ? octets(at: place) : nil }

    fileprivate func object(_ envelope: DigestEnvelope) -> Envelope {
        Envelope(
            date: string(envelope.date), subject: string(envelope.subject), from: addresses(envelope.from),
            sender: addresses(envelope.sender), replyTo: addresses(envelope.replyTo), to: addresses(envelope.to),
            cc: addresses(envelope.cc), bcc: addresses(envelope.bcc), inReplyTo: string(envelope.inReplyTo),
            messageID: string(envelope.messageID))
    }

    private func addresses(_ list: DigestList) -> [Address] {
        var cursor = DigestListCursor(list)
        var addresses: [Address] = []
        addresses.reserveCapacity(list.count)
        while let address = cursor.nextAddress(octets.span) { addresses.append(Address(address, string)) }
        return addresses
    }

    fileprivate func object(_ part: DigestPart) -> BodyPart {
        var fields = BodyPart.Fields()
        fields.encoding = octets(at: part.encoding)
        fields.parameters = parameters(part.parameters)
        fields.id = string(part.id)
        fields.description = string(part.description)
        fields.md5 = string(part.md5)
        if let type = string(part.disposition) {
            fields.disposition = BodyPart.Disposition(
                type: type, parameters: parameters(part.dispositionParameters))
        }
        var languages = DigestListCursor(part.languages)
        while let language = languages.nextString(octets.span) { fields.languages.append(octets(at: language)) }
        fields.location = string(part.location)
        return BodyPart(
            type: octets(at: part.type), subtype: octets(at: part.subtype), fields: fields,
            octets: part.body.upperBound - part.body.lowerBound, lines: part.lines,
            envelope: part.kind == .message ? object(envelope(of: part)) : nil, count: part.children)
    }

    private func parameters(_ list: DigestList) -> [BodyPart.Parameter] {
        var cursor = DigestListCursor(list)
        var parameters: [BodyPart.Parameter] = []
        parameters.reserveCapacity(list.count)
        while let (name, value) = cursor.nextParameter(octets.span) {
            parameters.append(BodyPart.Parameter(name: octets(at: name), value: octets(at: value)))
        }
        return parameters
    }
}
