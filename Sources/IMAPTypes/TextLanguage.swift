/// A language that the texts of responses can be in (RFC 5255 section 3): its tag, and its texts.
///
///     let italian = TextLanguage(
///         "it", texts: ["No such mailbox": "La casella non esiste"], completed: "% completato")
///
/// A text without a translation is sent as it is, in English.
public struct TextLanguage: Hashable, Sendable {
    public let tag: LanguageTag
    private var texts: [ResponseText: TranslatedText]
    /// What stands before and behind the command's name, where a text says that a command is completed.
    private let completed: (before: [UInt8], behind: [UInt8])?

    /// A language that says `texts` in place of the server's own.
    ///
    /// - Parameters:
    ///   - tag: how clients ask for it.
    ///   - texts: what the server says, and what is said instead.
    ///   - completed: what is said instead of `SELECT completed`, and of the same of all other commands; `%` in it is
    ///     the command's name.
    public init(
        _ tag: LanguageTag, texts: [ResponseText: TranslatedText] = [:], completed: TranslatedText? = nil
    ) {
        self.tag = tag
        self.texts = texts
        self.completed = completed.map { template in
            let parts = template.octets.split(separator: 0x25, maxSplits: 1, omittingEmptySubsequences: false)
            return (Array(parts[0]), parts.count > 1 ? Array(parts[1]) : [])
        }
    }

    /// The language with more texts: those of a host's own extensions, or better ones.
    public func adding(_ more: [ResponseText: TranslatedText]) -> TextLanguage {
        var copy = self
        copy.texts.merge(more) { _, new in new }
        return copy
    }

    /// The texts that have a translation of their own.
    package var translated: Set<ResponseText> { Set(texts.keys) }

    /// What is sent in place of `text`.
    package func translation(of text: ResponseText) -> [UInt8]? {
        if let found = texts[text] { return found.octets }
        guard let completed, text.octets.count > TextLanguage.completedWord.count,
            text.octets.suffix(TextLanguage.completedWord.count).elementsEqual(TextLanguage.completedWord)
        else { return nil }
        return completed.before + text.octets.dropLast(TextLanguage.completedWord.count) + completed.behind
    }

    private static let completedWord = Array(" completed".utf8)

    public static func == (a: TextLanguage, b: TextLanguage) -> Bool {
        a.tag == b.tag && a.texts == b.texts && a.completed?.before == b.completed?.before
            && a.completed?.behind == b.completed?.behind
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(tag) }
}

/// A text in any language, as RFC 5255 section 3.5 lets it be sent: UTF-8, one line, and nothing in it that a program
/// would take for more than text.
public struct TranslatedText: Hashable, Sendable {
    public let octets: [UInt8]

    /// The text, or `nil` when it is empty, longer than 1,024 octets, begins with a space or with `[`, ends in
    /// `{5}`, or holds a control character, a line or a paragraph separator.
    public init?(_ text: String) {
        let octets = Array(text.utf8)
        guard !octets.isEmpty, octets.count <= 1024, octets[0] != ASCII.leftBracket,
            octets[0] != ASCII.space, !octets.endsLikeALiteralHeader
        else { return nil }
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0...0x1F, 0x7F...0x9F, 0x2028, 0x2029: return nil
            default: continue
            }
        }
        self.octets = octets
    }
}

extension TranslatedText: ExpressibleByStringLiteral {
    /// A text written in source code. A literal that cannot be sent is the author's mistake and stops the program.
    public init(stringLiteral value: StaticString) {
        guard let text = TranslatedText(value.description) else {
            // Host misuse: the literal stands in the source, no client can reach this.
            preconditionFailure("not a text: \(value)")
        }
        self = text
    }
}

/// A language's tag: `de`, `de-AT`, `i-default`. The same in any case (RFC 5646 section 2.1.1).
///
/// ```abnf
/// Language-Tag = 1*8ALPHA *("-" 1*8alphanum)     ; as far as RFC 4647 needs it
/// ```
public struct LanguageTag: Hashable, Sendable {
    /// As it was written.
    public let octets: [UInt8]

    private static let longest = 255

    /// The tag, or `nil` when it is none.
    public init?(_ octets: [UInt8]) {
        guard octets.count <= LanguageTag.longest else { return nil }
        let subtags = octets.split(separator: ASCII.minus, omittingEmptySubsequences: false)
        for (index, subtag) in subtags.enumerated() {
            guard 1...8 ~= subtag.count else { return nil }
            for octet in subtag {
                guard (0x61...0x7A).contains(octet | 0x20) || (index > 0 && ASCII.isDigit(octet)) else { return nil }
            }
        }
        self.octets = octets
    }

    /// `i-default` (RFC 2277 section 4.5): what the server speaks until a client asks for another.
    public static let serverDefault: LanguageTag = "i-default"

    private var folded: [UInt8] { octets.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 } }

    public static func == (a: LanguageTag, b: LanguageTag) -> Bool { ASCII.equalFolded(a.octets, b.octets) }

    public func hash(into hasher: inout Hasher) { hasher.combine(folded) }

    /// Whether the tag, as a language range, matches `tag`: it is the same, or its beginning up to a `-` (RFC 4647
    /// section 3.3.1, basic filtering).
    public func matches(_ tag: LanguageTag) -> Bool {
        self == tag || tag.folded.starts(with: folded + [ASCII.minus])
    }

    /// The tag without its last subtag, nor a single letter that would be last then (RFC 4647 section 3.4).
    public var broader: LanguageTag? {
        guard var end = octets.lastIndex(of: ASCII.minus) else { return nil }
        if end >= 2, octets[end - 2] == ASCII.minus { end -= 2 }
        return LanguageTag(Array(octets[..<end]))
    }
}

extension LanguageTag: ExpressibleByStringLiteral {
    /// A tag written in source code. A literal that is none is the author's mistake and stops the program.
    public init(stringLiteral value: StaticString) {
        guard let tag = LanguageTag(Array(value.description.utf8)) else {
            // Host misuse: the literal stands in the source, no client can reach this.
            preconditionFailure("not a language tag: \(value)")
        }
        self = tag
    }
}
