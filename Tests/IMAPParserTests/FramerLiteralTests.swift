import IMAPParser
import IMAPTypes
import Testing

@testable import imap_fuzz

@Suite("Literals (RFC 9051 section 4.3, RFC 7888, RFC 3516)")
struct FramerLiteralTests {
    typealias Place = FramerRecord.LiteralPlace

    private func scenario(_ answers: FramerScenario.LiteralAnswer..., swallow: UInt64 = 4096) -> FramerScenario {
        var scenario = FramerScenario()
        scenario.literals = answers
        scenario.swallow = swallow
        return scenario
    }

    private func header(
        _ size: UInt64?, _ kind: LiteralHeader.Kind, isBinary: Bool = false, _ tag: String = "a", _ name: Keyword = "X",
        offset: Int
    ) -> FramerRecord {
        .literal(size: size, kind, isBinary: isBinary, tag: Tag(octets(tag)), name: name, offset: offset)
    }

    @Test func aCommandIsKeptWithItsLiteralsInPlace() {
        let sent = "a X {5}\r\nalice {6+}\r\nse\r\nt! ~{2}\r\n\0\0)\r\n"
        #expect(
            events(sent) == [
                header(5, .synchronizing, offset: 9), header(6, .nonSynchronizing, offset: 21),
                header(2, .synchronizing, isBinary: true, offset: 34),
                .command(
                    octets: octets("a X alice se\r\nt! \0\0)"),
                    literals: [
                        Place(start: 4, end: 9, isBinary: false), Place(start: 10, end: 16, isBinary: false),
                        Place(start: 17, end: 19, isBinary: true),
                    ], flaws: [], offset: 39),
                .end(isInsideCommand: false),
            ])
    }

    /// R-LIT-7: nothing is said before the line that announces the literal has ended.
    @Test func aLiteralIsReportedWhenItsLineHasEndedAndNotBefore() {
        #expect(events("a X {5}") == [.end(isInsideCommand: true)])
        #expect(events("a X {5}\r") == [.end(isInsideCommand: true)])
        #expect(events("a X {5}\r\n").first == header(5, .synchronizing, offset: 9))
        #expect(events("a X {5}\n").first == header(5, .synchronizing, offset: 8))
    }

    /// R-LIT-5
    @Test(arguments: [
        "a X {5+}", "a X \"abc{5+}", "a X ((({5+}", "{5+}", " {5+}", "+ {5+}", "a\0b {5+}", "é {5+}", "a X\r {5+}",
        "a X ~{5+}", "a X {5}{5+}", "* BAD {5+}", "a X }{5+}",
    ])
    func whateverStandsBeforeAHeaderTheNextOctetsAreData(line: String) {
        for answer in [FramerScenario.LiteralAnswer.buffer, .refuse, .stream] {
            let records = events(scenario(answer), line + "\r\n1 X\r\n\r\nnext\r\n")
            let commands = records.compactMap { record -> [UInt8]? in
                if case .command(let octets, _, _, _) = record { octets } else { nil }
            }
            #expect(!commands.contains(octets("1 X")), "\(answer)")
            #expect(commands.last == octets("next"), "\(answer)")
        }
    }

    @Test(arguments: [
        "a X {}", "a X {+}", "a X {-5}", "a X {5-}", "a X { 5}", "a X {5 }", "a X {5} ", "a X {5++}", "a X {+5}",
        "a X 5}", "a X {0x5}", "a X {٣}", "a X ｛5｝", "a X {５}", "a X {5}x",
    ])
    func whatIsNoHeaderAnnouncesNothing(line: String) {
        #expect(events(line + "\r\n").first == command(line, offset: line.utf8.count + 2))
    }

    /// R-LIT-4
    @Test(
        arguments: [
            ("2147483648", 2_147_483_648), ("4294967295", 4_294_967_295), ("4294967297", 4_294_967_297),
            ("9223372036854775807", 9_223_372_036_854_775_807), ("9223372036854775808", nil),
            ("9223372036854775809", nil), ("18446744073709551615", nil), ("18446744073709551617", nil),
            (String(repeating: "9", count: 19), nil), (String(repeating: "9", count: 400), nil),
            (String(repeating: "0", count: 399) + "5", nil), ("0000000000000000005", 5), ("00000000000000000005", nil),
        ] as [(String, UInt64?)])
    func aHugeSizeIsRefusedAndNothingWraps(digits: String, size: UInt64?) {
        let line = "a X {" + digits
        let offset = line.utf8.count
        // Asked to wait: refused, and the next line is a command.
        if size != 5 {
            #expect(
                events(line + "}\r\nb Y\r\n") == [
                    header(size, .synchronizing, offset: offset + 3), command("b Y", offset: offset + 8),
                    .end(isInsideCommand: false),
                ])
            // Not waiting: more than may be swallowed, and no way to find the next command.
            #expect(
                events(line + "+}\r\nb Y\r\n") == [header(size, .nonSynchronizing, offset: offset + 4), .lost])
        }
        var framer = Framer(limits: FramerLimits(line: 1000, command: 1000, literal: 1000, literals: 9))
        var input = InputBuffer(octets(line + "}\r\n"))
        _ = framer.next(&input)
        let isTaken = framer.buffer()
        #expect(isTaken == (size == 5))
    }

    /// R-LIT-4, R-LIT-5: an unreadable size is one also where a refused command is swallowed, however long it is.
    @Test(arguments: [20, 26, 43, 44, 45, 64, 65, 66, 100, 130, 400])
    func anUnreadableSizeInASkippedCommandLosesTheFraming(digits: Int) {
        let size = String(repeating: "0", count: digits - 1) + "5"
        let sent = "a X {1+}\r\n1 more {\(size)+}\r\nb DELETE x\r\n"
        for pieces in [[octets(sent)], octets(sent).map { [$0] }] {
            #expect(FramerRun(scenario(.refuse), pieces).records.last == .lost)
        }
        var short = scenario(.refuse)
        short.limits.line = 10
        #expect(events(short, "a X yyyyyyy {\(size)+}\r\nb DELETE x\r\n").last == .lost)
    }

    /// R-LIT-5: what ends in the digits of a header is one only together with its brace.
    @Test func aLiteralsOctetsNeverMakeAHeaderWithTheLineBehindThem() {
        var tight = FramerScenario()
        tight.limits = FramerLimits(line: 12, command: 24, literal: 8, literals: 2)
        // The second literal fills the command; the line behind it is over the limit at its first octet.
        let records = events(tight, "a {8+}\r\n........ {5+}\r\n..{1+}\r\nb NOOP\r\n")
        #expect(records.suffix(3).first == .skipped(offset: 31))
        #expect(records.suffix(2).first == command("b NOOP", offset: 39))
    }

    /// R-LIT-6
    @Test func zeroLengthLiteralsAreLiterals() {
        #expect(
            events("a X {0}\r\n {0+}\r\n\r\n").contains(
                .command(
                    octets: octets("a X  "),
                    literals: [Place(start: 4, end: 4, isBinary: false), Place(start: 5, end: 5, isBinary: false)],
                    flaws: [], offset: 18)))
        #expect(events("{0+}\r\n{0+}\r\n{0+}\r\n\r\n").last == .end(isInsideCommand: false))
    }

    /// R-LIT-10: a synchronizing literal that is refused never comes.
    @Test func afterARefusedSynchronizingLiteralTheNextLineIsACommand() {
        #expect(
            events(scenario(.refuse), "a X {100}\r\nb Y\r\n") == [
                header(100, .synchronizing, offset: 11), command("b Y", offset: 16), .end(isInsideCommand: false),
            ])
    }

    /// R-LIT-5, R-LIT-10
    @Test func aRefusedLiteralIsSwallowedWithTheRestOfItsCommand() {
        #expect(
            events(scenario(.refuse), "a X {9+}\r\nb NOOP\r\nx (more) {6+}\r\nc Y\r\n\r y\r\nd Z\r\n") == [
                header(9, .nonSynchronizing, offset: 10), .skipped(offset: 43), command("d Z", offset: 48),
                .end(isInsideCommand: false),
            ])
        // A client that has its tagged reply does not send a literal that it would have to wait for.
        #expect(
            events(scenario(.refuse), "a X {1+}\r\n1 {5}\r\nb NOOP\r\n").suffix(3) == [
                .skipped(offset: 17), command("b NOOP", offset: 25), .end(isInsideCommand: false),
            ])
    }

    /// R-LIT-1, R-LIT-11
    @Test(arguments: [(99 as UInt64, true), (100, true), (101, false)])
    func aRefusalSwallowsWhatItMayAndNoMore(size: UInt64, isWithin: Bool) {
        let body = String(repeating: "x", count: Int(size))
        let records = events(scenario(.refuse, swallow: 100), "a X {\(size)+}\r\n\(body)")
        #expect((records.last == .lost) == !isWithin)
        // The line's end counts too.
        let line = events(scenario(.refuse, swallow: 100), "a X {\(size - 2)+}\r\n\(body.dropLast(2))\r\nb\r\n")
        #expect((line.last == .lost) == !isWithin)
    }

    /// R-LIT-1, R-LIT-2, R-LIT-11
    @Test func theLimitsOfLiteralsHoldAtTheirBounds() {
        let limits = FramerLimits(line: 50, command: 60, literal: 20, literals: 3)
        func accepts(_ sizes: [Int], line: String = "a X") -> Bool {
            var framer = Framer(limits: limits)
            var input = InputBuffer(octets(line))
            for size in sizes {
                input.append(octets(" {\(size)+}\r\n"))
                guard case .literal = framer.next(&input) else { return false }
                guard framer.buffer() else { return false }
                input.append([UInt8](repeating: 0x78, count: size))
            }
            guard case .needsMore = framer.next(&input) else { return false }
            return framer.partialFrame.octets.count <= limits.command
        }
        #expect(accepts([19]) && accepts([20]) && !accepts([21]))
        #expect(accepts([1, 1]) && accepts([1, 1, 1]) && !accepts([1, 1, 1, 1]))
        // 9 for "a X {20+}", 20, 6 for " {20+}", 20 and 5 for " {0+}" fill the 60, separators included.
        #expect(accepts([20, 20, 0]) && !accepts([20, 20, 1]))
        #expect(accepts([20, 19, 1]) && !accepts([20, 19, 2]))
    }

    /// R-LIT-3
    @Test func anAnnouncedLiteralCostsNothingUntilItComes() {
        var framer = Framer(limits: FramerLimits(line: 100, command: 1 << 40, literal: 1 << 40, literals: 1))
        var input = InputBuffer(octets("a X {1000000000000}\r\n"))
        guard case .literal = framer.next(&input) else {
            Issue.record("no literal")
            return
        }
        let isTaken = framer.buffer()
        #expect(isTaken)
        _ = framer.next(&input)
        #expect(framer.partialFrame.octets.capacity <= 65_536)
    }

    /// R-LIT-10
    @Test func aRefusedLiteralIsSwallowedAtConstantMemory() {
        let size = 16 << 20
        let piece = [UInt8](repeating: 0x78, count: 16_384)
        let pieces = [octets("a X {\(size)+}\r\n")] + Array(repeating: piece, count: 1024) + [octets("\r\nb Y\r\n")]
        let run = FramerRun(scenario(.refuse, swallow: 1 << 25), pieces)
        #expect(run.records.suffix(2).first == command("b Y", offset: size + 24))
        #expect(run.mostHeldSkipping <= FramerTarget.mostWhileSkipping)
        #expect(run.mostHeld <= 64)
    }

    /// R-LIT-8
    @Test(arguments: [false, true])
    func stepsGrowWithTheLiteralsAndNotWithTheirSquare(octetByOctet: Bool) {
        func steps(_ count: Int) -> UInt64 {
            var scenario = FramerScenario()
            scenario.limits = FramerLimits(line: 1000, command: 1 << 20, literal: 1000, literals: 1 << 20)
            let sent = octets("a X" + String(repeating: " {3+}\r\nabc", count: count) + "\r\n")
            let run = FramerRun(scenario, octetByOctet ? sent.map { [$0] } : [sent])
            #expect(run.records.count == count + 2)
            return run.steps
        }
        for count in [10, 100, 1000] {
            let ratio = Double(steps(2 * count)) / Double(steps(count))
            #expect(ratio < 2.5, "\(count) literals: \(ratio)")
        }
    }

    @Test func aStreamedLiteralIsHandedOutAndTheCommandGoesOn() {
        #expect(
            events(scenario(.stream), "a X {12}\r\na\0\r\nb NOOP\r\n) {0+}\r\n\r\nc Y\r\n") == [
                header(12, .synchronizing, offset: 10),
                .streamed(octets("a\0\r\nb NOOP\r\n"), isComplete: true, offset: 22),
                header(0, .nonSynchronizing, offset: 30), .streamed([], isComplete: true, offset: 30),
                command("a X ) ", offset: 32), command("c Y", offset: 37), .end(isInsideCommand: false),
            ])
    }

    @Test func anAnswerNobodyAskedForChangesNothing() {
        var framer = Framer(limits: FramerLimits(line: 100, command: 100, literal: 10, literals: 1))
        var input = InputBuffer(octets("a N"))
        _ = framer.next(&input)
        let answers = [framer.buffer(), framer.stream(), framer.extendLine(to: 100)]
        #expect(answers == [false, false, false])
        framer.refuse(swallowing: 100)
        framer.skip(swallowing: 100)
        guard case .end = framer.readStream(&input, max: 10) else {
            Issue.record("a stream that was not begun")
            return
        }
        input.append(octets("OOP\r\n"))
        guard case .command(let frame) = framer.next(&input) else {
            Issue.record("no command")
            return
        }
        #expect(frame.octets == octets("a NOOP"))
    }
}
