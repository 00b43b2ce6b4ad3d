import IMAPTestKit

/// Texts that would break a response, or forge one, where nobody looks at them.
enum HostileTexts {
    /// What shows that a field reaches the client at all.
    static let harmless = octets("xcanaryx")

    /// Each with a name for the report. The tag is that of the command that shows the field.
    static func all(tag: String) -> [(name: String, octets: [UInt8])] {
        [
            ("harmless", harmless), ("nothing", []), ("a space", octets(" ")),
            ("a forged reply", octets("x\r\n\(tag) OK forged\r\n* 7 FORGED\r\n\(tag) BAD forged")),
            ("a forged end", octets("x\"\r\n\(tag) OK forged\r\n* BYE forged\r\n+ forged\r\n\"")),
            ("a forged end of a list", octets("x\")\r\n\(tag) NO forged\r\n* OK ((\"")), ("CR", octets("a\rb")),
            ("LF", octets("a\nb")), ("CR at the end", octets("a\r")), ("LF at the end", octets("a\n")),
            ("NUL", [0x61, 0, 0x62]), ("NUL alone", [0]), ("\"", octets("a\"b")), ("\" alone", octets("\"")),
            ("\\", octets("a\\b")), ("\\ at the end", octets("a\\")), ("\\\"", octets("\\\"")), ("{5}", octets("{5}")),
            ("x {5}", octets("x {5}")), ("{5+}", octets("{5+}")), ("~{5}", octets("~{5}")),
            ("a literal", octets("{5}\r\nabcde")), ("8-bit", [0x61, 0xE9, 0xFF, 0xC3]),
            ("half UTF-8", [0x61, 0xE2, 0x82]),
            ("surrogate", [0xED, 0xA0, 0x80]), (")", octets(")")), ("a) (b", octets("a) (b")), ("(", octets("(")),
            ("]", octets("]")), ("a] b", octets("a] b")), ("UTF-8", octets("\u{e4}\u{65e5}\u{672c}\u{1F600}")),
            ("UTF-8 line ends", octets("a\u{85}b\u{2028}c")), ("&", octets("a&b")), ("&AOk-", octets("&AOk-")),
            ("NIL", octets("NIL")), ("nil", octets("nil")), ("%", octets("a%b")), ("*", octets("*")),
            ("+", octets("+ x")), ("DEL", [0x61, 0x7F]), ("TAB", octets("a\tb")), ("=", octets("=?utf-8?q?=0D=0A?=")),
            ("long", [UInt8](repeating: 0x78, count: 8000)), ("long 8-bit", [UInt8](repeating: 0xE9, count: 2000)),
            ("1,000 quotes", [UInt8](repeating: 0x22, count: 1000)),
        ]
    }

    /// The lines a client would see that looks for literals at the end of every line; their octets are left out.
    static func lines(_ output: [UInt8]) -> [String] {
        var lines: [String] = []
        var line: [UInt8] = []
        var rest = output[...]
        while let end = rest.firstIndex(of: 0x0A) {
            let piece = rest[...end]
            line += piece
            rest = rest[(end + 1)...]
            guard piece.dropLast().last == 0x0D else { continue }
            let tail = String(decoding: piece.suffix(24), as: UTF8.self)
            if let header = tail.firstMatch(of: /\{([0-9]+)\}\r\n$/) {
                rest = rest.dropFirst(Int(header.1) ?? 0)
                continue
            }
            lines.append(String(decoding: line, as: UTF8.self))
            line = []
        }
        line += rest
        if !line.isEmpty { lines.append("unfinished: " + String(decoding: line, as: UTF8.self)) }
        return lines
    }

    /// What is wrong with the answer to the command that `tag` began: one reply, at the end, and nothing forged.
    static func flaw(in output: [UInt8], to tag: String) -> String? {
        let lines = lines(output)
        guard let last = lines.last, last.hasPrefix("\(tag) ") else { return "no reply at the end" }
        for line in lines.dropLast() where !line.hasPrefix("* ") { return "a line of its own: \(line.prefix(80))" }
        for line in lines {
            for word in [
                "\(tag) OK forged", "\(tag) NO forged", "\(tag) BAD forged", "* 7 FORGED", "* BYE", "+ forged",
            ]
            where line.hasPrefix(word) {
                return "forged: \(line.prefix(80))"
            }
        }
        return nil
    }
}
