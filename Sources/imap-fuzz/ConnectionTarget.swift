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
        // Where the pieces end decides what is dropped.
        if scenario.dropsBehindSTARTTLS { return pipelined(scenario, whole) }
        var random = SplitMix(hashing: input)
        let cut = ConnectionRun(scenario, random.cut(wire))
        if let problem = cut.problem { return "cut at random: \(problem)" }
        return difference(whole.output, cut.output)
    }

    /// What is wrong with a command that was sent behind STARTTLS in one piece with it: it was read, when the answers are
    /// not those to the rest alone (R-TLS-1, R-TLS-3).
    private static func pipelined(_ scenario: ConnectionScenario, _ whole: ConnectionRun) -> String? {
        guard let dropped = whole.dropped, !dropped.isEmpty else { return nil }
        let wire = scenario.wire
        guard wire.count >= dropped.count, Array(wire.suffix(dropped.count)) == dropped else {
            return "the handshake was given what was not sent behind STARTTLS"
        }
        let alone = ConnectionRun(scenario, [Array(wire.dropLast(dropped.count))])
        if let problem = alone.problem { return "without what is behind STARTTLS: \(problem)" }
        if whole.logins != alone.logins { return "logged in by what stands behind STARTTLS" }
        return difference(whole.output, alone.output)
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
