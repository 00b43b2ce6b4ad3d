public import IMAPHost
import IMAPMessage
import IMAPText
public import IMAPTypes

/// One message that a search found, as sort keys and thread algorithms see it.
public struct FoundMessage: Sendable {
    public let record: MessageRecord
    /// There when its header is read.
    private let facts: MessageFacts?
    private let charsets: Charsets

    init(_ record: MessageRecord, _ facts: MessageFacts?, _ charsets: Charsets) {
        self.record = record
        self.facts = facts
        self.charsets = charsets
    }

    /// When it was sent, in seconds since the start of 1970 in UTC: its Date, or INTERNALDATE where that says nothing
    /// (RFC 5256 section 2.2).
    public var sentDate: Int64 {
        if let sent = facts?.sentSeconds { return sent }
        return record.internalDate?.secondsSince1970 ?? 0
    }

    /// Its base subject in UTF-8, in the case it was written, and whether it is that of a reply or a forward (RFC 5256
    /// sections 2.1 and 3). Empty when there is none.
    public var baseSubject: (text: [UInt8], isReplyOrForward: Bool) {
        let (text, isReplyOrForward) = threadSubject
        return (Array(text), isReplyOrForward)
    }

    /// The same, where it may be a part of what the store keeps.
    package var threadSubject: (text: ArraySlice<UInt8>, isReplyOrForward: Bool) {
        let base = BaseSubject(facts?.subject ?? [], charsets)
        return (base.text, base.isReplyOrForward)
    }

    /// The first address of its From, To or Cc fields, be it the beginning of a group.
    public func firstAddress(of list: AddressList) -> Address? {
        switch list {
        case .from: facts?.firstAddress(of: .from)
        case .to: facts?.firstAddress(of: .to)
        case .cc: facts?.firstAddress(of: .cc)
        }
    }

    public enum AddressList: Sendable, Hashable {
        case from
        case to
        case cc
    }

    /// A header field's value in UTF-8, its encoded words decoded.
    public func decoded(_ value: [UInt8]) -> [UInt8] { EncodedWords.decode(value, charsets) }

    /// Hands out its message ID, if it has a valid one, without brackets and quotes.
    package func withMessageID(_ body: (Span<UInt8>) -> Void) {
        guard let value = facts?.messageID else { return }
        MessageIDs.forEach(value.span) { id in
            body(id)
            return false
        }
    }

    /// Hands out the IDs it refers to, the oldest first (RFC 5256 section 3); the last thousand of them.
    package func forEachReference(_ body: (Span<UInt8>) -> Void) {
        MessageIDs.forEachReference(facts?.references, inReplyTo: facts?.inReplyTo, body)
    }
}

/// What of messages that were found must be read.
struct FoundMessageReading: Sendable {
    let readsHeader: Bool
    /// Of each message more than one text is looked at.
    private let readsTexts: Bool
    let charsets: Charsets
    /// What is held of each message that is read.
    private let held: HeldMessage
    /// Octets of messages read since others had their turn.
    private var octetsRead = 0
    private static let turn = 1 << 20

    init(readsHeader: Bool, readsTexts: Bool = false, _ context: borrowing Context) {
        self.readsHeader = readsHeader
        self.readsTexts = readsTexts
        charsets = Charsets(adding: context.configuration.charsets)
        held = context.heldMessage
    }

    /// What is read besides the columns asked for: what is known of a message need not be read out of it.
    var columns: MessageColumns { readsHeader ? [.digest, .size] : [] }

    /// When a message was sent, as ``FoundMessage/sentDate`` has it, where its record and its digest say that.
    static func sentDate(_ record: borrowing MessageRecord) -> Int64? {
        guard let size = record.size, let sent = record.digest.flatMap({ DigestFront.sent($0.octets.span, size: size) })
        else { return nil }
        return switch sent {
        case .sent(let seconds, _): seconds
        case .none: record.internalDate?.secondsSince1970 ?? 0
        case .unknown: nil
        }
    }

    /// What is known without reading the message, or `nil` when it must be read.
    func message(_ record: MessageRecord) -> FoundMessage? {
        guard readsHeader else { return FoundMessage(record, nil, charsets) }
        guard let digest = record.digest, let size = record.size,
            let facts = MessageFacts(digest: digest.octets, size: size, readsTexts: readsTexts)
        else { return nil }
        return FoundMessage(record, facts, charsets)
    }

    /// Reads the message's header; `nil` when it is gone.
    mutating func read(
        _ record: MessageRecord, from mailbox: any Mailbox
    ) async throws(StoreError) -> FoundMessage? {
        if octetsRead >= FoundMessageReading.turn {
            octetsRead = 0
            await Task.yield()
        }
        do {
            var body = FetchedBody(try await mailbox.body(of: record.uid), held)
            let header = try await body.threadedHeader()
            octetsRead += Int(clamping: header.end)
            return FoundMessage(record, MessageFacts(header.envelope, references: header.references), charsets)
        } catch .expunged {
            return nil
        }
    }
}
