import IMAPHost
import IMAPServer
import IMAPTestKit
import Testing

@Suite("Faults: the session that they are planted in")
struct FaultSessionTests {
    /// All of it works, it reaches what it is meant to reach, and it is the same in pieces.
    @Test(arguments: [false, true])
    func nothingIsWrong(_ isInPieces: Bool) async throws {
        let session = FaultSession()
        let lab = try FaultLab()
        let transport = ScriptedTransport()
        lab.lab.server.accept(transport)
        if isInPieces {
            let client = TestClient(transport)
            var octets: [UInt8] = []
            for octet in session.octets {
                transport.send([octet])
                octets += await client.settleOctets()
            }
            check(FaultSession.plainOutput(octets), session)
        } else {
            transport.send(session.octets)
            #expect(await eventually { transport.isClosed })
            check(FaultSession.plainOutput(transport.takeOutput()), session)
        }
        _ = await lab.expectTheEnd([.logout], "whole")
        let reached = Set(lab.store.calls)
        let missed = FaultyStore.Method.allCases.filter { !reached.contains($0) }
        #expect(missed == [.cancel], "not called: \(missed)")
    }

    private func check(_ output: String, _ session: FaultSession) {
        let answers = FaultSession.answers(output)
        for step in session.steps {
            let last = answers[step.tag]?.last ?? "nothing"
            #expect(last.hasPrefix("\(step.tag) OK "), "\(step.text): \(answers[step.tag] ?? [])")
        }
        let second = output.components(separatedByTag: session.steps[session.index(of: "UNAUTHENTICATE")].tag).1
        #expect(!second.contains(FaultSession.mark) && second.contains("mail of bob"))
    }
}

extension String {
    /// What stands up to the tagged line, and what stands behind it.
    func components(separatedByTag tag: String) -> (String, String) {
        var (before, after): ([String], [String]) = ([], [])
        var isBehind = false
        for line in split(separator: "\r\n").map(String.init) {
            if isBehind { after.append(line) } else { before.append(line) }
            if line.hasPrefix(tag + " ") { isBehind = true }
        }
        return (before.joined(separator: "\r\n"), after.joined(separator: "\r\n"))
    }
}
