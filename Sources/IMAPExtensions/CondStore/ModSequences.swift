import IMAPCodec
import IMAPHost
import IMAPParser
import IMAPServer
import IMAPTypes

extension ArgumentReader {
    /// `mod-sequence-valzer`: 0 to 2^63 - 1
    mutating func modSequence() throws(SyntaxError) -> ModSequence {
        guard let value = ModSequence(try number64()) else { throw error(.number) }
        return value
    }
}

/// `MODSEQ` (RFC 7162 section 3.1.4.2)
///
/// ```abnf
/// fetch-mod-resp = "MODSEQ" SP "(" permsg-modsequence ")"
/// ```
struct ModSequenceItem: FetchItem {
    private static let name: Keyword = "MODSEQ"
    static let names = [name]

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {}

    /// The one that the mode adds.
    init() {}

    var columns: MessageColumns { .modSequence }

    func begin(_ context: inout Context) throws(CommandFailure) { try context.enableCondStore() }

    func write(_ message: FetchedMessage, to writer: inout ResponseWriter) {
        writer.itemName(ModSequenceItem.name)
        writer.openList()
        writer.number(max(message.record.modSequence?.rawValue ?? 1, 1))
        writer.closeList()
    }
}

/// `FETCH ... (CHANGEDSINCE n)` (section 3.1.4.1): only messages with a greater mod-sequence, and MODSEQ with them.
///
/// ```abnf
/// chgsince-fetch-mod = "CHANGEDSINCE" SP mod-sequence-value
/// ```
struct ChangedSince: FetchModifier {
    static let name: Keyword = "CHANGEDSINCE"

    let since: ModSequence

    /// 0 is not in the grammar, and some clients send it: every message has a greater one.
    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        since = try arguments.modSequence()
    }

    var columns: MessageColumns { .modSequence }

    func begin(_ request: inout FetchRequest, _ context: inout Context) async throws(CommandFailure) {
        try context.enableCondStore()
        if !request.items.contains(where: { $0 is ModSequenceItem }) { request.items.append(ModSequenceItem()) }
    }

    func admits(_ record: MessageRecord) -> Bool { record.modSequence ?? .zero > since }
}

/// `STORE ... (UNCHANGEDSINCE n)` (section 3.1.3): messages that were changed since are left alone and named in
/// MODIFIED.
///
/// ```abnf
/// store-modifier =/ "UNCHANGEDSINCE" SP mod-sequence-valzer
/// ```
struct UnchangedSince: StoreModifier {
    static let name: Keyword = "UNCHANGEDSINCE"

    let since: ModSequence

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        since = try arguments.modSequence()
    }

    func begin(_ context: inout Context) async throws(CommandFailure) { try context.enableCondStore() }

    func change(
        _ change: FlagChange, of uids: UIDSet, in mailbox: any Mailbox
    ) async throws(StoreError) -> ConditionalChange {
        guard let mailbox = mailbox as? any ConditionalMailbox else { throw .internalError }
        return try await mailbox.changeFlags(change, of: uids, unchangedSince: since)
    }

    func code(refusedNumbers: SequenceNumberSet) -> ResponseCode {
        ResponseCode("MODIFIED", [.sequenceNumbers(refusedNumbers)])
    }

    func code(refusedUIDs: UIDSet) -> ResponseCode { ResponseCode("MODIFIED", [.uids(refusedUIDs)]) }
}
