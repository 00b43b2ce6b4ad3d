import Foundation
import Testing

@testable import imap_fuzz

/// A file of the fuzzer's corpus.
struct CorpusInput: Sendable, CustomTestStringConvertible {
    let target: String
    let name: String
    let octets: [UInt8]

    var testDescription: String { "\(target)/\(name)" }

    /// The package's root is three levels above this file.
    static func all(_ target: String) -> [CorpusInput] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let directory = root.appending(path: "Corpus/\(target)")
        let urls = (try? FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)) ?? []
        return urls.sorted { $0.path < $1.path }.compactMap { url in
            guard let data = try? Data(contentsOf: url) else { return nil }
            return CorpusInput(target: target, name: url.lastPathComponent, octets: Array(data))
        }
    }
}

@Suite("Fuzzing: every target, over its corpus and over changes of it (R-SW-6, R-AUTH-7, R-MUTF7-1, R-LINE-3)")
struct FuzzTargetTests {
    /// Those that another suite has.
    private static let others: Set<String> = ["framer", "arguments", "message", "deflate"]
    private static let targets = FuzzTarget.all.map(\.name).filter { !others.contains($0) }

    @Test func everyTargetHasACorpusAndAName() {
        #expect(Set(FuzzTarget.all.map(\.name)).count == FuzzTarget.all.count)
        for target in FuzzTarget.all { #expect(CorpusInput.all(target.name).count >= 12, "\(target.name)") }
    }

    @Test(arguments: targets)
    func everyCorpusFileIsReadWithoutFault(name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        for file in CorpusInput.all(name) {
            if let problem = target.problem(file.octets) { Issue.record("\(name)/\(file.name): \(problem)") }
        }
    }

    /// The seed is fixed; a failure names it and the input.
    @Test(arguments: targets, 0..<8 as Range<UInt64>)
    func changedInputsAreReadWithoutFault(name: String, seed: UInt64) throws {
        let target = try #require(FuzzTarget.named(name))
        var mutator = Mutator(corpus: CorpusInput.all(name).map(\.octets), seed: seed, words: target.words)
        for _ in 0..<20 {
            let input = mutator.next()
            if let problem = target.problem(input) { Issue.record("seed \(seed), \(input): \(problem)") }
        }
    }
}
