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

    /// Begins a message of which nothing is known.
    package func reading() -> Reading { Reading(self) }

    /// Begins a message of `size` octets with a digest, which tells where its texts are: what is no text need not be
    /// read. `nil` where the octets are no such digest.
    package func reading(digest: [UInt8], size: UInt64) -> KnownReading? {
        guard let places = TextPlaces(digest, size: size, withHeaders: needsHeaders) else { return nil }
        return KnownReading(self, places)
    }

    /// What was found so far in one message.
    fileprivate struct Found: Sendable {
        let texts: MessageTexts
        private(set) var isFound: [Bool]
        private(set) var missing: Int
        /// As far as they came in the part at hand.
        private var searches: [OctetSearch]
        private var header: HeaderFields

        var longestField: Int { max(0, texts.limits.fieldOctets) }

        init(_ texts: MessageTexts) {
            self.texts = texts
            header = HeaderFields(longest: texts.limits.fieldOctets)
            searches = texts.searches
            isFound = texts.searches.map(\.isFound)
            missing = isFound.count { !$0 }
        }

        mutating func look(inHeader octets: Span<UInt8>) {
            guard texts.needsHeaders else { return }
            var index = 0
            while missing > 0, let field = header.next(octets, &index) {
                switch field {
                case .given(let range): look(inField: octets.extracting(range))
                case .kept(let octets): look(inField: octets)
                }
            }
        }

        mutating func endHeader() {
            if let field = header.finish() { look(inField: field) }
        }

        /// The part that `content` tells of; `nil` where it is no text.
        func part(_ content: PartContent) -> PartText? {
            switch content.kind {
            case .text: break
            case .multipart, .message: return nil
            case .other: guard ASCII.equalFolded(content.type, TextPlaces.message) else { return nil }
            }
            let charset = content.fields.parameters.first { ASCII.equalFolded($0.name, TextPlaces.charset) }
            return PartText(content.fields.encoding, charset?.value, texts.charsets, texts.casemap)
        }

        func part(_ text: TextPlaces.Text, _ places: TextPlaces) -> PartText {
            let charset = text.charset.map { places.digest.octets(at: $0) }
            return PartText(places.digest.octets(at: text.encoding), charset, texts.charsets, texts.casemap)
        }

        /// Looks into the next octets of a part; of one that is no text, `nil`, at nothing.
        mutating func look(in part: inout PartText?, _ octets: Span<UInt8>) {
            var text: [UInt8] = []
            switch part?.take(octets, into: &text) {
            case nil: break
            case .given: look(inBody: octets, isFolded: texts.casemap != .octet)
            case .decoded: look(inBody: text.span, isFolded: texts.casemap != .octet)
            case .mapped: look(inBody: text.span, isFolded: false)
            }
        }

        mutating func end(_ part: inout PartText?) {
            guard part != nil else { return }
            var text: [UInt8] = []
            part?.finish(into: &text)
            part = nil
            look(inBody: text.span, isFolded: false)
            for index in searches.indices { searches[index] = texts.searches[index] }
        }

        private mutating func look(inBody text: Span<UInt8>, isFolded: Bool) {
            guard !text.isEmpty else { return }
            for index in searches.indices where !isFound[index] {
                if searches[index].feed(text, isFolded: isFolded) { note(index) }
            }
        }

        private mutating func look(inField field: Span<UInt8>) {
            guard !field.isPlainField else { return look(inHeaderText: field, isFolded: texts.casemap != .octet) }
            var octets: [UInt8] = []
            octets.append(field, field.indices)
            look(inField: octets)
        }

        private mutating func look(inField field: [UInt8]) {
            guard !field.span.isPlainField else {
                return look(inHeaderText: field.span, isFolded: texts.casemap != .octet)
            }
            let mapped = texts.casemap.map(EncodedWords.decode(field, texts.charsets))
            look(inHeaderText: mapped.span, isFolded: false)
        }

        private mutating func look(inHeaderText text: Span<UInt8>, isFolded: Bool) {
            for index in searches.indices where !isFound[index] && texts.looksIntoHeaders[index] {
                if texts.searches[index].isIn(text, isFolded: isFolded) { note(index) }
            }
        }

        private mutating func note(_ index: Int) {
            isFound[index] = true
            missing -= 1
        }
    }

    /// One message being read whose structure is found on the way.
    package struct Reading: Sendable {
        private var scanner: MessageScanner
        private var texts: Found
        private var part: PartText?
        private var lineEnd = HeldLineEnd()
        /// The part whose header or body is being read.
        private var draft = 0

        fileprivate init(_ texts: MessageTexts) {
            scanner = MessageScanner(texts.limits, keepsPieces: true)
            self.texts = Found(texts)
        }

        /// Which strings were found so far.
        package var found: [Bool] { texts.isFound }

        /// See ``MessageScanner/effort``.
        package var effort: (headerOctets: Int, parts: Int) { scanner.effort }

        /// Whether nothing more can be found.
        package var isComplete: Bool { texts.missing == 0 }

        /// Takes the next piece of the message.
        package mutating func feed(_ octets: [UInt8]) {
            scanner.feed(octets)
            take(octets)
        }

        /// The message is over.
        package mutating func finish() -> MessageStructure {
            scanner.endOctets()
            take([])
            texts.endHeader()
            endPart(atBoundary: !scanner.open.contains { $0.draft == draft })
            return scanner.finish()
        }

        private mutating func take(_ octets: [UInt8]) {
            let pieces = scanner.pieces
            scanner.pieces.removeAll(keepingCapacity: true)
            let span = octets.span
            for piece in pieces where texts.missing > 0 {
                if piece.draft != draft || (piece.isHeader && part != nil) {
                    texts.endHeader()
                    endPart(atBoundary: true)
                    draft = piece.draft
                }
                switch piece.place {
                case .fed(let range): take(span.extracting(range), isHeader: piece.isHeader)
                case .line(let line): take(line.span, isHeader: piece.isHeader)
                }
            }
        }

        private mutating func take(_ octets: Span<UInt8>, isHeader: Bool) {
            guard !isHeader else { return texts.look(inHeader: octets) }
            if part == nil {
                texts.endHeader()
                part = texts.part(scanner.drafts[draft].content)
            }
            let (before, range) = lineEnd.take(octets)
            if !before.isEmpty { texts.look(in: &part, before.span) }
            texts.look(in: &part, octets.extracting(range))
        }

        private mutating func endPart(atBoundary: Bool) {
            let last = lineEnd.finish(atBoundary: atBoundary)
            if !last.isEmpty { texts.look(in: &part, last.span) }
            texts.end(&part)
        }
    }

    /// One message being read whose texts' places are known.
    package struct KnownReading: Sendable {
        private let places: TextPlaces
        private var texts: Found
        private var part: PartText?
        /// The place at hand, and how far it was read.
        private var index = 0
        private var position: UInt64 = 0

        fileprivate init(_ texts: MessageTexts, _ places: TextPlaces) {
            self.places = places
            self.texts = Found(texts)
        }

        /// Which strings were found so far.
        package var found: [Bool] { texts.isFound }

        /// As ``MessageScanner/effort``: what is held is a field of a header, and a few octets for each place.
        package var effort: (headerOctets: Int, parts: Int) {
            (min(places.longestHeader, texts.longestField), places.all.count / KnownReading.placesOfPart)
        }

        /// So many places take the memory that a part takes of which all is known.
        private static let placesOfPart = 16

        /// Where the octets are that are needed next; `nil` when nothing more can be found.
        package var wanted: UInt64? {
            guard texts.missing > 0, index < places.all.count else { return nil }
            return max(places.all[index].range.lowerBound, position)
        }

        /// Takes octets of the message that begin at `offset`, no further than ``wanted``.
        package mutating func feed(_ octets: [UInt8], at offset: UInt64) {
            let span = octets.span
            let end = offset + UInt64(octets.count)
            while let wanted {
                let place = places.all[index]
                let last = min(place.range.upperBound, end)
                if wanted >= offset, wanted < last {
                    take(span.extracting(Int(wanted - offset)..<Int(last - offset)), place)
                    position = last
                }
                guard place.range.upperBound <= end else { return }
                endPlace()
            }
        }

        /// Nothing more comes.
        package mutating func finish() { endPlace() }

        private mutating func take(_ octets: Span<UInt8>, _ place: TextPlaces.Place) {
            guard let text = place.text else { return texts.look(inHeader: octets) }
            if part == nil { part = texts.part(text, places) }
            texts.look(in: &part, octets)
        }

        private mutating func endPlace() {
            texts.endHeader()
            texts.end(&part)
            index += 1
        }
    }
}

/// The line end at the end of a part, which is the boundary's, if there is one behind it (RFC 2046 section 5.1.1).
private struct HeldLineEnd: Sendable {
    private var held: [UInt8] = []

    private static let cr: [UInt8] = [ASCII.cr]
    private static let lf: [UInt8] = [ASCII.lf]
    private static let crlf: [UInt8] = [ASCII.cr, ASCII.lf]

    /// Takes the next octets of the part. Returns what was held before them, and those of them that are not held.
    mutating func take(_ octets: Span<UInt8>) -> (before: [UInt8], Range<Int>) {
        guard !octets.isEmpty else { return ([], 0..<0) }
        var before = held
        var start = 0
        if octets[0] == ASCII.lf, held == HeldLineEnd.cr {
            held = HeldLineEnd.crlf
            guard octets.count > 1 else { return ([], 0..<0) }
            before = held
            start = 1
        }
        var end = octets.count
        held = []
        if octets[end - 1] == ASCII.cr {
            held = HeldLineEnd.cr
        } else if octets[end - 1] == ASCII.lf {
            held = end - 2 >= start && octets[end - 2] == ASCII.cr ? HeldLineEnd.crlf : HeldLineEnd.lf
        }
        end -= held.count
        return (before, start..<end)
    }

    /// The part is over. Returns what of it was held.
    mutating func finish(atBoundary: Bool) -> [UInt8] {
        let last = atBoundary && held != HeldLineEnd.cr ? [] : held
        held = []
        return last
    }
}
