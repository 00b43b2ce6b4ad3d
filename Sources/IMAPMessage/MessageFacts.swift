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
        /// With the places of its texts, where they were looked for at once.
        case digest(DigestFront, DigestFront.Texts?)
        case header(Header)
    }

    /// Apart, so that facts are small.
    private final class Header: Sendable {
        let envelope: Envelope
        let references: [UInt8]?

        init(_ envelope: Envelope, _ references: [UInt8]?) {
            self.envelope = envelope
            self.references = references
        }
    }

    private let source: Source

    /// What `digest` says, or `nil` unless it begins as a digest of a message of `size` octets does. Any octets may be
    /// handed in. `readsTexts`: its texts will all be asked for.
    package init?(digest: [UInt8], size: UInt64, readsTexts: Bool = false) {
        guard let front = DigestFront(digest, size: size) else { return nil }
        source = .digest(front, readsTexts ? front.texts : nil)
    }

    package init(_ envelope: Envelope, references: [UInt8]?) { source = .header(Header(envelope, references)) }

    /// When the message was sent, in seconds since the start of 1970 in UTC; `nil` when its Date field says nothing.
    package var sentSeconds: Int64? {
        if case .digest(let front, _) = source {
            switch front.sent {
            case .sent(let seconds, _): return seconds
            case .none: return nil
            case .unknown: break
            }
        }
        return date.flatMap { SentDate($0)?.seconds }
    }

    package var date: ArraySlice<UInt8>? {
        switch source {
        case .digest(let front, let texts): front.text((texts ?? front.texts).date)
        case .header(let header): header.envelope.date?[...]
        }
    }

    package var subject: ArraySlice<UInt8>? {
        switch source {
        case .digest(let front, let texts): front.text((texts ?? front.texts).subject)
        case .header(let header): header.envelope.subject?[...]
        }
    }

    package var inReplyTo: ArraySlice<UInt8>? {
        switch source {
        case .digest(let front, let texts): front.text((texts ?? front.texts).inReplyTo)
        case .header(let header): header.envelope.inReplyTo?[...]
        }
    }

    package var messageID: ArraySlice<UInt8>? {
        switch source {
        case .digest(let front, let texts): front.text((texts ?? front.texts).messageID)
        case .header(let header): header.envelope.messageID?[...]
        }
    }

    package var references: ArraySlice<UInt8>? {
        switch source {
        case .digest(let front, let texts): front.text((texts ?? front.texts).references)
        case .header(let header): header.references?[...]
        }
    }

    /// The first address of a list, be it the beginning of a group.
    package func firstAddress(of list: AddressList) -> Address? {
        switch (source, list) {
        case (.digest(let front, _), .from): front.firstAddress(ofList: 0)
        case (.digest(let front, _), .to): front.firstAddress(ofList: 3)
        case (.digest(let front, _), .cc): front.firstAddress(ofList: 4)
        case (.header(let header), .from): header.envelope.from.first
        case (.header(let header), .to): header.envelope.to.first
        case (.header(let header), .cc): header.envelope.cc.first
        }
    }
}
