/// A part of the library that a fuzzer feeds.
struct FuzzTarget: Sendable {
    let name: String
    /// What is wrong with the library on an input, or `nil`.
    let problem: @Sendable ([UInt8]) -> String?
    /// What is worth to be put into an input.
    var words = Mutator.words

    static let all: [FuzzTarget] = [
        FuzzTarget(name: "framer", problem: FramerTarget.problem),
        FuzzTarget(name: "arguments", problem: ArgumentsTarget.problem),
        FuzzTarget(name: "command", problem: CommandTarget.problem, words: CommandTarget.words),
        FuzzTarget(name: "response", problem: ResponseTarget.problem),
        FuzzTarget(name: "message", problem: MessageTarget.problem, words: MessageTarget.words),
        FuzzTarget(name: "connection", problem: ConnectionTarget.problem, words: CommandTarget.words),
        FuzzTarget(name: "sasl", problem: SASLTarget.problem, words: SASLTarget.words),
        FuzzTarget(name: "mutf7", problem: ModifiedUTF7Target.problem, words: ModifiedUTF7Target.words),
        FuzzTarget(name: "deflate", problem: DeflateTarget.problem, words: DeflateTarget.words),
    ]

    static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }

    /// Runs one input and stops the program when something is wrong: what a fuzzer understands.
    func run(_ input: [UInt8]) {
        // The fuzzer's way to report a find; this program is no part of a server.
        if let problem = problem(input) { fatalError("\(name): \(problem)") }
    }
}
