import Foundation
import IMAPParser
import Testing

@testable import imap_fuzz

/// A file of the fuzzer's corpus: two octets that choose a scenario, and what a client sends.
struct CorpusFile: Sendable, CustomTestStringConvertible {
    let name: String
    let input: [UInt8]

    var testDescription: String { name }

    var sent: [UInt8] { Array(input.dropFirst(2)) }
    var scenario: FramerScenario { FramerScenario(input[0], input[1]) }

    /// The package's root is three levels above this file.
    static func all(_ target: String) -> [CorpusFile] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let directory = root.appending(path: "Corpus/\(target)")
        let urls = (try? FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)) ?? []
        return urls.sorted { $0.path < $1.path }.compactMap { url in
            guard let data = try? Data(contentsOf: url), data.count >= 2 else { return nil }
            return CorpusFile(name: url.lastPathComponent, input: Array(data))
        }
    }
}

@Suite("Framing: the cut changes nothing (RFC 9051 section 2.2, RFC 7888)")
struct FramerCutTests {
    /// R-LINE-3, R-LINE-2
    @Test(arguments: CorpusFile.all("framer"))
    func everySingleCutGivesTheSameEvents(file: CorpusFile) {
        let sent = file.sent
        let expected = FramerModel(file.scenario, sent).records
        #expect(FramerRun(file.scenario, [sent]).records == expected)
        for cut in 0...sent.count {
            let run = FramerRun(file.scenario, [Array(sent[..<cut]), Array(sent[cut...])])
            #expect(run.problem == nil)
            guard run.records == expected else {
                Issue.record("cut at \(cut): \(run.records) is not \(expected)")
                return
            }
        }
    }

    /// R-LINE-3: octet by octet, and cut at random; every answer to literals and long lines, both rules for lines.
    @Test(arguments: CorpusFile.all("framer"))
    func everyPolicyReportsTheSameHoweverTheInputIsCut(file: CorpusFile) {
        for literals in [[.buffer], [.refuse], [.stream], [.buffer, .refuse, .stream]]
            as [[FramerScenario.LiteralAnswer]]
        {
            for overLimit in [[.skip], [.close], [.extend(to: 50), .skip]] as [[FramerScenario.OverLimitAnswer]] {
                for crlfOnly in [false, true] {
                    var scenario = file.scenario
                    scenario.literals = literals
                    scenario.overLimit = overLimit
                    scenario.crlfOnly = crlfOnly
                    let problem = FramerTarget.problem(scenario, file.sent)
                    #expect(problem == nil, "\(literals) \(overLimit) CRLF only: \(crlfOnly)")
                }
            }
        }
    }

    /// R-LINE-3 over inputs that nobody thought of. The seed is fixed; a failure names it and the input.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func changedInputsAreFramedAsTheModelSays(seed: UInt64) {
        var mutator = Mutator(corpus: CorpusFile.all("framer").map(\.input), seed: seed)
        for _ in 0..<25 {
            let input = mutator.next()
            if let problem = FramerTarget.problem(input) { Issue.record("seed \(seed), \(input): \(problem)") }
        }
    }

    @Test func theCorpusIsThere() {
        #expect(CorpusFile.all("framer").count >= 40)
        #expect(CorpusFile.all("arguments").count >= 40)
    }

    @Test(arguments: CorpusFile.all("arguments"))
    func everyCorpusFileOfTheReaderIsReadWithoutFault(file: CorpusFile) {
        #expect(ArgumentsTarget.problem(file.input) == nil)
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func changedArgumentsAreReadWithoutFault(seed: UInt64) {
        var mutator = Mutator(corpus: CorpusFile.all("arguments").map(\.input), seed: seed)
        for _ in 0..<50 {
            let input = mutator.next()
            if let problem = ArgumentsTarget.problem(input) { Issue.record("seed \(seed), \(input): \(problem)") }
        }
    }
}
