import IMAPCodec
import IMAPParser
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// THREAD=ORDEREDSUBJECT, RFC 5256: a thread is the messages with one subject.
    public static let threadOrderedSubject = IMAPExtension("THREAD=ORDEREDSUBJECT") { registry in
        registry.advertise("THREAD=ORDEREDSUBJECT", in: .any)
        registry.add(ThreadCommand.self)
        registry.add(threadAlgorithm: OrderedSubject.self)
    }

    /// THREAD=REFERENCES, RFC 5256: replies are below what they answer.
    public static let threadReferences = IMAPExtension("THREAD=REFERENCES") { registry in
        registry.advertise("THREAD=REFERENCES", in: .any)
        registry.add(ThreadCommand.self)
        registry.add(threadAlgorithm: ReferencesAlgorithm.self)
    }
}

/// `THREAD` and `UID THREAD` (RFC 5256 section 3)
///
/// ```abnf
/// thread = ["UID" SP] "THREAD" SP thread-alg SP charset 1*(SP search-key)
/// ```
struct ThreadCommand: Command {
    static let facts = CommandFacts(
        "THREAD", in: .selected, forms: .plainAndUID, expunge: .forbiddenWithSequenceNumbers, right: .read,
        literals: .buffered)

    let numbering: MessageNumbering
    let algorithm: any ThreadAlgorithm
    let program: SearchProgram

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        numbering = grammar.numbering
        try arguments.space()
        let name = try arguments.keyword()
        guard let type = grammar.tables.options[.thread]?[name],
            let algorithm = try type.init(&arguments, grammar) as? any ThreadAlgorithm
        else { throw arguments.error(.unknown) }
        self.algorithm = algorithm
        try arguments.space()
        let charset = try arguments.astring()
        try arguments.space()
        program = try SearchProgram(charset: charset, &arguments, grammar)
    }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        if numbering == .uids { context.permitExpunge() }
        var collector = ThreadCollector(algorithm, context)
        _ = try await context.search(program, collecting: &collector)
        try await context.respond(collector.threads(), numbering, in: try context.selectedMailbox())
        return .ok("THREAD completed")
    }
}

/// `ORDEREDSUBJECT`: the messages of a subject, sorted by when they were sent; all but the first are its children.
struct OrderedSubject: ThreadAlgorithm, ArgumentlessOption {
    static let name: Keyword = "ORDEREDSUBJECT"

    private var uids: [UInt32] = []
    private var dates: [UInt64] = []
    private var subjects = SortTexts()

    init() {}

    mutating func take(_ message: FoundMessage, _ collation: Collation) {
        uids.append(message.record.uid.rawValue)
        dates.append(message.sentDate.ascending)
        let subject = message.baseSubject.text
        subjects.append(subject.isEmpty ? subject : collation.key(subject), among: uids.count)
    }

    mutating func threads() -> MessageThreads {
        let ranks = subjects.ranks()
        var order = (0..<UInt32(truncatingIfNeeded: uids.count)).map { $0 }
        order.sort(by: dates)
        // In the order of dates, the first message of a subject makes its thread, and they come in the right order.
        var threads = MessageThreads()
        threads.reserve(uids.count)
        var first = [Int](repeating: -1, count: uids.count)
        for index in order {
            let subject = Int(clamping: ranks[Int(index)])
            let node = threads.append(uids[Int(index)], below: first[subject])
            if first[subject] < 0 { first[subject] = node }
        }
        return threads
    }
}
