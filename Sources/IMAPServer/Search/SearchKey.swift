public import IMAPCodec
public import IMAPHost
import IMAPMessage
public import IMAPTypes

/// A SEARCH key: its syntax, and which messages it matches.
///
///     struct LongSubjectKey: SearchKey {
///         static let names: [Keyword] = ["XLONGSUBJECT"]
///         init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {}
///         var needs: MessageNeed { .header }
///         func matches(_ message: SearchedMessage) -> Bool {
///             message.fields(named: Array("Subject".utf8)).contains { $0.count > 100 }
///         }
///     }
///
/// A key says what it needs, and is asked only about messages that the others leave open: what costs little is asked
/// first.
public protocol SearchKey: SearchKeySyntax {
    /// What must be read of each message. Read once for a batch.
    var columns: MessageColumns { get }

    /// What must be known of the message's octets, beyond what ``texts`` ask. They are read once for all keys.
    var needs: MessageNeed { get }

    /// The strings it looks for, by the library: charsets and transfer encodings are its business.
    var texts: [SearchText] { get }

    /// What it adds to the answer: CONDSTORE's `MODSEQ`.
    static var resultItem: (any SearchResultItem.Type)? { get }

    /// Before anything is searched: a mode that asking for the key switches on, a value of this moment.
    mutating func begin(_ context: inout Context) async throws(CommandFailure)

    /// What is known without reading a message.
    func narrowing(in mailbox: MailboxView) -> SearchNarrowing

    /// Whether a message matches: by default when each of ``texts`` is in it, and without texts always.
    func matches(_ message: SearchedMessage) -> Bool
}

extension SearchKey {
    public var columns: MessageColumns { [] }
    public var needs: MessageNeed { .nothing }
    public var texts: [SearchText] { [] }
    public static var resultItem: (any SearchResultItem.Type)? { nil }
    public mutating func begin(_ context: inout Context) async throws(CommandFailure) {}
    public func narrowing(in mailbox: MailboxView) -> SearchNarrowing { .anything }
    public func matches(_ message: SearchedMessage) -> Bool { texts.indices.allSatisfy { message.contains($0) } }
}

/// What is known of a key's matches without reading a message.
public enum SearchNarrowing: Sendable, Hashable {
    /// Nothing.
    case anything
    /// It matches none but these.
    case atMost(UIDSet)
    /// It matches these, as far as they exist: ``SearchKey/matches(_:)`` is not asked.
    case exactly(UIDSet)
}

/// A string that a key looks for, by the active comparator (``Context/collation``); the empty string is in every text there is.
public struct SearchText: Hashable, Sendable {
    /// Where it must be.
    public enum Place: Hashable, Sendable {
        /// In a header field of this name of the message itself, encoded words decoded.
        case field([UInt8])
        /// In a header field or in the body.
        case text
        /// In the body: the parts that are text, decoded.
        case body
    }

    /// In the charset of the command.
    public var octets: [UInt8]
    public var place: Place

    public init(_ octets: [UInt8], in place: Place) {
        self.octets = octets
        self.place = place
    }
}

/// One message as a SEARCH key sees it.
public struct SearchedMessage: Sendable {
    public let record: MessageRecord
    public let sequenceNumber: SequenceNumber
    public let isRecent: Bool
    /// There when the key needs ``MessageNeed/structure``.
    public internal(set) var structure: BodyStructure?
    /// There when the key needs ``MessageNeed/header``.
    var header: SearchedHeader?
    /// What the digest says of the Date field, where there is one that was asked.
    var sent = DigestDate.unknown
    /// Which texts of all keys were found, and where those of this key begin.
    var found: [Bool] = []
    var firstText = 0

    init(record: MessageRecord, sequenceNumber: SequenceNumber, isRecent: Bool) {
        self.record = record
        self.sequenceNumber = sequenceNumber
        self.isRecent = isRecent
    }

    /// Whether the key's text at `index` of ``SearchKey/texts`` is in the message.
    public func contains(_ index: Int) -> Bool {
        let place = firstText + index
        return place < found.count && found[place]
    }

    /// The values of the header fields called `name`, unfolded, in UTF-8 with encoded words decoded. None unless the
    /// key needs ``MessageNeed/header``.
    public func fields(named name: [UInt8]) -> [[UInt8]] { header?.values(of: name) ?? [] }
}

extension ExtensionRegistry {
    /// Adds a SEARCH key.
    public mutating func add(searchKey: any SearchKey.Type) {
        for name in searchKey.names {
            let isBuiltIn = name == "NOT" || name == "OR" || name == "ALL" || name == "UID" || name == "CHARSET"
            if isBuiltIn || grammar.searchKeys.updateValue(searchKey, forKey: name) != nil {
                problems.append(.duplicateSearchKey(name))
            }
        }
    }

    /// Adds an option of `SEARCH RETURN (...)`.
    public mutating func add(searchReturnOption: any SearchReturnOption.Type) {
        add(option: searchReturnOption, in: .searchReturn)
    }
}
