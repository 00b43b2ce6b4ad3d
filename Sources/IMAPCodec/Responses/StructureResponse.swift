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
        // By spans, what is written is looked at where it is, and nothing of it is copied or counted.
        let all = list.span
        for index in all.indices {
            openList()
            switch all[index] {
            case .mailbox(let mailbox):
                nstring(mailbox.name, then: ASCII.space)
                nstring(mailbox.route, then: ASCII.space)
                string(mailbox.localPart.span, then: ASCII.space)
                string(mailbox.host.span, then: ASCII.rightParenthesis)
            case .groupStart(let name):
                null(then: ASCII.space)
                null(then: ASCII.space)
                string(name.span, then: ASCII.space)
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
        let parts = structure.parts.span
        while index < parts.count {
            openList()
            let isOpen = begin(parts, index, extended)
            if isOpen, depth < open.count {
                open[depth] = index
                depth += 1
            }
            index += 1
            while !isOpen, depth > 0, structure.end(of: open[depth - 1]) == index {
                depth -= 1
                end(parts, open[depth], extended)
            }
        }
    }

    /// Writes a part up to the parts inside it, or all of it when there are none. Returns whether parts must follow.
    private mutating func begin(_ parts: Span<BodyPart>, _ index: Int, _ extended: Bool) -> Bool {
        switch parts[index].content {
        case .multipart: return true
        case .message(let envelope, _):
            media(parts, index)
            space()
            self.envelope(envelope)
            space()
            return true
        case .text(let lines):
            media(parts, index)
            space()
            number63(lines)
        case .basic: media(parts, index)
        }
        endSinglePart(parts, index, extended)
        return false
    }

    /// Writes what follows the parts inside a part.
    private mutating func end(_ parts: Span<BodyPart>, _ index: Int, _ extended: Bool) {
        space()
        if case .message(_, let lines) = parts[index].content {
            number63(lines)
            return endSinglePart(parts, index, extended)
        }
        string(parts[index].subtype.span, then: extended ? ASCII.space : ASCII.rightParenthesis)
        guard extended else { return }
        parameters(parts[index].fields.parameters.span)
        commonExtension(parts, index)
        closeList()
    }

    /// `string SP string SP body-fields`
    private mutating func media(_ parts: Span<BodyPart>, _ index: Int) {
        string(parts[index].type.span, then: ASCII.space)
        string(parts[index].subtype.span, then: ASCII.space)
        parameters(parts[index].fields.parameters.span)
        space()
        nstring(parts[index].fields.id, then: ASCII.space)
        nstring(parts[index].fields.description, then: ASCII.space)
        string(parts[index].fields.encoding.span, then: ASCII.space)
        number(UInt32(clamping: parts[index].octets))
    }

    private mutating func endSinglePart(_ parts: Span<BodyPart>, _ index: Int, _ extended: Bool) {
        if extended {
            space()
            nstring(parts[index].fields.md5, then: nil)
            commonExtension(parts, index)
        }
        closeList()
    }

    /// `SP body-fld-dsp SP body-fld-lang SP body-fld-loc`
    private mutating func commonExtension(_ parts: Span<BodyPart>, _ index: Int) {
        space()
        if let disposition = parts[index].fields.disposition {
            openList()
            string(disposition.type.span, then: ASCII.space)
            parameters(disposition.parameters.span)
            closeList()
            space()
        } else {
            null(then: ASCII.space)
        }
        switch parts[index].fields.languages.count {
        case 0: null()
        case 1: string(parts[index].fields.languages[0])
        default: list(parts[index].fields.languages) { $0.string($1) }
        }
        space()
        nstring(parts[index].fields.location, then: nil)
    }

    /// `"(" string SP string *(SP string SP string) ")" / nil`
    private mutating func parameters(_ parameters: Span<BodyPart.Parameter>) {
        guard !parameters.isEmpty else { return null() }
        openList()
        for index in parameters.indices {
            string(parameters[index].name.span, then: ASCII.space)
            string(
                parameters[index].value.span,
                then: index == parameters.count - 1 ? ASCII.rightParenthesis : ASCII.space)
        }
    }
}
