import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPTestKit
import IMAPTypes
import Testing

@testable import IMAPServer

@Suite("Hostile: literals (R-LIT-1 to R-LIT-10)")
struct HostileLiteralTests {
    /// Every command that is registered, with `UID` before those that have that form, and some that are not.
    static let commands: [String] = {
        guard
            let tables = try? ServerTables(
                IMAPExtension.standard, ServerConfiguration(), authenticator: HostileUsers(), store: MemoryStore())
        else { return [] }
        let names = tables.commands.keys.map(\.description) + tables.uidCommands.keys.map { "UID \($0)" }
        return names.sorted() + ["BOGUS", "UID", "UID BOGUS", "", "*"]
    }()

    enum Stage: CaseIterable {
        case beforeLogin, inTheClear, authenticated, selected

        func peer(_ lab: Lab) async -> Peer {
            switch self {
            case .beforeLogin: return await lab.connect()
            case .inTheClear:
                let peer = await lab.connectInTheClear()
                await peer.line("n NOOP")
                return peer
            case .authenticated: return await lab.logIn("admin", "root")
            case .selected: return await lab.select("admin", "root")
            }
        }
    }

    /// R-LIT-5: for every command in every state, the octets behind `{n+}` are data.
    @Test(arguments: commands, Stage.allCases)
    func dataOfANonSynchronizingLiteralIsNeverDispatched(_ command: String, _ stage: Stage) async throws {
        let lab = try Lab(extensions: IMAPExtension.standard + [.whoami])
        for header in ["{19+}", "~{19+}"] {
            for front in ["", " x", " INBOX", " (", " \"", " {0+}\r\n", " a b c"] {
                let peer = await stage.peer(lab)
                // 19 octets: a command that changes the state, and one that answers visibly.
                let data = "\r\nz CAPABILITY\r\nz X"
                let asked = lab.users.questions.count
                let answer = await peer.send("a \(command)\(front) \(header)\r\n\(data)\r\n")
                #expect(!answer.contains("z "), "a \(command)\(front) \(header): \(answer)")
                #expect(!answer.contains("CAPABILITY IMAP4rev1"), "a \(command)\(front) \(header): \(answer)")
                #expect(lab.users.questions.count == asked || command == "LOGIN", "\(command)")
                if !peer.isClosed { #expect(await peer.isAlive(), "a \(command)\(front) \(header): \(answer)") }
                peer.transport.hangUp()
            }
        }
    }

    /// R-LIT-5: where no extension offers them, they are data all the same.
    @Test func dataOfALiteralThatIsNotOfferedIsSwallowed() async throws {
        let lab = try Lab(extensions: IMAPExtension.standard.leavingOut(["LITERAL-"]))
        let peer = await lab.connect()
        let answer = await peer.send("a LOGIN {9+}\r\nz LOGOUT\n {8+}\r\nz NOOP\r\n\r\nb NOOP\r\n")
        #expect(answer == "a BAD A literal waits for its continuation request here\r\nb OK NOOP completed\r\n")
    }

    /// R-LIT-5: a tag that is none, a name that is none, and a line of other flaws.
    @Test(arguments: ["+ NOOP", "a", "a  NOOP", "\u{00e4} NOOP", "a NO\u{0}OP", "a NOOP\r", "(", "{5} x"])
    func dataBehindALineThatIsNoCommandIsNotDispatched(_ line: String) async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        let answer = await peer.send("\(line) {13+}\r\nz LOGOUT\r\nz X\r\nb NOOP\r\n")
        #expect(!answer.contains("z "), "\(answer)")
        #expect(!answer.contains("Logging out"))
        #expect(answer.hasSuffix("b OK NOOP completed\r\n"), "\(answer)")
    }

    /// R-LIT-1: over a limit, a synchronizing literal is NO [TOOBIG], never invited, and nothing is swallowed.
    @Test func aSynchronizingLiteralOverTheLimitIsRefusedWithoutAnInvitation() async throws {
        let lab = try Lab()
        let before = await lab.connect()
        for size in ["4097", "100000", "2147483648", "4294967297", "9223372036854775807"] {
            #expect(await before.line("a LOGIN {\(size)}") == "a NO [TOOBIG] Literal too big\r\n")
        }
        #expect(await before.line("b LOGIN alice secret").hasPrefix("b OK "))
        for size in ["65537", "2147483648", "9223372036854775807"] {
            #expect(await before.line("c STATUS {\(size)}") == "c NO [TOOBIG] Literal too big\r\n")
        }
        #expect(await before.isAlive())
    }

    /// R-LIT-1, with RFC 9051 section 6.3.2: behind a NO to SELECT nothing is selected. What was not begun is BAD.
    @Test(arguments: ["SELECT", "EXAMINE"])
    func behindALargeLiteralOfSELECTTheMailboxIsStillSelected(_ command: String) async throws {
        let lab = try Lab()
        let peer = await lab.select()
        for size in ["65537", "2147483648", "9223372036854775807"] {
            #expect(await peer.line("c \(command) {\(size)}") == "c BAD [TOOBIG] Literal too big\r\n")
        }
        #expect(await peer.line("d SEARCH UID 1").hasSuffix("d OK SEARCH completed\r\n"))
        #expect(await peer.line("e \(command) missing").contains("\r\ne NO "))
        #expect(await peer.line("f SEARCH UID 1").hasPrefix("f BAD "))
    }

    /// R-LIT-1: LITERAL- (RFC 7888 section 5).
    @Test func over4096WithoutWaitingIsBADAndSwallowedAndTheNextCommandIsRead() async throws {
        let lab = try Lab()
        let before = await lab.connect()
        let trap = "\r\nz CAPABILITY\r\n"
        let data = trap + String(repeating: "x", count: 4097 - trap.utf8.count)
        let answer = await before.send("a LOGIN {4097+}\r\n\(data) {8+}\r\nz NOOP\r\n\r\nb NOOP\r\n")
        #expect(
            answer
                == "a BAD [TOOBIG] Literal too big to be sent without waiting\r\nb OK NOOP completed\r\n")
        let after = await lab.select()
        let long = trap + String(repeating: "x", count: 70_000 - trap.utf8.count)
        #expect(
            await after.send("a STATUS {70000+}\r\n\(long) (MESSAGES)\r\nb NOOP\r\n")
                == "a BAD [TOOBIG] Literal too big to be sent without waiting\r\nb OK NOOP completed\r\n")
    }

    /// R-LIT-1: the reply comes at once, before the octets.
    @Test func theReplyToARefusedLiteralDoesNotWaitForItsOctets() async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        #expect(await peer.line("a LOGIN {5000+}").hasPrefix("a BAD [TOOBIG] "))
        #expect(await peer.send(String(repeating: "z NOOP\r\n", count: 625)).isEmpty)
        #expect(await peer.send("\r\nb NOOP\r\n") == "b OK NOOP completed\r\n")
    }

    /// R-LIT-1, R-LIT-10: 16 KiB before login, the line's end included.
    @Test func beforeLogin16KiBAreSwallowedAndNoOctetMore() async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        let answer = await peer.send("a NOPE {16382+}\r\n" + String(repeating: "x", count: 16_382) + "\r\nb NOOP\r\n")
        #expect(answer == "a BAD Unknown command\r\nb OK NOOP completed\r\n")
        #expect(
            await peer.send("c NOPE {16383+}\r\n" + String(repeating: "x", count: 16_383) + "\r\nd NOOP\r\n")
                == "c BAD Unknown command\r\n* BYE [TOOBIG] Too much to swallow\r\n")
        let other = await lab.connect()
        #expect(
            await other.line("a NOPE {16385+}") == "a BAD Unknown command\r\n* BYE [TOOBIG] Too much to swallow\r\n")
    }

    /// R-LIT-1: many refused literals in one command share one allowance.
    @Test func theAllowanceToSwallowIsTheCommandsNotTheLiterals() async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        let piece = " {4000+}\r\n" + String(repeating: "x", count: 4000)
        let answer = await peer.send("a NOPE" + String(repeating: piece, count: 5) + "\r\nb NOOP\r\n")
        #expect(answer == "a BAD Unknown command\r\n* BYE [TOOBIG] Too much to swallow\r\n")
    }

    /// R-LIT-1
    @Test func afterLoginTheAPPENDLimitIsSwallowedAndNoOctetMore() async throws {
        let lab = try Lab { $0.limits.append = 100_000 }
        let peer = await lab.logIn()
        let answer = await peer.send("a NOPE {99998+}\r\n" + String(repeating: "x", count: 99_998) + "\r\nb NOOP\r\n")
        #expect(answer == "a BAD Unknown command\r\nb OK NOOP completed\r\n")
        #expect(
            await peer.line("c NOPE {100001+}") == "c BAD Unknown command\r\n* BYE [TOOBIG] Too much to swallow\r\n")
        #expect(await eventually { lab.memory.openSessionCount == 0 })
    }

    /// R-LIT-1, R-LIT-4
    @Test(arguments: [
        "9223372036854775808", "18446744073709551615", "18446744073709551616", "18446744073709551621",
        "00000000000000000005", String(repeating: "9", count: 400),
    ])
    func aSizeThatCannotBeReadEndsTheConnectionOrInvitesNothing(_ digits: String) async throws {
        let lab = try Lab()
        for command in ["LOGIN", "NOPE", "NOOP"] {
            let peer = await lab.connect()
            let answer = await peer.send("a \(command) {\(digits)+}\r\nabcde\r\nz CAPABILITY\r\n")
            #expect(answer.hasSuffix("* BYE [TOOBIG] Too much to swallow\r\n"), "\(answer)")
            #expect(!answer.contains("z "))
        }
        let peer = await lab.connect()
        #expect(await peer.line("a LOGIN {\(digits)}") == "a NO [TOOBIG] Literal too big\r\n")
        #expect(await peer.isAlive())
    }

    /// R-LIT-7
    @Test(arguments: [
        "{5", "5}", "{}", "{+}", "{-5}", "{5-}", "{ 5}", "{5 }", "{0x5}", "{5+5}", "{+5}", "{5++}", "{5}}", "{5} ",
        "{5}x",
        "{\u{0665}}", "{5+} ",
    ])
    func whatIsNotAHeaderInvitesNothing(_ header: String) async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        let answer = await peer.line("a LOGIN \(header)")
        #expect(answer.hasPrefix("a BAD "), "\(answer)")
        #expect(await peer.isAlive())
    }

    /// R-LIT-7: not at the header, but at its line's end.
    @Test func theInvitationComesAtTheLinesEnd() async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        #expect(await peer.send("a LOGIN {5}").isEmpty)
        #expect(await peer.send("\r").isEmpty)
        #expect(await peer.send("\n") == "+ Ready for literal data\r\n")
        #expect(await peer.send("alice {6}\r") == "")
        #expect(await peer.send("\n") == "+ Ready for literal data\r\n")
        #expect(await peer.send("secret\r\n").hasPrefix("a OK "))
    }

    /// R-LIT-6 at server level
    @Test func literalsOfNoOctetsAreEmptyStrings() async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        #expect(await peer.send("a LOGIN {0+}\r\n {0}\r\n") == "+ Ready for literal data\r\n")
        #expect(await peer.send("\r\n") == "a NO [AUTHENTICATIONFAILED] Authentication failed\r\n")
        #expect(lab.users.names == [[]])
    }

    /// R-LIT-9: NUL in an argument.
    @Test func aNULInAnArgumentsLiteralIsBADAndHasNoEffect() async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        #expect(await peer.send("a LOGIN {6+}\r\nali\u{0}ce secret\r\n").hasPrefix("a BAD "))
        #expect(await peer.send("b LOGIN alice {7+}\r\nsecret\u{0}\r\n").hasPrefix("b BAD "))
        #expect(lab.users.questions.isEmpty)
        await peer.line("c LOGIN alice secret")
        #expect(await peer.send("d SELECT {6+}\r\nINBOX\u{0}\r\n").hasPrefix("d BAD "))
        #expect(await peer.send("e SELECT ~{5+}\r\nINBOX\r\n").hasPrefix("e BAD "))
        #expect(await peer.send("f LIST \"\" {2+}\r\n*\u{0}\r\n").hasPrefix("f BAD "))
    }

    /// R-LIT-9: NUL in a stored message leaves as 0x80, in the same number of octets.
    @Test func aStoredNULLeavesAs0x80() async throws {
        let lab = try Lab()
        _ = try lab.memory.append(
            [0x61, 0x00, 0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x62, 0x00], to: .inbox, for: user("alice"))
        let peer = await lab.select()
        peer.transport.send("a FETCH 1 BODY.PEEK[]\r\n")
        let answer = await peer.settleOctets()
        let expected: [UInt8] =
            octets("* 1 FETCH (BODY[] {9}\r\n") + [0x61, 0x80, 0x0D, 0x0A, 0x0D, 0x0A, 0x80, 0x62, 0x80]
            + octets(")\r\na OK FETCH completed\r\n")
        #expect(answer == expected)
    }

    /// R-LIT-1: one more is refused like one that is too big, and the size of the command is what counts.
    @Test func tooManyLiteralsOrTooLongACommandIsTooBig() async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        var answer = await peer.send("a ID (" + String(repeating: "{1+}\r\nx ", count: 4) + "{1}\r\n")
        #expect(answer == "a NO [TOOBIG] Literal too big\r\n")
        answer = await peer.send("b ID (" + String(repeating: "{1+}\r\nx ", count: 4) + "{1+}\r\nx)\r\nc NOOP\r\n")
        #expect(answer == "b BAD [TOOBIG] Literal too big\r\nc OK NOOP completed\r\n")
        let big = "{4096+}\r\n" + String(repeating: "x", count: 4096) + " "
        answer = await peer.send("d ID (" + String(repeating: big, count: 3) + "{4096+}\r\n")
        #expect(answer == "d BAD [TOOBIG] Literal too big\r\n")
    }

    /// R-LIT-5, R-LIT-1: what is swallowed is framed by the client's own line ends alone.
    @Test func aLiteralsEndIsNotReadAsAHeaderWhenTheRestIsSwallowed() async throws {
        let lab = try Lab { $0.limits.afterLogin.command = 25 }
        let peer = await lab.logIn()
        // 15 octets of line and 10 of literal are all there may be; the literal ends in `{5`, the line goes on `+}`.
        let answer = await peer.send("a LIST \"\" {10+}\r\n01234567{5+}\r\nb NOOP\r\nc NOOP\r\n")
        #expect(answer == "a BAD [LIMIT] Command too long\r\nb OK NOOP completed\r\nc OK NOOP completed\r\n")
    }
}
