import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("CONTEXT=SEARCH and CONTEXT=SORT (RFC 5267 section 4)")
struct ContextTests {
    private let fixture: Fixture
    private let owner = user("alice")

    init() throws {
        fixture = try Fixture()
        try fixture.fill("alice", 4)
    }

    private func selected() async -> TestClient {
        let client = await fixture.logIn("alice", "secret")
        await client.line("s SELECT INBOX")
        return client
    }

    private func play(_ text: String, on client: TestClient) async {
        let mismatch = await client.play(Transcript(text))
        #expect(mismatch == nil, "\(mismatch?.description ?? "")")
    }

    private func uid(_ value: UInt32) throws -> UIDSet { UIDSet(try #require(UID(value))) }

    private func flag(_ flag: Flag, _ value: UInt32, isSet: Bool = true) throws {
        _ = try fixture.store.changeFlags(
            isSet ? .add([flag]) : .remove([flag]), of: uid(value), in: .inbox, for: owner)
    }

    /// Flags, arrivals and expunges, each where its cause is told.
    @Test func aSearchIsKeptUpToDate() async throws {
        let client = await selected()
        await play(
            """
            C: B01 UID SEARCH RETURN (UPDATE COUNT) FLAGGED
            S: * ESEARCH (TAG "B01") UID COUNT 0
            S: B01 OK SEARCH completed
            C: B02 SEARCH RETURN (UPDATE) UNSEEN 1:3
            S: * ESEARCH (TAG "B02")
            S: B02 OK SEARCH completed
            C: a STORE 2:3 +FLAGS.SILENT (\\Flagged)
            S: * ESEARCH (TAG "B01") UID ADDTO (0 2:3)
            S: a OK STORE completed
            C: b STORE 3 FLAGS (\\Seen)
            S: * 3 FETCH (FLAGS (\\Seen \\Recent))
            S: * ESEARCH (TAG "B01") UID REMOVEFROM (0 3)
            S: * ESEARCH (TAG "B02") REMOVEFROM (0 3)
            S: b OK STORE completed
            """, on: client)
        _ = try fixture.store.append(octets("Subject: x\r\n\r\ny\r\n"), to: .inbox, for: owner, flags: [.flagged])
        try flag(.flagged, 1)
        _ = try fixture.store.remove(uid(2), in: .inbox, for: owner)
        // A number that is not valid yet is not named, and one that is not valid any more neither.
        await play(
            """
            C: c NOOP
            S: * 1 FETCH (FLAGS (\\Flagged \\Recent))
            S: * ESEARCH (TAG "B01") UID REMOVEFROM (0 2)
            S: * ESEARCH (TAG "B02") REMOVEFROM (0 2)
            S: * ESEARCH (TAG "B01") UID ADDTO (0 1)
            S: * 2 EXPUNGE
            S: * 4 EXISTS
            S: * 4 RECENT
            S: * ESEARCH (TAG "B01") UID ADDTO (0 5)
            S: c OK NOOP completed
            C: d NOOP
            S: d OK NOOP completed
            """, on: client)
    }

    /// Appendix A.3: REMOVEFROM comes at once, EXPUNGE when it may.
    @Test func removalsAreToldBeforeEXPUNGEMayBe() async throws {
        let client = await selected()
        await client.line("x SEARCH RETURN (UPDATE) ALL")
        _ = try fixture.store.remove(uid(3), in: .inbox, for: owner)
        await play(
            """
            C: a SEARCH 1
            S: * SEARCH 1
            S: * ESEARCH (TAG "x") REMOVEFROM (0 3)
            S: a OK SEARCH completed
            C: b FETCH 4 UID
            S: * 4 FETCH (UID 4)
            S: b OK FETCH completed
            C: c NOOP
            S: * 3 EXPUNGE
            S: c OK NOOP completed
            """, on: client)
    }

    @Test func idleTellsIt() async throws {
        let client = await selected()
        await client.line("x UID SEARCH RETURN (UPDATE) FLAGGED")
        await client.line("i IDLE")
        try flag(.flagged, 4)
        var heard = ""
        for _ in 0..<10_000 where !heard.hasSuffix("ADDTO (0 4)\r\n") {
            heard += await client.settle()
            await Task.yield()
        }
        #expect(
            heard == "* 4 FETCH (FLAGS (\\Flagged \\Recent))\r\n* ESEARCH (TAG \"x\") UID ADDTO (0 4)\r\n")
    }

    /// Sets of numbers and `$` mean what they meant when the command came.
    @Test func numbersMeanWhatTheyMeant() async throws {
        let client = await selected()
        await play(
            """
            C: a SEARCH RETURN (SAVE) 2:3
            S: a OK SEARCH completed
            C: x UID SEARCH RETURN (UPDATE SAVE MIN) $ UNSEEN
            S: * ESEARCH (TAG "x") UID MIN 2
            S: x OK SEARCH completed
            C: y UID SEARCH RETURN (UPDATE) 4:* UNSEEN
            S: * ESEARCH (TAG "y") UID
            S: y OK SEARCH completed
            C: b UID SEARCH $
            S: * SEARCH 2
            S: b OK SEARCH completed
            """, on: client)
        _ = try fixture.store.remove(uid(1), in: .inbox, for: owner)
        try fixture.fill("alice", 1)
        try flag(.seen, 3)
        await play(
            """
            C: c NOOP
            S: * 3 FETCH (FLAGS (\\Seen \\Recent))
            S: * ESEARCH (TAG "x") UID REMOVEFROM (0 3)
            S: * 1 EXPUNGE
            S: * 4 EXISTS
            S: * 4 RECENT
            S: c OK NOOP completed
            """, on: client)
    }

    /// Positions are those of the sorted result, at each step.
    @Test func aSortIsKeptInItsOrder() async throws {
        let client = await selected()
        func add(_ subject: String) throws {
            _ = try fixture.store.append(octets("Subject: \(subject)\r\n\r\ny\r\n"), to: .inbox, for: owner)
        }
        await play(
            """
            C: x UID SORT RETURN (UPDATE ALL) (REVERSE SUBJECT) UTF-8 UNDELETED
            S: * ESEARCH (TAG "x") UID ALL 4,3,2,1
            S: x OK SORT completed
            C: y SORT RETURN (UPDATE) (SUBJECT) UTF-8 UNSEEN
            S: * ESEARCH (TAG "y")
            S: y OK SORT completed
            """, on: client)
        try add("alice 25")
        try add("zz")
        try add("alice 0")
        await play(
            """
            C: a NOOP
            S: * 7 EXISTS
            S: * 7 RECENT
            S: * ESEARCH (TAG "x") UID ADDTO (1 6 4 5 7 7)
            S: * ESEARCH (TAG "y") ADDTO (1 7 4 5 7 6)
            S: a OK NOOP completed
            C: b UID SEARCH RETURN (COUNT) 1:7
            S: * ESEARCH (TAG "b") UID COUNT 7
            S: b OK SEARCH completed
            C: c STORE 2,5:6 +FLAGS.SILENT (\\Deleted \\Seen)
            S: * ESEARCH (TAG "x") UID REMOVEFROM (4 5,2 1 6)
            S: * ESEARCH (TAG "y") REMOVEFROM (7 6 3 2,5)
            S: c OK STORE completed
            C: d STORE 5 -FLAGS.SILENT (\\Deleted)
            S: * ESEARCH (TAG "x") UID ADDTO (3 5)
            S: d OK STORE completed
            C: e UID SORT (REVERSE SUBJECT) UTF-8 UNDELETED
            S: * SORT 4 3 5 1 7
            S: e OK SORT completed
            """, on: client)
    }

    @Test func tagsAreUsedOnce() async throws {
        let client = await selected()
        await client.line("B01 UID SEARCH RETURN (UPDATE COUNT) FLAGGED")
        let refused = await client.line("B01 SORT RETURN (UPDATE) (DATE) UTF-8 FLAGGED")
        #expect(refused == "B01 BAD The tag is that of a search that is kept up to date\r\n")
        #expect((await client.line("B01 SEARCH RETURN (UPDATE) ALL")).hasPrefix("B01 BAD "))
        // It had no effect.
        #expect(
            (await client.line("b STORE 1 +FLAGS.SILENT (\\Flagged)")).hasPrefix(
                "* ESEARCH (TAG \"B01\") UID ADDTO (0 1)\r\nb OK"))
        #expect(await client.line("c CANCELUPDATE \"B01\"") == "c OK CANCELUPDATE completed\r\n")
        #expect((await client.line("B01 SEARCH RETURN (UPDATE) ALL")).hasSuffix("B01 OK SEARCH completed\r\n"))
    }

    @Test func cancelledSearchesAreSilent() async throws {
        let client = await selected()
        for tag in ["x", "y", "z"] { await client.line("\(tag) UID SEARCH RETURN (UPDATE) FLAGGED") }
        #expect(await client.line("a CANCELUPDATE \"x\" \"nobody\" \"z\"") == "a OK CANCELUPDATE completed\r\n")
        try flag(.flagged, 1)
        #expect(
            await client.line("b NOOP")
                == "* 1 FETCH (FLAGS (\\Flagged \\Recent))\r\n* ESEARCH (TAG \"y\") UID ADDTO (0 1)\r\n"
                + "b OK NOOP completed\r\n")
        for line in [
            "CANCELUPDATE", "CANCELUPDATE ", "CANCELUPDATE y", "CANCELUPDATE \"y\" ", "CANCELUPDATE {1+}\r\ny",
        ] {
            #expect((await client.line("c \(line)")).hasPrefix("c BAD "), "\(line)")
        }
        await client.line("d UNSELECT")
        #expect((await client.line("e CANCELUPDATE \"y\"")).hasPrefix("e BAD "))
    }

    /// R-ALG-6: ten, then NOUPDATE, and the search itself is answered.
    @Test func tenAreKept() async throws {
        let client = await selected()
        for number in 1...10 {
            let tag = "t\(number)"
            #expect(
                await client.line("\(tag) UID SEARCH RETURN (UPDATE COUNT) UNSEEN")
                    == "* ESEARCH (TAG \"\(tag)\") UID COUNT 4\r\n\(tag) OK SEARCH completed\r\n")
        }
        await play(
            """
            C: B02 UID SORT RETURN (UPDATE COUNT) (DATE) UTF-8 UNSEEN
            S: * ESEARCH (TAG "B02") UID COUNT 4
            S: * NO [NOUPDATE "B02"] Too many contexts
            S: B02 OK SORT completed
            C: a CANCELUPDATE "t1" "t2"
            S: a OK CANCELUPDATE completed
            C: B02 UID SEARCH RETURN (UPDATE) UNSEEN
            S: * ESEARCH (TAG "B02") UID
            S: B02 OK SEARCH completed
            """, on: client)
        try flag(.seen, 4)
        let news = await client.line("n NOOP")
        #expect(news.components(of: "REMOVEFROM (0 4)") == 9, "\(news)")
    }

    /// What is selected anew is another selection, and so is nothing (U-X-4).
    @Test(arguments: ["SELECT INBOX", "EXAMINE INBOX", "CLOSE", "UNSELECT", "SELECT nowhere", "UNAUTHENTICATE"])
    func theEndOfTheSelectionEndsThem(_ command: String) async throws {
        let fixture = try Fixture()
        try fixture.fill("admin", 3)
        let client = await fixture.logIn("admin", "root")
        await client.line("s SELECT INBOX")
        await client.line("x SEARCH RETURN (UPDATE) UNFLAGGED")
        await client.line("y SORT RETURN (UPDATE) (DATE) UTF-8 ALL")
        await client.line("a \(command)")
        if command == "UNAUTHENTICATE" { await client.line("l LOGIN admin root") }
        await client.line("s SELECT INBOX")
        try fixture.fill("admin", 1)
        _ = try fixture.store.changeFlags(
            .add([.flagged]), of: UIDSet(try #require(UID(1))), in: .inbox, for: user("admin"))
        let news = await client.line("n NOOP")
        #expect(news.contains("* 4 EXISTS\r\n"))
        #expect(!news.contains("ESEARCH"), "\(news)")
        // The tags are free again.
        #expect(
            (await client.line("x SEARCH RETURN (UPDATE COUNT) ALL")).hasSuffix("COUNT 4\r\nx OK SEARCH completed\r\n"))
    }

    /// The hint, and pages, which have nothing to do with updates.
    @Test func hintsAndPages() async throws {
        let client = await selected()
        await play(
            """
            C: A01 SEARCH RETURN (CONTEXT COUNT) UNDELETED
            S: * ESEARCH (TAG "A01") COUNT 4
            S: A01 OK SEARCH completed
            C: A02 SEARCH RETURN (UPDATE PARTIAL 1:2 CONTEXT) UNDELETED
            S: * ESEARCH (TAG "A02") PARTIAL (1:2 1:2)
            S: A02 OK SEARCH completed
            C: A03 STORE 4 +FLAGS.SILENT (\\Deleted)
            S: * ESEARCH (TAG "A02") REMOVEFROM (0 4)
            S: A03 OK STORE completed
            C: A04 SEARCH RETURN (SAVE CONTEXT UPDATE) UNDELETED
            S: * ESEARCH (TAG "A04")
            S: A04 OK SEARCH completed
            C: A05 SEARCH $
            S: * SEARCH 1:3
            S: A05 OK SEARCH completed
            """.replacing("* SEARCH 1:3", with: "* SEARCH 1 2 3"), on: client)
    }

    /// Each capability brings its own command's options.
    @Test func eachExtensionBringsItsOwn() async throws {
        for (extensions, search, sort) in [
            ([.sort, .esearch, .esort, .contextSearch], "OK", "BAD"), ([.sort, .contextSort], "BAD", "OK"),
            ([.sort, .esearch, .esort], "BAD", "BAD"),
        ] as [([IMAPExtension], String, String)] {
            let fixture = try Fixture(extensions: extensions)
            try fixture.fill("alice", 1)
            let client = await fixture.logIn("alice", "secret")
            await client.line("s SELECT INBOX")
            for option in ["UPDATE", "CONTEXT"] {
                let searched = await client.line("a\(option) SEARCH RETURN (\(option)) ALL")
                #expect(searched.contains("a\(option) \(search) "), "\(searched)")
                let sorted = await client.line("b\(option) SORT RETURN (\(option)) (DATE) UTF-8 ALL")
                #expect(sorted.contains("b\(option) \(sort) "), "\(sorted)")
            }
        }
    }
}

extension String {
    /// How often `part` is in it.
    fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}
