/// A whole connection, with the store in memory: random octets in random pieces, from the greeting to the hang-up.
enum ConnectionTarget {
    /// What is wrong with the server on this input, or `nil`: it stops, writes what is no IMAP, holds too much, does not
    /// end, or answers otherwise when the input is cut otherwise (R-LINE-3, R-SW-6, R-LIT-1, R-PIPE-2, R-PIPE-4).
    ///
    /// The input is a ``ConnectionScenario``.
    static func problem(_ input: [UInt8]) -> String? {
        guard let scenario = ConnectionScenario(input) else { return nil }
        guard OwnThread.isAvailable else { return "tasks cannot be kept on a thread here" }
        let wire = scenario.wire
        let whole = ConnectionRun(scenario, wire.isEmpty ? [] : [wire])
        if let problem = whole.problem { return "at once: \(problem)" }
        var random = SplitMix(hashing: input)
        let cut = ConnectionRun(scenario, random.cut(wire))
        if let problem = cut.problem { return "cut at random: \(problem)" }
        return difference(whole.output, cut.output)
    }

    static func difference(_ whole: [UInt8], _ cut: [UInt8]) -> String? {
        guard whole != cut else { return nil }
        let same = zip(whole, cut).prefix { $0 == $1 }.count
        func text(_ octets: [UInt8]) -> String {
            String(decoding: octets[max(0, same - 60)..<min(octets.count, same + 80)], as: UTF8.self)
        }
        return "answers differ at \(same): at once ...\(text(whole))... and cut ...\(text(cut))..."
    }
}
