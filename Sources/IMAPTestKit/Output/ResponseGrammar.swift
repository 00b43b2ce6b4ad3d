/// The grammar of responses: RFC 9051 section 9 and RFC 3501 section 9, and the RFCs that add to them.
///
/// Written from the ABNF of the RFCs, and from nothing of the library: it shares no code with what it checks.
struct ResponseGrammar: Sendable {
    let permissions: OutputPermissions
    /// Whether nothing is declared.
    private let isPlain: Bool

    init(_ permissions: OutputPermissions) {
        self.permissions = permissions
        isPlain = permissions == OutputPermissions()
    }

    enum Place { case greeting, later }

    /// Reads a whole response.
    ///
    /// ```
    /// response = continue-req / response-data / response-tagged
    /// ```
    func read(
        _ response: FramedResponse, _ place: Place = .later, allowsUTF8: Bool = false, inText: Bool = false
    ) throws(GrammarFault) -> ServerResponse {
        guard isPlain, place == .later,
            let key = KnownResponses.key(response, allowsUTF8: allowsUTF8, inText: inText)
        else { return try readAnew(response, place, allowsUTF8, inText) }
        if let known = KnownResponses.response(key) { return known }
        let found = try readAnew(response, place, allowsUTF8, inText)
        KnownResponses.note(found, as: key)
        return found
    }

    private func readAnew(
        _ response: FramedResponse, _ place: Place, _ allowsUTF8: Bool, _ inText: Bool
    ) throws(GrammarFault) -> ServerResponse {
        var reader = ResponseReader(response, permissions, allowsUTF8: allowsUTF8 || permissions.allowsUTF8)
        reader.allowsUTF8InText = inText || reader.allowsUTF8
        if place == .greeting {
            guard reader.peek("* ") else { throw reader.fault("the greeting is not untagged") }
        }
        if reader.accept(0x2B) { return try continuation(&reader) }
        guard reader.accept(0x2A) else { return try tagged(&reader) }
        try reader.space()
        if let octet = reader.peek, (0x30...0x39).contains(octet) {
            if place == .greeting { throw reader.fault("no greeting") }
            return try numbered(&reader)
        }
        let start = reader.position
        let name = try reader.word()
        if let kind = ServerResponse.StatusKind(rawValue: name) {
            if kind == .preauth, place != .greeting { throw reader.fault("PREAUTH is a greeting", at: start) }
            if place == .greeting, kind == .no || kind == .bad { throw reader.fault("no greeting", at: start) }
            return try status(kind, tag: nil, &reader)
        }
        if place == .greeting { throw reader.fault("no greeting", at: start) }
        let response = try data(name, at: start, &reader)
        try reader.end()
        return response
    }

    /// `continue-req = "+" SP (resp-text / base64) CRLF`
    private func continuation(_ reader: inout ResponseReader) throws(GrammarFault) -> ServerResponse {
        guard reader.accept(0x20) else { throw reader.fault("expected a space") }
        let text = Array(reader.octets[reader.position...])
        if reader.peek == 0x5B {
            _ = try code(&reader, of: .ok, tag: nil)
            if !reader.isAtEnd || !permissions.allowsMissingText { try reader.space() }
        }
        try reader.text(.allowed)
        return .continuation(text: text)
    }

    /// `response-tagged = tag SP resp-cond-state CRLF`
    private func tagged(_ reader: inout ResponseReader) throws(GrammarFault) -> ServerResponse {
        let tag = try reader.tag()
        try reader.space()
        let start = reader.position
        guard let kind = ServerResponse.StatusKind(rawValue: try reader.word()), kind != .bye, kind != .preauth else {
            throw reader.fault("a tagged response is OK, NO or BAD", at: start)
        }
        return try status(kind, tag: tag, &reader)
    }

    /// `resp-text = ["[" resp-text-code "]" SP] text`
    private func status(
        _ kind: ServerResponse.StatusKind, tag: [UInt8]?, _ reader: inout ResponseReader
    ) throws(GrammarFault) -> ServerResponse {
        guard reader.accept(0x20) else { throw reader.fault("expected a space") }
        guard reader.peek == 0x5B else {
            if reader.peek == 0x20 { throw reader.fault("two spaces") }
            try reader.text()
            return .status(kind, tag: tag, code: nil)
        }
        let found = try code(&reader, of: kind, tag: tag)
        if reader.isAtEnd {
            guard permissions.allowsMissingText else { throw reader.fault("no text behind the response code") }
        } else {
            try reader.space()
            try reader.text(permissions.allowsMissingText ? .allowed : .refused)
        }
        return .status(kind, tag: tag, code: found)
    }

    /// `number SP ("EXISTS" / "RECENT") / nz-number SP ("EXPUNGE" / "FETCH" SP msg-att / "UIDFETCH" SP msg-att)`
    private func numbered(_ reader: inout ResponseReader) throws(GrammarFault) -> ServerResponse {
        let start = reader.position
        let number = try reader.number()
        try reader.space()
        let nameStart = reader.position
        let name = try reader.word()
        if number == 0, name != "EXISTS", name != "RECENT" {
            throw reader.fault("zero where the number must not be zero", at: start)
        }
        let response: ServerResponse
        switch name {
        case "EXISTS": response = .exists(number)
        case "RECENT": response = .recent(number)
        case "EXPUNGE": response = .expunge(number)
        case "FETCH", "UIDFETCH":
            try reader.space()
            response = .fetch(try messageData(number, isByUID: name == "UIDFETCH", &reader))
        default:
            guard permissions.responses.contains(name) else {
                throw reader.fault("unknown response \(name)", at: nameStart)
            }
            response = try declared(name, &reader)
        }
        try reader.end()
        return response
    }

    private func declared(_ name: String, _ reader: inout ResponseReader) throws(GrammarFault) -> ServerResponse {
        if !reader.isAtEnd {
            try reader.space()
            try reader.anything(.rest)
        }
        return .other(name)
    }

    private func data(
        _ name: String, at start: Int, _ reader: inout ResponseReader
    ) throws(GrammarFault) -> ServerResponse {
        switch name {
        case "CAPABILITY":
            _ = try capabilities(&reader)
            return .capability
        case "ENABLED":
            var enabled: [String] = []
            while !reader.isAtEnd {
                try reader.space()
                enabled.append(try reader.word())
            }
            return .enabled(enabled)
        case "FLAGS":
            try reader.space()
            try reader.flags(.defined)
            return .flags
        case "SEARCH", "SORT": return try numbers(name, &reader)
        case "THREAD": return try threads(&reader)
        case "ESEARCH": return try extendedSearch(&reader)
        case "VANISHED": return try vanished(&reader)
        case "LANGUAGE":
            try reader.space()
            var tags: [String] = []
            try reader.list { (reader) throws(GrammarFault) in
                tags.append(ASCIIWord.upper(try reader.astring()[...]))
            }
            return .language(tags)
        default: break
        }
        if try mailboxData(name, &reader) { return .other(name) }
        if try accountData(name, &reader) { return .other(name) }
        guard permissions.responses.contains(name) else {
            throw reader.fault("unknown response \(name)", at: start)
        }
        return try declared(name, &reader)
    }

    /// `*(SP capability)`, with `IMAP4rev1` or `IMAP4rev2` among them, and none twice.
    func capabilities(_ reader: inout ResponseReader) throws(GrammarFault) -> ServerResponse.Code {
        var names: Set<String> = []
        while reader.peek == 0x20 {
            try reader.space()
            let start = reader.position
            guard names.insert(try reader.word()).inserted else {
                throw reader.fault("capability named twice", at: start)
            }
        }
        guard names.contains("IMAP4REV1") || names.contains("IMAP4REV2") else {
            throw reader.fault("capabilities without IMAP4rev1 and IMAP4rev2")
        }
        return ServerResponse.Code(name: "CAPABILITY")
    }
}
