/// Inputs to begin with, made of the examples of the RFCs: a file of JSON lines, each with `wire`, the octets of a
/// command or a response, `dir`, `C` or `S`, and `kind`.
struct Seeds {
    /// What clients send, one command each, and what servers do.
    private(set) var commands: [[UInt8]] = []
    private(set) var responses: [[UInt8]] = []
    /// The examples of one section together: a connection.
    private(set) var conversations: [[UInt8]] = []

    init(_ file: [UInt8]) {
        var place: [UInt8] = []
        for object in JSONLines.objects(file) {
            guard let wire = object["wire"], let side = object["dir"] else { continue }
            guard side == Array("C".utf8) else {
                responses.append(wire)
                continue
            }
            let here = (object["file"] ?? []) + [0] + (object["section"] ?? [])
            if here == place, !conversations.isEmpty {
                conversations[conversations.count - 1] += wire
            } else {
                conversations.append(wire)
                place = here
            }
            commands.append(wire)
        }
    }

    /// The inputs of a target, without those that come twice.
    func inputs(of target: FuzzTarget) -> [[UInt8]] {
        var seen: Set<[UInt8]> = []
        return inputs(named: target.name).filter { seen.insert($0).inserted }
    }

    private func inputs(named name: String) -> [[UInt8]] {
        switch name {
        case "framer": conversations.map { [0x1C, 0] + $0 }
        case "arguments":
            // One production of each kind in turn, and the whole command.
            commands.enumerated().map { index, wire in
                [0, UInt8(truncatingIfNeeded: index % Production.all.count)] + wire
            }
        // Before login, logged in, selected, and selected with every mode on.
        case "command": [0, 1, 2, 0x2E].flatMap { choice in conversations.map { [choice] + $0 } }
        // Logged in, and selected with modes on. A connection costs much more than a command: not each in each state.
        case "connection": [0x01, 0x0B].flatMap { choice in conversations.map { [choice, 0] + $0 } }
        case "sasl":
            commands.filter { !$0.contains(0x20) }.flatMap { line -> [[UInt8]] in
                let response = Array(line.prefix { $0 != 0x0D && $0 != 0x0A })
                return SASLTarget.mechanisms.indices.map { [UInt8(truncatingIfNeeded: $0), 1] + response }
            }
        // The octets of responses choose values.
        case "response":
            responses.enumerated().map { index, wire in [1, UInt8(truncatingIfNeeded: index % 12)] + wire }
        case "mutf7": (commands + responses).flatMap(Seeds.words)
        case "message": responses.compactMap(Seeds.literal).map { [0, 0] + $0 }
        case "deflate": conversations.map { [0x80, 0x10] + $0 }
        default: []
        }
    }

    /// The words of a line that could be names.
    private static func words(_ wire: [UInt8]) -> [[UInt8]] {
        wire.split { $0 <= 0x20 || $0 == 0x22 || $0 == 0x28 || $0 == 0x29 }.filter { $0.contains(0x26) }.map {
            Array($0)
        }
    }

    /// What stands behind the header of a literal.
    private static func literal(_ wire: [UInt8]) -> [UInt8]? {
        guard let brace = wire.firstIndex(of: 0x7D), let end = wire[brace...].firstIndex(of: 0x0A) else { return nil }
        let text = Array(wire[(end + 1)...])
        return text.count > 20 ? text : nil
    }
}

/// The words of a target as libFuzzer reads them.
enum WordList {
    static func text(_ words: [[UInt8]]) -> String {
        words.filter { (1...64).contains($0.count) }.map { word in
            let escaped = word.map { octet -> String in
                switch octet {
                case 0x22, 0x5C: "\\" + String(Unicode.Scalar(octet))
                case 0x20...0x7E: String(Unicode.Scalar(octet))
                default: "\\x" + (octet < 16 ? "0" : "") + String(octet, radix: 16)
                }
            }
            return "\"" + escaped.joined() + "\"\n"
        }.joined()
    }
}
