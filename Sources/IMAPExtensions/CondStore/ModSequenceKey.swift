import IMAPCodec
import IMAPHost
import IMAPParser
import IMAPServer
import IMAPTypes

/// `SEARCH MODSEQ` (RFC 7162 section 3.1.5): messages whose mod-sequence is at least this one.
///
/// One mod-sequence is kept for each message, so the entry's name and type are read and mean nothing.
///
/// ```abnf
/// search-modsequence = "MODSEQ" [search-modseq-ext] SP mod-sequence-valzer
/// search-modseq-ext  = SP entry-name SP entry-type-req
/// entry-type-req     = "priv" / "shared" / "all"
/// ```
struct ModSequenceKey: SearchKey {
    static let names: [Keyword] = ["MODSEQ"]
    static let resultItem: (any SearchResultItem.Type)? = HighestFound.self

    let least: ModSequence

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        if arguments.next == ASCII.quote {
            let entry = try arguments.quoted()
            let prefix = Array("/flags/".utf8)
            guard entry.count > prefix.count, ASCII.equalFolded(Array(entry.prefix(prefix.count)), prefix) else {
                throw arguments.error(.unexpected)
            }
            try arguments.space()
            switch try arguments.keyword() {
            case "PRIV", "SHARED", "ALL": break
            default: throw arguments.error(.unknown)
            }
            try arguments.space()
        }
        least = try arguments.modSequence()
    }

    var columns: MessageColumns { .modSequence }

    mutating func begin(_ context: inout Context) async throws(CommandFailure) { try context.enableCondStore() }

    func matches(_ message: SearchedMessage) -> Bool { message.record.modSequence ?? .zero >= least }
}

/// The highest mod-sequence of the messages that are returned (sections 3.1.6 and 3.1.10)
///
/// ```abnf
/// search-sort-mod-seq = "(" "MODSEQ" SP mod-sequence-value ")"
/// ```
struct HighestFound: SearchResultItem {
    static let name: Keyword = "MODSEQ"
    static let columns: MessageColumns = .modSequence

    private var highest = ModSequence.zero

    init() {}

    mutating func take(_ record: MessageRecord) { highest = max(highest, record.modSequence ?? .zero) }

    func write(to writer: inout ResponseWriter) { writer.number(max(highest.rawValue, 1)) }
}
