public import IMAPTypes

/// ENVELOPE, BODY and BODYSTRUCTURE (RFC 9051 section 7.5.2 and section 9).
extension ResponseWriter {
    /// ```abnf
    /// envelope = "(" env-date SP env-subject SP env-from SP env-sender SP env-reply-to SP env-to SP env-cc SP
    ///            env-bcc SP env-in-reply-to SP env-message-id ")"
    /// ```
    public mutating func envelope(_ envelope: Envelope) {
        let utf8 = usesUTF8
        let most = MutableSpan.most(envelope.date) + MutableSpan.most(envelope.subject)
        room.write(most + 2 * MutableSpan.around + 3) { room, at in
            var end = room.put(ASCII.leftParenthesis, at: at)
            end = room.put(nstring: envelope.date, utf8: utf8, at: end)
            end = room.put(ASCII.space, at: end)
            end = room.put(nstring: envelope.subject, utf8: utf8, at: end)
            return room.put(ASCII.space, at: end)
        }
        addresses(envelope.from)
        addresses(envelope.sender)
        addresses(envelope.replyTo)
        addresses(envelope.to)
        addresses(envelope.cc)
        addresses(envelope.bcc)
        let rest = MutableSpan.most(envelope.inReplyTo) + MutableSpan.most(envelope.messageID)
        room.write(rest + 2 * MutableSpan.around + 2) { room, at in
            var end = room.put(nstring: envelope.inReplyTo, utf8: utf8, at: at)
            end = room.put(ASCII.space, at: end)
            end = room.put(nstring: envelope.messageID, utf8: utf8, at: end)
            return room.put(ASCII.rightParenthesis, at: end)
        }
    }

    /// `("(" 1*address ")" / nil) SP`: nothing between two addresses.
    private mutating func addresses(_ list: [Address]) {
        let utf8 = usesUTF8
        // By the span, an address is looked at where it is: nothing of it is copied or counted.
        let all = list.span
        var most = 4 + all.count * (6 + 4 * MutableSpan.around)
        for index in all.indices { most += all[index].most }
        room.write(most) { room, at in
            guard !all.isEmpty else { return room.put(ASCII.space, at: room.putNull(at: at)) }
            var end = room.put(ASCII.leftParenthesis, at: at)
            for index in all.indices {
                end = room.put(ASCII.leftParenthesis, at: end)
                end = room.put(nstring: all[index].name, utf8: utf8, at: end)
                end = room.put(ASCII.space, at: end)
                end = room.put(nstring: all[index].route, utf8: utf8, at: end)
                end = room.put(ASCII.space, at: end)
                if let group = all[index].group {
                    end = room.put(string: group.span, utf8: utf8, at: end)
                } else {
                    end = room.put(nstring: all[index].localPart, utf8: utf8, at: end)
                }
                end = room.put(ASCII.space, at: end)
                end = room.put(nstring: all[index].host, utf8: utf8, at: end)
                end = room.put(ASCII.rightParenthesis, at: end)
            }
            end = room.put(ASCII.rightParenthesis, at: end)
            return room.put(ASCII.space, at: end)
        }
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
        var open = InlineArray<100, UInt32>(repeating: 0)
        var depth = 0
        var index = 0
        let parts = structure.parts.span
        while index < parts.count {
            let isOpen = begin(parts, index, extended)
            if isOpen, depth < open.count {
                open[depth] = UInt32(truncatingIfNeeded: index)
                depth += 1
            }
            index += 1
            while !isOpen, depth > 0, structure.end(of: Int(truncatingIfNeeded: open[depth - 1])) == index {
                depth -= 1
                end(parts, Int(truncatingIfNeeded: open[depth]), extended)
            }
        }
    }

    /// Writes a part up to the parts inside it, or all of it when there are none. Returns whether parts must follow.
    private mutating func begin(_ parts: Span<BodyPart>, _ index: Int, _ extended: Bool) -> Bool {
        let utf8 = usesUTF8
        guard !parts[index].isMultipart else {
            openList()
            return true
        }
        if parts[index].isMessage, case .message(let envelope, _) = parts[index].content {
            room.write(parts[index].most) { room, at in
                room.put(ASCII.space, at: room.put(media: parts, index, utf8: utf8, at: at))
            }
            self.envelope(envelope)
            space()
            return true
        }
        room.write(parts[index].most) { room, at in
            var end = room.put(media: parts, index, utf8: utf8, at: at)
            if let lines = parts[index].lines {
                end = room.put(number63: lines, at: room.put(ASCII.space, at: end))
            }
            return room.put(extension: parts, index, extended, utf8: utf8, at: end)
        }
        return false
    }

    /// Writes what follows the parts inside a part.
    private mutating func end(_ parts: Span<BodyPart>, _ index: Int, _ extended: Bool) {
        let utf8 = usesUTF8
        room.write(parts[index].most) { room, at in
            var end = room.put(ASCII.space, at: at)
            if let lines = parts[index].lines {
                end = room.put(number63: lines, at: end)
            } else {
                end = room.put(string: parts[index].subtype.span, utf8: utf8, at: end)
            }
            return room.put(extension: parts, index, extended, utf8: utf8, at: end)
        }
    }
}

extension MutableSpan<UInt8> {
    /// `"(" string SP string SP body-fields`
    fileprivate mutating func put(media parts: Span<BodyPart>, _ index: Int, utf8: Bool, at place: Int) -> Int {
        var end = put(ASCII.leftParenthesis, at: place)
        end = put(string: parts[index].type.span, utf8: utf8, at: end)
        end = put(ASCII.space, at: end)
        end = put(string: parts[index].subtype.span, utf8: utf8, at: end)
        end = put(ASCII.space, at: end)
        end = put(parameters: parts[index].fields.parameters.span, utf8: utf8, at: end)
        end = put(ASCII.space, at: end)
        end = put(nstring: parts[index].fields.id, utf8: utf8, at: end)
        end = put(ASCII.space, at: end)
        end = put(nstring: parts[index].fields.description, utf8: utf8, at: end)
        end = put(ASCII.space, at: end)
        end = put(string: parts[index].fields.encoding.span, utf8: utf8, at: end)
        end = put(ASCII.space, at: end)
        return put(number: UInt64(UInt32(clamping: parts[index].octets)), at: end)
    }

    /// `[SP (body-fld-md5 / body-fld-param) SP body-fld-dsp SP body-fld-lang SP body-fld-loc] ")"`
    fileprivate mutating func put(
        extension parts: Span<BodyPart>, _ index: Int, _ extended: Bool, utf8: Bool, at place: Int
    ) -> Int {
        guard extended else { return put(ASCII.rightParenthesis, at: place) }
        var end = put(ASCII.space, at: place)
        if parts[index].isMultipart {
            end = put(parameters: parts[index].fields.parameters.span, utf8: utf8, at: end)
        } else {
            end = put(nstring: parts[index].fields.md5, utf8: utf8, at: end)
        }
        end = put(ASCII.space, at: end)
        if let disposition = parts[index].fields.disposition {
            end = put(ASCII.leftParenthesis, at: end)
            end = put(string: disposition.type.span, utf8: utf8, at: end)
            end = put(ASCII.space, at: end)
            end = put(parameters: disposition.parameters.span, utf8: utf8, at: end)
            end = put(ASCII.rightParenthesis, at: end)
        } else {
            end = putNull(at: end)
        }
        end = put(ASCII.space, at: end)
        end = put(languages: parts[index].fields.languages.span, utf8: utf8, at: end)
        end = put(ASCII.space, at: end)
        end = put(nstring: parts[index].fields.location, utf8: utf8, at: end)
        return put(ASCII.rightParenthesis, at: end)
    }

    /// `nstring / "(" string *(SP string) ")"`
    private mutating func put(languages: Span<[UInt8]>, utf8: Bool, at place: Int) -> Int {
        guard !languages.isEmpty else { return putNull(at: place) }
        guard languages.count > 1 else { return put(string: languages[0].span, utf8: utf8, at: place) }
        var end = place
        for index in languages.indices {
            end = put(index == 0 ? ASCII.leftParenthesis : ASCII.space, at: end)
            end = put(string: languages[index].span, utf8: utf8, at: end)
        }
        return put(ASCII.rightParenthesis, at: end)
    }

    /// `"(" string SP string *(SP string SP string) ")" / nil`
    private mutating func put(parameters: Span<BodyPart.Parameter>, utf8: Bool, at place: Int) -> Int {
        guard !parameters.isEmpty else { return putNull(at: place) }
        var end = place
        for index in parameters.indices {
            end = put(index == 0 ? ASCII.leftParenthesis : ASCII.space, at: end)
            end = put(string: parameters[index].name.span, utf8: utf8, at: end)
            end = put(ASCII.space, at: end)
            end = put(string: parameters[index].value.span, utf8: utf8, at: end)
        }
        return put(ASCII.rightParenthesis, at: end)
    }
}

// The most octets that are written of a value.

extension Address {
    @inline(__always)
    fileprivate var most: Int {
        guard case .mailbox = self else { return MutableSpan.most(group) }
        return MutableSpan.most(name) + MutableSpan.most(route) + MutableSpan.most(localPart) + MutableSpan.most(host)
    }

    // The four members as `address` has them, each alone: `nil` is `NIL`.

    @inline(__always)
    fileprivate var name: [UInt8]? { if case .mailbox(let mailbox) = self { mailbox.name } else { nil } }

    @inline(__always)
    fileprivate var route: [UInt8]? { if case .mailbox(let mailbox) = self { mailbox.route } else { nil } }

    @inline(__always)
    fileprivate var localPart: [UInt8]? { if case .mailbox(let mailbox) = self { mailbox.localPart } else { nil } }

    @inline(__always)
    fileprivate var group: [UInt8]? { if case .groupStart(let name) = self { name } else { nil } }

    @inline(__always)
    fileprivate var host: [UInt8]? { if case .mailbox(let mailbox) = self { mailbox.host } else { nil } }
}

extension BodyPart {
    @inline(__always)
    fileprivate var isMultipart: Bool { if case .multipart = content { true } else { false } }

    @inline(__always)
    fileprivate var isMessage: Bool { if case .message = content { true } else { false } }

    /// The lines of a text or a message.
    @inline(__always)
    fileprivate var lines: UInt64? {
        if case .text(let lines) = content { return lines }
        if case .message(_, let lines) = content { return lines }
        return nil
    }

    fileprivate var most: Int {
        let own = 8 * MutableSpan.around + 80
        var most = MutableSpan.most(type) + MutableSpan.most(subtype) + MutableSpan.most(fields.encoding)
        most += MutableSpan.most(fields.id) + MutableSpan.most(fields.description) + MutableSpan.most(fields.md5)
        most += MutableSpan.most(fields.location) + BodyPart.most(fields.parameters) + own
        let languages = fields.languages.span
        for index in languages.indices { most += MutableSpan.most(languages[index]) + MutableSpan.around + 1 }
        guard let disposition = fields.disposition else { return most }
        return most + MutableSpan.most(disposition.type) + BodyPart.most(disposition.parameters)
    }

    @inline(__always)
    private static func most(_ parameters: [Parameter]) -> Int {
        let all = parameters.span
        var most = all.count * (2 * MutableSpan.around + 3)
        for index in all.indices { most += MutableSpan.most(all[index].name) + MutableSpan.most(all[index].value) }
        return most
    }
}
