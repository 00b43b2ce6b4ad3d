import IMAPServer
import IMAPTypes

/// Templates cut into pieces, once for all programs of a run.
struct CompiledTemplates: Sendable {
    enum Piece: Sendable {
        case text([UInt8])
        case gap(Gap)
    }

    enum Gap: Sendable {
        case own
        case other
        case user
        case mailbox
        case string
        case message
        case number
        case set
        case mode
        case validity
        case modSequence
        case separator
        /// One of ``CompiledTemplates/words``.
        case word(Int)
    }

    struct Command: Sendable {
        let name: [UInt8]
        let forms: CommandForms
        let weight: Int
        let arguments: [[Piece]]
    }

    private(set) var commands: [Command] = []
    private(set) var words: [[[Piece]]] = []
    let modes: [[UInt8]]
    let mechanisms: [[UInt8]]
    let canCompress: Bool
    /// Every command once for each unit of its weight, by index.
    private(set) var lots: [Int] = []
    private(set) var mailboxes = 0
    private(set) var texts = 0

    /// What is chosen oftener than others, or seldom: 4 is ordinary.
    private static let weights: [String: Int] = [
        "SELECT": 14, "FETCH": 16, "STORE": 10, "SEARCH": 14, "APPEND": 14, "ENABLE": 8, "NOOP": 8, "SORT": 6,
        "LIST": 6, "COPY": 6, "MOVE": 6, "LOGOUT": 1, "AUTHENTICATE": 2, "LOGIN": 2, "STARTTLS": 1, "NOTIFY": 12,
        "UNSELECT": 2, "CLOSE": 2, "DELETE": 3, "COMPRESS": 1, "IDLE": 2,
    ]

    init(_ templates: CommandTemplates, _ vocabulary: Vocabulary) {
        modes = vocabulary.modes.map(\.octets)
        mechanisms = vocabulary.mechanisms.map(\.octets)
        var numbers: [String: Int] = [:]
        for (number, name) in templates.words.keys.sorted().enumerated() { numbers[name] = number }
        words = templates.words.keys.sorted().map { name in
            (templates.words[name] ?? []).map { CompiledTemplates.pieces($0, numbers) }
        }
        mailboxes = numbers["mailbox"] ?? 0
        texts = numbers["text"] ?? 0
        var canCompress = false
        for facts in vocabulary.commands {
            let name = facts.name.description
            if name == "COMPRESS" { canCompress = true }
            let arguments = templates.arguments[facts.templateName] ?? []
            commands.append(
                Command(
                    name: facts.name.octets, forms: facts.forms, weight: CompiledTemplates.weights[name] ?? 4,
                    arguments: arguments.map { CompiledTemplates.pieces($0, numbers) }))
        }
        self.canCompress = canCompress
        for (index, command) in commands.enumerated() {
            lots += Array(repeating: index, count: command.weight)
        }
    }

    private static func pieces(_ template: String, _ words: [String: Int]) -> [Piece] {
        var pieces: [Piece] = []
        var text: [UInt8] = []
        var rest = Array(template.utf8)[...]
        while let octet = rest.first {
            guard octet == 0x3C, let end = rest.firstIndex(of: 0x3E),
                let gap = gap(String(decoding: rest[(rest.startIndex + 1)..<end], as: UTF8.self), words)
            else {
                text.append(octet)
                rest.removeFirst()
                continue
            }
            if !text.isEmpty { pieces.append(.text(text)) }
            text = []
            pieces.append(.gap(gap))
            rest = rest[(end + 1)...]
        }
        if !text.isEmpty { pieces.append(.text(text)) }
        return pieces
    }

    private static func gap(_ name: String, _ words: [String: Int]) -> Gap? {
        switch name {
        case "own": .own
        case "other": .other
        case "user": .user
        case "mailbox": .mailbox
        case "string": .string
        case "message": .message
        case "number": .number
        case "set": .set
        case "mode": .mode
        case "validity": .validity
        case "modseq": .modSequence
        case "sep": .separator
        default: words[name].map { .word($0) }
        }
    }
}

extension CommandFacts {
    /// What a table of templates calls the command.
    var templateName: String {
        switch forms {
        case .plain, .plainAndUID: name.description
        case .uidOnly: "UID \(name)"
        }
    }
}
