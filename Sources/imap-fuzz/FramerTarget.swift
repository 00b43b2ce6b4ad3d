import IMAPParser

/// Cuts the input into commands in several ways and compares them with each other and with the model.
enum FramerTarget {
    /// What is wrong with the framer on this input, or `nil`.
    ///
    /// The first two octets choose the scenario, the rest is what a client sends.
    static func problem(_ input: [UInt8]) -> String? {
        guard input.count >= 2 else { return nil }
        return problem(FramerScenario(input[0], input[1]), Array(input[2...]))
    }

    /// R-LINE-3, R-LIT-1, R-LIT-5: the model's events, whatever the cut, within the limits.
    static func problem(_ scenario: FramerScenario, _ octets: [UInt8]) -> String? {
        let expected = FramerModel(scenario, octets).records
        var random = SplitMix(hashing: octets)
        for (name, pieces) in [
            ("at once", octets.isEmpty ? [] : [octets]), ("cut at random", random.cut(octets)),
            ("octet by octet", octets.map { [$0] }),
        ] {
            let run = FramerRun(scenario, pieces)
            if let problem = run.problem { return "\(name): \(problem)" }
            if run.records != expected { return "\(name): \(difference(run.records, expected))" }
            // A line may be read one octet too far, and its end after that.
            guard run.mostHeld <= scenario.limits.command + 3 else { return "\(name): held \(run.mostHeld)" }
            guard run.mostHeldSkipping <= mostWhileSkipping else {
                return "\(name): held \(run.mostHeldSkipping) while skipping"
            }
        }
        return nil
    }

    /// What a framer may hold of a command that it swallows: twice a header's length and a piece.
    static let mostWhileSkipping = 128

    private static func difference(_ actual: [FramerRecord], _ expected: [FramerRecord]) -> String {
        for index in 0..<max(actual.count, expected.count) {
            let one = index < actual.count ? "\(actual[index])" : "nothing"
            let other = index < expected.count ? "\(expected[index])" : "nothing"
            if one != other { return "event \(index) is \(one), expected \(other)" }
        }
        return "events differ"
    }
}
