public import IMAPCodec
public import IMAPHost
import IMAPTypes

/// One message as a FETCH data item sees it.
public struct FetchedMessage: Sendable {
    public let record: MessageRecord
    public let isRecent: Bool
}

/// A FETCH data item: its syntax, and what it answers.
public protocol FetchItem: FetchItemSyntax {
    /// What must be read of each message. Read once for a batch.
    var columns: MessageColumns { get }

    /// Writes the item's name and value: `FLAGS (\Seen)`.
    func write(_ message: FetchedMessage, to writer: inout ResponseWriter)
}

/// A FETCH data item whose value is octets of the message. The library streams them: they are never whole in memory.
public protocol StreamedFetchItem: FetchItem {
    /// Whether fetching it sets `\Seen` (RFC 9051 section 6.4.5).
    var marksSeen: Bool { get }

    /// Whether `other`, asked for before, already answers this one: `BODY[]` is answered by `BODY.PEEK[]` (R-OUT-7).
    func isAnswered(by other: any StreamedFetchItem) -> Bool

    /// The octets of the value. Asked for before anything of the message is written, so that it may still fail.
    func octets(of message: inout FetchedBody) async throws(StoreError) -> any MessageBody
}

/// The octets of one message while its items are answered. What is found out for one item is kept for the next.
public struct FetchedBody: Sendable {
    /// The whole message.
    public let whole: any MessageBody
    private var foundHeaderEnd: UInt64?

    init(_ whole: any MessageBody) { self.whole = whole }

    /// Where the header ends: behind the first empty line.
    public mutating func headerEnd() async throws(StoreError) -> UInt64 {
        if let foundHeaderEnd { return foundHeaderEnd }
        let end = try await HeaderEnd.find(in: whole)
        foundHeaderEnd = end
        return end
    }
}
