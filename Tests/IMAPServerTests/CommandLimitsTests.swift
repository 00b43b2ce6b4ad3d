import IMAPCodec
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

/// A limit on what one command repeats, and a command that repeats it so often.
struct RepetitionCase: Sendable, CustomTestStringConvertible {
    let limit: CountLimit
    /// What is answered over the limit, behind the tag.
    var refusal = "BAD Argument too long"
    /// What a host may set it to, for the test: a command of one is there.
    var small = 3
    /// How often it is far over.
    var far = 5000
    let command: @Sendable (Int) -> String

    var testDescription: String { limit.name }

    private static func list(_ word: String, _ count: Int) -> String {
        Array(repeating: word, count: count).joined(separator: " ")
    }

    static let all: [RepetitionCase] = [
        RepetitionCase(limit: .setRanges, far: 60_000) { count in
            "UID FETCH " + Array(repeating: "9", count: count).joined(separator: ",") + " UID"
        },
        RepetitionCase(limit: .listElements) { "STORE 1 +FLAGS (\(list("a", $0)))" },
        RepetitionCase(limit: .listElements) { "STORE 1 +FLAGS \(list("a", $0))" },
        RepetitionCase(limit: .listElements) { "FETCH 1 BODY.PEEK[HEADER.FIELDS (\(list("a", $0)))]" },
        RepetitionCase(limit: .fetchItems) { "FETCH 1 (\(list("UID", $0)))" },
        RepetitionCase(limit: .sectionLevels) {
            "FETCH 1 BODY.PEEK[\(Array(repeating: "1", count: $0).joined(separator: "."))]"
        },
        RepetitionCase(limit: .searchKeys) { "SEARCH \(list("SEEN", $0))" },
        RepetitionCase(limit: .searchKeys) { list("SORT (DATE) UTF-8", 1) + " " + list("SEEN", $0) },
        RepetitionCase(limit: .listPatterns) { "LIST \"\" (\(list("x", $0)))" },
        RepetitionCase(limit: .patternOctets, far: 60_000) { "LIST \"\" " + String(repeating: "x", count: $0) },
        RepetitionCase(limit: .patternOctets, far: 60_000) { "LSUB \"\" " + String(repeating: "x", count: $0) },
        RepetitionCase(limit: .patternOctetsTotal, far: 60_000) { count in
            let whole = Array(repeating: String(repeating: "x", count: 4000), count: count / 4000)
            let rest = count % 4000 == 0 ? [] : [String(repeating: "y", count: count % 4000)]
            return "LIST \"\" (\((whole + rest).joined(separator: " ")))"
        },
        RepetitionCase(limit: .options) { "LIST (\(list("SUBSCRIBED", $0))) \"\" x" },
        RepetitionCase(limit: .enableNames) { "ENABLE \(list("XNONE", $0))" },
        RepetitionCase(limit: .sortCriteria, refusal: "NO [LIMIT] Too many criteria", far: 1000) {
            "SORT (\(list("DATE", $0))) UTF-8 ALL"
        },
        RepetitionCase(limit: .comparators) { "COMPARATOR \(list("x", $0))" },
        RepetitionCase(limit: .languages) { "LANGUAGE \(list("mul", $0))" },
        RepetitionCase(limit: .metadataEntries) { "GETMETADATA \"\" (\(list("/shared/comment", $0)))" },
        RepetitionCase(limit: .notifyGroups) { "NOTIFY SET \(list("(personal NONE)", $0))" },
        RepetitionCase(limit: .notifyEvents) { "NOTIFY SET (personal (\(list("MailboxName", $0))))" },
        RepetitionCase(limit: .notifyMailboxes, refusal: "NO [NOTIFICATIONOVERFLOW] Too many mailboxes") { count in
            "NOTIFY SET (mailboxes (\((0..<count).map { "m\($0)" }.joined(separator: " "))) (MailboxName))"
        },
        RepetitionCase(limit: .cancelledTags) { "CANCELUPDATE \(list("\"t\"", $0))" },
    ]
}

@Suite("Limits: what one command may repeat (R-LIT-11, R-ALG-6)", .serialized)
struct CommandLimitsTests {
    private static func lab(_ configure: (inout ServerConfiguration) -> Void = { _ in }) throws -> Lab {
        try Lab { configuration in
            configuration.limits.badCommandsAfterLogin = 1000
            configure(&configuration)
        }
    }

    /// ENABLE has its place before a mailbox is selected.
    private static func peer(_ lab: Lab, for one: RepetitionCase) async throws -> Peer {
        try lab.fill()
        return one.limit == .enableNames ? await lab.logIn() : await lab.select()
    }

    @Test(arguments: RepetitionCase.all)
    func theStandardIsTakenAndOneMoreIsNot(_ one: RepetitionCase) async throws {
        let lab = try Self.lab()
        let peer = try await Self.peer(lab, for: one)
        #expect(lab.server.connectionCount == 1)
        let most = Limits()[one.limit]
        #expect(most == one.limit.standard)
        for count in [1, most - 1, most] {
            let answer = await peer.line("a \(one.command(count))")
            #expect(!answer.contains(one.refusal), "\(count): \(answer.suffix(200))")
            #expect(answer.contains("a OK ") || answer.contains("a NO "), "\(count): \(answer.suffix(200))")
        }
        for count in [most + 1, max(one.far, most + 2)] {
            #expect(await peer.line("a \(one.command(count))") == "a \(one.refusal)\r\n", "\(count)")
        }
        #expect(await peer.isAlive())
    }

    @Test(arguments: RepetitionCase.all)
    func aHostSetsAnother(_ one: RepetitionCase) async throws {
        let lab = try Self.lab { $0.limits[one.limit] = one.small }
        let peer = try await Self.peer(lab, for: one)
        let taken = await peer.line("a \(one.command(one.small))")
        #expect(!taken.contains(one.refusal), "\(taken)")
        for count in [one.small + 1, one.limit.standard, one.far] {
            #expect(await peer.line("b \(one.command(count))") == "b \(one.refusal)\r\n", "\(count)")
        }
        #expect(await peer.isAlive())
    }

    /// R-ALG-6
    @Test func aHostSetsHowManySearchesAreKeptUpToDate() async throws {
        for most in [0, 2] {
            let lab = try Self.lab { $0.limits[.searchContexts] = most }
            try lab.fill()
            let peer = await lab.select()
            for number in 0..<(most + 30) {
                let answer = await peer.line("t\(number) UID SEARCH RETURN (UPDATE COUNT) ALL")
                let refusal = "* NO [NOUPDATE \"t\(number)\"] Too many contexts\r\n"
                #expect(
                    answer == "* ESEARCH (TAG \"t\(number)\") UID COUNT 3\r\n" + (number < most ? "" : refusal)
                        + "t\(number) OK SEARCH completed\r\n")
            }
        }
    }

    @Test(arguments: [CountLimit.sortedContextMessages, .contextOctets])
    func aHostSetsHowLargeTheirResultsAre(_ limit: CountLimit) async throws {
        // The command, and of three messages every second: two ranges of eight octets, and two times four in order. Four
        // octets for each message are there in any case.
        let command = "a UID SORT RETURN (UPDATE COUNT) (ARRIVAL) UTF-8 FLAGGED"
        let needed = limit == .sortedContextMessages ? 2 : 12 + command.utf8.count
        for room in [.max, needed, needed - 1, .min] {
            let lab = try Self.lab { $0.limits[limit] = room }
            try lab.fill()
            let peer = await lab.select()
            await peer.line("f STORE 1,3 +FLAGS (\\Flagged)")
            let answer = await peer.line(command)
            #expect(answer.contains("NOUPDATE") == (room < needed), "\(limit.name) \(room): \(answer)")
            #expect(answer.hasSuffix("a OK SORT completed\r\n"))
        }
    }

    /// Ten searches for texts of a megabyte would hold ten.
    @Test func whatIsSearchedForCounts() async throws {
        let lab = try Self.lab()
        try lab.fill()
        let peer = await lab.select()
        let text = "\"" + String(repeating: "x", count: 60_000) + "\""
        for number in 0..<10 {
            let answer = await peer.line("t\(number) SEARCH RETURN (UPDATE COUNT) NOT SUBJECT \(text)")
            #expect(answer.contains("* NO [NOUPDATE \"t\(number)\"]") == (number >= 8), "\(number)")
            #expect(answer.hasSuffix("t\(number) OK SEARCH completed\r\n"))
        }
    }

    /// A set that is one word is as many ranges as the mailbox has.
    @Test(arguments: [1, 100, 1000]) func theMessagesThatAreNamedCount(_ keys: Int) async throws {
        let lab = try Self.lab()
        try lab.fill("alice", 2000)
        let peer = await lab.select()
        // Every other message: a thousand ranges.
        let odd = stride(from: 1, to: 2000, by: 2).map { "\($0)" }.joined(separator: ",")
        #expect(await peer.line("f STORE \(odd) +FLAGS.SILENT (\\Deleted)").hasSuffix("OK STORE completed\r\n"))
        #expect(await peer.line("e EXPUNGE").hasSuffix("OK EXPUNGE completed\r\n"))
        let words = Array(repeating: "1:*", count: keys).joined(separator: " ")
        let answer = await peer.line("t SEARCH RETURN (UPDATE COUNT) \(words)")
        #expect(answer.contains("COUNT 1000"))
        #expect(answer.contains("* NO [NOUPDATE \"t\"]") == (keys > 1))
        #expect(answer.hasSuffix("t OK SEARCH completed\r\n"))
        #expect(await peer.isAlive())
    }

    @Test func octetsOfNOTIFY() async throws {
        let lab = try Self.lab { $0.limits[.notifyOctets] = 1000 }
        let peer = await lab.select()
        func command(_ octets: Int) -> String {
            let around = "a NOTIFY SET (MAILBOXES () (MailboxName))".utf8.count
            return "a NOTIFY SET (MAILBOXES (\(String(repeating: "m", count: octets - around))) (MailboxName))"
        }
        for count in [999, 1000] { #expect(await peer.line(command(count)) == "a OK NOTIFY completed\r\n") }
        for count in [1001, 1060] {
            #expect(await peer.line(command(count)) == "a NO [NOTIFICATIONOVERFLOW] Too many mailboxes\r\n")
        }
        #expect(CountLimit.notifyOctets.standard == 524_288)
        #expect(await peer.isAlive())
    }

    /// R-ALG-1, with the limit raised: each key is read once, and asked once of each message.
    @Test(arguments: ["UNSEEN", "NOT SEEN", "OR UNSEEN SEEN", "1:*", "UID 1:*", "(ALL)"])
    func tenThousandKeys(_ key: String) async throws {
        let lab = try Self.lab {
            $0.limits[.searchKeys] = 20_000
            $0.limits.afterLogin.line = 1 << 20
        }
        try lab.fill()
        let peer = await lab.select()
        let count = key.hasPrefix("OR") ? 10_000 : 20_000
        let keys = { (count: Int) in Array(repeating: key, count: count).joined(separator: " ") }
        let (taken, refused) = key == "(ALL)" ? (10_000, 10_001) : (count, count + 1)
        #expect(await peer.line("a SEARCH \(keys(taken))") == "* SEARCH 1 2 3\r\na OK SEARCH completed\r\n")
        #expect(
            await peer.line("b SEARCH \(keys(refused))")
                == (key == "(ALL)" ? "b BAD Lists nested too deeply\r\n" : "b BAD Argument too long\r\n"))
    }

    /// A host's own limit, through the same mechanism.
    @Test func anExtensionOfAHostDeclaresItsOwn() {
        let own = CountLimit("colours", standard: 7, least: 2, most: 9)
        var limits = Limits()
        #expect(limits[own] == 7)
        for (set, value) in [(1, 2), (2, 2), (5, 5), (9, 9), (10, 9), (.min, 2), (.max, 9)] {
            limits[own] = set
            #expect(limits[own] == value)
        }
        #expect(limits != Limits())
        #expect(limits[.searchKeys] == 1000)
    }
}
