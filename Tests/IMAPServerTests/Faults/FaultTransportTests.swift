import Foundation
import IMAPHost
import IMAPServer
import IMAPTestKit
import Synchronization
import Testing

/// Where a transport goes wrong: behind some octets of its client's, or at a write of the server's.
///
/// Every octet with `FAULTS=all`. Otherwise every octet of the commands that log in, that carry literals or that begin
/// or end something, the two octets on either side of every other command's end, and every 83rd of the rest.
private enum FaultPoints {
    static let isLong = ProcessInfo.processInfo.environment["FAULTS"] == "all"

    static func octets(_ session: FaultSession) -> [Int] {
        guard !isLong else { return Array(0...session.octets.count) }
        var points: Set<Int> = [0, session.octets.count]
        for (index, step) in session.steps.enumerated() {
            let (start, end) = (session.starts[index], session.starts[index + 1])
            let whole = ["LOGIN", "AUTHENTICATE", "COMPRESS", "UNAUTHENTICATE", "IDLE"].contains {
                step.text.hasPrefix($0)
            }
            for point in start...end {
                let isNearEnd = point < start + 2 || point > end - 3
                // Where a literal begins, too.
                let isBehindLine = point > start && step.octets[..<(point - start)].suffix(2).contains(0x0A)
                if whole || isNearEnd || (isBehindLine && step.phase != .compressed) || point % 83 == 0 {
                    points.insert(point)
                }
            }
        }
        return points.sorted()
    }
}

/// A transport whose n-th write goes wrong.
private final class FaultyTransport: ByteTransport {
    enum Deed: Sendable { case fail, block }

    private struct State {
        var writes = 0
        var isClosed = false
        var blocked: CheckedContinuation<Void, Never>?
    }

    let base = ScriptedTransport()
    private let fatal: Int
    private let deed: Deed
    private let state = Mutex(State())

    init(at write: Int, _ deed: Deed) {
        fatal = write
        self.deed = deed
    }

    var writes: Int { state.withLock { $0.writes } }
    var isBlocked: Bool { state.withLock { $0.blocked != nil } }
    var facts: ConnectionFacts { base.facts }
    func read(max: Int, into sink: any InputSink) { base.read(max: max, into: sink) }

    func write(_ octets: [UInt8]) async throws(TransportError) {
        let isFatal = state.withLock { state in
            state.writes += 1
            return state.writes - 1 == fatal
        }
        guard isFatal else { return try await base.write(octets) }
        if deed == .block {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let isOver = state.withLock { state in
                    if !state.isClosed { state.blocked = continuation }
                    return state.isClosed
                }
                if isOver { continuation.resume() }
            }
        }
        throw TransportError(.closed)
    }

    func close() {
        base.close()
        let blocked = state.withLock { state in
            state.isClosed = true
            defer { state.blocked = nil }
            return state.blocked
        }
        blocked?.resume()
    }
}

@Suite("Faults: a transport that goes wrong, at every point of a session (R-PIPE-4, R-TIME-1)")
struct FaultTransportTests {
    private static let session = FaultSession()
    private static let shares = 0..<2

    /// What is kept behind each step, none and all of them.
    private static let picturesOnce = Task {
        var pictures: [String] = []
        for start in session.starts {
            let lab = try FaultLab()
            let transport = ScriptedTransport()
            transport.send(Array(session.octets[..<start]))
            transport.endInput()
            lab.lab.server.accept(transport)
            #expect(await eventually { lab.isEmpty })
            pictures.append(try await lab.picture())
        }
        return pictures
    }

    private static func pictures() async throws -> [String] { try await picturesOnce.value }

    private static func mine(_ share: Int) -> [Int] {
        FaultPoints.octets(session).enumerated().filter { $0.offset % 2 == share }.map(\.element)
    }

    /// The input ends: everything in front of the end was done and answered, and nothing behind it.
    @Test(arguments: shares) func theInputEndsAnywhere(_ share: Int) async throws {
        let session = Self.session
        let pictures = try await Self.pictures()
        for count in Self.mine(share) {
            let lab = try FaultLab()
            let transport = ScriptedTransport()
            transport.send(Array(session.octets[..<count]))
            transport.endInput()
            lab.lab.server.accept(transport)
            let isLoggedOut = count == session.octets.count
            guard await lab.expectTheEnd([isLoggedOut ? .logout : .hangUp], "input ends behind \(count)") else {
                return
            }
            let answers = FaultSession.answers(FaultSession.plainOutput(transport.takeOutput()))
            #expect(Self.done(count).contains(answers.count), "input ends behind \(count)")
            #expect(try await lab.picture() == pictures[answers.count], "input ends behind \(count)")
        }
    }

    /// The peer is gone, in both directions, and what it was answered does not matter.
    @Test(arguments: shares) func thePeerGoesAnywhere(_ share: Int) async throws {
        let session = Self.session
        let pictures = try await Self.pictures()
        for count in Self.mine(share) where count < session.octets.count {
            let lab = try FaultLab()
            let peer = await lab.lab.connect()
            await peer.send(Array(session.octets[..<count]))
            peer.transport.hangUp()
            guard await lab.expectTheEnd([.hangUp], "hang-up behind \(count)") else { return }
            let picture = try await lab.picture()
            #expect(Self.done(count).contains { pictures[$0] == picture }, "hang-up behind \(count)")
        }
    }

    /// The peer is gone while what it sent is being worked on: some of it is done, each command wholly.
    @Test(arguments: shares) func thePeerGoesWhileItIsServed(_ share: Int) async throws {
        let session = Self.session
        let pictures = try await Self.pictures()
        for yields in 0..<(FaultPoints.isLong ? 2000 : 60) where yields % 2 == share {
            let lab = try FaultLab()
            let transport = ScriptedTransport()
            transport.send(session.octets)
            lab.lab.server.accept(transport)
            for _ in 0..<yields * 5 { await Task.yield() }
            transport.hangUp()
            // Before the first read there is nobody to tell.
            _ = await eventually(within: .milliseconds(1)) { lab.isEmpty }
            transport.hangUp()
            guard await lab.expectTheEnd([.hangUp, .logout], "hang-up after \(yields * 5) yields") else { return }
            #expect(pictures.contains(try await lab.picture()), "hang-up after \(yields * 5) yields")
        }
    }

    /// How many commands are done where the first `count` octets end. Inside the last octets of a compressed one, those of
    /// its flush, it may be done or not.
    private static func done(_ count: Int) -> Set<Int> {
        let index = session.step(at: count)
        guard index < session.steps.count, session.steps[index].phase == .compressed else { return [index] }
        let isInFlush = count > session.starts[index] && session.starts[index + 1] - count < 8
        return isInFlush ? [index, index + 1] : [index]
    }

    /// How long the server waits, and in which words it ends that, where the first `count` octets end.
    private static func patience(_ count: Int) -> [Duration] {
        let index = session.step(at: count)
        guard index < session.steps.count else { return [] }
        let step = session.steps[index]
        let isInside = count > session.starts[index]
        let isBehindLine = isInside && step.octets[..<(count - session.starts[index])].contains(0x0A)
        switch step.phase {
        case .beforeLogin: return [.seconds(isInside ? 60 : 180)]
        case .afterUnauthenticate: return [.seconds(isInside ? 60 : 300)]
        // Half a block may be half a command or nothing yet.
        case .compressed:
            return isInside ? [.seconds(300), .seconds(1800)] : [.seconds(1800)]
        case .loggedIn:
            if step.isIdle, isBehindLine { return [.seconds(1800)] }
            return [.seconds(isInside ? 300 : 1800)]
        }
    }

    /// The client falls silent: the timer of the phase ends it with BYE, neither sooner nor later.
    @Test(arguments: shares) func theClientFallsSilentAnywhere(_ share: Int) async throws {
        let session = Self.session
        let pictures = try await Self.pictures()
        for count in Self.mine(share) where count < session.octets.count {
            let lab = try FaultLab()
            let peer = await lab.lab.connect()
            var output = octets(peer.greeting)
            peer.transport.send(Array(session.octets[..<count]))
            output += await peer.settleOctets()
            // Its deadline is set behind the call that asks for octets.
            #expect(await eventually { lab.lab.server.isResting || peer.isClosed }, "silent behind \(count)")
            let patience = Self.patience(count)
            await peer.pass((patience.first ?? .zero) - .seconds(1))
            #expect(!peer.isClosed, "silent behind \(count)")
            if patience.count == 2 {
                await peer.pass(.seconds(1))
                if !peer.isClosed { await peer.pass(patience[1] - patience[0]) }
            } else {
                await peer.pass(.seconds(1))
            }
            guard await lab.expectTheEnd([.timeout], "silent behind \(count)") else { return }
            output += peer.transport.takeOutput()
            let last = FaultSession.plainOutput(output).split(separator: "\r\n").last ?? ""
            #expect(
                ["* BYE Idle for too long", "* BYE Took too long"].contains(last), "silent behind \(count): \(last)")
            let picture = try await lab.picture()
            #expect(Self.done(count).contains { pictures[$0] == picture }, "silent behind \(count)")
        }
    }

    /// Sends the session a command at a time. Returns what the server wrote.
    private static func play(on transport: FaultyTransport, _ lab: FaultLab) async -> [UInt8] {
        lab.lab.server.accept(transport)
        let base = transport.base
        for index in -1..<session.steps.count {
            if index >= 0 { base.send(session.steps[index].octets) }
            await eventually { base.isAwaitingInput || base.isClosed || transport.isBlocked }
            if base.isClosed || transport.isBlocked { break }
        }
        return base.takeOutput()
    }

    /// Each write of the server's fails, or is never taken. What was answered with OK is done; the command whose answer
    /// was lost is done or not, wholly.
    @Test(arguments: [false, true]) func aWriteFailsOrIsNotTaken(_ blocks: Bool) async throws {
        let pictures = try await Self.pictures()
        let whole = FaultyTransport(at: -1, .fail)
        let lab = try FaultLab()
        _ = await Self.play(on: whole, lab)
        _ = await lab.expectTheEnd([.logout], "no fault")
        #expect(whole.writes > Self.session.steps.count)
        for number in 0..<whole.writes {
            let lab = try FaultLab()
            let place = "write \(number) \(blocks ? "is not taken" : "fails")"
            let transport = FaultyTransport(at: number, blocks ? .block : .fail)
            let output = await Self.play(on: transport, lab)
            if blocks {
                #expect(await eventually { transport.isBlocked }, "\(place)")
                // Whoever waits for the write waits for as long as a write may take, and no longer.
                lab.lab.clock.advance(by: .seconds(299))
                for _ in 0..<20 { await Task.yield() }
                #expect(!transport.base.isClosed, "\(place)")
                await eventually { lab.lab.clock.sleeperCount > 0 }
                lab.lab.clock.advance(by: .seconds(1))
            }
            // The last write is that of LOGOUT: the connection ends as it would have.
            let reasons: Set<CloseReason> = [blocks ? .timeout : .hangUp]
            guard await lab.expectTheEnd(reasons, place) else { return }
            let answered = FaultSession.answers(FaultSession.plainOutput(output)).count
            let picture = try await lab.picture()
            #expect(pictures[answered...].prefix(2).contains(picture), "\(place), \(answered) answered")
        }
    }
}
