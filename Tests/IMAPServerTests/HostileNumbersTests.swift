import IMAPCodec
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

/// A store that says of each annotation what a test says, whatever its value is.
private struct MismeasuringStore: MailStore {
    let memory = MemoryStore()
    let sizes: [Int]

    var accountType: any Account.Type { MismeasuringAccount.self }
    var mailboxType: any Mailbox.Type { memory.mailboxType }

    func account(of user: UserIdentity) async throws(StoreError) -> any Account {
        MismeasuringAccount(base: try await memory.account(of: user), sizes: sizes)
    }
}

private struct MismeasuringAccount: ForwardingAccount, AnnotatedAccount {
    static let annotatesMailboxes = true

    let base: any Account
    let sizes: [Int]

    func annotations(of object: AnnotatedObject) async throws(StoreError) -> [AnnotationSize] {
        sizes.enumerated().compactMap { index, size in
            EntryName("/shared/\(index)").map { AnnotationSize($0, size: size) }
        }
    }

    func values(
        of names: [EntryName], in object: AnnotatedObject
    ) async throws(StoreError) -> [EntryName: [UInt8]] {
        Dictionary(names.map { ($0, octets("v")) }) { first, _ in first }
    }

    func annotate(
        _ object: AnnotatedObject, _ changes: [AnnotationChange]
    ) async throws(StoreError) -> AnnotationOutcome { .tooLarge(limit: sizes.first ?? 0) }

    func annotationNews() async throws(StoreError) -> [AnnotationNews] { [] }
}

/// A criterion that is a number of one message and a text of the next.
private struct FickleKey: SortKey, ArgumentlessOption {
    static let name: Keyword = "FICKLE"

    func value(of message: FoundMessage) -> SortValue {
        let uid = message.record.uid.rawValue
        return uid % 2 == 0 ? .text(octets("text \(uid)")) : .number(Int64(uid))
    }
}

/// Moves the clock while it is asked.
private struct LeapingUsers: Authenticator {
    let clock: VirtualClock
    let leap: Duration

    func authenticate(
        _ credential: Credential, on facts: ConnectionFacts
    ) async throws(AuthenticationError) -> AuthenticationIdentity {
        clock.advance(by: leap)
        throw .rejected
    }

    func authorize(
        _ identity: AuthenticationIdentity, as requested: [UInt8]?
    ) async throws(AuthenticationError) -> UserIdentity { throw .rejected }
}

@Suite("Hostile: numbers of the host's that no sum can hold (R-SW-6)")
struct HostileNumbersTests {
    static let extremes = [Int.min, Int.min + 1, -1, 0, 1, Int.max - 1, Int.max]

    /// Sizes of annotations are added up.
    @Test(arguments: extremes, extremes) func sizesOfAnnotations(_ a: Int, _ b: Int) async throws {
        let lab = try Lab(store: MismeasuringStore(sizes: [a, b, a, b]))
        let peer = await lab.logIn()
        for depth in ["0", "1", "infinity"] {
            let names = "(/shared /shared/0 /shared/1 /shared/2 /shared/3)"
            let answer = await peer.line("a GETMETADATA (DEPTH \(depth)) INBOX \(names)")
            #expect(answer.contains("/shared/3 \"v\""), "\(answer)")
            #expect(answer.hasSuffix("a OK GETMETADATA completed\r\n"), "\(answer)")
        }
        #expect(await peer.line("b GETMETADATA (MAXSIZE 4294967295 DEPTH 1) INBOX /shared").contains("b OK "))
        #expect(await peer.line("c SETMETADATA INBOX (/shared/0 \"v\")").contains("c NO [METADATA MAXSIZE "))
    }

    /// What is no number among numbers, or no text among texts, has a place.
    @Test func criteriaThatChangeTheirKind() async throws {
        let fickle = IMAPExtension("XFICKLE") { $0.add(sortKey: FickleKey.self) }
        let lab = try Lab(extensions: IMAPExtension.standard + [fickle])
        try lab.fill("alice", 9)
        let peer = await lab.select()
        let answer = await peer.line("a SORT (FICKLE) UTF-8 ALL")
        #expect(answer == "* SORT 1 3 5 7 9 2 4 6 8\r\na OK SORT completed\r\n")
    }

    /// A limit that stands for none, or for nothing at all, as a host may set it.
    @Test(arguments: extremes) func limits(_ value: Int) async throws {
        let lab = try Lab {
            let framer = FramerLimits(line: value, command: value, literal: value, literals: value)
            let nesting = NestingLimits(depth: value, lists: value)
            ($0.limits.beforeLogin, $0.limits.afterLogin) = (framer, framer)
            ($0.limits.nestingBeforeLogin, $0.limits.nestingAfterLogin) = (nesting, nesting)
            let large = UInt64(bitPattern: Int64(value))
            ($0.limits.swallowBeforeLogin, $0.limits.swallowLine) = (large, large)
            ($0.limits.append, $0.limits.appendTotal) = (large, large)
            ($0.limits.saslResponse, $0.limits.saslSteps) = (value, value)
            ($0.limits.badCommandsBeforeLogin, $0.limits.badCommandsAfterLogin) = (value, value)
            ($0.limits.failedLogins, $0.limits.unreadInput) = (value, value)
            ($0.limits.outputBeforeLogin, $0.limits.outputAfterLogin) = (value, value)
            ($0.limits.messageBatch, $0.limits.wokenMailboxes) = (value, value)
            $0.timeouts.minimumRate = value
        }
        try lab.fill()
        let peer = await lab.connect()
        var last = ""
        for line in [
            "a CAPABILITY", "b AUTHENTICATE PLAIN", base64("\0alice\0secret"), "c LOGIN {5+}\r\nalice {6+}\r\nsecret",
            "c ENABLE CONDSTORE", "d SELECT INBOX", "e FETCH 1:* (FLAGS BODY.PEEK[])", "f SEARCH TEXT mail",
            "g APPEND INBOX {6+}\r\nX: y\r\n", "h NOOP",
        ] where !peer.isClosed {
            last = await peer.line(line)
        }
        #expect(peer.isClosed == (value < 1 << 20), "\(last)")
        if value > 1 << 20 { #expect(last.hasSuffix("h OK NOOP completed\r\n")) }
        peer.transport.hangUp()
        #expect(await eventually { lab.server.connectionCount == 0 })
    }

    /// All messages that UIDs could name: they are not listed in memory, nor counted one by one.
    @Test(arguments: ["appeared", "vanished", "flagsChanged", "unknown"])
    func moreMessagesThanThereCanBe(_ news: String) async throws {
        let most = UIDSet(.first, UID(.max) ?? .first)
        let full = try Lab(store: LyingStore { lies in lies.open = { $0.uids = most } })
        let peer = await full.logIn()
        #expect(await peer.line("a SELECT INBOX") == "a NO [CORRUPTION] Mailbox data is damaged\r\n")
        #expect(await peer.line("b NOOP") == "b OK NOOP completed\r\n")

        let growing = try Lab(
            store: LyingStore { lies in
                lies.changes = { _ in
                    let token = ChangeToken(1 << 40)
                    guard news != "unknown" else { return .unknown(uids: most, token: token) }
                    return .some(
                        appeared: news == "appeared" ? most : UIDSet(), vanished: news == "vanished" ? most : UIDSet(),
                        flagsChanged: news == "flagsChanged" ? most : UIDSet(), token: token)
                }
                lies.recent = { _ in most }
                lies.vanished = { _ in most }
            })
        for other in [await growing.select(), await growing.logIn()] {
            await other.line("e ENABLE QRESYNC")
            await other.line("s SELECT INBOX")
            let answer = await other.line("c NOOP")
            let isRefused = news == "appeared" || news == "unknown"
            let refusal = "c NO [CORRUPTION] Mailbox data is damaged\r\n"
            #expect(answer.hasSuffix(isRefused ? refusal : "c OK NOOP completed\r\n"), "\(answer)")
            #expect(await other.line("d FETCH 1:* FLAGS").contains("d OK "))
        }
    }

    static let longTimes: [Duration] = [
        .zero, .seconds(-1), .seconds(Int64.max), .seconds(Int64.min), .seconds(Int64.max) + .seconds(Int64.max),
        .seconds(Int64.min) + .seconds(Int64.min),
    ]

    /// A time that stands for any time, or for none.
    @Test(arguments: longTimes) func timeouts(_ time: Duration) async throws {
        let lab = try Lab {
            ($0.timeouts.idle, $0.timeouts.stall) = (time, time)
            ($0.timeouts.write, $0.timeouts.ending) = (time, time)
        }
        try lab.fill()
        let peer = await lab.select()
        await peer.send("a FETCH 1 BO")
        await peer.leap(.seconds(301))
        peer.transport.hangUp()
        #expect(await eventually { lab.server.connectionCount == 0 })
    }

    /// The host's clock itself.
    @Test(arguments: longTimes) func sleeping(_ time: Duration) async throws {
        let sleeper = Task { await SystemClock().sleep(until: time) }
        // Long enough for the sleep to begin.
        try await Task.sleep(for: .milliseconds(20))
        sleeper.cancel()
        await sleeper.value
    }

    @Test func aShutdownWithoutALimit() async throws {
        let server = try Server(
            store: MemoryStore(), authenticator: TestUsers(), extensions: IMAPExtension.standard)
        server.accept(ScriptedTransport())
        await server.shutdown(within: .seconds(Int64.max))
        #expect(server.connectionCount == 0)
    }

    /// R-ALG-3: a clock that jumps does not make the delay of a failed login a loop without end.
    @Test(arguments: [60, 7200, 1 << 60]) func aClockThatJumpsDuringALogin(_ seconds: Int) async throws {
        let clock = VirtualClock()
        let users = LeapingUsers(clock: clock, leap: .seconds(seconds))
        let lab = try Lab(clock: clock, authenticator: users) {
            $0.delaysFailedLogins = true
            $0.timeouts.login = .seconds(1 << 20)
            $0.timeouts.commandBeforeLogin = .seconds(1 << 20)
        }
        let peer = await lab.connect()
        peer.transport.send("a LOGIN alice wrong\r\n")
        #expect(
            await eventually {
                clock.advance(by: .seconds(1))
                return peer.transport.isAwaitingInput || peer.isClosed
            })
        // A jump over every deadline may end the connection as well.
        let answer = peer.drained()
        let refusal = "a NO [AUTHENTICATIONFAILED] Authentication failed\r\n"
        #expect(answer == refusal || (seconds > 1 << 20 && (answer.hasPrefix(refusal) || peer.isClosed)), "\(answer)")
    }
}
