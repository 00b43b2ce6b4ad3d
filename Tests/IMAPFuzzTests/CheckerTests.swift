import IMAPCodec
import IMAPExtensions
import IMAPHost
import IMAPParser
import IMAPServer
import IMAPSession
import IMAPTestKit
import IMAPTypes
import Testing

@testable import imap_fuzz

private func octets(_ text: String) -> [UInt8] { Array(text.utf8) }

/// A command that answers as no server may, and one that never answers.
private struct BrokenCommand: Command {
    static let facts = CommandFacts(
        "XBROKEN", in: .any, forms: .plain, expunge: .permitted, right: .none, literals: .none)

    private let word: Keyword

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        word = try arguments.keyword()
        try arguments.end()
    }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        switch word {
        case "ANSWER": context.respond("FETCH") { $0.number(UInt64(3)) }
        case "SILENCE": await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
        case "FOREVER": while !Task.isCancelled { await Task.yield() }
        default: break
        }
        return .ok("Done")
    }
}

@Suite("Fuzzing: each target's checks can fail")
struct CheckerTests {
    private static func run(_ text: String) throws -> ConnectionRun {
        let world = try FuzzServer(
            IMAPExtension.standard + [IMAPExtension("XBROKEN") { $0.add(BrokenCommand.self) }])
        return OwnThread.run { own in
            ConnectionRun(to: world, FuzzServer.facts, [octets(text)], own) { _ in [] }
        }
    }

    // MARK: connection

    @Test func aServerThatWritesNoIMAPIsFound() throws {
        #expect(try Self.run("a XBROKEN NOTHING\r\n").problem == nil)
        let problem = try #require(try Self.run("a XBROKEN ANSWER\r\n").problem)
        #expect(problem.contains("FETCH"))
    }

    @Test func aServerThatFallsSilentOrWorksForEverIsFound() throws {
        #expect(try Self.run("a XBROKEN SILENCE\r\n").problem == "fell silent")
        #expect(try Self.run("a XBROKEN FOREVER\r\n").problem == "the work does not end")
    }

    /// R-LIT-1, R-PIPE-2, R-OUT-8
    /// R-TLS-1, R-TLS-3: the handshake is given what was sent behind STARTTLS, and none of it is read.
    @Test func whatIsPipelinedBehindSTARTTLSIsDropped() throws {
        let behind = octets("b LOGIN admin root\r\nc NOOP\r\n")
        let scenario = try #require(ConnectionScenario([0xC0, 0] + octets("a STARTTLS\r\n") + behind))
        let run = ConnectionRun(scenario, [scenario.wire])
        #expect(run.problem == nil && run.dropped == behind && run.logins.isEmpty)
        #expect(!String(decoding: run.output, as: UTF8.self).contains("b "))
        // Behind the handshake a login is a login.
        let later = ConnectionRun(scenario, [octets("a STARTTLS\r\n"), behind])
        #expect(later.problem == nil && later.dropped == [] && later.logins.count == 1)
        let begun = try #require(ConnectionScenario([0x60, 0] + behind))
        #expect(ConnectionRun(begun, [begun.wire]).logins.count == 1)
    }

    @Test func whatAConnectionHoldsIsMeasured() throws {
        let run = try Self.run("a LOGIN alice " + String(repeating: "x", count: 300))
        #expect(run.problem == nil)
        #expect(run.most.command >= 300)
        let meter = FuzzMeter()
        let transport = PlainTransport(FuzzServer.facts)
        let limits = FuzzServer.configuration.limits
        #expect(ConnectionRun.memory(meter, transport, limits) == nil)
        for held in [
            HeldOctets(unparsed: 0, command: 1100, output: 0), HeldOctets(unparsed: 20_000, command: 0, output: 0),
            HeldOctets(unparsed: 0, command: 0, output: 100_000),
        ] {
            let meter = FuzzMeter()
            meter.note(held)
            #expect(ConnectionRun.memory(meter, transport, limits) != nil, "\(held)")
        }
    }

    @Test func answersThatDifferAreFound() {
        #expect(ConnectionTarget.difference(octets("a OK\r\n"), octets("a OK\r\n")) == nil)
        #expect(ConnectionTarget.difference(octets("a OK\r\n"), octets("a NO\r\n")) != nil)
        #expect(ConnectionTarget.difference(octets("a OK\r\n"), []) != nil)
    }

    @Test func compressedOutputIsReadAndChecked() {
        var reader = OutputReader(followsCommands: true)
        var output: [UInt8] = []
        reader.read(octets("* OK hello\r\n"), &output)
        reader.sent(octets("a LOGIN x y\r\nb COMPRESS DEFLATE\r\n"))
        reader.read(octets("a OK done\r\nb OK DEFLATE active\r\n"), &output)
        var deflater = Deflater()
        var wire: [UInt8] = []
        deflater.deflate(octets("* 3 EXISTS\r\n").span, into: &wire)
        deflater.flush(.sync, into: &wire)
        reader.read(wire, &output)
        #expect(reader.problem == nil)
        #expect(output.suffix(12) == octets("* 3 EXISTS\r\n"))
        deflater.deflate(octets("* 3 EXISTED\r\n").span, into: &wire)
        var rest: [UInt8] = []
        deflater.flush(.sync, into: &rest)
        wire = []
        deflater.deflate(octets("* 4 EXISTED\r\n").span, into: &wire)
        deflater.flush(.sync, into: &wire)
        reader.read(rest + wire, &output)
        #expect(reader.problem != nil)
    }

    // MARK: command

    @Test func commandsThatDifferAreFound() throws {
        let world = try #require(CommandWorld.small)
        let one = CommandRun(world, 2, [octets("a FETCH 1 UID\r\n")])
        #expect(one.problem == nil)
        #expect(one.requests.count == 1)
        #expect(one.difference(from: CommandRun(world, 2, [octets("a FETCH 1"), octets(" UID\r\n")])) == nil)
        #expect(one.difference(from: CommandRun(world, 2, [octets("a FETCH 2 UID\r\n")])) != nil)
        #expect(one.difference(from: CommandRun(world, 2, [octets("a NOOP\r\n")])) != nil)
        #expect(one.difference(from: CommandRun(world, 2, [octets("b FETCH 1 UID\r\n")])) != nil)
        #expect(one.difference(from: CommandRun(world, 0, [octets("a FETCH 1 UID\r\n")])) != nil)
    }

    /// R-LOG-2
    @Test func aCommandThatShowsItsSecretIsFound() throws {
        let world = try #require(CommandWorld.small)
        let run = CommandRun(world, 0, [octets("a LOGIN alice canary\r\n")])
        let command = try #require(run.requests.first?.command)
        #expect(Secrets.problem(command) == nil)
        #expect(Canonical.text(command).contains("secret [99"))
        let lawful = "LoginCommand(name: [97], password: <redacted>)"
        #expect(Secrets.problem([lawful, "IMAPCodec." + lawful], lawful, "- x: <redacted>", [99]) == nil)
        #expect(Secrets.problem(["LoginCommand(name: [97], password: [99])"], lawful, "<redacted>", [99]) != nil)
        #expect(Secrets.problem([lawful], lawful, "- 99", [99]) != nil)
    }

    // MARK: sasl

    /// R-AUTH-4: whoever is let in, or not, is said by another.
    @Test func aLoginThatShouldNotBeIsFound() {
        let right: [UInt8] = [0, 2] + octets("\0alice\0secret")
        let wrong: [UInt8] = [0, 2] + octets("\0alice\0guess")
        #expect(SASLTarget.problem(right) == nil)
        #expect(SASLTarget.problem(wrong) == nil)
        #expect(SASLTarget.problem(right) { _, _, _ in .failed } != nil)
        #expect(SASLTarget.problem(right) { _, _, _ in .loggedIn(octets("bob")) } != nil)
        #expect(SASLTarget.problem(wrong) { _, _, _ in .loggedIn(octets("alice")) } != nil)
    }

    /// R-AUTH-2
    @Test func anExchangeThatIsKeptIsCounted() {
        OwnThread.run { own in
            var kept: FuzzMechanism? = FuzzMechanism(facts: FuzzServer.facts)
            #expect(own.alive == 1)
            #expect(kept != nil)
            kept = nil
            #expect(own.alive == 0)
        }
    }

    // MARK: response

    @Test func aValueThatArrivesOtherwiseIsFound() {
        let inputs = CorpusInput.all("response").filter { ResponseTarget.problem($0.octets) == nil }
        #expect(inputs.count >= 30)
        // Less than was written, and more.
        let spoilt = inputs.filter { input in
            ResponseTarget.problem(input.octets, written: { Array($0.dropLast()) }) != nil
                && ResponseTarget.problem(input.octets, written: { $0 + octets("\r\n)") }) != nil
        }
        #expect(spoilt.count >= inputs.count * 3 / 4)
    }

    @Test func theReaderOfValuesKnowsNoGrammar() {
        let read = WireTreeReader.read(octets("(a \"b\\\"\" {3}\r\nc\0d)(()()) NIL"))
        #expect(read == nil)
        #expect(
            WireTreeReader.read(octets("(a \"b\\\"\" {3}\r\nc\0d ((x)(y))) NIL")) == [
                .list([
                    .word(octets("a")), .text(octets("b\"")), .text(octets("c\0d")),
                    .list([
                        .list([.word(octets("x"))]), .list([.word(octets("y"))]),
                    ]),
                ]), .null,
            ])
        for text in ["(", ")", "\"", "\"\\a\"", "{3}\r\nab", "{x}\r\n", "a  b", "(a", "\"a\nb\""] {
            #expect(WireTreeReader.read(octets(text)) == nil, "\(text)")
        }
    }

    // MARK: mutf7

    /// R-MUTF7-1
    @Test func aReaderThatIsNotCanonicalIsFound() {
        let lenient: ([UInt8]) -> [UInt8]? = { $0 }
        let encode = ModifiedUTF7Model.encode
        #expect(ModifiedUTF7Target.problem(octets("&AGE-"), decode: lenient, encode: encode) != nil)
        #expect(ModifiedUTF7Target.problem(octets("&AOk-"), decode: { _ in nil }, encode: encode) != nil)
        #expect(
            ModifiedUTF7Target.problem(octets("\u{E9}"), decode: ModifiedUTF7Model.decode, encode: { $0 }) != nil)
        #expect(
            ModifiedUTF7Target.problem(octets("a"), decode: ModifiedUTF7Model.decode, encode: { _ in [] }) != nil)
    }

    @Test func strictBase64IsReadByItsDefinition() {
        #expect(Base64Model.decode(octets("AGE=")) == [0, 0x61])
        #expect(Base64Model.decode([]) == [])
        for text in ["AGF=", "AG==", "AGE", "A===", "AG E=", "AGE=AGE=", "!GE="] {
            #expect(Base64Model.decode(octets(text)) == nil, "\(text)")
        }
    }
}
