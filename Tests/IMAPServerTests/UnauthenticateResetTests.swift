import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import Testing

@Suite("UNAUTHENTICATE: the user's work ends before the OK (RFC 8437 sections 3, 4.1 and 8)")
struct UnauthenticateResetTests {
    struct Held {
        let store: HeldStore
        let memory: MemoryStore
        let clock = VirtualClock()
        let witness = Witness()
        let server: Server

        init() throws {
            CheckedOutput.isInstalled
            memory = MemoryStore()
            for name in ["bob", "carol"] {
                for index in 1...3 {
                    _ = try memory.append(
                        octets("Subject: \(name)\r\n\r\nmail of \(name), \(index)\r\n"), to: .inbox, for: user(name))
                }
            }
            store = HeldStore(memory)
            server = try Server(
                store: store, authenticator: TestUsers(), extensions: IMAPExtension.standard.supported(by: store),
                observer: witness,
                clock: clock)
        }

        func selected() async -> TestClient {
            let client = await TestClient.connect(to: server).client
            await client.line(UnauthenticateReplyTests.authenticate("s1", as: "bob"))
            await client.line("s2 SELECT INBOX")
            return client
        }

        /// Waits until `count` calls are held.
        func untilHeld(_ count: Int = 1) async {
            while store.heldCount < count { await Task.yield() }
        }

        /// Moves the clock until the server has noticed.
        func advanceUntil(_ isOver: () -> Bool) async {
            for _ in 0..<10_000 where !isOver() {
                clock.advance(by: .seconds(1))
                try? await Task.sleep(for: .microseconds(200))
            }
        }
    }

    /// Row 33
    @Test("U-A-1, U-A-2: while a call of the old user is held there is no OK", arguments: HeldStore.Call.allCases)
    func thereIsNoOKWhileACallIsHeld(call: HeldStore.Call) async throws {
        let held = try Held()
        let client = await held.selected()
        held.store.hold(call)
        client.transport.send(
            """
            a1 LIST "" *\r
            a2 STATUS INBOX (MESSAGES)\r
            a3 SELECT INBOX\r
            a4 FETCH 1:3 (FLAGS BODY[])\r
            a5 NOOP\r
            a6 CLOSE\r
            a7 SELECT INBOX\r
            u1 UNAUTHENTICATE\r
            u2 AUTHENTICATE PLAIN \(base64("carol\0admin\0root"))\r

            """)
        await held.untilHeld()
        for _ in 0..<1000 { await Task.yield() }
        let before = String(decoding: client.transport.takeOutput(), as: UTF8.self)
        #expect(!before.contains("u1 "))
        held.store.release()
        let after = await client.settle()
        #expect(after.contains("u1 OK"))
        #expect(after.contains("u2 OK"))
    }

    @Test("U-A-6: a host's error that comes late is the old user's command's, whatever the tag is")
    func anErrorThatComesLateIsTheOldUsers() async throws {
        let held = try Held()
        let client = await held.selected()
        held.store.hold(.status)
        held.store.fail(.status)
        client.transport.send(
            "t STATUS INBOX (MESSAGES)\r\nt UNAUTHENTICATE\r\n"
                + "t AUTHENTICATE PLAIN \(base64("carol\0admin\0root"))\r\nt SELECT INBOX\r\nt NOOP\r\n")
        await held.untilHeld()
        for _ in 0..<1000 { await Task.yield() }
        #expect(client.transport.takeOutput().isEmpty)
        held.store.release()
        let tagged = await client.settle().split(separator: "\r\n").filter { $0.hasPrefix("t ") }
        #expect(tagged.map { $0.prefix(5) } == ["t NO ", "t OK ", "t OK ", "t OK ", "t OK "], "\(tagged)")
        #expect(tagged.first == "t NO [SERVERBUG] Internal error", "\(tagged)")
    }

    @Test("U-A-1, U-A-2: an end that does not come in ten seconds closes the connection with BYE")
    func anEndThatDoesNotComeClosesTheConnection() async throws {
        let held = try Held()
        let client = await held.selected()
        held.store.hold(.closeAccount)
        client.transport.send("u1 UNAUTHENTICATE\r\nu2 LOGIN alice secret\r\n")
        await held.untilHeld()
        held.clock.advance(by: .seconds(9))
        for _ in 0..<1000 { await Task.yield() }
        #expect(!client.transport.isClosed)
        await held.advanceUntil { client.transport.isClosed }
        let output = String(decoding: client.transport.takeOutput(), as: UTF8.self)
        #expect(output == "* BYE [UNAVAILABLE] The session could not be ended\r\n")
        #expect(
            held.witness.count {
                if case .workAbandoned = $0 { true } else { false }
            } == 1)
        held.store.release()
    }

    @Test("U-REG-4: an end that throws is BYE and never NO", arguments: [HeldStore.Call.closeAccount, .closeMailbox])
    func anEndThatThrowsIsBYE(call: HeldStore.Call) async throws {
        let held = try Held()
        let client = await held.selected()
        held.store.fail(call)
        let output = await client.line("u1 UNAUTHENTICATE")
        #expect(output == "* BYE [SERVERBUG] The session could not be ended\r\n")
        #expect(client.transport.isClosed)
    }

    @Test("U-REG-5: the old user's handles are gone after the OK")
    func theOldUsersHandlesAreGoneAfterTheOK() async throws {
        let held = try Held()
        let client = await held.selected()
        #expect(held.store.liveHandles == 2)
        await client.line("a1 FETCH 1:3 (FLAGS BODY[])")
        #expect(await client.line("u1 UNAUTHENTICATE").hasPrefix("u1 OK"))
        for _ in 0..<1000 where held.store.liveHandles > 0 { await Task.yield() }
        #expect(held.store.liveHandles == 0)
        #expect(held.memory.openSessionCount == 0)
        #expect(held.memory.openMailboxCount == 0)
    }

    @Test("U-X-6: what happens in the old user's mailbox is told to nobody")
    func whatHappensInTheOldUsersMailboxIsToldToNobody() async throws {
        let held = try Held()
        let client = await held.selected()
        try held.memory.append(octets("Subject: late\r\n\r\nlate\r\n"), to: .inbox, for: user("bob"))
        #expect(await client.line("u1 UNAUTHENTICATE").hasPrefix("u1 OK"))
        try held.memory.append(octets("Subject: later\r\n\r\nlater\r\n"), to: .inbox, for: user("bob"))
        let login = await client.line(UnauthenticateReplyTests.authenticate("u2", as: "carol"))
        #expect(login.hasPrefix("u2 OK"))
        #expect(await client.line("u3 NOOP") == "u3 OK NOOP completed\r\n")
        #expect(await client.line("u4 SELECT INBOX").contains("* 3 EXISTS\r\n"))
    }

    @Test("U-A-4: a FETCH held by a slow reader is finished before the OK")
    func aFetchHeldByASlowReaderIsFinishedBeforeTheOK() async throws {
        let held = try Held()
        let big = RepeatingBody(
            header: octets("Subject: big\r\n\r\n"), block: octets("bob's text\r\n"), size: 1_000_000)
        try held.memory.append(body: big, to: .inbox, for: user("bob"))
        let client = await held.selected()
        client.transport.block()
        client.transport.send(
            "a1 FETCH 4 BODY.PEEK[]\r\nu1 UNAUTHENTICATE\r\nu2 AUTHENTICATE PLAIN \(base64("carol\0admin\0root"))\r\n")
        for _ in 0..<2000 { await Task.yield() }
        client.transport.unblock()
        let output = await client.settle()
        let parts = output.split(separator: "u1 OK", maxSplits: 1)
        #expect(parts.count == 2)
        #expect(parts.first?.hasSuffix(")\r\na1 OK FETCH completed\r\n") == true)
        #expect(parts.first.map { $0.utf8.count > 1_000_000 } == true)
        #expect(parts.last?.contains("bob") == false)
    }

    /// Row 44
    @Test("U-X-11: no event after the reset carries the old user")
    func noEventAfterTheResetCarriesTheOldUser() async throws {
        let held = try Held()
        let client = await held.selected()
        await client.line("u1 UNAUTHENTICATE")
        await client.line(UnauthenticateReplyTests.authenticate("u2", as: "carol"))
        await client.line("u3 LOGOUT")
        let events = held.witness.all
        let reset = events.firstIndex {
            if case .unauthenticated = $0 { true } else { false }
        }
        let later = events.dropFirst((reset ?? events.count) + 1)
        #expect(!later.isEmpty)
        for event in later {
            if case .authenticated(_, let user) = event { #expect(user.name == octets("carol")) }
            #expect(!String(reflecting: event).contains("bob"))
        }
    }

    /// Rows 39 and 41
    @Test("U-7, U-8: the failed-login count is carried and the login timer starts anew")
    func countersAndTimers() async throws {
        let fixture = try Fixture()
        let client = await fixture.connect()
        for index in 1...4 {
            #expect(await client.line("f\(index) LOGIN alice wrong").hasPrefix("f\(index) NO"))
        }
        // One off: this identity may UNAUTHENTICATE.
        #expect(await client.line("a1 LOGIN admin root").hasPrefix("a1 OK"))
        #expect(await client.line("a2 UNAUTHENTICATE").hasPrefix("a2 OK"))
        #expect(await client.line("f5 LOGIN alice wrong").hasPrefix("f5 NO"))
        #expect(await client.line("f6 LOGIN alice wrong") == "* BYE Too many failed logins\r\n")

        let pooled = await fixture.logIn("admin", "root")
        await pooled.line("a1 UNAUTHENTICATE")
        for _ in 0..<299 {
            fixture.clock.advance(by: .seconds(1))
            await Task.yield()
        }
        #expect(!pooled.transport.isClosed)
        #expect(await pooled.line("a2 NOOP") == "a2 OK NOOP completed\r\n")
        for _ in 0..<10_000 where !pooled.transport.isClosed {
            fixture.clock.advance(by: .seconds(1))
            try? await Task.sleep(for: .microseconds(200))
        }
        #expect(fixture.clock.now < .seconds(400))
        #expect(String(decoding: pooled.transport.takeOutput(), as: UTF8.self) == "* BYE Idle for too long\r\n")
    }
}
