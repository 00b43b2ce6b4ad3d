import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("Limits: commands before login and bad ones (R-TLS-10, R-LIT-11, U-7)")
struct LoginLimitsTests {
    private static let refusal = "* BYE [LIMIT] Too many commands before login\r\n"

    @Test(arguments: [99, 100, 101, 1000])
    func commandsBeforeLogin(_ count: Int) async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        let answer = await peer.send((1...count).map { "n\($0) NOOP\r\n" }.joined())
        let answered = (1...min(count, 100)).map { "n\($0) OK NOOP completed\r\n" }.joined()
        #expect(answer == answered + (count <= 100 ? "" : Self.refusal))
        #expect(peer.isClosed == (count > 100))
        guard !peer.isClosed else { return #expect(lab.witness.closings == [.limitExceeded]) }
        // The hundredth may be the login, and then there is no limit.
        let login = await peer.line("l LOGIN alice secret")
        #expect(count == 99 ? login.contains("l OK ") : login == Self.refusal)
        guard count == 99 else { return }
        #expect(await peer.send(String(repeating: "n NOOP\r\n", count: 300)).hasSuffix("n OK NOOP completed\r\n"))
    }

    /// However a command is refused, it counts, and a literal is not invited.
    @Test func commandsThatFailCountToo() async throws {
        let lab = try Lab {
            $0.limits.commandsBeforeLogin = 6; $0.limits.badCommandsBeforeLogin = 100
        }
        let peer = await lab.connect()
        await peer.line("a BOGUS")
        await peer.line("b SELECT INBOX")
        await peer.line("c LOGIN {99999}")
        await peer.line("d LOGIN alice wrong")
        await peer.line("e AUTHENTICATE PLAIN AA=A")
        await peer.line("f ID NIL")
        #expect(await peer.line("g LOGIN {5}") == Self.refusal)
        #expect(peer.isClosed)
    }

    /// U-7: transition 7 begins anew.
    @Test func everyCycleHasItsOwn() async throws {
        let lab = try Lab { $0.limits.commandsBeforeLogin = 3 }
        let peer = await lab.connect()
        for _ in 0..<3 {
            #expect(await peer.send("a NOOP\r\nb NOOP\r\n") == "a OK NOOP completed\r\nb OK NOOP completed\r\n")
            #expect(await peer.line("c LOGIN admin root").contains("c OK "))
            #expect(await peer.send(String(repeating: "d NOOP\r\n", count: 9)).hasSuffix("d OK NOOP completed\r\n"))
            #expect(await peer.line("e UNAUTHENTICATE").contains("e OK "))
        }
        #expect(await peer.send(String(repeating: "a NOOP\r\n", count: 4)).hasSuffix(Self.refusal))
    }

    @Test(arguments: [2, 3, 4, 50])
    func badCommandsBeforeLogin(_ count: Int) async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        let answer = await peer.send(String(repeating: "a BOGUS\r\n", count: count))
        let answered = String(repeating: "a BAD Unknown command\r\n", count: min(count, 3))
        #expect(answer == answered + (count < 3 ? "" : "* BYE Too many bad commands\r\n"))
        // One that is good in between, and the count begins anew.
        guard count < 3 else { return }
        await peer.line("b NOOP")
        #expect(await peer.send(String(repeating: "a BOGUS\r\n", count: 2)).hasSuffix("a BAD Unknown command\r\n"))
    }

    @Test(arguments: [19, 20, 21, 500])
    func badCommandsAfterLogin(_ count: Int) async throws {
        let lab = try Lab()
        let peer = await lab.logIn()
        let answer = await peer.send(String(repeating: "a BOGUS\r\n", count: count))
        let answered = String(repeating: "a BAD Unknown command\r\n", count: min(count, 20))
        #expect(answer == answered + (count < 20 ? "" : "* BYE Too many bad commands\r\n"))
    }

    @Test(arguments: [4, 5, 6, 40])
    func failedLogins(_ count: Int) async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        let answer = await peer.send(String(repeating: "a LOGIN alice wrong\r\n", count: count))
        let answered = String(repeating: "a NO [AUTHENTICATIONFAILED] Authentication failed\r\n", count: min(count, 4))
        #expect(answer == answered + (count < 5 ? "" : "* BYE Too many failed logins\r\n"))
        #expect(lab.users.questions.count == min(count, 5))
    }

    @Test(arguments: [3, 4, 5, 100])
    func literalsBeforeLogin(_ count: Int) async throws {
        let lab = try Lab { $0.limits.badCommandsBeforeLogin = 100 }
        let peer = await lab.connect()
        let answer = await peer.send("a LOGIN" + String(repeating: " {1+}\r\nx", count: count) + "\r\n")
        #expect(answer == (count <= 4 ? "a BAD Too many arguments\r\n" : "a BAD [TOOBIG] Literal too big\r\n"))
        #expect(await peer.isAlive())
    }

    /// A command of lines that are each short enough.
    @Test(arguments: [16_383, 16_384, 16_385, 20_000])
    func aCommandBeforeLogin(_ octets: Int) async throws {
        let lab = try Lab { $0.limits.badCommandsBeforeLogin = 100 }
        let peer = await lab.connect()
        let front = "a LOGIN" + String(repeating: " {4000+}\r\n" + String(repeating: "x", count: 4000), count: 3)
        let used = front.utf8.count - 3 * 2
        // A space and a last word fill the command up.
        let answer = await peer.send(front + " " + String(repeating: "y", count: octets - used - 1) + "\r\n")
        #expect(
            answer == (octets <= 16_384 ? "a BAD Too many arguments\r\n" : "* BYE [LIMIT] Line too long\r\n"))
    }

    /// Everything that is of the framer and of nesting is the host's to set, each side of the login by itself.
    @Test func aHostSetsOthers() async throws {
        let lab = try Lab {
            $0.limits.beforeLogin = FramerLimits(line: 40, command: 60, literal: 7, literals: 2)
            $0.limits.afterLogin = FramerLimits(line: 50, command: 70, literal: 9, literals: 3)
            $0.limits.nestingAfterLogin = NestingLimits(depth: 2, lists: 3)
            $0.limits.swallowLine = 100
            $0.limits.badCommandsBeforeLogin = 100
        }
        let peer = await lab.connect()
        #expect(await peer.line("a LOGIN {8}") == "a NO [TOOBIG] Literal too big\r\n")
        #expect(await peer.line("a LOGIN {6+}\r\nadmin! {7}").hasPrefix("+ "))
        #expect(await peer.line("1234567").hasPrefix("a NO [AUTHENTICATIONFAILED]"))
        #expect(await peer.line("b LOGIN alice secret").contains("b OK "))
        #expect(await peer.line("c SELECT {9}").hasPrefix("+ "))
        #expect(await peer.line("123456789").hasPrefix("c NO "))
        #expect(await peer.line("c STATUS {10}") == "c NO [TOOBIG] Literal too big\r\n")
        #expect(
            await peer.line("d LIST \"\" \(String(repeating: "x", count: 40))").hasSuffix("d OK LIST completed\r\n"))
        #expect(
            await peer.line("d LIST \"\" \(String(repeating: "x", count: 41))") == "d BAD [LIMIT] Command too long\r\n")
        #expect(await peer.line("e LIST ((())) \"\" x") == "e BAD Syntax error\r\n")
        #expect(await peer.line("f SELECT \(String(repeating: "x", count: 200))").hasPrefix("f BAD [LIMIT] "))
        #expect(peer.isClosed)
    }
}
