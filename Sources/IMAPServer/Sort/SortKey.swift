public import IMAPCodec
public import IMAPHost
import IMAPTypes

/// A criterion of SORT (RFC 5256): its name and what stands behind it, and what of a message it compares.
///
///     struct SizeKey: SortKey, ArgumentlessOption {
///         static let name: Keyword = "SIZE"
///         var columns: MessageColumns { .size }
///         func value(of message: FoundMessage) -> SortValue { .number(Int64(clamping: message.record.size ?? 0)) }
///     }
///
/// `REVERSE`, and the order of the mailbox among what compares equal, are not its business.
public protocol SortKey: OptionSyntax {
    /// What must be read of each message. Read once for a batch.
    var columns: MessageColumns { get }

    /// Whether it asks for dates, subjects or addresses. They come from digests where the store kept them.
    var readsHeader: Bool { get }

    /// What is compared. Of one key always a number, or always a text.
    func value(of message: FoundMessage) -> SortValue
}

extension SortKey {
    public var columns: MessageColumns { [] }
    public var readsHeader: Bool { false }
}

/// A key that compares ``FoundMessage/sentDate``, and nothing else: mostly no message need be made of a record for it.
package protocol SentDateSortKey: SortKey {}

extension SentDateSortKey {
    package var columns: MessageColumns { .internalDate }
    package var readsHeader: Bool { true }
    package func value(of message: FoundMessage) -> SortValue { .number(message.sentDate) }
}

/// What a ``SortKey`` compares of a message.
public enum SortValue: Sendable, Hashable {
    case number(Int64)
    /// Compared by the session's ``Collation``. The empty text is before every other.
    case text([UInt8])
}

/// A criterion as a client asks for it.
public struct SortCriterion: Sendable {
    public let key: any SortKey
    /// `REVERSE` stands before it.
    public let isReversed: Bool

    public init(_ key: any SortKey, isReversed: Bool = false) {
        self.key = key
        self.isReversed = isReversed
    }
}

extension ExtensionRegistry {
    /// Adds a criterion of SORT.
    public mutating func add(sortKey: any SortKey.Type) { add(option: sortKey, in: .sort) }
}
