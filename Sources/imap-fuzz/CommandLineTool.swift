#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `imap-fuzz`: see ``usage``.
enum CommandLineTool {
    static let usage = """
        imap-fuzz --list                             names the targets
        imap-fuzz --replay DIR                       runs every file under DIR/TARGET/
        imap-fuzz --seeds FILE DIR                   writes inputs to begin with under DIR/TARGET/, made of the
                                                     examples in FILE: JSON lines
        imap-fuzz --dictionary TARGET                writes the words of a target, as libFuzzer reads them
        imap-fuzz TARGET --seconds N [--seed S]      changes the corpus at random for N seconds
        imap-fuzz TARGET --libfuzzer ARGUMENTS       only in a build by .ci/fuzz
          [--corpus DIR]                             where the corpus is, by default Tests/Corpus
        """

    static func run(_ given: [String]) {
        var arguments = given
        let corpus = take("--corpus", &arguments) ?? "Tests/Corpus"
        if arguments == ["--list"] { return FuzzTarget.all.forEach { print($0.name) } }
        if let directory = take("--replay", &arguments), arguments.isEmpty { return replay(directory) }
        if arguments.count == 3, arguments[0] == "--seeds" { return seed(arguments[1], arguments[2]) }
        if let target = take("--dictionary", &arguments).flatMap(FuzzTarget.named), arguments.isEmpty {
            return print(WordList.text(target.words), terminator: "")
        }
        let seed = take("--seed", &arguments).map { UInt64($0) } ?? UInt64(Files.now * 1e6)
        if let seconds = take("--seconds", &arguments).flatMap(Double.init), let seed, arguments.count == 1,
            let target = FuzzTarget.named(arguments[0])
        {
            return fuzz(target, corpus, seconds, seed)
        }
        fail(usage, 64)
    }

    private static func take(_ option: String, _ arguments: inout [String]) -> String? {
        guard let index = arguments.firstIndex(of: option), index + 1 < arguments.count else { return nil }
        defer { arguments.removeSubrange(index...index + 1) }
        return arguments[index + 1]
    }

    private static func fail(_ message: String, _ status: Int32) -> Never {
        Files.complain(message)
        exit(status)
    }

    private static func inputs(_ directory: String, _ target: FuzzTarget) -> [(path: String, octets: [UInt8])] {
        guard let paths = Files.list(directory + "/" + target.name) else {
            fail("no corpus in \(directory)/\(target.name)", 66)
        }
        return paths.map { path in
            guard let octets = Files.read(path) else { fail("cannot read \(path)", 66) }
            return (path, octets)
        }
    }

    /// Names each input by its place in the list: the same examples give the same files.
    private static func seed(_ file: String, _ directory: String) {
        guard let octets = Files.read(file) else { fail("cannot read \(file)", 66) }
        let seeds = Seeds(octets)
        for target in FuzzTarget.all {
            let inputs = seeds.inputs(of: target)
            for (index, input) in inputs.enumerated() {
                let path = "\(directory)/\(target.name)/example-\(index)"
                guard Files.write(input, path) else { fail("cannot write \(path)", 73) }
            }
            print("\(target.name): \(inputs.count) inputs")
        }
    }

    private static func replay(_ directory: String) {
        var count = 0
        var failures = 0
        for target in FuzzTarget.all {
            for (path, octets) in inputs(directory, target) {
                CrashFile.remember(octets)
                count += 1
                if let problem = target.problem(octets) {
                    failures += 1
                    print("\(path): \(problem)")
                }
            }
        }
        print("\(count) inputs replayed")
        if failures > 0 { fail("\(failures) failed", 1) }
    }

    private static func fuzz(_ target: FuzzTarget, _ directory: String, _ seconds: Double, _ seed: UInt64) {
        CrashFile.install(target.name)
        var mutator = Mutator(
            corpus: inputs(directory, target).map(\.octets), seed: seed, words: target.words)
        print("\(target.name): seed \(seed)")
        let begin = Files.now
        var executions: UInt64 = 0
        while Files.now - begin < seconds {
            for _ in 0..<100 {
                let input = mutator.next()
                CrashFile.remember(input)
                target.run(input)
                executions += 1
            }
        }
        let elapsed = Files.now - begin
        print(
            "\(target.name): \(executions) executions in \(Int(elapsed)) s, \(Int(Double(executions) / elapsed))/s")
    }
}

#if !FUZZING
    @main
    enum Program {
        static func main() { CommandLineTool.run(Array(CommandLine.arguments.dropFirst())) }
    }
#endif
