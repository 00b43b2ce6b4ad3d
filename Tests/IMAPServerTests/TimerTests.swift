import IMAPTestKit
import Testing

@testable import IMAPServer

@Suite("Timers: one entry for each connection, met in time")
struct TimerTests {
    /// Moves the clock second by second and lets the service look.
    private func pass(_ seconds: Int, _ clock: VirtualClock) async {
        for _ in 0..<seconds {
            clock.advance(by: .seconds(1))
            for _ in 0..<4 { await Task.yield() }
        }
    }

    @Test func aConnectionThatIsBusyForADayKeepsFewEntries() async {
        let clock = VirtualClock()
        let timers = TimerService(clock: clock)
        let transport = ScriptedTransport()
        let inbox = Inbox(transport, timers: timers)
        for _ in 0..<1440 {
            inbox.beginCommand(until: clock.now + .seconds(1800))
            inbox.beginWriting(until: clock.now + .seconds(300))
            inbox.endWriting()
            inbox.endCommand()
            clock.advance(by: .seconds(60))
            for _ in 0..<8 { await Task.yield() }
        }
        #expect(timers.count <= 8)
        #expect(inbox.gone == nil)
        #expect(!transport.isClosed)
    }

    @Test func aWriteThatDoesNotEndIsCutOffAndSaid() async {
        let clock = VirtualClock()
        let transport = ScriptedTransport()
        let inbox = Inbox(transport, timers: TimerService(clock: clock))
        inbox.beginWriting(until: clock.now + .seconds(300))
        while !transport.isClosed, clock.now < .seconds(400) { await pass(1, clock) }
        #expect(transport.isClosed)
        #expect(inbox.gone == .timeout)
        #expect(clock.now >= .seconds(300))
    }
}
