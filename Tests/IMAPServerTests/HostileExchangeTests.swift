import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Synchronization
import Testing

@Suite("Hostile: SASL exchanges (R-AUTH-1, R-AUTH-2, R-AUTH-3)")
struct HostileExchangeTests {
    /// Each mechanism: what leads up to each of its steps. The last step's answer would log in.
    static let steps: [(mechanism: String, before: [String])] = [
        ("PLAIN", []), ("LOGIN", []), ("LOGIN", ["YWxpY2U="]), ("EXTERNAL", []), ("ANONYMOUS", []), ("X-STEPS", []),
        ("X-STEPS", ["YQ=="]), ("X-STEPS", ["YQ==", "YQ=="]),
    ]

    private static func lab() throws -> Lab {
        try Lab(
            users: HostileUsers(acceptsStrangers: true), extensions: IMAPExtension.standard + [.steps, .whoami])
    }

    /// A connection in the middle of an exchange.
    private static func peer(_ lab: Lab, _ index: Int, _ name: String = "client") async -> Peer {
        let (mechanism, before) = steps[index]
        let peer = await lab.connect(ScriptedTransport(facts: .remote(name, tls: .hostileTest("bob"))))
        #expect(await peer.line("a AUTHENTICATE \(mechanism)").hasPrefix("+ "))
        for line in before { #expect(await peer.line(line).hasPrefix("+ ")) }
        return peer
    }

    /// R-AUTH-2
    @Test(arguments: steps.indices)
    func aStarCancelsEveryStep(_ index: Int) async throws {
        let lab = try HostileExchangeTests.lab()
        let peer = await HostileExchangeTests.peer(lab, index)
        #expect(await peer.line("*") == "a BAD Authentication cancelled\r\n")
        #expect(lab.users.questions.isEmpty)
        #expect(await peer.line("b LOGIN alice secret").hasPrefix("b OK "))
    }

    /// R-AUTH-1, R-AUTH-2: strict base64, and the whole line.
    @Test(arguments: steps.indices)
    func whatIsNotBase64IsBADAtEveryStep(_ index: Int) async throws {
        let lab = try HostileExchangeTests.lab()
        for bad in [
            "!", "YQ", "YQ=", "YQ===", " YQ==", "YQ== ", "YR==", "YWE", "YWF=", "Y=Q=", "=", "====", "**", "* ",
            "YQ\u{0}==",
            "YQ\t==", "YQ==YQ==", "YQ-_", "{5}", "YWxp\rY2U=", "\u{ff21}",
        ] {
            let peer = await HostileExchangeTests.peer(lab, index)
            let answer = await peer.line(bad)
            #expect(answer.hasPrefix("a BAD "), "\(bad): \(answer)")
            #expect(await peer.isAlive())
            peer.transport.hangUp()
        }
        #expect(lab.users.questions.isEmpty)
    }

    /// R-AUTH-2
    @Test(arguments: steps.indices)
    func aLineThatIsTooLongEndsTheConnectionAtEveryStep(_ index: Int) async throws {
        let lab = try HostileExchangeTests.lab()
        let peer = await HostileExchangeTests.peer(lab, index)
        #expect(await peer.send(String(repeating: "A", count: 16_386)) == "* BYE [TOOBIG] Line too long\r\n")
        #expect(lab.users.questions.isEmpty)
        #expect(await eventually { lab.witness.closings == [.limitExceeded] })
    }

    /// R-AUTH-2
    @Test(arguments: steps.indices)
    func theEndOfTheInputEndsTheConnectionAtEveryStep(_ index: Int) async throws {
        let lab = try HostileExchangeTests.lab()
        let peers = [await HostileExchangeTests.peer(lab, index), await HostileExchangeTests.peer(lab, index)]
        peers[0].transport.endInput()
        peers[1].transport.hangUp()
        #expect(await eventually { lab.server.connectionCount == 0 })
        #expect(lab.users.questions.isEmpty)
    }

    /// R-AUTH-2, R-TIME-1
    @Test(arguments: steps.indices)
    func aStepThatTakesAMinuteEndsTheConnection(_ index: Int) async throws {
        let lab = try HostileExchangeTests.lab()
        let peer = await HostileExchangeTests.peer(lab, index)
        peer.transport.send("YWx")
        #expect(await peer.settle() == "")
        await peer.pass(.seconds(59))
        #expect(!peer.isClosed)
        await peer.pass(.seconds(1))
        #expect(await peer.end() == "* BYE Took too long\r\n")
        #expect(lab.users.questions.isEmpty)
    }

    /// R-TIME-1: "60 s a command", from its first octet to its last, whatever the number of its lines.
    @Test func anExchangeHasAMinuteAltogether() async throws {
        let lab = try HostileExchangeTests.lab()
        let peer = await HostileExchangeTests.peer(lab, 0)
        peer.transport.send("*\r\n")
        _ = await peer.settle()
        #expect(await peer.line("b AUTHENTICATE X-STEPS").hasPrefix("+ "))
        await peer.pass(.seconds(40))
        #expect(await peer.line("YQ==").hasPrefix("+ "))
        await peer.pass(.seconds(40))
        #expect(await eventually { peer.isClosed })
    }

    /// R-AUTH-2: however it ends, nobody holds the exchange.
    @Test(arguments: ["finish", "cancel", "garbage", "refuse", "tooLong", "eof", "hangUp", "timeout", "shutdown"])
    func theExchangeIsFreedHoweverItEnds(_ ending: String) async throws {
        for index in 5..<8 {
            let lab = try HostileExchangeTests.lab()
            let name = "\(ending) \(index) \(UInt64.random(in: 0 ... .max))"
            let peer = await HostileExchangeTests.peer(lab, index, name)
            #expect(Exchanges.alive(name) == 1)
            switch ending {
            case "finish": for _ in index..<8 { await peer.line("YQ==") }
            case "cancel": await peer.line("*")
            case "garbage": await peer.line("!")
            case "refuse": await peer.line(base64("refuse"))
            case "tooLong": await peer.send(String(repeating: "A", count: 17_000))
            case "eof": peer.transport.endInput()
            case "hangUp": peer.transport.hangUp()
            case "timeout": await peer.pass(.seconds(60))
            default: await lab.server.shutdown(within: .seconds(5))
            }
            #expect(await eventually { Exchanges.alive(name) == 0 }, "\(ending) at step \(index - 5)")
            if ending == "finish" { #expect(lab.users.questions == ["proven stepper", "authorize stepper"]) }
        }
    }

    /// R-LIT-11: challenges of one exchange.
    @Test func anExchangeWithoutAnEndIsCutOff() async throws {
        let lab = try HostileExchangeTests.lab()
        let peer = await lab.connect()
        await peer.line("a AUTHENTICATE X-STEPS")
        var challenges = 1
        var answer = await peer.line(base64("again"))
        while answer.hasPrefix("+ "), challenges < 100 {
            challenges += 1
            answer = await peer.line(base64("again"))
        }
        #expect(challenges == 32)
        #expect(answer == "a BAD [LIMIT] Too many steps\r\n")
        #expect(await peer.isAlive())
    }

    /// R-AUTH-3: octets behind an exchange are the next command's, each once, on success and on failure.
    @Test func whatFollowsAnExchangeIsReadOnce() async throws {
        let lab = try HostileExchangeTests.lab()
        for (lines, answers) in [
            ("a AUTHENTICATE PLAIN\r\n\(base64("\0admin\0root"))\r\n", ["+ ", "a OK"]),
            ("a AUTHENTICATE PLAIN \(base64("\0admin\0root"))\r\n", ["a OK"]),
            ("a AUTHENTICATE LOGIN YWRtaW4=\r\n\(base64("root"))\r\n", ["+ UGFzc3dvcmQ=", "a OK"]),
            ("a AUTHENTICATE PLAIN\r\n*\r\n", ["+ ", "a BAD"]),
        ] {
            let input = octets(lines + "b CAPABILITY\r\nc BOGUS\r\nd NOOP\r\n")
            for cut in 0..<input.count {
                let peer = await lab.connect()
                var output = await peer.send(Array(input[..<cut]))
                output += await peer.send(Array(input[cut...]))
                let found = output.split(separator: "\r\n").map { String($0) }
                #expect(found.count == answers.count + 4, "\(found)")
                #expect(zip(found, answers).allSatisfy { $0.hasPrefix($1) }, "\(found)")
                #expect(found.suffix(3).map { String($0.prefix(4)) } == ["b OK", "c BA", "d OK"], "\(found)")
                peer.transport.hangUp()
            }
        }
    }

    /// R-AUTH-1, RFC 4959: an initial response is strict, too, and there is none without a space.
    @Test(arguments: [
        "a AUTHENTICATE PLAIN ", "a AUTHENTICATE PLAIN  =", "a AUTHENTICATE PLAIN ==", "a AUTHENTICATE PLAIN YQ",
        "a AUTHENTICATE PLAIN YR==", "a AUTHENTICATE PLAIN *", "a AUTHENTICATE PLAIN \"YQ==\"", "a AUTHENTICATE",
        "a AUTHENTICATE ", "a AUTHENTICATE PLAIN YQ== ", "a AUTHENTICATE \"PLAIN\"", "a AUTHENTICATE PLAIN (",
        "a AUTHENTICATE PLAIN {4+}\r\nYQ==",
    ])
    func aMalformedInitialResponseIsBAD(_ line: String) async throws {
        let lab = try HostileExchangeTests.lab()
        let peer = await lab.connect()
        #expect(await peer.line(line).hasPrefix("a BAD "))
        #expect(lab.users.questions.isEmpty)
        #expect(await peer.isAlive())
    }

    /// R-AUTH-1: the mechanism's own grammar, bounded before the host is called.
    @Test(arguments: [
        ("PLAIN", ""), ("PLAIN", "alice"), ("PLAIN", "\0alice"), ("PLAIN", "\0\0secret"), ("PLAIN", "\0alice\0"),
        ("PLAIN", "\0alice\0secret\0"), ("PLAIN", "\0\0\0"), ("PLAIN", "a\0b\0c\0d"), ("EXTERNAL", "al\0ice"),
        ("ANONYMOUS", "a\0b"), ("ANONYMOUS", String(repeating: "\u{e4}", count: 256)), ("LOGIN", ""), ("LOGIN", "a\0"),
    ])
    func aResponseThatIsNotTheMechanismsIsBADAndTheHostIsNotAsked(_ mechanism: String, _ response: String) async throws
    {
        let lab = try HostileExchangeTests.lab()
        let peer = await lab.connect(ScriptedTransport(facts: .remote(tls: .hostileTest("bob"))))
        await peer.line("a AUTHENTICATE \(mechanism)")
        #expect(await peer.line(base64(response)).hasPrefix("a BAD "))
        #expect(lab.users.questions.isEmpty)
    }

    /// RFC 4505: as long as it may be.
    @Test func aTraceOf255CharactersIsTaken() async throws {
        let lab = try HostileExchangeTests.lab()
        let peer = await lab.connect()
        let trace = String(repeating: "\u{e4}", count: 255)
        #expect(await peer.line("a AUTHENTICATE ANONYMOUS \(base64(trace))").hasPrefix("a OK "))
        #expect(lab.users.names.first == octets(trace))
    }
}

extension IMAPExtension {
    /// A mechanism of three steps that a host brings.
    static let steps = IMAPExtension("AUTH=X-STEPS") { $0.add(mechanism: StepsMechanism.self) }
}

/// Exchanges that are alive, by the name of the client's address.
private enum Exchanges {
    final class Token: Sendable {}

    private struct Held: Sendable {
        let name: String
        weak let token: Token?
    }

    private static let all = Mutex<[Held]>([])

    static func begin(_ name: String) -> Token {
        let token = Token()
        all.withLock { $0.append(Held(name: name, token: token)) }
        return token
    }

    static func alive(_ name: String) -> Int { all.withLock { $0.count { $0.name == name && $0.token != nil } } }
}

private struct StepsMechanism: SASLMechanism {
    static let name: Keyword = "X-STEPS"
    static let credential = CredentialKind.proven
    static let needsPrivacy = false

    private let token: Exchanges.Token
    private var count = 0

    init(facts: ConnectionFacts) { token = Exchanges.begin(facts.remote.description) }

    mutating func respond(to response: Redacted<[UInt8]>?) async throws(SASLError) -> SASLStep {
        guard let response else { return .challenge([]) }
        if response.exposed == octets("refuse") { throw SASLError() }
        if response.exposed == octets("again") { return .challenge([0xFF]) }
        count += 1
        return count < 3
            ? .challenge([UInt8(truncatingIfNeeded: count)])
            : .finished(.proven(name: octets("stepper")), authorizationIdentity: nil)
    }
}
