import IMAPCodec
import IMAPHost
import IMAPParser
import IMAPTypes

/// The keys that look for a string in the message: `FROM`, `SUBJECT`, `TEXT`, ...
struct TextKey: SearchKey {
    static let names: [Keyword] = ["BCC", "BODY", "CC", "FROM", "HEADER", "SUBJECT", "TEXT", "TO"]

    let texts: [SearchText]

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        let place: SearchText.Place
        switch name {
        case "TEXT": place = .text
        case "BODY": place = .body
        case "HEADER":
            place = .field(try arguments.headerFieldName())
            try arguments.space()
        default: place = .field(name.octets)
        }
        texts = [SearchText(try arguments.astring(), in: place)]
    }
}

/// `LARGER` and `SMALLER`
struct SizeKey: SearchKey {
    static let names: [Keyword] = ["LARGER", "SMALLER"]

    private let size: UInt64
    private let isLarger: Bool

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        size = try arguments.number64()
        isLarger = name == "LARGER"
    }

    var columns: MessageColumns { .size }

    func matches(_ message: SearchedMessage) -> Bool {
        message.record.size.map { isLarger ? $0 > size : $0 < size } ?? false
    }
}
