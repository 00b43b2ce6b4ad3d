public import IMAPCodec
public import IMAPHost
import IMAPTypes

/// One message as a FETCH data item sees it.
public struct FetchedMessage: Sendable {
    public let record: MessageRecord
    public let isRecent: Bool
    /// There when an item needs ``MessageNeed/header``.
    public internal(set) var envelope: Envelope?
    /// There when an item needs ``MessageNeed/structure``.
    public internal(set) var structure: BodyStructure?
}

/// How much of a message's octets an item's value depends on.
public enum MessageNeed: Int, Sendable, Comparable {
    case nothing
    /// The header: ``FetchedMessage/envelope``
    case header
    /// All of it: ``FetchedMessage/structure``
    case structure

    public static func < (a: MessageNeed, b: MessageNeed) -> Bool { a.rawValue < b.rawValue }
}

/// A FETCH data item: its syntax, and what it answers.
public protocol FetchItem: FetchItemSyntax {
    /// What must be read of each message. Read once for a batch.
    var columns: MessageColumns { get }

    /// What must be known of the message's octets: of a streamed item, to find its own. It comes from the message's
    /// digest where the store kept one. Nothing, unless said otherwise.
    var needs: MessageNeed { get }

    /// Before anything is answered: a mode that asking for the item switches on.
    func begin(_ context: inout Context) throws(CommandFailure)

    /// Writes the item's name and value: `FLAGS (\Seen)`.
    func write(_ message: FetchedMessage, to writer: inout ResponseWriter)
}

extension FetchItem {
    public var needs: MessageNeed { .nothing }

    public func begin(_ context: inout Context) throws(CommandFailure) {}
}

/// A FETCH data item whose value is octets of the message. The library streams them: they are never whole in memory.
public protocol StreamedFetchItem: FetchItem {
    /// Whether fetching it sets `\Seen` (RFC 9051 section 6.4.5).
    var marksSeen: Bool { get }

    /// Whether the octets may hold NUL and are then sent as a `literal8` (RFC 9051 section 6.4.5.1).
    var isBinary: Bool { get }

    /// Whether `other`, asked for before, already answers this one: `BODY[]` is answered by `BODY.PEEK[]` (R-OUT-7).
    func isAnswered(by other: any StreamedFetchItem) -> Bool

    /// The octets of the value, or `nil` for NIL. Asked for before anything of the message is written, so that it may
    /// still fail.
    func octets(of message: inout FetchedBody) async throws(StoreError) -> (any MessageBody)?
}

extension StreamedFetchItem {
    public var isBinary: Bool { false }
}
