import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Synchronization
import Testing

@Suite("Limits: connections of a user and from an address (the host's hook)")
struct ConnectionLimiterTests {
    private static let refusal = "l NO [LIMIT] Too many sessions of this user\r\n"

    private static func facts(_ address: String, isLoopback: Bool = false) -> ConnectionFacts {
        var facts = ConnectionFacts.remote("\(address):40112", tls: .hostileTest)
        if isLoopback { facts.remote = PeerAddress("\(address):40112", isLoopback: true) }
        return facts
    }

    private static func connect(_ lab: Lab, _ address: String = "192.0.2.1") async -> Peer {
        await lab.connect(ScriptedTransport(facts: facts(address)))
    }

    private static func lab(_ counter: ConnectionCounter) throws -> Lab {
        try Lab { $0.connectionLimiter = counter }
    }

    @Test func sessionsOfAUserFromAnAddress() async throws {
        let counter = ConnectionCounter()
        let lab = try Self.lab(counter)
        var peers: [Peer] = []
        for _ in 0..<16 {
            let peer = await Self.connect(lab)
            #expect(await peer.line("l LOGIN alice secret").contains("l OK "))
            peers.append(peer)
        }
        #expect(counter.counts.sessions == 16)
        for _ in 0..<3 {
            let peer = await Self.connect(lab)
            // It is no failed login, and the client may go on.
            for _ in 0..<6 { #expect(await peer.line("l LOGIN alice secret") == Self.refusal) }
            #expect(await peer.line("l AUTHENTICATE PLAIN \(base64("\0alice\0secret"))") == Self.refusal)
            #expect(await peer.line("l LOGIN bob hunter2").contains("l OK "))
            peer.transport.hangUp()
        }
        let elsewhere = await Self.connect(lab, "192.0.2.2")
        #expect(await elsewhere.line("l LOGIN alice secret").contains("l OK "))
        // However a session ends, its place is free.
        await peers[0].line("a LOGOUT")
        peers[1].transport.hangUp()
        #expect(await eventually { lab.server.connectionCount == 15 })
        #expect(counter.counts.sessions == 15)
        for (index, expected) in [true, true, false].enumerated() {
            let peer = await Self.connect(lab)
            let answer = await peer.line("l LOGIN alice secret")
            #expect(answer.contains("l OK ") == expected, "\(index): \(answer)")
        }
        await lab.server.shutdown(within: .seconds(60))
        #expect(counter.counts == (0, 0))
    }

    /// RFC 8437: the session's end is the user's, not the connection's.
    @Test func transition7GivesThePlaceBack() async throws {
        let counter = ConnectionCounter(sessionsPerUserAndAddress: 1)
        let lab = try Self.lab(counter)
        let peer = await Self.connect(lab)
        let other = await Self.connect(lab)
        for _ in 0..<3 {
            #expect(await peer.line("l LOGIN admin root").contains("l OK "))
            #expect(counter.counts == (1, 2))
            #expect(await other.line("l LOGIN admin root") == Self.refusal)
            #expect(await peer.line("u UNAUTHENTICATE").contains("u OK "))
            #expect(counter.counts == (0, 2))
            #expect(await other.line("l LOGIN admin root").contains("l OK "))
            #expect(await peer.line("l LOGIN admin root") == Self.refusal)
            #expect(await other.line("u UNAUTHENTICATE").contains("u OK "))
        }
    }

    enum End: CaseIterable { case logout, hangUp, shutdown, unauthenticateAndHangUp, damage }

    /// The facts at the end are those at the beginning: STARTTLS changes the connection's own, and UNAUTHENTICATE ends
    /// what was its user's alone.
    @Test(arguments: End.allCases) func everyPlaceIsGivenBackWithTheFactsItWasTakenWith(_ end: End) async throws {
        let limiter = NotingLimiter()
        let lab = try Lab { $0.connectionLimiter = limiter }
        let peer = await lab.connectInTheClear()
        await peer.line("s STARTTLS")
        #expect(await peer.line("a LOGIN admin root").contains("a OK "))
        #expect(await peer.line("u UNAUTHENTICATE").contains("u OK "))
        #expect(await peer.line("b LOGIN bob wrong").contains("b NO "))
        #expect(await peer.line("b LOGIN bob hunter2").contains("b OK "))
        #expect(limiter.notes == ["+ in the clear", "+ admin, TLS", "- admin, TLS", "+ bob, TLS"])
        switch end {
        case .logout: await peer.line("l LOGOUT")
        case .hangUp: peer.transport.hangUp()
        case .shutdown: await lab.server.shutdown(within: .seconds(60))
        case .unauthenticateAndHangUp:
            // `bob` may not: nothing of it is over.
            #expect(!(await peer.line("u UNAUTHENTICATE")).contains("u OK "))
            #expect(limiter.notes.count == 4)
            peer.transport.hangUp()
        case .damage:
            // Until the server has enough of them.
            for _ in 0..<1000 where !peer.isClosed { await peer.line("x") }
        }
        #expect(await eventually { lab.server.connectionCount == 0 })
        #expect(limiter.notes.dropFirst(4) == ["- bob, TLS", "- in the clear"])
    }

    @Test func aLoginWhoseAccountFailsTakesNoPlace() async throws {
        let counter = ConnectionCounter(sessionsPerUserAndAddress: 1)
        let lab = try Lab(store: ClosedStore()) { $0.connectionLimiter = counter }
        let peer = await Self.connect(lab)
        for _ in 0..<3 { #expect(await peer.line("l LOGIN alice secret").hasPrefix("l NO [UNAVAILABLE] ")) }
        #expect(await peer.line("l LOGIN alice wrong").hasPrefix("l NO [AUTHENTICATIONFAILED] "))
        #expect(counter.counts == (0, 1))
    }

    @Test(arguments: [2, 3, 4, 9])
    func connectionsFromAnAddress(_ count: Int) async throws {
        let counter = ConnectionCounter(connectionsPerAddress: 3)
        let lab = try Self.lab(counter)
        var peers: [Peer] = []
        for number in 1...count {
            let peer = await Self.connect(lab)
            #expect(
                number <= 3
                    ? peer.greeting.hasPrefix("* OK ") : peer.greeting == "* BYE [LIMIT] Too many connections\r\n")
            #expect(peer.isClosed == (number > 3))
            peers.append(peer)
        }
        #expect(await Self.connect(lab, "192.0.2.2").greeting.hasPrefix("* OK "))
        peers[0].transport.hangUp()
        #expect(await eventually { lab.server.connectionCount == min(count, 3) })
        #expect(counter.counts.connections == min(count, 3))
        #expect(await Self.connect(lab).greeting.hasPrefix("* OK "))
    }

    @Test func aPREAUTHGreetingTakesAPlaceOrIsBYE() async throws {
        let counter = ConnectionCounter(sessionsPerUserAndAddress: 1)
        let lab = try Self.lab(counter)
        let alice = PreauthenticatedUser(AuthenticationIdentity(name: octets("alice")), as: user("alice"))
        func connect() async -> Peer {
            await lab.connect(ScriptedTransport(facts: Self.facts("192.0.2.1")), preauthenticated: alice)
        }
        let first = await connect()
        #expect(first.greeting.hasPrefix("* PREAUTH "))
        let second = await connect()
        #expect(second.greeting == "* BYE [LIMIT] Too many sessions of this user\r\n")
        #expect(second.isClosed)
        await first.line("a LOGOUT")
        #expect(await eventually { counter.counts == (0, 0) })
        #expect(await connect().greeting.hasPrefix("* PREAUTH "))
    }

    /// Webmail and proxies.
    @Test func theSameMachineIsNotCounted() async throws {
        let counter = ConnectionCounter(sessionsPerUserAndAddress: 1, connectionsPerAddress: 1)
        let lab = try Self.lab(counter)
        for _ in 0..<4 {
            let peer = await lab.connect()
            #expect(await peer.line("l LOGIN alice secret").contains("l OK "))
        }
        #expect(counter.counts == (0, 0))
    }

    @Test func anAddressIsWhatStandsBeforeThePort() {
        let counter = ConnectionCounter(sessionsPerUserAndAddress: 1)
        let alice = user("alice")
        let places = [
            ("192.0.2.1:40112", true), ("192.0.2.1:40113", false), ("192.0.2.11:40112", true),
            ("[2001:db8::1]:40112", true), ("[2001:db8::1]:5", false), ("[2001:db8::2]:5", true), ("unknown", true),
            ("unknown", false),
        ]
        for (address, isFree) in places {
            #expect(counter.admit(alice, on: .remote(address, tls: nil)) == isFree, "\(address)")
        }
        #expect(counter.counts.sessions == 5)
        // What nobody has cannot be given back.
        counter.release(user("bob"), on: .remote("192.0.2.1:1", tls: nil))
        #expect(counter.counts.sessions == 5)
    }
}

/// Remembers whom it let in, and who went: lets in everyone.
private final class NotingLimiter: ConnectionLimiter {
    private let lines = Mutex<[String]>([])

    var notes: [String] { lines.withLock { $0 } }

    private func note(_ sign: String, _ user: UserIdentity?, _ facts: ConnectionFacts) {
        let name = user.map { String(decoding: $0.name, as: UTF8.self) + ", " } ?? ""
        lines.withLock { $0.append("\(sign) \(name)\(facts.tls == nil ? "in the clear" : "TLS")") }
    }

    func admit(_ connection: ConnectionID, on facts: ConnectionFacts) -> Bool {
        note("+", nil, facts)
        return true
    }
    func admit(_ user: UserIdentity, on facts: ConnectionFacts) -> Bool {
        note("+", user, facts)
        return true
    }
    func release(_ user: UserIdentity, on facts: ConnectionFacts) { note("-", user, facts) }
    func release(_ connection: ConnectionID, on facts: ConnectionFacts) { note("-", nil, facts) }
}

/// A store that shows nobody their mail.
private struct ClosedStore: MailStore {
    private let memory = MemoryStore()
    var accountType: any Account.Type { memory.accountType }
    var mailboxType: any Mailbox.Type { memory.mailboxType }

    func account(of user: UserIdentity) async throws(StoreError) -> any Account { throw .unavailable }
}
