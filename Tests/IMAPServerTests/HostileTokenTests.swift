import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import Testing

@Suite("Hostile: OAUTHBEARER and XOAUTH2 (R-AUTH, R-LOG-2)")
struct HostileTokenTests {
    private func lab() throws -> (Lab, HostileWitness) {
        let lab = try Lab(authenticator: TestUsers(tokens: ["good": "alice"]))
        return (lab, lab.witness)
    }

    private static func bearer(_ token: String, _ front: String = "n,,") -> String {
        "AUTHENTICATE OAUTHBEARER " + base64("\(front)\u{1}auth=Bearer \(token)\u{1}\u{1}")
    }

    private static func xoauth2(_ token: String) -> String {
        "AUTHENTICATE XOAUTH2 " + base64("user=alice\u{1}auth=Bearer \(token)\u{1}\u{1}")
    }

    private static let failure = "+ " + base64(#"{"status":"invalid_token"}"#) + "\r\n"

    /// Whatever is answered to the failure's challenge, the exchange has failed and nobody is logged in.
    @Test(arguments: [
        "", "AQ==", "*", "not base64", "a2 LOGIN alice secret", String(repeating: "A", count: 16_000),
    ])
    func whateverAnswersTheFailure(_ answer: String) async throws {
        for command in [Self.bearer("bad"), Self.xoauth2("bad")] {
            let (lab, witness) = try lab()
            let peer = await lab.connect()
            #expect(await peer.line("a \(command)") == Self.failure)
            let reply = await peer.line(answer)
            #expect(reply.hasPrefix("a NO [AUTHENTICATIONFAILED] "), "\(reply)")
            #expect(await peer.line("b SELECT INBOX") == "b BAD Command not permitted in this state\r\n")
            #expect(witness.story.count(where: { $0.hasPrefix("failed") }) == 1)
        }
    }

    /// R-LIT-5: what an answer to the challenge announces is not executed.
    @Test func anAnswerThatAnnouncesALiteral() async throws {
        let (lab, witness) = try lab()
        let peer = await lab.connect()
        #expect(await peer.line("a \(Self.bearer("bad"))") == Self.failure)
        let answer = await peer.send("b APPEND INBOX {27+}\r\nx LOGIN alice secret\r\nx NOOP\r\n\r\n")
        #expect(answer == "* BYE No literal is expected here\r\n")
        #expect(await eventually { lab.server.connectionCount == 0 })
        #expect(!witness.story.contains { $0.hasPrefix("LOGIN") || $0.hasPrefix("NOOP") })
    }

    /// R-AUTH-2: and however the client leaves the challenge unanswered.
    @Test func whoDoesNotAnswerTheFailure() async throws {
        for end in 0..<4 {
            let (lab, _) = try lab()
            let peer = await lab.connect()
            await peer.line("a \(Self.bearer("bad"))")
            switch end {
            case 0: peer.transport.endInput()
            case 1: peer.transport.hangUp()
            case 2: peer.transport.send(String(repeating: "A", count: 16_385))
            default: await peer.pass(.seconds(61))
            }
            #expect(await eventually { lab.server.connectionCount == 0 })
            let last = peer.drained()
            #expect(end < 2 ? last.isEmpty : last.hasPrefix("* BYE "), "\(end): \(last)")
        }
    }

    /// R-AUTH-10: five of them, and BYE in place of the challenge.
    @Test func failuresAreCounted() async throws {
        let (lab, _) = try lab()
        let peer = await lab.connect()
        for index in 1...4 {
            #expect(
                await peer.line("a\(index) \(index % 2 == 0 ? Self.bearer("bad") : Self.xoauth2("bad"))")
                    == Self.failure)
            #expect(await peer.line("AQ==").hasPrefix("a\(index) NO "))
        }
        #expect(await peer.line("a5 \(Self.bearer("bad"))") == "* BYE Too many failed logins\r\n")
    }

    /// R-AUTH-6: `p=` is no mechanism's that is built. RFC 7628 section 3.1: a pair is a key, `=` and a value.
    @Test(arguments: [
        "n,,\u{1}\u{1}auth=Bearer good\u{1}\u{1}", "n,,\u{1}host\u{1}auth=Bearer good\u{1}\u{1}",
        "n,,\u{1}=x\u{1}auth=Bearer good\u{1}\u{1}", "n,,\u{1}a b=x\u{1}auth=Bearer good\u{1}\u{1}",
        "n,,\u{1}host=x\0\u{1}auth=Bearer good\u{1}\u{1}", "n,,\u{1}port1=x\u{1}auth=Bearer good\u{1}\u{1}",
        "", "n,,", "n,,\u{1}\u{1}", "n,,\u{1}auth=Bearer \u{1}\u{1}", "n,,\u{1}auth=Bearer good\u{1}",
        "n,,\u{1}auth=Bearer good\u{1}\u{1}\u{1}",
        "n,,\u{1}auth=Bearer good\u{1}auth=Bearer good\u{1}\u{1}",
        "n,,\u{1}auth=Basic good\u{1}\u{1}", "n,,\u{1}auth=Bearer go od\u{1}\u{1}",
        "n,,\u{1}auth=Bearer go\0od\u{1}\u{1}",
        "n,,\u{1}auth=Bearer g\u{e9}\u{1}\u{1}", "p=x,,\u{1}auth=Bearer good\u{1}\u{1}",
        "n,a=,\u{1}auth=Bearer good\u{1}\u{1}",
        "n,a=a=2,\u{1}auth=Bearer good\u{1}\u{1}", "n,a=a\0,\u{1}auth=Bearer good\u{1}\u{1}",
        "n,a=b,c,\u{1}auth=Bearer good\u{1}\u{1}",
        "n\u{1}auth=Bearer good\u{1}\u{1}", "\u{1}", "auth=Bearer good\u{1}\u{1}",
        "n,,auth=Bearer good\u{1}\u{1}",
    ])
    func whatIsNoResponse(_ response: String) async throws {
        let (lab, witness) = try lab()
        let peer = await lab.connect()
        let initial = response.isEmpty ? "=" : base64(response)
        let answer = await peer.line("a AUTHENTICATE OAUTHBEARER \(initial)")
        #expect(answer.hasPrefix("a BAD "), "\(answer)")
        #expect(
            witness.story == ["opened", "AUTHENTICATE bad"] || witness.story.last == "? bad",
            "\(witness.story)")
        #expect(await peer.line("b SELECT INBOX").hasPrefix("b BAD "))
    }

    /// RFC 7628 section 3.1: pairs that are not known are ignored.
    @Test(arguments: [
        "n,,\u{1}host=server.example.com\u{1}port=143\u{1}auth=Bearer good\u{1}\u{1}",
        "y,a=alice,\u{1}x=\u{1}AUTH=bearer good\u{1}qs=a=b \t\r\n~\u{1}\u{1}",
    ])
    func pairsThatAreNotKnown(_ response: String) async throws {
        let (lab, _) = try lab()
        let peer = await lab.connect()
        #expect(await peer.line("a AUTHENTICATE OAUTHBEARER \(base64(response))").hasPrefix("a OK "))
    }

    /// R-LOG-2
    @Test func aTokenAppearsInNoEvent() async throws {
        let (lab, witness) = try lab()
        let peer = await lab.connect()
        await peer.line("a \(Self.bearer("CANARY"))")
        await peer.line("AQ==")
        await peer.line("b \(Self.xoauth2("CANARY"))")
        await peer.line("CANARY")
        await peer.line("c AUTHENTICATE OAUTHBEARER CANARY")
        for event in witness.all {
            #expect(!String(reflecting: event).contains("CANARY"))
            #expect(!"\(event)".contains("CANARY"))
        }
    }
}
