import IMAPMessage
import IMAPText
import IMAPTypes

/// The texts of a search, in UTF-8 and ready to be looked for.
struct SearchTexts: Sendable {
    /// Where a text is looked for: the place of it among ``fields``, or among the texts of ``message``.
    enum Place: Sendable {
        case field(Int)
        case message(Int)
    }

    /// What is looked for in header fields of a name.
    struct Field: Sendable {
        let name: [UInt8]
        let text: TextSearch
    }

    let charsets: Charsets
    private(set) var places: [Place] = []
    private(set) var fields: [Field] = []
    let message: MessageTexts
    /// How much of a message is understood, wherever one is read.
    let limits: MessageLimits

    var count: Int { places.count }

    /// Throws `NO [BADCHARSET]` for a charset that nobody knows, and BAD for octets that are no text.
    init(
        _ texts: [SearchText], in charset: [UInt8]?, _ configuration: ServerConfiguration, by collation: Collation
    ) throws(CommandFailure) {
        let charsets = Charsets(adding: configuration.charsets)
        self.charsets = charsets
        var wanted: [(utf8: [UInt8], inHeaders: Bool)] = []
        // Also without texts: the client asked for a charset.
        guard charset.map({ charsets.decoder(named: $0) != nil }) ?? true else {
            throw .no(.badCharset(SearchTexts.names(charsets)), "Unknown charset")
        }
        for text in texts {
            let utf8 = try SearchTexts.utf8(text.octets, charset, charsets)
            switch text.place {
            case .field(let name):
                places.append(.field(fields.count))
                fields.append(Field(name: name, text: TextSearch(utf8, charsets, by: collation.casemap)))
            case .text, .body:
                places.append(.message(wanted.count))
                wanted.append((utf8, text.place == .text))
            }
        }
        limits = configuration.limits.message.reader
        message = MessageTexts(wanted, charsets, by: collation.casemap, limits)
    }

    private static func names(_ charsets: Charsets) -> [CharsetName] {
        // US-ASCII and UTF-8, which every server knows, come first.
        let first = ["US-ASCII", "UTF-8"].compactMap { CharsetName(Array($0.utf8)) }
        return first + charsets.names.compactMap { CharsetName($0) }.filter { !first.contains($0) }
    }

    /// Without a charset the text is US-ASCII, and UTF-8 is taken for what it is (RFC 9051 section 6.4.4).
    private static func utf8(
        _ octets: [UInt8], _ charset: [UInt8]?, _ charsets: Charsets
    ) throws(CommandFailure) -> [UInt8] {
        guard octets.contains(where: { $0 >= 0x80 || $0 == 0x1B }) || charset != nil else { return octets }
        let isUTF8 = charset.map { Charset($0)?.isUTF8 ?? false } ?? true
        if isUTF8 {
            guard UTF8Octets.isValid(octets.span) else { throw .bad(nil, "Text is not in its charset") }
            return octets
        }
        return charset.flatMap { charsets.utf8(octets, in: $0) } ?? octets
    }
}
