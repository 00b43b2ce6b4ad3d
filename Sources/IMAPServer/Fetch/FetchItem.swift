public import IMAPCodec
public import IMAPHost
public import IMAPTypes

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

/// The value of a ``StreamedFetchItem``.
public enum FetchedValue: Sendable {
    /// `NIL`
    case null
    /// A literal. It cannot hold NUL, which is written as 0x80 (R-LIT-9).
    case literal(any MessageBody)
    /// A `literal8`: the octets as they are, NUL among them (RFC 9051 section 6.4.5.1).
    case literal8(any MessageBody)
    case number(UInt64)
    /// This message cannot be answered as asked. It is left out, and when the others were answered the command ends in
    /// a tagged NO that says so.
    case refused(ResponseCode?, ResponseText)
}

/// A FETCH data item whose value is made of the message's octets. The library streams them: they are never whole in
/// memory.
public protocol StreamedFetchItem: FetchItem {
    /// Whether fetching it sets `\Seen` (RFC 9051 section 6.4.5).
    var marksSeen: Bool { get }

    /// Whether `other`, asked for before, already answers this one: `BODY[]` is answered by `BODY.PEEK[]` (R-OUT-7).
    func isAnswered(by other: any StreamedFetchItem) -> Bool

    /// The value, which ``FetchItem/write(_:to:)`` writes the name of. Asked for before anything of the message is
    /// written, so that it may still fail.
    func value(of message: inout FetchedBody) async throws(StoreError) -> FetchedValue
}

extension FetchedValue {
    /// What is streamed.
    var octets: (any MessageBody)? {
        switch self {
        case .literal(let octets), .literal8(let octets): octets
        case .null, .number, .refused: nil
        }
    }
}
