package import IMAPTypes

/// What one pass over a message finds: its envelope, its body's structure, and where everything is.
///
/// Octets of the message are not held, only those of the header fields that ENVELOPE, BODYSTRUCTURE, SORT and THREAD
/// need. It grows with the headers, within ``MessageLimits``.
package struct MessageStructure: Hashable, Sendable {
    /// Where a part is, in octets from the start of the message.
    package struct Extent: Hashable, Sendable {
        /// The header with its empty line, if there is one. Of a message's body it is the message's header.
        package let header: Range<UInt64>
        /// The body in its transfer encoding, without the line end that belongs to the boundary behind it.
        package let body: Range<UInt64>
        /// Line ends in ``body``.
        package let lines: UInt64

        /// Bounds that are out of order give an empty range.
        package init(headerStart: UInt64, bodyStart: UInt64, bodyEnd: UInt64, lines: UInt64) {
            header = min(headerStart, bodyStart)..<bodyStart
            body = bodyStart..<max(bodyStart, bodyEnd)
            self.lines = lines
        }
    }

    /// Octets of the whole message.
    package let size: UInt64
    package let envelope: Envelope
    /// The References field, unfolded, as THREAD needs it.
    package let references: [UInt8]?
    package let body: BodyStructure
    /// One for each of ``body``'s parts, in the same order.
    package let extents: [Extent]

    /// `nil` unless there is an extent for each part, all inside the message.
    package init?(
        size: UInt64, envelope: Envelope, references: [UInt8]?, body: BodyStructure, extents: [Extent]
    ) {
        guard body.parts.count == extents.count else { return nil }
        for extent in extents {
            guard extent.header.upperBound <= size, extent.body.upperBound <= size else { return nil }
        }
        self.init(unchecked: size, envelope, references, body, extents)
    }

    init(
        unchecked size: UInt64, _ envelope: Envelope, _ references: [UInt8]?, _ body: BodyStructure,
        _ extents: [Extent]
    ) {
        self.size = size
        self.envelope = envelope
        self.references = references
        self.body = body
        self.extents = extents
    }
}

/// What of a part a section names (RFC 9051 section 6.4.5.1).
package enum SectionText: Hashable, Sendable {
    /// Nothing behind the numbers: the part's body, or without numbers the whole message.
    case whole
    /// `HEADER`, and what `HEADER.FIELDS` selects from
    case header
    /// `TEXT`
    case text
    /// `MIME`
    case mime
}

extension MessageStructure {
    /// The index in ``body`` of the part that the numbers of a section name; `nil` when there is none.
    ///
    /// Every message has a part 1: of one that is not multipart it is its body. Numbers behind `message/rfc822` are
    /// those of the message in it.
    package func part(at path: [UInt32]) -> Int? {
        var index: Int?
        for number in path {
            guard let next = part(number, in: index) else { return nil }
            index = next
        }
        return index
    }

    private func part(_ number: UInt32, in container: Int?) -> Int? {
        guard number > 0 else { return nil }
        // The body whose parts are counted: the message's, the message's in it, or the multipart itself.
        var bodyIndex = 0
        if let container {
            switch body.parts[container].content {
            case .basic, .text: return nil
            case .multipart: return child(number, of: container)
            case .message: bodyIndex = container + 1
            }
        }
        if case .multipart = body.parts[bodyIndex].content { return child(number, of: bodyIndex) }
        return number == 1 ? bodyIndex : nil
    }

    private func child(_ number: UInt32, of index: Int) -> Int? {
        var remaining = number
        for child in body.children(of: index) {
            remaining -= 1
            if remaining == 0 { return child }
        }
        return nil
    }

    /// The octets that a section names, or `nil` when the message has no such section.
    ///
    /// `HEADER` and `TEXT` behind numbers need a `message/rfc822` part. `MIME` needs numbers; for part 1 of a message
    /// that is not multipart it is the message's header, where its MIME fields are.
    package func range(of path: [UInt32], _ text: SectionText) -> Range<UInt64>? {
        guard !path.isEmpty else {
            switch text {
            case .whole: return 0..<size
            case .header: return extents[0].header
            case .text: return extents[0].body
            case .mime: return nil
            }
        }
        guard let index = part(at: path) else { return nil }
        switch text {
        case .whole: return extents[index].body
        case .mime: return extents[index].header
        case .header, .text:
            guard case .message = body.parts[index].content else { return nil }
            return text == .header ? extents[index + 1].header : extents[index + 1].body
        }
    }
}
