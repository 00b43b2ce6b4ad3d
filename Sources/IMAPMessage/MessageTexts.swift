package import IMAPText
internal import IMAPTypes

/// Looks for several strings at once in messages that come in pieces, as SEARCH's TEXT and BODY ask (RFC 9051 section
/// 6.4.4): each octet is decoded once, however many strings there are, and nothing of a body is kept.
///
/// A body is the text of the parts that are text, and of `message` parts that hold no message; other parts hold what is
/// no text. Headers are those of the message, of its parts, and of the messages in it, field by field, with encoded
/// words decoded. A string is found inside one part or one field.
package struct MessageTexts: Sendable {
    private let searches: [OctetSearch]
    /// Whether headers count, for each string.
    private let looksIntoHeaders: [Bool]
    private let needsHeaders: Bool
    private let charsets: Charsets
    private let casemap: Casemap
    private let limits: MessageLimits

    /// Looks for `wanted`, each in UTF-8.
    package init(
        _ wanted: [(utf8: [UInt8], inHeaders: Bool)], _ charsets: Charsets = .builtIn, by casemap: Casemap = .unicode,
        _ limits: MessageLimits = .standard
    ) {
        searches = wanted.map { OctetSearch(for: casemap.map($0.utf8)) }
        self.casemap = casemap
        looksIntoHeaders = wanted.map(\.inHeaders)
        needsHeaders = looksIntoHeaders.contains(true)
        self.charsets = charsets
        self.limits = limits
    }

    /// Begins a message.
    package func reading() -> Reading { Reading(self) }

    /// One message being read.
    package struct Reading: Sendable {
        private let texts: MessageTexts
        private var scanner: MessageScanner
        private var searches: [OctetSearch]
        private var part: PartText?
        private var header: HeaderFields
        /// The part whose header or body is being read.
        private var draft = 0
        /// Which strings were found so far.
        package private(set) var found: [Bool]
        private var missing: Int

        fileprivate init(_ texts: MessageTexts) {
            self.texts = texts
            scanner = MessageScanner(texts.limits, keepsPieces: true)
            header = HeaderFields(longest: texts.limits.fieldOctets)
            searches = texts.searches
            found = texts.searches.map(\.isFound)
            missing = found.count { !$0 }
        }

        /// See ``MessageScanner/effort``.
        package var effort: (headerOctets: Int, parts: Int) { scanner.effort }

        /// Whether nothing more can be found.
        package var isComplete: Bool { missing == 0 }

        /// Takes the next piece of the message.
        package mutating func feed(_ octets: [UInt8]) {
            scanner.feed(octets)
            take(octets)
        }

        /// The message is over.
        package mutating func finish() -> MessageStructure {
            scanner.endOctets()
            take([])
            endHeader()
            endPart()
            return scanner.finish()
        }

        private mutating func take(_ octets: [UInt8]) {
            let pieces = scanner.pieces
            scanner.pieces.removeAll(keepingCapacity: true)
            guard missing > 0 else { return }
            for piece in pieces {
                if piece.draft != draft || (piece.isHeader && part != nil) {
                    endHeader()
                    endPart()
                    draft = piece.draft
                }
                switch piece.place {
                case .fed(let range):
                    takePiece(range == octets.indices ? octets : Array(octets[range]), isHeader: piece.isHeader)
                case .line(let line): takePiece(line, isHeader: piece.isHeader)
                }
                if missing == 0 { return }
            }
        }

        private mutating func takePiece(_ octets: [UInt8], isHeader: Bool) {
            guard !isHeader else {
                guard texts.needsHeaders else { return }
                var index = 0
                while let field = header.next(octets, &index) { look(inField: field) }
                return
            }
            if part == nil {
                endHeader()
                part = PartText(scanner.drafts[draft].content, texts.charsets, texts.casemap)
            }
            guard part?.isText == true else { return }
            var mapped: [UInt8] = []
            part?.take(octets, into: &mapped)
            look(inBody: mapped)
        }

        private mutating func endHeader() {
            if let field = header.finish() { look(inField: field) }
        }

        private mutating func endPart() {
            guard part != nil else { return }
            if part?.isText == true {
                var mapped: [UInt8] = []
                part?.finish(into: &mapped)
                look(inBody: mapped)
            }
            part = nil
            searches = texts.searches
        }

        private mutating func look(inBody mapped: [UInt8]) {
            guard !mapped.isEmpty else { return }
            for index in searches.indices where !found[index] {
                if searches[index].feed(mapped.span) { note(index) }
            }
        }

        private mutating func look(inField field: [UInt8]) {
            guard missing > 0 else { return }
            let mapped = texts.casemap.map(EncodedWords.decode(field, texts.charsets))
            for index in searches.indices where !found[index] && texts.looksIntoHeaders[index] {
                var search = texts.searches[index]
                if search.feed(mapped.span) { note(index) }
            }
        }

        private mutating func note(_ index: Int) {
            found[index] = true
            missing -= 1
        }
    }
}

/// The text of one part on its way to be compared: transfer encoding, charset, case.
private struct PartText: Sendable {
    /// Whether it is looked into.
    let isText: Bool
    private var transfer = TransferDecoder.identity
    private var charset: (any CharsetDecoder)?
    private var mapper: CasemapMapper

    private static let message = Array("message".utf8)
    private static let charsetName = Array("charset".utf8)

    init(_ content: PartContent, _ charsets: Charsets, _ casemap: Casemap) {
        mapper = CasemapMapper(casemap)
        switch content.kind {
        case .text: isText = true
        case .multipart, .message: isText = false
        case .other: isText = ASCII.equalFolded(content.type, PartText.message)
        }
        guard isText else { return }
        transfer = TransferDecoder(content.fields.encoding) ?? .identity
        let name = content.fields.parameters.first { ASCII.equalFolded($0.name, PartText.charsetName) }
        charset = name.flatMap { charsets.decoder(named: $0.value) }
    }

    mutating func take(_ octets: [UInt8], into mapped: inout [UInt8]) {
        var decoded: [UInt8] = []
        transfer.decode(octets, into: &decoded)
        map(decoded, isLast: false, into: &mapped)
    }

    mutating func finish(into mapped: inout [UInt8]) {
        var decoded: [UInt8] = []
        transfer.finish(into: &decoded)
        map(decoded, isLast: true, into: &mapped)
    }

    private mutating func map(_ octets: [UInt8], isLast: Bool, into mapped: inout [UInt8]) {
        var text = octets
        if charset != nil {
            text.removeAll()
            charset?.decode(octets.span, into: &text)
            if isLast { charset?.finish(into: &text) }
        }
        mapped.reserveCapacity(text.count)
        mapper.map(text.span, into: &mapped)
        if isLast { mapper.finish(into: &mapped) }
    }
}

/// Fields of headers, which come in pieces: each unmapped, with its name.
private struct HeaderFields: Sendable {
    private let longest: Int
    private var field: [UInt8] = []
    private var isLineStart = false

    init(longest: Int) { self.longest = longest }

    /// Takes octets from `index` on, up to the beginning of the next field. Returns the field that is over, or `nil` when all
    /// octets were taken.
    mutating func next(_ octets: [UInt8], _ index: inout Int) -> [UInt8]? {
        let span = octets.span
        while index < span.count {
            let octet = span[index]
            if octet == ASCII.lf {
                if field.last == ASCII.cr { field.removeLast() }
                isLineStart = true
                index += 1
                continue
            }
            if isLineStart, octet != ASCII.space, octet != 0x09, let over = finish() { return over }
            isLineStart = false
            let start = index
            while index < span.count, span[index] != ASCII.lf { index += 1 }
            let room = max(0, longest - field.count)
            field.append(contentsOf: octets[start..<start + min(index - start, room)])
        }
        return nil
    }

    /// The header is over. Returns the field that was its last.
    mutating func finish() -> [UInt8]? {
        isLineStart = false
        guard !field.isEmpty else { return nil }
        let over = field
        field = []
        return over
    }
}
