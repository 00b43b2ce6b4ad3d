import IMAPCodec
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("Hostile: SEARCH (R-NEST-1 to R-NEST-4, R-ALG-1, R-ALG-7)")
struct SearchHostileTests {
    /// R-NEST-2: one counter for all that nests. At the limit it is searched; one deeper it is BAD.
    @Test(arguments: [
        ("(", "ALL", ")", 1), ("NOT ", "SEEN", "", 1), ("OR ", "SEEN", " ALL", 1), ("NOT (", "SEEN", ")", 2),
        ("OR (", "SEEN", ") DRAFT", 2), ("(NOT OR ", "ALL", " SEEN)", 3),
    ])
    func nestingIsLimited(front: String, key: String, back: String, levels: Int) async throws {
        let mailbox = try await SearchFixture(SearchFixture.three)
        func nested(_ count: Int) -> String {
            String(repeating: front, count: count) + key + String(repeating: back, count: count)
        }
        let most = 32 / levels
        #expect(await mailbox.client.line("a SEARCH \(nested(most))").hasSuffix("a OK SEARCH completed\r\n"))
        #expect(await mailbox.client.line("b SEARCH \(nested(most + 1))") == "b BAD Lists nested too deeply\r\n")
        #expect(await mailbox.client.line("c SEARCH \(nested(3000))") == "c BAD Lists nested too deeply\r\n")
        // Unbalanced and unterminated.
        #expect(
            await mailbox.client.line("d SEARCH \(String(repeating: front, count: 15_000))")
                == "d BAD Lists nested too deeply\r\n")
        #expect(await mailbox.client.line("e NOOP") == "e OK NOOP completed\r\n")
    }

    /// R-NEST-2: with the line's limit raised, on a small stack or not: there is no recursion.
    @Test func aHundredThousandLevelsNeedNoStack() async throws {
        let mailbox = try await SearchFixture(SearchFixture.three) {
            $0.limits.afterLogin = FramerLimits(line: 1 << 24, command: 1 << 24, literal: 1 << 24, literals: 1000)
            $0.limits.nestingAfterLogin = NestingLimits(depth: 2_000_000, lists: 2_000_000)
            $0.limits.badCommandsAfterLogin = 100
        }
        for front in ["NOT ", "(", "OR "] {
            let deep = String(repeating: front, count: 100_000)
            #expect(await mailbox.client.line("a SEARCH \(deep)").hasPrefix("a BAD "), "\(front)")
        }
        // Deeper than any stack would let a walk go: read, searched and dropped without one.
        let deep = String(repeating: "NOT ", count: 100_000) + "SEEN"
        #expect(await mailbox.search(deep) == "1")
        let lists = String(repeating: "(", count: 100_000) + "SEEN" + String(repeating: ")", count: 100_000)
        #expect(await mailbox.search(lists) == "1")
        let ors = String(repeating: "OR ", count: 999) + "SEEN" + String(repeating: " DRAFT", count: 999)
        #expect(await mailbox.search(ors) == "1 3")
    }

    /// R-NEST-4: a thousand keys, and no more.
    @Test func aThousandKeysAreSearchedAndOneMoreIsBAD() async throws {
        let mailbox = try await SearchFixture(SearchFixture.three)
        func all(_ count: Int) -> String { (0..<count).map { _ in "UNSEEN" }.joined(separator: " ") }
        #expect(await mailbox.search(all(1000)) == "2 3")
        #expect(await mailbox.client.line("a SEARCH \(all(1001))") == "a BAD Argument too long\r\n")
        // A client's long list of alternatives is no nesting.
        func alternatives(_ count: Int) -> String {
            String(repeating: "OR SUBJECT nothing ", count: count - 1) + "SUBJECT meeting"
        }
        #expect(await mailbox.search(alternatives(1000)) == "1 3")
        #expect(await mailbox.client.line("b SEARCH \(alternatives(1001))") == "b BAD Argument too long\r\n")
        let texts = (0..<400).map { "NOT TEXT nowhere\($0) NOT BODY \"\($0) nowhere\"" }.joined(separator: " ")
        #expect(await mailbox.search(texts) == "1 2 3")
    }

    /// R-ALG-1
    @Test func setsAreRangesHoweverWideAndMany() async throws {
        let mailbox = try await SearchFixture(SearchFixture.three)
        let singletons = (1...9000).reversed().map { String($0) }.joined(separator: ",")
        #expect(await mailbox.search(singletons) == "1 2 3")
        #expect(await mailbox.search("UID \(singletons)") == "1 2 3")
        #expect(await mailbox.search("NOT \(singletons)") == "")
        let wide = (0..<5000).map { _ in "1:4294967295" }.joined(separator: ",")
        #expect(await mailbox.search("UID \(wide) \(wide)") == "1 2 3")
        for bad in ["4294967296", "1:4294967296", "UID 4294967296", "0:1", "99999999999999999999", "1:0"] {
            #expect(await mailbox.client.line("a SEARCH \(bad)").hasPrefix("a BAD "), "\(bad)")
        }
    }

    /// R-ALG-1: keys that name the same saved result share it.
    @Test func manyLiteralsAreOneCommand() async throws {
        let mailbox = try await SearchFixture(SearchFixture.three)
        let keys = (0..<500).map { _ in "FROM {5+}\r\nsmith HEADER {4+}\r\nFrom {0+}\r\n" }.joined(separator: " ")
        #expect(await mailbox.client.line("a SEARCH \(keys)").hasPrefix("a BAD") == true)
        let fewer = (0..<300).map { _ in "FROM {5+}\r\nsmith HEADER {4+}\r\nFrom {0+}\r\n" }.joined(separator: " ")
        #expect(await mailbox.search(fewer) == "2 3")
    }

    /// A key without its end, with everything a client may send in its place: the connection goes on.
    @Test func everyCutOfASearchIsAnsweredOnce() async throws {
        let mailbox = try await SearchFixture(SearchFixture.three) { $0.limits.badCommandsAfterLogin = 1000 }
        let whole =
            "UID SEARCH RETURN (MIN SAVE) CHARSET UTF-8 (OR NOT 1:2,* UID 4) HEADER X \"y\" SINCE \"1-Feb-2001\" $"
        for length in 0..<whole.utf8.count {
            let cut = String(decoding: Array(whole.utf8).prefix(length), as: UTF8.self)
            let answer = await mailbox.client.line("a \(cut)")
            #expect(answer.hasPrefix("a BAD ") || answer.hasSuffix("a OK SEARCH completed\r\n"), "\(cut): \(answer)")
        }
    }
}

@Suite("SEARCH in modes of the session")
struct SearchModeTests {
    private static let modes = IMAPExtension("XMODES", requiring: ["ENABLE"]) { registry in
        registry.add(mode: SessionMode("XEXTENDED"), traits: .extendedSearch, enabledAs: "XEXTENDED")
    }

    private func mailbox(enabling mode: String) async throws -> SearchFixture {
        let mailbox = try await SearchFixture(SearchFixture.three, extensions: IMAPExtension.standard + [Self.modes])
        await mailbox.client.line("a UNSELECT")
        await mailbox.client.line("b ENABLE \(mode)")
        await mailbox.client.line("c SELECT INBOX")
        return mailbox
    }

    /// RFC 9586 section 3.1
    @Test func withoutSequenceNumbersTheyAreBADWhereverTheyStand() async throws {
        let mailbox = try await mailbox(enabling: "UIDONLY")
        await mailbox.play(
            """
            C: a SEARCH ALL
            S: a BAD [UIDREQUIRED] ...
            C: b UID SEARCH 1:2
            S: b BAD [UIDREQUIRED] Sequence numbers are not used in this session
            C: c UID SEARCH OR SEEN NOT (*)
            S: c BAD [UIDREQUIRED] Sequence numbers are not used in this session
            C: d UID SEARCH UID 1:2
            S: * SEARCH 1 2
            S: d OK SEARCH completed
            C: e UID SEARCH RETURN (SAVE) SEEN
            S: e OK SEARCH completed
            C: f UID SEARCH RETURN (SAVE) 1
            S: f BAD [UIDREQUIRED] Sequence numbers are not used in this session
            C: g UID SEARCH $
            S: * SEARCH 1
            S: g OK SEARCH completed
            C: h UID SEARCH RETURN (MIN MAX) UNSEEN
            S: * ESEARCH (TAG "h") UID MIN 2 MAX 3
            S: h OK SEARCH completed
            """)
    }

    /// RFC 9051 section 6.4.4
    @Test func aPlainSearchIsAnsweredWithESEARCH() async throws {
        let mailbox = try await mailbox(enabling: "XEXTENDED")
        await mailbox.play(
            """
            C: A284 SEARCH TEXT "string not in mailbox"
            S: * ESEARCH (TAG "A284")
            S: A284 OK SEARCH completed
            C: A285 SEARCH CHARSET UTF-8 TEXT {5}
            S: + Ready for literal data
            C: three
            S: * ESEARCH (TAG "A285") ALL 1
            S: A285 OK SEARCH completed
            C: A286 UID SEARCH UNSEEN
            S: * ESEARCH (TAG "A286") UID ALL 2:3
            S: A286 OK SEARCH completed
            C: A287 SEARCH RETURN (SAVE) UNSEEN
            S: A287 OK SEARCH completed
            C: A288 SEARCH RETURN (COUNT) $
            S: * ESEARCH (TAG "A288") COUNT 2
            S: A288 OK SEARCH completed
            """)
    }

    /// Errors of the store: NO, and the search result is empty.
    @Test func whatTheStoreRefusesIsNO() async throws {
        let memory = MemoryStore()
        let store = HostileStore(memory)
        let lab = try Lab(memory: memory, store: store)
        try lab.fill()
        let peer = await lab.select()
        store.expungeBodies()
        #expect(await peer.line("a SEARCH TEXT mail") == "* SEARCH\r\na OK SEARCH completed\r\n")
        #expect(await peer.line("b SEARCH NOT TEXT nowhere") == "* SEARCH\r\nb OK SEARCH completed\r\n")
        #expect(await peer.line("c SEARCH UNSEEN") == "* SEARCH 1 2 3\r\nc OK SEARCH completed\r\n")
    }
}
