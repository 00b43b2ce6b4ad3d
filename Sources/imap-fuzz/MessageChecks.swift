import IMAPMessage
import IMAPText
import IMAPTypes

enum HeaderChecks {
    private static let names = ["subject", "from", "to", "references", "x", "content-type"].map { Array($0.utf8) }

    static func problem(_ octets: [UInt8], _ random: inout SplitMix) -> String? {
        let block = HeaderBlock(octets)
        for field in block.fields {
            guard field.name.upperBound <= field.value.lowerBound, field.value.upperBound <= octets.count else {
                return "field \(field)"
            }
            read(block.unfolded(field))
        }
        for name in names {
            if let problem = filter(name, block, random.cut(octets)) { return problem }
        }
        return nil
    }

    /// What is selected and what is not are the whole header, and what is selected is what was looked for.
    private static func filter(_ name: [UInt8], _ block: HeaderBlock, _ pieces: [[UInt8]]) -> String? {
        let octets = block.octets
        let only = ranges(.only([name]), [octets])
        let rest = ranges(.except([name]), [octets])
        guard only == ranges(.only([name]), pieces), rest == ranges(.except([name]), pieces) else {
            return "the filter depends on the cut"
        }
        var held = [UInt8](repeating: 0, count: octets.count)
        for ranges in [only, rest] {
            var end: UInt64 = 0
            for range in ranges {
                guard range.lowerBound >= end, !range.isEmpty, range.upperBound <= octets.count else {
                    return "selected \(ranges)"
                }
                end = range.upperBound
                for index in range { held[Int(index)] += 1 }
            }
        }
        // The empty line is in both; what is behind it in neither.
        let end = held.lastIndex { $0 > 0 }.map { $0 + 1 } ?? 0
        let line = held[..<end].reversed().prefix { $0 == 2 }.count
        guard held[..<(end - line)].allSatisfy({ $0 == 1 }), line <= 2 else { return "selected twice, or not at all" }
        let selected = HeaderBlock(only.flatMap { octets[Int($0.lowerBound)..<Int($0.upperBound)] })
        guard selected.values(of: name) == block.values(of: name) else { return "other fields were selected" }
        return nil
    }

    private static func ranges(_ selection: HeaderFilter.Selection, _ pieces: [[UInt8]]) -> [Range<UInt64>] {
        var filter = HeaderFilter(selection)
        for piece in pieces { filter.feed(piece) }
        filter.finish()
        return filter.ranges
    }

    /// Reads a value in every way there is: nothing of it may trap.
    private static func read(_ value: [UInt8]) {
        _ = EncodedWords.decode(value)
        _ = BaseSubject(value)
        _ = SentDate(value).map { SentDate($0.date) }
        _ = MessageIDs.parse(value)
        _ = MessageIDs.references(value, inReplyTo: value)
    }
}

enum TransferChecks {
    static func problem(_ cuts: Cuts) -> String? {
        for name in ["base64", "quoted-printable", "8bit"] {
            guard let decoder = TransferDecoder(Array(name.utf8)) else { return "no decoder for \(name)" }
            let decoded = decode([cuts.whole], decoder)
            guard cuts.all.allSatisfy({ decode($0, decoder) == decoded }) else { return "\(name) depends on the cut" }
            guard decoded.count <= cuts.whole.count else { return "\(name) grows" }
            for pieces in cuts.all {
                if let problem = marks(pieces, decoder, cuts.whole, decoded) { return "\(name): \(problem)" }
            }
        }
        var reader = Base64Reader()
        var again: [UInt8] = []
        reader.decode(Base64.encode(cuts.whole.span).span, into: &again)
        reader.finish(into: &again)
        return again == cuts.whole ? nil : "base64 is not read as it was written"
    }

    private static func decode(_ pieces: [[UInt8]], _ decoder: TransferDecoder) -> [UInt8] {
        var decoder = decoder
        var octets: [UInt8] = []
        for piece in pieces { decoder.decode(piece.span, into: &octets) }
        decoder.finish(into: &octets)
        return octets
    }

    /// From every mark the rest is the same, and there are few.
    private static func marks(
        _ pieces: [[UInt8]], _ decoder: TransferDecoder, _ text: [UInt8], _ decoded: [UInt8]
    ) -> String? {
        var index = DecodedIndex(decoder, mostMarks: 6, spacing: 8)
        for piece in pieces { index.feed(piece) }
        index.finish()
        guard index.size == UInt64(decoded.count), index.holdsNUL == decoded.contains(0), index.marks.count <= 6 else {
            return "\(index.size) of \(decoded.count) octets, \(index.marks.count) marks"
        }
        for (number, mark) in index.marks.enumerated() {
            guard decode([Array(text[Int(mark.encoded)...])], mark.decoder) == Array(decoded[Int(mark.decoded)...])
            else {
                return "mark \(number) leads elsewhere"
            }
            guard index.mark(before: mark.decoded) == number else { return "mark \(number) is not found" }
        }
        return nil
    }
}

enum SearchChecks {
    private static let encodings = ["8bit", "base64", "quoted-printable", "x-unknown"].map { Array($0.utf8) }
    private static let charsets: [[UInt8]?] =
        [
            nil, "utf-8", "iso-8859-1", "us-ascii", "windows-1251", "koi8-r", "utf-7", "x-unknown",
        ].map { $0.map { Array($0.utf8) } }

    static func problem(_ cuts: Cuts, encoding: UInt8, charset: UInt8, key start: Int) -> String? {
        let whole = cuts.whole
        let key = Array(whole.dropFirst(start).prefix(5))
        let search = TextSearch(key)
        var found: Bool?
        for pieces in cuts.all {
            guard var body = search.body(encoding: encodings[Int(encoding)], charset: charsets[Int(charset)]) else {
                return encoding == 3 ? nil : "no search"
            }
            for piece in pieces { _ = body.feed(piece) }
            let isFound = body.finish()
            guard found == nil || found == isFound else { return "the search depends on the cut" }
            found = isFound
        }
        let isPlain = encoding == 0 && charset < 4 && whole.allSatisfy { $0 < 0x80 }
        guard !isPlain || found == true else { return "\(key) is not found where it is" }
        guard search.isIn(key) else { return "\(key) is not in itself" }
        _ = search.isIn(headerValue: whole)
        return nil
    }
}
