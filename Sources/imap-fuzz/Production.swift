import IMAPCodec
import IMAPParser
import IMAPTypes

/// One production of the grammar, with what must be true of a value that was read by it.
struct Production: Sendable {
    let name: String
    let standsBehindSpace: Bool
    /// Reads it, and says what is wrong with the value, or `nil`.
    let read: @Sendable (inout ArgumentReader) throws(SyntaxError) -> String?

    init(
        _ name: String, standsBehindSpace: Bool = true,
        _ read: @escaping @Sendable (inout ArgumentReader) throws(SyntaxError) -> String?
    ) {
        self.name = name
        self.standsBehindSpace = standsBehindSpace
        self.read = read
    }

    /// The order is part of the corpus's format: add at the end.
    static let all: [Production] = words + strings + composed + commands

    private static let words: [Production] = [
        Production("atom") { reader throws(SyntaxError) in
            let value = try reader.atom()
            return value.allSatisfy(OctetSet.atom.contains) && !value.isEmpty ? nil : "not an atom: \(value)"
        },
        Production("keyword") { reader throws(SyntaxError) in
            let value = try reader.keyword()
            return Keyword(value.octets.span) == value ? nil : "not a keyword: \(value)"
        },
        Production("number") { reader throws(SyntaxError) in
            let value = try reader.number()
            return again({ $0.number(value) }, { reader throws(SyntaxError) in try reader.number() == value })
        },
        Production("nonZeroNumber") { reader throws(SyntaxError) in
            try reader.nonZeroNumber() != 0 ? nil : "zero"
        },
        Production("number64") { reader throws(SyntaxError) in
            let value = try reader.number64()
            guard value <= UInt64(Int64.max) else { return "\(value) has 64 bits" }
            return again({ $0.number(value) }, { reader throws(SyntaxError) in try reader.number64() == value })
        },
        Production("base64Word") { reader throws(SyntaxError) in
            try reader.base64Word().isEmpty ? "empty" : nil
        },
        Production("headerFieldName") { reader throws(SyntaxError) in
            let value = try reader.headerFieldName()
            return value.allSatisfy(OctetSet.fieldName.contains) && !value.isEmpty ? nil : "not ftext: \(value)"
        },
    ]

    private static let strings: [Production] = [
        Production("string") { reader throws(SyntaxError) in string(try reader.string()) },
        Production("quoted") { reader throws(SyntaxError) in string(try reader.quoted()) },
        Production("literal") { reader throws(SyntaxError) in string(try reader.literal()) },
        Production("literal8") { reader throws(SyntaxError) in
            _ = try reader.literal8()
            return nil
        },
        Production("astring") { reader throws(SyntaxError) in string(try reader.astring()) },
        Production("nstring") { reader throws(SyntaxError) in
            let value = try reader.nstring()
            return again({ $0.nstring(value) }, { reader throws(SyntaxError) in try reader.nstring() == value })
        },
        Production("listMailbox") { reader throws(SyntaxError) in string(try reader.listMailbox()) },
        Production("mailbox") { reader throws(SyntaxError) in
            guard let value = try reader.mailbox(.forFuzzing) else { return nil }
            return again(
                { $0.mailbox(value) }, { reader throws(SyntaxError) in try reader.mailbox(.forFuzzing) == value })
        },
    ]

    private static let composed: [Production] = [
        Production("sequenceSet") { reader throws(SyntaxError) in
            let value = try reader.sequenceSet()
            let numbers = value.resolved(largest: 7)
            return value.elements.isEmpty || numbers.isEmpty || numbers.first == 0 ? "no message" : nil
        },
        Production("flag") { reader throws(SyntaxError) in
            guard let value = try reader.flag() else { return nil }
            return again({ $0.flag(value) }, { reader throws(SyntaxError) in try reader.flag() == value })
        },
        Production("flagList") { reader throws(SyntaxError) in
            let value = try reader.flagList()
            return again({ $0.flags(value) }, { reader throws(SyntaxError) in try reader.flagList() == value })
        },
        Production("date") { reader throws(SyntaxError) in
            let value = try reader.date()
            let date = InternalDate(year: value.year, month: value.month, day: value.day)
            return date != nil ? nil : "not in the calendar: \(value)"
        },
        Production("dateTime") { reader throws(SyntaxError) in
            let value = try reader.dateTime()
            return again({ $0.dateTime(value) }, { reader throws(SyntaxError) in try reader.dateTime() == value })
        },
        Production("partial", standsBehindSpace: false) { reader throws(SyntaxError) in
            try reader.partial().count > 0 ? nil : "an empty part"
        },
        Production("tagged-ext-val") { reader throws(SyntaxError) in
            try reader.skipTaggedExtensionValue()
            return nil
        },
        Production("nested lists") { reader throws(SyntaxError) in
            var open = 0
            while reader.next == ASCII.leftParenthesis {
                try reader.openList()
                open += 1
            }
            if open > 32 { return "\(open) lists deep" }
            while open > 0, reader.next == ASCII.rightParenthesis {
                try reader.closeList()
                open -= 1
            }
            return nil
        },
        Production("list of astring") { reader throws(SyntaxError) in
            let value = try reader.list { reader throws(SyntaxError) in try reader.astring() }
            return again(
                { $0.list(value) { writer, element in writer.astring(element) } },
                { reader throws(SyntaxError) in
                    try reader.list { reader throws(SyntaxError) in try reader.astring() } == value
                })
        },
    ]

    private static let commands: [Production] = [
        command(CapabilityCommand.self), command(LoginCommand.self), command(AuthenticateCommand.self),
        command(SelectCommand.self), command(ListCommand.self), command(StatusCommand.self),
        command(FetchCommand.self),
    ]

    /// A command's whole syntax: it ends where the command does.
    private static func command<Syntax: CommandSyntax>(_ type: Syntax.Type) -> Production {
        Production("\(type)", standsBehindSpace: false) { reader throws(SyntaxError) in
            _ = try Syntax(&reader, Grammar(.forFuzzing, numbering: .sequenceNumbers))
            return reader.isAtEnd ? nil : "not at the end"
        }
    }

    /// A string without NUL is read again as it is, however it was sent.
    private static func string(_ value: [UInt8]) -> String? {
        if value.contains(0) { return "NUL in a string" }
        return again({ $0.string(value) }, { reader throws(SyntaxError) in try reader.string() == value })
            ?? again({ $0.astring(value) }, { reader throws(SyntaxError) in try reader.astring() == value })
    }

    /// R-NEST-5: what was read is written, framed and read again, and nothing is left.
    private static func again(
        _ write: (inout ResponseWriter) -> Void, _ read: (inout ArgumentReader) throws(SyntaxError) -> Bool
    ) -> String? {
        var writer = ResponseWriter()
        write(&writer)
        let octets = writer.takeAll()
        var framer = Framer(limits: FramerLimits(line: 300_000, command: 600_000, literal: 300_000, literals: 10_000))
        var input = InputBuffer(Array("a x ".utf8) + octets + [0x0D, 0x0A])
        while true {
            switch framer.next(&input) {
            case .needsMore, .lost, .skipped, .overLimit: return "written as \(octets), and not framed"
            case .literal: if !framer.buffer() { return "written as \(octets), and refused" }
            case .command(let frame):
                guard frame.flaws.isEmpty else { return "written as \(octets), and flawed" }
                let nesting = NestingLimits(depth: 1, lists: 1)
                var reader = ArgumentReader(frame, head: frame.head, nesting: nesting)
                do throws(SyntaxError) {
                    try reader.space()
                    guard try read(&reader) else { return "written as \(octets), and read as another value" }
                    try reader.end()
                } catch {
                    return "written as \(octets), and \(error.kind) at \(error.offset)"
                }
                return input.isEmpty ? nil : "written as \(octets), and cut in two"
            }
        }
    }
}
