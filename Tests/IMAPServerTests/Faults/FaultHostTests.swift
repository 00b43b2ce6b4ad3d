import Foundation
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

extension StoreError {
    /// Every case there is.
    static let every: [StoreError] = [
        .nonExistent, .alreadyExists, .noPermission, .cannot, .hasChildren, .expunged, .inUse, .overQuota, .tooBig,
        .useAttribute, .limit, .unavailable, .corrupt, .internalError,
    ]

    /// Does not compile when one is missing above.
    var index: Int {
        switch self {
        case .nonExistent: 0
        case .alreadyExists: 1
        case .noPermission: 2
        case .cannot: 3
        case .hasChildren: 4
        case .expunged: 5
        case .inUse: 6
        case .overQuota: 7
        case .tooBig: 8
        case .useAttribute: 9
        case .limit: 10
        case .unavailable: 11
        case .corrupt: 12
        case .internalError: 13
        }
    }
}

/// A session without a layer, and what it is like when nothing goes wrong: which command makes which calls of the host,
/// what is kept behind each, and what each is answered.
struct FaultReference: Sendable {
    let session = FaultSession(compresses: false)
    /// For each call, the step that makes it.
    private(set) var owners: [Int] = []
    private(set) var methods: [FaultyStore.Method] = []
    private(set) var pictures: [String] = []
    private(set) var answers: [String: [String]] = [:]
    /// What the second user is told.
    private(set) var second = ""
    /// All that the first user is told.
    private(set) var first: Set<Substring> = []

    init() async throws {
        pictures.append(try await FaultLab().picture())
        let lab = try FaultLab()
        let peer = await lab.lab.connect()
        var output = peer.greeting
        for (index, step) in session.steps.enumerated() {
            output += await peer.send(step.octets)
            // The session's end makes calls of its own, which are LOGOUT's.
            if index == session.steps.count - 1 { _ = await lab.expectTheEnd([.logout], "no fault") }
            let calls = lab.store.calls
            owners += Array(repeating: index, count: calls.count - owners.count)
            methods = calls
            pictures.append(try await lab.picture())
        }
        answers = FaultSession.answers(output)
        let parts = output.components(separatedByTag: session.steps[session.index(of: "UNAUTHENTICATE")].tag)
        second = parts.1
        first = Set(parts.0.split(separator: "\r\n"))
        #expect(session.steps.allSatisfy { answers[$0.tag]?.last?.hasPrefix("\($0.tag) OK ") ?? false })
    }

    var last: Int { session.index(of: "UNAUTHENTICATE") }

    /// Whether the call makes a mailbox above the one that was asked for: that is done as well as it can be.
    func isSuperior(_ call: Int) -> Bool {
        methods[call] == .create && call > 0
            && methods[..<call].indices.contains { owners[$0] == owners[call] && methods[$0] == .create }
    }

    func place(_ call: Int) -> String {
        "call \(call), \(methods[call]) of \(session.steps[owners[call]].text.prefix(40))"
    }
}

@Suite("Faults: a host that goes wrong, at every one of its calls")
struct FaultHostTests {
    private static let isLong = ProcessInfo.processInfo.environment["FAULTS"] == "all"
    private static let shares = 0..<2
    private static let reference = Task { try await FaultReference() }

    /// Plays the session up to the end of the step that makes the call, and one command more. Returns the answer to the
    /// step, and to what follows; `nil` when the connection was closed.
    private func play(
        _ reference: FaultReference, to call: Int, _ lab: FaultLab
    ) async -> (peer: Peer, answer: String, probe: String?) {
        let owner = reference.owners[call]
        let peer = await lab.lab.connect()
        let front = Array(reference.session.octets[..<reference.session.starts[owner]])
        let before = await peer.send(front)
        #expect(!before.contains(OutputReport.marker), "\(reference.place(call))")
        let answer = await peer.send(reference.session.steps[owner].octets)
        guard !peer.isClosed else { return (peer, answer, nil) }
        let probe = await peer.line("probe NOOP")
        return (peer, answer, peer.isClosed && probe.isEmpty ? nil : probe)
    }

    /// What holds of the answer to a command during which the host failed: it is NO, BAD, BYE, or nothing; or OK, and
    /// then nothing is said in it that is not so.
    private func check(
        _ reference: FaultReference, _ call: Int, _ answer: String, _ probe: String?, _ picture: String, _ place: String
    ) {
        let owner = reference.owners[call]
        let tag = reference.session.steps[owner].tag
        let lines = answer.split(separator: "\r\n").filter { !$0.hasPrefix("+") }
        let tagged = lines.first { $0.hasPrefix("\(tag) ") }
        let isOK = tagged?.hasPrefix("\(tag) OK ") ?? false
        let isRefused = tagged.map { $0.hasPrefix("\(tag) NO ") || $0.hasPrefix("\(tag) BAD ") } ?? false
        let isOver = probe == nil && (lines.last?.hasPrefix("* BYE ") ?? true)
        #expect(isOK || isRefused || isOver, "\(place): \(answer)")
        let (before, after) = (reference.pictures[owner], reference.pictures[owner + 1])
        let isSuperior = reference.isSuperior(call)
        #expect(picture == before || picture == after || isSuperior, "half done: \(place): \(answer)")
        // Who may not mark a message as seen reads it all the same (RFC 4314 section 4).
        let isSeen = reference.methods[call] == .changeFlags && reference.session.steps[owner].text.contains("FETCH ")
        if isOK, !isSuperior, !(isSeen && place.hasSuffix("throws noPermission")) {
            #expect(picture == after, "OK and not done: \(place): \(answer)")
        }
        if reference.session.steps[owner].text.hasPrefix("APPEND"), isRefused {
            #expect(picture == before, "not OK and done: \(place)")
        }
        // News comes when it can: a line may stand in another command's answer.
        // What is gone is not found, and is no error.
        guard isOK, !place.hasSuffix("throws expunged") else { return }
        let known = owner > reference.last ? Set(reference.second.split(separator: "\r\n")) : reference.first
        for line in lines where line != tagged && !line.hasPrefix("* OK [HIGHESTMODSEQ ") {
            // A store that says the selected mailbox is gone is believed.
            if place.hasSuffix("throws nonExistent"), line.hasPrefix("* OK [CLOSED] ") { continue }
            // So is one that says that it may not be seen (RFC 5465 section 5.9).
            if reference.methods[call] == .visibility, line.contains(" \\NoAccess) "),
                place.hasSuffix("throws nonExistent") || place.hasSuffix("throws noPermission")
            {
                continue
            }
            // And one that says a mailbox cannot be opened (RFC 5819 section 2).
            if reference.methods[call] == .status, line.hasPrefix("* LIST (\\Noselect) ") { continue }
            #expect(known.contains(line), "\(place): \(line)")
        }
    }

    /// Each call throws: every error at every kind of call of every command, one after the other at the calls of a kind
    /// that a command makes more than once. `FAULTS=all`: every error at every call.
    @Test(arguments: shares) func aCallThrows(_ share: Int) async throws {
        #expect(StoreError.every.indices.allSatisfy { StoreError.every[$0].index == $0 })
        let reference = try await Self.reference.value
        var kinds: Set<String> = []
        for call in reference.methods.indices {
            let isFirst = kinds.insert("\(reference.owners[call]) \(reference.methods[call])").inserted
            guard call % 2 == share else { continue }
            let errors = isFirst || Self.isLong ? StoreError.every : [StoreError.every[call % StoreError.every.count]]
            for error in errors {
                let lab = try FaultLab(at: call, .fail(error))
                let place = "\(reference.place(call)) throws \(error)"
                let (peer, answer, probe) = await play(reference, to: call, lab)
                #expect(probe == nil || probe?.contains("probe ") == true, "\(place)")
                peer.transport.hangUp()
                guard await lab.expectTheEnd([.hangUp, .fault, .logout], place) else { return }
                check(reference, call, answer, probe, try await lab.picture(), place)
            }
        }
    }

    /// A call fails behind its work, where its documentation lets it.
    @Test func aCallThrowsLate() async throws {
        let reference = try await Self.reference.value
        for call in reference.methods.indices where !reference.methods[call].isAllOrNone {
            let lab = try FaultLab(at: call, .failLate(.internalError))
            let place = "\(reference.place(call)) throws late"
            let (peer, answer, probe) = await play(reference, to: call, lab)
            peer.transport.hangUp()
            guard await lab.expectTheEnd([.hangUp, .fault, .logout], place) else { return }
            check(reference, call, answer, probe, try await lab.picture(), place)
        }
    }

    /// Behind the failure of any call of the first user the session goes on: the second user is told what they are
    /// always told, octet by octet, or the connection is closed.
    @Test(arguments: shares) func theNextUserIsToldTheSame(_ share: Int) async throws {
        let reference = try await Self.reference.value
        let tag = reference.session.steps[reference.last].tag
        for call in reference.methods.indices where reference.owners[call] <= reference.last && call % 2 == share {
            for deed in [FaultyStore.Deed.fail(.internalError), .fail(.nonExistent)] {
                let lab = try FaultLab(at: call, deed)
                let place = "\(reference.place(call)), \(deed)"
                let transport = ScriptedTransport()
                transport.send(reference.session.octets)
                lab.lab.server.accept(transport)
                guard await eventually({ transport.isClosed }) else {
                    Issue.record("\(place): silent")
                    return
                }
                let output = String(decoding: transport.takeOutput(), as: UTF8.self)
                guard await lab.expectTheEnd([.logout, .fault, .tooManyFailures], place) else { return }
                guard output.contains("\r\n\(tag) OK ") else { continue }
                #expect(output.components(separatedByTag: tag).1 == reference.second, "\(place)")
            }
        }
    }

    /// A call does not return, and the client goes: its task is cancelled, and all is released.
    @Test(arguments: shares) func theClientGoesWhileACallHangs(_ share: Int) async throws {
        let reference = try await Self.reference.value
        for call in reference.methods.indices where call % 2 == share {
            let lab = try FaultLab(at: call, .hangUntilCancelled)
            let place = "\(reference.place(call)) hangs, hang-up"
            let peer = await hang(reference, call, lab)
            let isEnding = reference.methods[call].isEnding
            peer.transport.hangUp()
            if isEnding { await endsByItself(lab) }
            guard await lab.expectTheEnd([.hangUp, .logout, .fault], place) else { return }
            check(lab, reference, call, place, try await lab.picture())
        }
    }

    /// The same, and the server is shut down.
    @Test(arguments: shares) func theServerEndsWhileACallHangs(_ share: Int) async throws {
        let reference = try await Self.reference.value
        for call in reference.methods.indices where call % 2 == share {
            let lab = try FaultLab(at: call, .hangUntilCancelled)
            let place = "\(reference.place(call)) hangs, shutdown"
            let peer = await hang(reference, call, lab)
            let shutdown = Task { await lab.lab.server.shutdown(within: .seconds(5)) }
            await eventually { lab.lab.clock.sleeperCount > 1 }
            lab.lab.clock.advance(by: .seconds(5))
            await shutdown.value
            #expect(peer.isClosed, "\(place)")
            if reference.methods[call].isEnding { await endsByItself(lab) }
            guard await lab.expectTheEnd([.shutdown, .hangUp, .logout, .fault], place) else { return }
            check(lab, reference, call, place, try await lab.picture())
        }
    }

    /// A call ignores that it was cancelled: the client is rid of it when the time of its command is over, and the
    /// server when the call returns. The end of a scope has ten seconds.
    @Test(arguments: shares) func aCallIgnoresThatItIsCancelled(_ share: Int) async throws {
        let reference = try await Self.reference.value
        for call in reference.methods.indices where call % 2 == share {
            let lab = try FaultLab(at: call, .hang)
            let place = "\(reference.place(call)) hangs for ever"
            let peer = await hang(reference, call, lab)
            let step = reference.session.steps[reference.owners[call]]
            let patience: Duration =
                if reference.methods[call].isEnding {
                    .seconds(10)
                } else {
                    switch step.phase {
                    case .beforeLogin: .seconds(180)
                    case .afterUnauthenticate: .seconds(300)
                    case .loggedIn, .compressed: .seconds(1800)
                    }
                }
            lab.lab.clock.advance(by: patience - .seconds(1))
            for _ in 0..<20 { await Task.yield() }
            // The last scope's end: LOGOUT has its answer, and the transport is closed behind it.
            #expect(!peer.isClosed, "\(place)")
            // The second login of the connection has five minutes of its own.
            for _ in 0..<4 where !peer.isClosed {
                await eventually { lab.lab.clock.sleeperCount > 0 || peer.isClosed }
                lab.lab.clock.advance(by: .seconds(1))
                for _ in 0..<20 { await Task.yield() }
            }
            if !peer.isClosed {
                Issue.record("\(place): not closed")
                return
            }
            lab.store.letGo()
            guard await lab.expectTheEnd([.timeout, .fault, .logout], place) else { return }
            check(lab, reference, call, place, try await lab.picture())
        }
    }

    /// Others do something while a call is under way: what they do is told, and nothing is told that is not so.
    @Test func othersExpungeDuringACall() async throws {
        let reference = try await Self.reference.value
        for call in reference.methods.indices {
            let owner = reference.owners[call]
            let name = owner > reference.last ? "bob" : "admin"
            let memory = Box<MemoryStore?>(nil)
            let lab = try FaultLab(
                at: call,
                .after {
                    guard let memory = memory.value else { return }
                    let last = (try? memory.records(in: .inbox, for: user(name)))?.last?.uid
                    if let last { _ = try? memory.remove(UIDSet(last), in: .inbox, for: user(name)) }
                })
            memory.value = lab.memory
            let place = "\(reference.place(call)), and others expunge"
            let (peer, answer, probe) = await play(reference, to: call, lab)
            let tag = reference.session.steps[owner].tag
            #expect(answer.contains("\(tag) OK ") || answer.contains("\(tag) NO "), "\(place): \(answer)")
            #expect(probe != nil || peer.isClosed, "\(place)")
            peer.transport.hangUp()
            guard await lab.expectTheEnd([.hangUp, .logout], place) else { return }
        }
    }

    // MARK: Hanging

    /// Plays to where the call hangs.
    private func hang(_ reference: FaultReference, _ call: Int, _ lab: FaultLab) async -> Peer {
        let owner = reference.owners[call]
        let peer = await lab.lab.connect()
        peer.transport.send(Array(reference.session.octets[..<reference.session.starts[owner + 1]]))
        #expect(await eventually { lab.store.isHanging }, "\(reference.place(call))")
        return peer
    }

    /// The end of a scope is not cancelled: it has its ten seconds, and goes on for whoever waits for it.
    private func endsByItself(_ lab: FaultLab) async {
        await eventually { lab.lab.clock.sleeperCount > 0 }
        lab.lab.clock.advance(by: .seconds(11))
        for _ in 0..<20 { await Task.yield() }
        lab.store.letGo()
    }

    private func check(
        _ lab: FaultLab, _ reference: FaultReference, _ call: Int, _ place: String, _ picture: String
    ) {
        // A mailbox above the one that was asked for may be there without it.
        guard !reference.isSuperior(call) else { return }
        #expect(reference.pictures[reference.owners[call]...].prefix(2).contains(picture), "half done: \(place)")
    }
}

/// A value that is known later.
final class Box<Value: Sendable>: @unchecked Sendable {
    var value: Value
    init(_ value: Value) { self.value = value }
}
