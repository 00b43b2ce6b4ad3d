import IMAPMessage
import IMAPTypes

/// `text`, whose lines end in LF, with CRLF at every line's end.
func mail(_ text: String) -> [UInt8] {
    var octets: [UInt8] = []
    for octet in text.utf8 {
        if octet == 0x0A { octets.append(0x0D) }
        octets.append(octet)
    }
    return octets
}

func octets(_ text: String) -> [UInt8] { Array(text.utf8) }

func text(_ octets: [UInt8]) -> String { String(decoding: octets, as: UTF8.self) }

/// The structure of a message taken whole.
func structure(_ message: [UInt8], _ limits: MessageLimits = .standard) -> MessageStructure {
    var scanner = MessageScanner(limits)
    scanner.feed(message)
    return scanner.finish()
}

/// The structure of a message taken in pieces of `size` octets.
func structure(_ message: [UInt8], inPiecesOf size: Int) -> MessageStructure {
    var scanner = MessageScanner()
    var start = 0
    while start < message.count {
        let end = min(message.count, start + size)
        scanner.feed(Array(message[start..<end]))
        start = end
    }
    return scanner.finish()
}

/// One line a part: its depth, type, octets, lines, and where its header and body begin and its body ends.
func outline(_ structure: MessageStructure) -> String {
    var lines: [String] = []
    var ends: [Int] = []
    for (index, part) in structure.body.parts.enumerated() {
        while let end = ends.last, index >= end { ends.removeLast() }
        let extent = structure.extents[index]
        let indent = String(repeating: "- ", count: ends.count)
        lines.append(
            "\(indent)\(text(part.type))/\(text(part.subtype)) \(part.octets) \(extent.lines) "
                + "\(extent.header.lowerBound) \(extent.body.lowerBound) \(extent.body.upperBound)")
        ends.append(structure.body.end(of: index))
    }
    return lines.joined(separator: "\n")
}

/// Addresses as ENVELOPE writes them, `-` for NIL.
func list(_ addresses: [Address]) -> [String] {
    addresses.map { address in
        let members = address.members
        return [members.name, members.route, members.mailbox, members.host]
            .map { $0.map(text) ?? "-" }.joined(separator: "|")
    }
}

/// Numbers that look random and are the same each time (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
