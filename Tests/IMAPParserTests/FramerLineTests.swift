import IMAPParser
import IMAPTypes
import Testing

@testable import imap_fuzz

/// The events of `sent`, fed at once.
func events(_ scenario: FramerScenario, _ sent: String) -> [FramerRecord] {
    FramerRun(scenario, [octets(sent)]).records
}

func events(_ sent: String) -> [FramerRecord] { events(FramerScenario(), sent) }

/// A command without literals.
func command(_ text: String, _ flaws: FrameFlaws = [], offset: Int) -> FramerRecord {
    .command(octets: octets(text), literals: [], flaws: flaws, offset: offset)
}

@Suite("Lines (RFC 9051 section 2.2)")
struct FramerLineTests {
    /// R-LINE-2
    @Test func aLineEndsAtLFAndOneCRBeforeItIsDropped() {
        #expect(
            events("a\r\nb\nc") == [
                command("a", offset: 3), command("b", offset: 5), .end(isInsideCommand: true),
            ])
        #expect(events("\n\r\n") == [command("", offset: 1), command("", offset: 3), .end(isInsideCommand: false)])
    }

    /// R-LINE-2
    @Test func anyOtherCRIsAFlawOfItsLineAlone() {
        #expect(
            events("a\rb\r\nc\r\r\nd\r\n") == [
                command("a\rb", .lineEnd, offset: 5), command("c\r", .lineEnd, offset: 9), command("d", offset: 12),
                .end(isInsideCommand: false),
            ])
    }

    /// R-LINE-2
    @Test func withCRLFOnlyABareLFEndsNothingAndIsAFlaw() {
        var scenario = FramerScenario()
        scenario.crlfOnly = true
        #expect(
            events(scenario, "a NOOP\nb NOOP\r\nc\r\n") == [
                command("a NOOP\nb NOOP", .lineEnd, offset: 15), command("c", offset: 18),
                .end(isInsideCommand: false),
            ])
        // A header before a bare LF announces nothing.
        let line = command("a {3+}\nb", .lineEnd, offset: 10)
        #expect(events(scenario, "a {3+}\nb\r\n") == [line, .end(isInsideCommand: false)])
    }

    /// R-NUL-1
    @Test func aNULInALineIsAFlaw() {
        #expect(
            events("a\0b\r\n\0\nc\n") == [
                command("a\0b", .nul, offset: 5), command("\0", .nul, offset: 7), command("c", offset: 9),
                .end(isInsideCommand: false),
            ])
    }

    /// R-NUL-1, R-LINE-2: a flaw before a literal is not forgotten behind it.
    @Test func aFlawOfAnyLineIsTheCommands() {
        let sent = "a\0 {1+}\r\nx y\r\n"
        #expect(
            events(sent).contains(
                .command(
                    octets: octets("a\0 x y"), literals: [.init(start: 3, end: 4, isBinary: false)], flaws: .nul,
                    offset: 14)))
    }

    /// R-LIT-11
    @Test(arguments: [0, 1, 63, 64, 65, 1000])
    func aLineOfItsLimitIsReadAndOneOctetMoreIsNot(limit: Int) {
        var scenario = FramerScenario()
        scenario.limits.line = limit
        scenario.overLimit = [.close]
        for end in ["\r\n", "\n"] {
            for count in [limit - 1, limit] where count >= 0 {
                let line = String(repeating: "x", count: count)
                let offset = count + end.utf8.count
                #expect(events(scenario, line + end) == [command(line, offset: offset), .end(isInsideCommand: false)])
            }
            let run = FramerRun(scenario, [octets(String(repeating: "x", count: limit + 1) + end)])
            #expect(run.records.last == .closed(offset: limit + 1))
        }
    }

    /// R-LINE-3 at the limit: a CR there may belong to the line's end or not, and only the next octet tells.
    @Test func aCRBehindAFullLineWaitsForItsLF() {
        var scenario = FramerScenario()
        scenario.limits.line = 3
        scenario.overLimit = [.close]
        #expect(events(scenario, "abc\r") == [.end(isInsideCommand: true)])
        #expect(events(scenario, "abc\r\n") == [command("abc", offset: 5), .end(isInsideCommand: false)])
        #expect(events(scenario, "abc\rd").last == .closed(offset: 4))
        #expect(events(scenario, "abc\r\r\n").last == .closed(offset: 4))
    }

    /// R-LIT-11: the limits of a state hold from its first line on.
    @Test func limitsThatChangeBetweenCommandsHoldForTheNextLine() {
        var framer = Framer(limits: FramerLimits(line: 10, command: 20, literal: 5, literals: 1))
        var input = InputBuffer(octets("a LOGIN\r\n" + String(repeating: "x", count: 100) + "\r\n"))
        guard case .command = framer.next(&input) else {
            Issue.record("no first command")
            return
        }
        framer.limits = FramerLimits(line: 100, command: 200, literal: 50, literals: 1)
        guard case .command(let frame) = framer.next(&input) else {
            Issue.record("the line was judged by the limits of the state before")
            return
        }
        #expect(frame.octets.count == 100)
    }

    @Test func aLineMayGrowOnceItIsAllowedToAndThenNoFurther() {
        var scenario = FramerScenario()
        scenario.limits = FramerLimits(line: 8, command: 40, literal: 5, literals: 1)
        scenario.overLimit = [.extend(to: 16), .close]
        let sixteen = String(repeating: "x", count: 16)
        #expect(
            events(scenario, sixteen + "\r\nnext line\r\n") == [
                .overLimit(tag: Tag(octets("xxxxxxxxx")), name: nil, offset: 9), command(sixteen, offset: 18),
                .overLimit(tag: Tag(octets("next")), name: "LINE", offset: 27), .closed(offset: 27),
            ])
        #expect(events(scenario, sixteen + "x\r\n").last == .closed(offset: 17))
    }

    /// R-LIT-1: the whole command has a limit, its lines, literals and separators together.
    @Test func aLineDoesNotGrowWhereTheCommandIsFull() {
        var framer = Framer(limits: FramerLimits(line: 8, command: 12, literal: 5, literals: 1))
        var input = InputBuffer(octets("a x {3+}\r\nabc" + String(repeating: "y", count: 20)))
        guard case .literal = framer.next(&input), framer.buffer(), case .overLimit = framer.next(&input) else {
            Issue.record("not over a limit")
            return
        }
        let grows = framer.extendLine(to: 12)
        #expect(!grows)
        #expect(framer.partialFrame.octets.count <= 12 + 1)
    }

    /// R-LINE-1
    @Test(arguments: [FramerScenario.OverLimitAnswer.close, .skip])
    func sixteenMebibytesWithoutALineEndAreNotKept(answer: FramerScenario.OverLimitAnswer) {
        var scenario = FramerScenario()
        scenario.limits = FramerLimits(line: 8192, command: 16_384, literal: 4096, literals: 4)
        scenario.swallow = 1 << 30
        scenario.overLimit = [answer]
        let piece = octets("a1 ") + [UInt8](repeating: 0x78, count: 16_381)
        let run = FramerRun(scenario, Array(repeating: piece, count: 1024))
        #expect(run.mostHeld <= 8192 + 1)
        #expect(run.mostHeldSkipping <= FramerTarget.mostWhileSkipping)
        switch answer {
        case .close: #expect(run.records.last == .closed(offset: 8193))
        case .skip, .extend: #expect(run.records.last == .end(isInsideCommand: true))
        }
    }

    @Test func aSkippedLineEndsWhereItEndsAndTheNextCommandIsRead() {
        var scenario = FramerScenario()
        scenario.limits.line = 10
        let long = "a1 LOGIN " + String(repeating: "x", count: 500)
        #expect(
            events(scenario, long + "\r\na2 NOOP\r\n") == [
                .overLimit(tag: Tag(octets("a1")), name: "LOGIN", offset: 11), .skipped(offset: 511),
                command("a2 NOOP", offset: 520), .end(isInsideCommand: false),
            ])
    }

    @Test(arguments: [(89, true), (90, true), (91, false)])
    func aSkippedLineMayCostWhatIsAllowedAndNoMore(count: Int, isWithin: Bool) {
        var scenario = FramerScenario()
        scenario.limits.line = 10
        scenario.swallow = 90
        // Eleven octets were read when the limit was found out.
        let sent = String(repeating: "x", count: 11 + count - 2) + "\r\n"
        #expect(events(scenario, sent).contains(.skipped(offset: sent.utf8.count)) == isWithin)
        #expect(events(scenario, sent).contains(.lost) == !isWithin)
    }

    @Test func aFramerIsInsideACommandFromItsFirstOctetToItsLast() {
        for (sent, isInside) in [
            ("", false), ("a", true), ("\r", true), ("a\r\n", false), ("{0+}\r\n", true), ("{1+}\r\n", true),
            ("{0+}\r\n\r\n", false), ("a {3+}\r\nab", true),
        ] {
            #expect(events(sent).last == .end(isInsideCommand: isInside), "\(sent)")
        }
        var streaming = FramerScenario()
        streaming.literals = [.stream]
        #expect(events(streaming, "{1+}\r\nx").last == .end(isInsideCommand: true))
    }
}

@Suite("The front of a command (RFC 9051 sections 2.2.1 and 9)")
struct CommandHeadTests {
    func head(_ line: [UInt8]) -> CommandHead { Frame(octets: line).head }

    /// R-LINE-4
    @Test(arguments: ["a", "A001", "a]b", "[x]", ".", "a/b:c;d", "~", "1"])
    func aTagIsMadeOfASTRINGCHARs(tag: String) {
        #expect(head(octets(tag + " NOOP")).tag?.octets == octets(tag))
        #expect(head(octets(tag)).tag?.octets == octets(tag))
    }

    /// R-LINE-4
    @Test(arguments: [
        "", " ", "+", "a+b", "*", "a*", "a%", "a\"b", "a\\b", "(a", "a)", "{", "a\u{7F}", "a\u{1}", "é", "a\u{A0}",
    ])
    func nothingElseIsATag(tag: String) {
        #expect(head(octets(tag + " NOOP")).tag == nil)
        #expect(head(octets(tag + " NOOP")).name == nil)
    }

    /// R-LINE-4, R-LIT-11
    @Test func aTagHasAtMost64OctetsAndANameAtMost24() {
        for (length, isTag) in [(63, true), (64, true), (65, false), (8000, false)] {
            #expect((head(octets(String(repeating: "t", count: length) + " NOOP")).tag != nil) == isTag)
        }
        for (length, isName) in [(23, true), (24, true), (25, false), (8000, false)] {
            let line = octets("a " + String(repeating: "n", count: length) + " x")
            #expect((head(line).name != nil) == isName)
            #expect(head(line).tag?.octets == octets("a"))
        }
        #expect(Tag.maximumLength == 64)
        #expect(CommandHead.maximumNameLength == 24)
        #expect(LiteralHeader.maximumDigits == 19)
    }

    /// R-SW-2
    @Test func aNameFoldsASCIILettersAlone() {
        #expect(head(octets("a nOoP")).name == "NOOP")
        #expect(head(octets("a \u{17F}TARTTLS")).name == nil)
        #expect(head(octets("a ＮＯＯＰ")).name == nil)
        #expect(head(octets("a NOOP\u{301}")).name == nil)
        #expect(head(octets("a  NOOP")).name == nil)
    }

    @Test func theWordBehindUIDIsTheCommand() {
        #expect(head(octets("a UID FETCH 1 x")).uidCommand == "FETCH")
        #expect(head(octets("a uid fetch")).uidCommand == "FETCH")
        #expect(head(octets("a UID")).uidCommand == nil)
        #expect(head(octets("a UID  FETCH")).uidCommand == nil)
        #expect(head(octets("a UIDS FETCH")).uidCommand == nil)
        #expect(head(octets("a FETCH UID")).uidCommand == nil)
    }

    /// R-LIT-5: a literal is an argument, never part of the command's name.
    @Test func aHeadEndsAtTheFirstLiteral() throws {
        let records = events("a NO{2+}\r\nOP\r\n")
        guard case .literal(_, _, _, let tag, let name, _) = try #require(records.first) else {
            Issue.record("no literal")
            return
        }
        #expect(tag?.octets == octets("a"))
        #expect(name == "NO")
        #expect(events("a{4+}\r\n x y\r\n").first.map { "\($0)" }?.contains("name: nil") == true)
    }
}
