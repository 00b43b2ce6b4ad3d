/// The encoded words of RFC 2047, which stand in headers for text that is not ASCII.
///
/// ```abnf
/// encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?="
/// ```
///
/// White space between two encoded words is not part of the text. Adjacent words of one charset are decoded as one
/// text, so a character may be cut between them, as senders do. An encoded word is read also where it touches other
/// text and when it is longer than 75 octets. What is malformed, or in a charset nobody knows, is left as it is.
package enum EncodedWords {
    /// A word found: where it ends, and what it says.
    private struct Word {
        let end: Int
        let charset: [UInt8]
        let octets: [UInt8]
    }

    /// The UTF-8 that `value`, an unfolded header value, stands for.
    ///
    /// Octets above 127 outside of encoded words are left as they are: they need not be UTF-8.
    package static func decode(_ value: [UInt8], _ charsets: Charsets = .builtIn) -> [UInt8] {
        guard value.contains(0x3F) else { return value }
        var utf8: [UInt8] = []
        utf8.reserveCapacity(value.count)
        /// The text of the words that were adjacent so far, and where they end.
        var run: (charset: [UInt8], decoder: any CharsetDecoder, end: Int)?
        var index = 0

        func endRun() {
            run?.decoder.finish(into: &utf8)
            run = nil
        }

        while index < value.count {
            if value[index] == 0x3D, let word = word(value, index) {
                // A run that goes on has had nothing but white space since its last word.
                if run?.charset != word.charset {
                    guard let decoder = charsets.decoder(named: word.charset) else {
                        // Not ours to read: it stands for itself, and so does the space before it.
                        let kept = run?.end ?? index
                        endRun()
                        utf8.append(contentsOf: value[kept..<word.end])
                        index = word.end
                        continue
                    }
                    endRun()
                    run = (word.charset, decoder, word.end)
                }
                run?.decoder.decode(word.octets.span, into: &utf8)
                run?.end = word.end
                index = word.end
                continue
            }
            let octet = value[index]
            if let end = run?.end {
                // White space may yet turn out to be between two words.
                if octet == 0x20 || octet == 0x09 || octet == 0x0D || octet == 0x0A {
                    index += 1
                    continue
                }
                endRun()
                utf8.append(contentsOf: value[end..<index])
            }
            utf8.append(octet)
            index += 1
        }
        if let end = run?.end {
            endRun()
            utf8.append(contentsOf: value[end..<value.count])
        }
        return utf8
    }

    /// The encoded word at `start`. Every octet is looked at a bounded number of times: none of the three fields can
    /// hold a `?`, so the fields of two attempts do not overlap.
    private static func word(_ value: [UInt8], _ start: Int) -> Word? {
        guard start + 1 < value.count, value[start + 1] == 0x3F else { return nil }
        var index = start + 2
        let charsetStart = index
        var charsetEnd: Int?
        while index < value.count, value[index] != 0x3F {
            guard value[index] > 0x20, value[index] < 0x7F, index - charsetStart < 100 else { return nil }
            if value[index] == 0x2A, charsetEnd == nil { charsetEnd = index }
            index += 1
        }
        let end = charsetEnd ?? index
        guard end > charsetStart, index + 2 < value.count, value[index + 2] == 0x3F else { return nil }
        let charset = value[charsetStart..<end].map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
        let encoding = value[index + 1] | 0x20
        guard encoding == 0x71 || encoding == 0x62 else { return nil }
        let textStart = index + 3
        index = textStart
        while index < value.count, value[index] != 0x3F { index += 1 }
        guard index + 1 < value.count, value[index + 1] == 0x3D else { return nil }
        let text = value[textStart..<index]
        var octets: [UInt8] = []
        octets.reserveCapacity(text.count)
        if encoding == 0x71 {
            decodeQ(text, into: &octets)
        } else {
            var reader = Base64Reader()
            reader.decode(text.span, into: &octets)
            reader.finish(into: &octets)
            guard text.isEmpty || !octets.isEmpty else { return nil }
        }
        return Word(end: index + 2, charset: charset, octets: octets)
    }

    /// The Q encoding of RFC 2047 section 4.2; a `=` without two digits stands for itself.
    private static func decodeQ(_ text: ArraySlice<UInt8>, into octets: inout [UInt8]) {
        var index = text.startIndex
        while index < text.endIndex {
            let octet = text[index]
            if octet == 0x3D, index + 2 < text.endIndex, let first = QuotedPrintableReader.digit(text[index + 1]),
                let second = QuotedPrintableReader.digit(text[index + 2])
            {
                octets.append(first << 4 | second)
                index += 3
                continue
            }
            octets.append(octet == 0x5F ? 0x20 : octet)
            index += 1
        }
    }
}
