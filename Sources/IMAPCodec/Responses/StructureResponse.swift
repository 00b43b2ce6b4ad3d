public import IMAPTypes

/// ENVELOPE, BODY and BODYSTRUCTURE (RFC 9051 section 7.5.2 and section 9).
extension ResponseWriter {
    /// ```abnf
    /// envelope = "(" env-date SP env-subject SP env-from SP env-sender SP env-reply-to SP env-to SP env-cc SP
    ///            env-bcc SP env-in-reply-to SP env-message-id ")"
    /// ```
    public mutating func envelope(_ envelope: Envelope) {
        openList()
        nstring(envelope.date, then: ASCII.space)
        nstring(envelope.subject, then: ASCII.space)
        addresses(envelope.from)
        addresses(envelope.sender)
        addresses(envelope.replyTo)
        addresses(envelope.to)
        addresses(envelope.cc)
        addresses(envelope.bcc)
        nstring(envelope.inReplyTo, then: ASCII.space)
        nstring(envelope.messageID, then: ASCII.rightParenthesis)
    }

    /// `("(" 1*address ")" / nil) SP`: nothing between two addresses.
    private mutating func addresses(_ list: [Address]) {
        guard !list.isEmpty else { return null(then: ASCII.space) }
        openList()
        for address in list {
            openList()
            switch address {
            case .mailbox(let mailbox):
                nstring(mailbox.name, then: ASCII.space)
                nstring(mailbox.route, then: ASCII.space)
                string(mailbox.localPart, then: ASCII.space)
                string(mailbox.host, then: ASCII.rightParenthesis)
            case .groupStart(let name):
                null(then: ASCII.space)
                null(then: ASCII.space)
                string(name, then: ASCII.space)
                null(then: ASCII.rightParenthesis)
            case .groupEnd:
                for _ in 0..<3 { null(then: ASCII.space) }
                null(then: ASCII.rightParenthesis)
            }
        }
        closeList()
        space()
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
        // The parts that are open: fewer than there are levels (BodyStructure.maximumDepth).
        var open = InlineArray<100, Int>(repeating: 0)
        var depth = 0
        var index = 0
        while index < structure.parts.count {
            openList()
            let isOpen = begin(structure.parts[index], extended)
            if isOpen, depth < open.count {
                open[depth] = index
                depth += 1
            }
            index += 1
            while !isOpen, depth > 0, structure.end(of: open[depth - 1]) == index {
                depth -= 1
                end(structure.parts[open[depth]], extended)
            }
        }
    }

    /// Writes a part up to the parts inside it, or all of it when there are none. Returns whether parts must follow.
    private mutating func begin(_ part: BodyPart, _ extended: Bool) -> Bool {
        switch part.content {
        case .multipart: return true
        case .message(let envelope, _):
            media(part)
            space()
            self.envelope(envelope)
            space()
            return true
        case .text(let lines):
            media(part)
            space()
            number63(lines)
        case .basic: media(part)
        }
        endSinglePart(part, extended)
        return false
    }

    /// Writes what follows the parts inside a part.
    private mutating func end(_ part: BodyPart, _ extended: Bool) {
        space()
        if case .message(_, let lines) = part.content {
            number63(lines)
            return endSinglePart(part, extended)
        }
        string(part.subtype, then: nil)
        if extended {
            space()
            parameters(part.fields.parameters)
            commonExtension(part)
        }
        closeList()
    }

    /// `string SP string SP body-fields`
    private mutating func media(_ part: BodyPart) {
        string(part.type, then: ASCII.space)
        string(part.subtype, then: ASCII.space)
        parameters(part.fields.parameters)
        space()
        nstring(part.fields.id, then: ASCII.space)
        nstring(part.fields.description, then: ASCII.space)
        string(part.fields.encoding, then: ASCII.space)
        number(UInt32(clamping: part.octets))
    }

    private mutating func endSinglePart(_ part: BodyPart, _ extended: Bool) {
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
            string(disposition.type, then: ASCII.space)
            parameters(disposition.parameters)
            closeList()
            space()
        } else {
            null(then: ASCII.space)
        }
        switch part.fields.languages.count {
        case 0: null(then: ASCII.space)
        case 1: string(part.fields.languages[0], then: ASCII.space)
        default:
            list(part.fields.languages) { $0.string($1) }
            space()
        }
        nstring(part.fields.location)
    }

    /// `"(" string SP string *(SP string SP string) ")" / nil`
    private mutating func parameters(_ parameters: [BodyPart.Parameter]) {
        guard !parameters.isEmpty else { return null() }
        openList()
        for index in parameters.indices {
            string(parameters[index].name, then: ASCII.space)
            string(
                parameters[index].value,
                then: index + 1 == parameters.count ? ASCII.rightParenthesis : ASCII.space)
        }
    }
}
