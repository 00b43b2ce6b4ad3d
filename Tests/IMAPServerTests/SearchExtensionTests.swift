import IMAPCodec
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPServer
import IMAPSession
import IMAPTestKit
import IMAPTypes
import Testing

// Extensions of a host's own, with `public` API alone.

/// `XLONG n`: a Subject of more than n octets in UTF-8. Reads headers.
private struct LongSubjectKey: SearchKey {
    static let names: [Keyword] = ["XLONG"]
    let length: UInt32

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        length = try arguments.number()
    }

    var needs: MessageNeed { .header }

    func matches(_ message: SearchedMessage) -> Bool {
        message.fields(named: Array("subject".utf8)).contains { $0.count > length }
    }
}

/// `XPARTS n`: at least n parts. Reads all of the message.
private struct PartsKey: SearchKey {
    static let names: [Keyword] = ["XPARTS"]
    let count: UInt32

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        count = try arguments.number()
    }

    var needs: MessageNeed { .structure }

    func matches(_ message: SearchedMessage) -> Bool { (message.structure?.parts.count ?? 0) >= count }
}

/// `XAFTER uid`: known without reading, as UIDAFTER of RFC 9738.
private struct AfterKey: SearchKey {
    static let names: [Keyword] = ["XAFTER"]
    let uid: UID?

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        uid = UID(try arguments.nonZeroNumber())?.next
    }

    func narrowing(in mailbox: MailboxView) -> SearchNarrowing {
        guard let uid, let last = UID(UInt32.max) else { return .exactly(UIDSet()) }
        return .exactly(UIDSet(uid, last))
    }
}

/// `XFUZZY key`: a key with a key inside, as FUZZY of RFC 6203, and a text of its own.
private struct FuzzyKey: SearchKey {
    static let names: [Keyword] = ["XFUZZY"]
    static let operands = 1
    let texts: [SearchText]

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        texts = [SearchText(try arguments.astring(), in: .body)]
    }
}

/// `XMODSEQ n`, which adds to the answer, as MODSEQ of RFC 7162.
private struct ModSequenceKey: SearchKey {
    static let names: [Keyword] = ["XMODSEQ"]
    let value: UInt64

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        value = try arguments.number64()
    }

    var columns: MessageColumns { .modSequence }
    static var resultItem: (any SearchResultItem.Type)? { HighestItem.self }

    func matches(_ message: SearchedMessage) -> Bool { (message.record.modSequence?.rawValue ?? 0) >= value }
}

private struct HighestItem: SearchResultItem {
    static let name: Keyword = "MODSEQ"
    static let columns = MessageColumns.modSequence
    private var highest = ModSequence.zero

    mutating func take(_ record: MessageRecord) { highest = max(highest, record.modSequence ?? .zero) }
    func write(to writer: inout ResponseWriter) { writer.number(highest.rawValue) }
}

/// `XEVERY n`: every n-th message.
private struct EveryOption: SearchReturnOption {
    static let name: Keyword = "XEVERY"
    let step: UInt32

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        step = try arguments.nonZeroNumber()
    }

    var extent: SearchExtent { .all }

    func begin(_ request: SearchRequest, _ context: inout Context) async throws(CommandFailure) {
        if request.options.contains(where: { type(of: $0).name == "ALL" }) { throw .bad(nil, "Not with ALL") }
    }

    func returned(of found: OrderedMessages) -> OrderedMessages {
        OrderedMessages(UIDSet(found.uids.enumerated().filter { ($0.offset + 1) % Int(step) == 0 }.map(\.element)))
    }

    func value(of result: SearchResult) -> SearchReturnValue? {
        let part = returned(of: result.messages)
        let step = step
        return .list([
            .written { $0.number(step) }, part.isEmpty ? .written { $0.null() } : .messages(part),
        ])
    }
}

/// `XUPDATE`: remembers the search and its tag, as UPDATE of RFC 5267, and says so.
private struct UpdateOption: SearchReturnOption, ArgumentlessOption {
    static let name: Keyword = "XUPDATE"

    var extent: SearchExtent { .nothing }

    func finish(_ result: SearchResult, _ context: inout Context) async throws(CommandFailure) {
        context.write(Contexts(tags: context.read(Contexts.self).tags + [context.tag].compactMap { $0 }))
        if context.read(Contexts.self).tags.count == 1 { context.inform(.clientBug, "Updates") }
    }
}

private struct Contexts: ConnectionState {
    static let scope = Scope.selection
    var tags: [IMAPTypes.Tag]

    static func fresh() -> Contexts { Contexts(tags: []) }

    consuming func end() -> Ending { .drop }
}

extension IMAPExtension {
    fileprivate static let searching = IMAPExtension("XSEARCHING", requiring: ["ESEARCH"]) { registry in
        registry.add(state: Contexts.self)
        registry.add(searchKey: LongSubjectKey.self)
        registry.add(searchKey: PartsKey.self)
        registry.add(searchKey: AfterKey.self)
        registry.add(searchKey: FuzzyKey.self)
        registry.add(searchKey: ModSequenceKey.self)
        registry.add(searchReturnOption: EveryOption.self)
        registry.add(searchReturnOption: UpdateOption.self)
    }
}

@Suite("SEARCH keys and options of a host's own")
struct SearchExtensionTests {
    private func mailbox() async throws -> SearchFixture {
        var permissions = OutputPermissions()
        permissions.searchData = ["XEVERY"]
        return try await SearchFixture(
            SearchFixture.three, extensions: [.esearch, .searchResult, .searching], permitting: permissions)
    }

    @Test func keysThatNeedTheHeaderTheWholeMessageOrNothing() async throws {
        let mailbox = try await mailbox()
        #expect(await mailbox.search("XLONG 7") == "1 2")
        #expect(await mailbox.search("NOT XLONG 7") == "3")
        #expect(await mailbox.search("XPARTS 1") == "1 2 3")
        #expect(await mailbox.search("XPARTS 2") == "")
        #expect(await mailbox.search("XAFTER 1") == "2 3")
        #expect(await mailbox.search("NOT XAFTER 1") == "1")
        #expect(await mailbox.search("XAFTER 4294967295") == "")
        #expect(await mailbox.search("OR XPARTS 2 XFUZZY smith DELETED") == "2")
        #expect(await mailbox.search("XFUZZY line NOT (SEEN)") == "3")
        #expect(await mailbox.search("NOT XFUZZY line NOT SEEN") == "1 2")
        #expect(await mailbox.client.line("a SEARCH XFUZZY line") == "a BAD Argument missing\r\n")
        #expect(await mailbox.client.line("a SEARCH XLONG") == "a BAD Argument missing\r\n")
    }

    /// RFC 7162 sections 3.1.5 and 3.1.10, RFC 4731 section 3.2.
    @Test func anItemTellsOfWhatIsReturned() async throws {
        let mailbox = try await mailbox()
        for (uid, flag) in [(3, Flag.seen), (2, .draft), (1, .flagged)] {
            guard let uid = UID(UInt32(uid)) else { continue }
            _ = try mailbox.fixture.store.changeFlags(.add([flag]), of: UIDSet(uid), in: .inbox, for: user("alice"))
        }
        await mailbox.client.line("n NOOP")
        let values = try mailbox.fixture.store.records(in: .inbox, for: user("alice")).map {
            $0.modSequence?.rawValue ?? 0
        }
        #expect(values == [values[2] + 2, values[2] + 1, values[2]])
        await mailbox.play(
            """
            C: a SEARCH XMODSEQ 1
            S: * SEARCH 1 2 3 (MODSEQ \(values[0]))
            S: a OK SEARCH completed
            C: b SEARCH OR NOT XMODSEQ 1 LARGER 50000
            S: * SEARCH
            S: b OK SEARCH completed
            C: c UID SEARCH 2:3 XMODSEQ 1
            S: * SEARCH 2 3 (MODSEQ \(values[1]))
            S: c OK SEARCH completed
            C: d SEARCH RETURN (ALL) XMODSEQ 1 XMODSEQ 2
            S: * ESEARCH (TAG "d") ALL 1:3 MODSEQ \(values[0])
            S: d OK SEARCH completed
            C: e SEARCH RETURN (MAX) XMODSEQ 1
            S: * ESEARCH (TAG "e") MAX 3 MODSEQ \(values[2])
            S: e OK SEARCH completed
            C: f SEARCH RETURN (MIN MAX) XMODSEQ 1
            S: * ESEARCH (TAG "f") MIN 1 MAX 3 MODSEQ \(values[0])
            S: f OK SEARCH completed
            C: g SEARCH RETURN (MAX COUNT) XMODSEQ 1
            S: * ESEARCH (TAG "g") MAX 3 COUNT 3 MODSEQ \(values[0])
            S: g OK SEARCH completed
            C: h SEARCH RETURN (COUNT) XMODSEQ 999
            S: * ESEARCH (TAG "h") COUNT 0
            S: h OK SEARCH completed
            C: i UID SEARCH RETURN (XEVERY 2) XMODSEQ 1
            S: * ESEARCH (TAG "i") UID XEVERY (2 2) MODSEQ \(values[1])
            S: i OK SEARCH completed
            C: j SEARCH RETURN (SAVE) XMODSEQ 1
            S: j OK SEARCH completed
            """)
    }

    @Test func aPartOfTheResultIsReturnedAndSaved() async throws {
        let mailbox = try await mailbox()
        await mailbox.play(
            """
            C: a UID SEARCH RETURN (XEVERY 2 SAVE) ALL
            S: * ESEARCH (TAG "a") UID XEVERY (2 2)
            S: a OK SEARCH completed
            C: b SEARCH $
            S: * SEARCH 2
            S: b OK SEARCH completed
            C: c SEARCH RETURN (SAVE XEVERY 3 MIN) ALL
            S: * ESEARCH (TAG "c") XEVERY (3 3) MIN 1
            S: c OK SEARCH completed
            C: d SEARCH RETURN (XEVERY 7) $
            S: * ESEARCH (TAG "d") XEVERY (7 NIL)
            S: d OK SEARCH completed
            C: e SEARCH $
            S: * SEARCH 1 3
            S: e OK SEARCH completed
            C: h SEARCH RETURN (ALL XEVERY 1 SAVE) 1
            S: h BAD Not with ALL
            C: i SEARCH RETURN (XUPDATE COUNT) $
            S: * ESEARCH (TAG "i") COUNT 2
            S: * OK [CLIENTBUG] Updates
            S: i OK SEARCH completed
            """)
    }

    @Test func aNameThatIsTakenDoesNotStart() {
        func start(_ key: any SearchKey.Type) -> ConfigurationError? {
            do throws(ConfigurationError) {
                _ = try Server(
                    store: MemoryStore(), authenticator: TestUsers(),
                    extensions: [
                        IMAPExtension("XTWICE") { registry in
                            registry.add(searchKey: LongSubjectKey.self)
                            registry.add(searchKey: key)
                        }
                    ])
                return nil
            } catch {
                return error
            }
        }
        #expect(start(LongSubjectKey.self) == .duplicateSearchKey("XLONG"))
        #expect(start(SeenKey.self) == .duplicateSearchKey("SEEN"))
        #expect(start(NotKey.self) == .duplicateSearchKey("NOT"))
        #expect(start(PartsKey.self) == nil)
    }
}

private struct SeenKey: SearchKey {
    static let names: [Keyword] = ["SEEN"]
    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {}
}

private struct NotKey: SearchKey {
    static let names: [Keyword] = ["NOT"]
    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {}
}
