// listing: extension
import IMAPCodec
import IMAPParser
import IMAPServer
import IMAPSession

extension IMAPExtension {
    /// XEPOCH: dates as numbers. Not in any RFC.
    static let epoch = IMAPExtension("XEPOCH", requiring: ["ENABLE"]) { registry in
        registry.advertise("XEPOCH", in: .any)
        registry.add(state: Mark.self)
        registry.add(MarkCommand.self)
        registry.add(fetchItem: EpochItem.self)
        registry.add(searchKey: AfterMarkKey.self)
        registry.add(mode: .epoch, enabledAs: "XEPOCH")
        registry.add(rewrite: ResponseRewrite(in: .epoch, adding: [EpochItem()]))
    }
}
// listing: end

// listing: extension-state
/// The moment that a client marked, in seconds since 1970. It belongs to whoever is logged in.
struct Mark: ConnectionState {
    static let scope = Scope.authentication
    var seconds: UInt64

    static func fresh() -> Mark { Mark(seconds: 0) }

    consuming func end() -> Ending { .drop }
}
// listing: end

// listing: extension-command
/// `XMARK`: sets the mark, and tells the one before.
///
/// ```abnf
/// xmark      = "XMARK" SP number64
/// xmark-resp = "XMARK" SP number64
/// ```
struct MarkCommand: Command {
    static let facts = CommandFacts(
        "XMARK", in: .loggedIn, forms: .plain, expunge: .permitted, right: .none, literals: .none)

    let mark: Mark

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        mark = Mark(seconds: try arguments.number64())
        try arguments.end()
    }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let before = context.read(Mark.self)
        context.write(mark)
        context.respond("XMARK") { writer in
            writer.space()
            writer.number(before.seconds)
        }
        return .ok("XMARK completed")
    }
}
// listing: end

// listing: extension-item
/// `XEPOCH`, a FETCH data item: the internal date in seconds since 1970.
///
/// ```abnf
/// msg-att-static =/ "XEPOCH" SP number64
/// ```
struct EpochItem: FetchItem {
    static let names: [Keyword] = ["XEPOCH"]

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {}

    /// The one that the mode adds.
    init() {}

    var columns: MessageColumns { .internalDate }

    func write(_ message: FetchedMessage, to writer: inout ResponseWriter) {
        writer.itemName("XEPOCH")
        writer.number(UInt64(max(0, message.record.internalDate?.secondsSince1970 ?? 0)))
    }
}
// listing: end

// listing: extension-key
/// `XAFTERMARK`, a SEARCH key: messages that arrived after the mark.
struct AfterMarkKey: SearchKey {
    static let names: [Keyword] = ["XAFTERMARK"]

    private var mark = Mark.fresh()

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {}

    var columns: MessageColumns { .internalDate }

    mutating func begin(_ context: inout Context) async throws(CommandFailure) { mark = context.read(Mark.self) }

    func matches(_ message: SearchedMessage) -> Bool {
        (message.record.internalDate?.secondsSince1970 ?? 0) > Int64(clamping: mark.seconds)
    }
}
// listing: end

// listing: extension-mode
extension SessionMode {
    /// The client wants `XEPOCH` in every FETCH response that tells of changed flags.
    static let epoch = SessionMode("XEPOCH")
}
// listing: end
