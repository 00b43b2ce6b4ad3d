public import IMAPTypes

/// ENVELOPE, BODY and BODYSTRUCTURE (RFC 9051 section 7.5.2 and section 9).
extension ResponseWriter {
    /// ```abnf
    /// envelope = "(" env-date SP env-subject SP env-from SP env-sender SP env-reply-to SP env-to SP env-cc SP
    ///            env-bcc SP env-in-reply-to SP env-message-id ")"
    /// ```
    public mutating func envelope(_ envelope: Envelope) {
        openList()
        nstring(envelope.date)
        space()
        nstring(envelope.subject)
        for list in [envelope.from, envelope.sender, envelope.replyTo, envelope.to, envelope.cc, envelope.bcc] {
            space()
            addresses(list)
        }
        space()
        nstring(envelope.inReplyTo)
        space()
        nstring(envelope.messageID)
        closeList()
    }

    /// `"(" 1*address ")" / nil`: nothing between two addresses.
    private mutating func addresses(_ list: [Address]) {
        guard !list.isEmpty else { return null() }
        openList()
        for address in list {
            let members = address.members
            openList()
            nstring(members.name)
            space()
            nstring(members.route)
            space()
            nstring(members.mailbox)
            space()
            nstring(members.host)
            closeList()
        }
        closeList()
    }

    /// ```abnf
    /// body            = "(" (body-type-1part / body-type-mpart) ")"
    /// body-type-1part = (body-type-basic / body-type-msg / body-type-text) [SP body-ext-1part]
    /// body-type-mpart = 1*body SP media-subtype [SP body-ext-mpart]
    /// ```
    ///
    /// A part of 4 GiB and more has the greatest size there is a `number` for; lines are a `number64`.
    /// With the extension data for BODYSTRUCTURE, without them for BODY. A message's nesting costs no stack.
    public mutating func bodyStructure(_ structure: BodyStructure, extended: Bool) {
        enum Work {
            case open(Int)
            case closeMultipart(BodyPart)
            case closeMessage(BodyPart, lines: UInt64)
        }
        var work: [Work] = [.open(0)]
        while let next = work.popLast() {
            switch next {
            case .open(let index):
                let part = structure.parts[index]
                openList()
                switch part.content {
                case .multipart:
                    work.append(.closeMultipart(part))
                    for child in Array(structure.children(of: index)).reversed() { work.append(.open(child)) }
                case .message(let envelope, let lines):
                    media(part)
                    space()
                    self.envelope(envelope)
                    space()
                    work.append(.closeMessage(part, lines: lines))
                    work.append(.open(index + 1))
                case .text(let lines):
                    media(part)
                    space()
                    number63(lines)
                    closeSinglePart(part, extended)
                case .basic:
                    media(part)
                    closeSinglePart(part, extended)
                }
            case .closeMultipart(let part):
                space()
                string(part.subtype)
                if extended {
                    space()
                    parameters(part.fields.parameters)
                    commonExtension(part)
                }
                closeList()
            case .closeMessage(let part, let lines):
                space()
                number63(lines)
                closeSinglePart(part, extended)
            }
        }
    }

    /// `string SP string SP body-fields`
    private mutating func media(_ part: BodyPart) {
        string(part.type)
        space()
        string(part.subtype)
        space()
        parameters(part.fields.parameters)
        space()
        nstring(part.fields.id)
        space()
        nstring(part.fields.description)
        space()
        string(part.fields.encoding)
        space()
        number(UInt32(clamping: part.octets))
    }

    private mutating func closeSinglePart(_ part: BodyPart, _ extended: Bool) {
        if extended {
            space()
            nstring(part.fields.md5)
            commonExtension(part)
        }
        closeList()
    }

    /// `SP body-fld-dsp SP body-fld-lang SP body-fld-loc`
    private mutating func commonExtension(_ part: BodyPart) {
        space()
        if let disposition = part.fields.disposition {
            openList()
            string(disposition.type)
            space()
            parameters(disposition.parameters)
            closeList()
        } else {
            null()
        }
        space()
        switch part.fields.languages.count {
        case 0: null()
        case 1: string(part.fields.languages[0])
        default: list(part.fields.languages) { $0.string($1) }
        }
        space()
        nstring(part.fields.location)
    }

    /// `"(" string SP string *(SP string SP string) ")" / nil`
    private mutating func parameters(_ parameters: [BodyPart.Parameter]) {
        guard !parameters.isEmpty else { return null() }
        list(parameters) { writer, parameter in
            writer.string(parameter.name)
            writer.space()
            writer.string(parameter.value)
        }
    }
}
