import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("Hostile: who is who (R-AUTH-4, 5, 8, 9, 10)")
struct HostileLoginTests {
    private static func plain(_ requested: String, _ name: String, _ password: String) -> String {
        "AUTHENTICATE PLAIN \(base64("\(requested)\0\(name)\0\(password)"))"
    }

    /// R-AUTH-4: the host is asked for each attempt, and its answer alone counts.
    @Test func everyAttemptIsAskedAndNoneIsRemembered() async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        await peer.line("a LOGIN admin root")
        await peer.line("b UNAUTHENTICATE")
        #expect(await peer.line("c LOGIN admin wrong").hasPrefix("c NO [AUTHENTICATIONFAILED] "))
        #expect(await peer.line("d SELECT INBOX").hasPrefix("d BAD "))
        #expect(await peer.line("e \(HostileLoginTests.plain("", "admin", "root"))").hasPrefix("e OK "))
        #expect(
            lab.users.questions == [
                "authenticate admin", "authorize admin", "authenticate admin", "authenticate admin", "authorize admin",
            ])
    }

    /// R-AUTH-4
    @Test func externalWithoutAVerifiedIdentityFails() async throws {
        let lab = try Lab()
        for peer in [await lab.connect(), await lab.connectWithTLS(), await lab.connectInTheClear()] {
            await peer.line("n NOOP")
            #expect(!peer.greeting.contains("EXTERNAL"))
            for response in ["", " =", " \(base64("alice"))"] {
                #expect(await peer.line("a AUTHENTICATE EXTERNAL\(response)").hasPrefix("a NO [CANNOT] "))
            }
        }
        #expect(lab.users.questions.isEmpty)
    }

    /// R-AUTH-4, U-T-1: the certificate logs nobody in by itself, before or after transition 7.
    @Test func aCertificateLogsInOnlyWhoAsks() async throws {
        let lab = try Lab()
        let peer = await lab.connectWithTLS(peerIdentity: "admin")
        #expect(await peer.line("a SELECT INBOX").hasPrefix("a BAD "))
        #expect(await peer.line("b AUTHENTICATE EXTERNAL") == "+ \r\n")
        #expect(await peer.line("").hasPrefix("b OK "))
        #expect(await peer.line("c UNAUTHENTICATE").hasPrefix("c OK "))
        #expect(await peer.line("d SELECT INBOX").hasPrefix("d BAD "))
        #expect(lab.users.questions == ["external admin", "authorize admin"])
        #expect(await peer.line("e AUTHENTICATE EXTERNAL \(base64("bob"))").hasPrefix("e OK "))
        #expect(lab.users.questions.suffix(2) == ["external admin", "authorize admin as bob"])
    }

    /// R-AUTH-5
    @Test func actingForAnotherIsTheHostsDecisionEachTime() async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        for (requested, name, password, answer) in [
            ("bob", "alice", "secret", "NO [AUTHORIZATIONFAILED] "),
            ("nobody", "admin", "root", "NO [AUTHORIZATIONFAILED] "),
            ("BOB", "admin", "root", "NO [AUTHORIZATIONFAILED] "),
            ("bob", "admin", "wrong", "NO [AUTHENTICATIONFAILED] "),
            ("alice", "alice", "secret", "OK "),
        ] {
            #expect(await peer.line("a \(HostileLoginTests.plain(requested, name, password))").hasPrefix("a \(answer)"))
        }
        #expect(
            lab.users.questions == [
                "authenticate alice", "authorize alice as bob", "authenticate admin", "authorize admin as nobody",
                "authenticate admin", "authorize admin as BOB", "authenticate admin", "authenticate alice",
                "authorize alice as alice",
            ])
        #expect(lab.memory.openSessionCount == 1)
    }

    /// R-AUTH-8: what looks like a format, a path or a pattern is a name.
    @Test(arguments: [
        "%s%s%n", "../../etc/passwd", "a;b|c", "${HOME}", "alice@example.com", "A\u{308}", "  ", "\u{202E}x",
    ])
    func namesAreNeverInterpreted(_ name: String) async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        let quoted = await peer.line("a LOGIN \"\(name)\" secret")
        let plain = await peer.line("a \(HostileLoginTests.plain("", name, "secret"))")
        let external = await lab.connectWithTLS(peerIdentity: name)
        await external.line("c AUTHENTICATE EXTERNAL =")
        #expect(quoted == plain)
        #expect(lab.users.names == Array(repeating: octets(name), count: 4))
    }

    /// R-AUTH-9: unknown user, wrong password and disabled user, by every way to log in.
    @Test func failuresLookTheSame() async throws {
        let attempts = [("nobody", "secret"), ("alice", "wrong"), ("alice", ""), ("dora", "gone"), ("ALICE", "secret")]
        for way in 0..<3 {
            var outcomes: [String: Int] = [:]
            for (name, password) in attempts where way == 0 || !password.isEmpty {
                let lab = try Lab()
                let peer = await lab.connect()
                let answer =
                    switch way {
                    case 0: await peer.line("a LOGIN \"\(name)\" \"\(password)\"")
                    case 1: await peer.line("a \(HostileLoginTests.plain("", name, password))")
                    default:
                        await peer.send("a AUTHENTICATE LOGIN\r\n\(base64(name))\r\n\(base64(password))\r\n")
                    }
                outcomes["\(answer)\(lab.users.questions.count)", default: 0] += 1
            }
            #expect(outcomes.count == 1, "\(outcomes)")
        }
    }

    /// How long the answer to a login takes on the virtual clock, in steps of half a second.
    private static func time(_ lab: Lab, _ peer: Peer, _ command: String) async -> Duration {
        let began = peer.clock.now
        let asked = lab.users.questions.count
        peer.transport.send(command + "\r\n")
        // The delay is counted from before the host is asked.
        await eventually { lab.users.questions.count > asked }
        while peer.clock.now - began < .seconds(60) {
            let isOver = await eventually(within: .milliseconds(10)) {
                peer.isClosed || peer.transport.isAwaitingInput
            }
            if isOver { break }
            await peer.pass(.milliseconds(500))
        }
        return peer.clock.now - began
    }

    /// Whether the answer comes while the clock stands still.
    private static func isAnsweredAtOnce(_ peer: Peer, _ command: String) async -> Bool {
        peer.transport.send(command + "\r\n")
        return await eventually { peer.transport.isAwaitingInput }
    }

    /// R-AUTH-10: 2, 4, 8, 15 seconds, and the fifth is the last.
    @Test func failedLoginsAreAnsweredLaterAndLaterAndTheFifthIsBYE() async throws {
        let lab = try Lab { $0.delaysFailedLogins = true }
        let peer = await lab.connect()
        for seconds in [2, 4, 8, 15] {
            let time = await HostileLoginTests.time(lab, peer, "a LOGIN alice wrong")
            #expect(time >= .seconds(seconds) && time <= .seconds(seconds + 1), "\(seconds): \(time)")
            #expect(peer.drained() == "a NO [AUTHENTICATIONFAILED] Authentication failed\r\n")
        }
        let time = await HostileLoginTests.time(lab, peer, "b LOGIN alice wrong\r\nc LOGIN alice secret")
        #expect(time >= .seconds(15) && time <= .seconds(16))
        #expect(await peer.end() == "* BYE Too many failed logins\r\n")
        #expect(lab.users.questions.count == 5)
        #expect(await eventually { lab.witness.closings == [.tooManyFailures] })
    }

    /// R-AUTH-9: the time of the host's work does not show through the delay.
    @Test func theTimeOfAFailureDoesNotTellTheHostsWork() async throws {
        let clock = VirtualClock()
        let users = HostileUsers(clock: clock)
        users.delay("nobody", .milliseconds(100))
        users.delay("alice", .milliseconds(1500))
        let lab = try Lab(users: users, clock: clock) { $0.delaysFailedLogins = true }
        let unknown = await HostileLoginTests.time(lab, await lab.connect(), "a LOGIN nobody wrong")
        let wrong = await HostileLoginTests.time(lab, await lab.connect(), "a LOGIN alice wrong")
        #expect(unknown == wrong, "\(unknown) and \(wrong)")
    }

    /// R-AUTH-10
    @Test func othersAreServedWhileAFailureIsDelayed() async throws {
        let lab = try Lab { $0.delaysFailedLogins = true }
        let peer = await lab.connect()
        peer.transport.send("a LOGIN alice wrong\r\n")
        #expect(await eventually { lab.users.questions.count == 1 })
        let others = [await lab.logIn("alice", "secret"), await lab.logIn("bob", "hunter2")]
        for other in others { #expect(await other.line("b SELECT INBOX").contains("b OK ")) }
        #expect(peer.drained() == "")
        #expect(await HostileLoginTests.isAnsweredAtOnce(await lab.connect(), "c LOGIN bob hunter2"))
        peer.transport.hangUp()
        #expect(await eventually { lab.server.connectionCount == 3 })
    }

    /// R-AUTH-10: what is right, or is no credential, is neither counted nor delayed.
    @Test func aWrongTargetAndAMalformedResponseAreNeitherCountedNorDelayed() async throws {
        let lab = try Lab {
            $0.delaysFailedLogins = true
            $0.limits.badCommandsBeforeLogin = 1000
        }
        let peer = await lab.connect()
        for _ in 1...8 {
            for command in [
                HostileLoginTests.plain("bob", "alice", "secret"), HostileLoginTests.plain("nobody", "admin", "root"),
                "AUTHENTICATE PLAIN !", "AUTHENTICATE PLAIN \(base64("x"))", "AUTHENTICATE NONE", "LOGIN alice",
            ] {
                #expect(await HostileLoginTests.isAnsweredAtOnce(peer, "a \(command)"), "\(command)")
            }
        }
        #expect(await HostileLoginTests.time(lab, peer, "b LOGIN alice wrong") <= .seconds(3))
        #expect(!peer.isClosed)
    }

    /// R-AUTH-10
    @Test func theCountOfFailuresSurvivesUNAUTHENTICATEAndALoginOfAnAdministratorTakesOneOff() async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        // Two failures and one success a round: the count grows by one.
        for round in 1...3 {
            for _ in 1...2 { #expect(await peer.line("a LOGIN alice wrong").hasPrefix("a NO "), "\(round)") }
            #expect(await peer.line("b LOGIN admin root").hasPrefix("b OK "))
            #expect(await peer.line("c UNAUTHENTICATE").hasPrefix("c OK "))
        }
        #expect(await peer.line("d LOGIN alice wrong").hasPrefix("d NO "))
        #expect(await peer.line("e LOGIN alice wrong") == "* BYE Too many failed logins\r\n")
    }

    /// R-AUTH-10: acting for a user, it is still the administrator who logged in; a target that is refused earns none.
    @Test func onlyALoginThatSucceedsTakesAFailureOff() async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        for _ in 1...4 { await peer.line("a LOGIN alice wrong") }
        for _ in 1...5 {
            #expect(await peer.line("b \(HostileLoginTests.plain("nobody", "admin", "root"))").hasPrefix("b NO "))
        }
        #expect(await peer.line("c \(HostileLoginTests.plain("bob", "admin", "root"))").hasPrefix("c OK "))
        #expect(await peer.line("d UNAUTHENTICATE").hasPrefix("d OK "))
        #expect(await peer.line("e LOGIN alice wrong").hasPrefix("e NO "))
        #expect(await peer.line("f LOGIN alice wrong").hasPrefix("* BYE "))
    }

    /// R-AUTH-10: STARTTLS does not reset what a guesser has used up.
    @Test func theCountOfFailuresSurvivesTheHandshake() async throws {
        let lab = try Lab { $0.allowsPlaintextWithoutTLS = true }
        let peer = await lab.connectInTheClear()
        for _ in 1...4 { await peer.line("a LOGIN alice wrong") }
        await peer.line("b STARTTLS")
        #expect(await peer.line("c LOGIN alice wrong") == "* BYE Too many failed logins\r\n")
    }

    /// R-AUTH-4: a host that has no account for a user it let in.
    @Test func aLoginWhoseAccountFailsIsNOAndLeavesNobodyLoggedIn() async throws {
        let lab = try Lab(store: NoAccounts())
        let peer = await lab.connect()
        for _ in 1...6 { #expect(await peer.line("a LOGIN alice secret").hasPrefix("a NO [UNAVAILABLE] ")) }
        #expect(await peer.line("b SELECT INBOX").hasPrefix("b BAD "))
        #expect(lab.witness.story.allSatisfy { !$0.hasPrefix("authenticated") })
    }
}

private struct NoAccounts: MailStore {
    private let memory = MemoryStore()
    var accountType: any Account.Type { memory.accountType }
    var mailboxType: any Mailbox.Type { memory.mailboxType }

    func account(of user: UserIdentity) async throws(StoreError) -> any Account { throw .unavailable }
}
