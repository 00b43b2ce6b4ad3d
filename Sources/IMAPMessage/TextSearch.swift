package import IMAPText
internal import IMAPTypes

/// Looks for a string in texts as SEARCH asks (RFC 9051 section 6.4.4), by a comparator's rule (RFC 5255 section 4.6).
///
/// One key is prepared once and asked of many texts. Encoded words of headers and transfer encodings and charsets of
/// bodies are taken off first; text in a charset nobody knows is compared as it stands. Where a few octets of a text are
/// no UTF-8, RFC 5255 has all of it compared by octets; here the rest of it is compared as if they were not there, so
/// more is found.
package struct TextSearch: Sendable {
    /// Shared by all copies: one is made for each message that is looked into.
    private final class Parts: Sendable {
        /// The key, mapped.
        let search: OctetSearch
        let casemap: Casemap
        let charsets: Charsets

        init(_ search: OctetSearch, _ casemap: Casemap, _ charsets: Charsets) {
            self.search = search
            self.casemap = casemap
            self.charsets = charsets
        }
    }

    private let parts: Parts
    private var search: OctetSearch { parts.search }
    private var casemap: Casemap { parts.casemap }
    private var charsets: Charsets { parts.charsets }

    /// Looks for `key`, which is in UTF-8.
    package init(_ key: [UInt8], _ charsets: Charsets = .builtIn, by casemap: Casemap = .unicode) {
        parts = Parts(OctetSearch(for: casemap.map(key)), casemap, charsets)
    }

    /// Whether the key is in an unfolded header value, encoded words decoded.
    package func isIn(headerValue value: [UInt8]) -> Bool {
        if let isIn = isIn(plainHeaderValue: value.span) { return isIn }
        var search = search
        return search.feed(casemap.map(EncodedWords.decode(value, charsets)).span)
    }

    /// The same of a value that is a part of something.
    package func isIn(headerValue value: Span<UInt8>) -> Bool {
        if let isIn = isIn(plainHeaderValue: value) { return isIn }
        var octets: [UInt8] = []
        octets.reserveCapacity(value.count)
        for index in value.indices { octets.append(value[index]) }
        return isIn(headerValue: octets)
    }

    /// The same of a value that is US-ASCII, and has no encoded word in it: nothing is copied. `nil` of any other.
    private func isIn(plainHeaderValue value: Span<UInt8>) -> Bool? {
        value.isPlainField ? parts.search.isIn(value, isFolded: parts.casemap != .octet) : nil
    }

    /// Whether the key is in text that is UTF-8.
    package func isIn(_ utf8: [UInt8]) -> Bool {
        var search = search
        return search.feed(casemap.map(utf8).span)
    }

    /// A search of one body, which comes in pieces, in this content transfer encoding and, when it is text, this
    /// charset; `nil` when nobody knows the encoding.
    package func body(encoding: [UInt8], charset: [UInt8]?) -> BodySearch? {
        guard let decoder = TransferDecoder(encoding) else { return nil }
        return BodySearch(search, decoder, charset.flatMap { charsets.decoder(named: $0) }, casemap)
    }

    /// A search that has a body's pieces on their way: transfer encoding, charset, case, comparison.
    package struct BodySearch: Sendable {
        private var search: OctetSearch
        private var transfer: TransferDecoder
        private var charset: (any CharsetDecoder)?
        private var mapper: CasemapMapper

        fileprivate init(
            _ search: OctetSearch, _ transfer: TransferDecoder, _ charset: (any CharsetDecoder)?, _ casemap: Casemap
        ) {
            mapper = CasemapMapper(casemap)
            self.search = search
            self.transfer = transfer
            self.charset = charset
        }

        /// Takes the next piece. Returns whether the key was found, in this or an earlier one.
        package mutating func feed(_ piece: [UInt8]) -> Bool {
            var octets: [UInt8] = []
            transfer.decode(piece.span, into: &octets)
            return compare(octets, isLast: false)
        }

        /// The body is over. Returns whether the key is in it.
        package mutating func finish() -> Bool {
            var octets: [UInt8] = []
            transfer.finish(into: &octets)
            return compare(octets, isLast: true)
        }

        private mutating func compare(_ octets: [UInt8], isLast: Bool) -> Bool {
            var text = octets
            if charset != nil {
                text.removeAll(keepingCapacity: true)
                charset?.decode(octets.span, into: &text)
                if isLast { charset?.finish(into: &text) }
            }
            var mapped: [UInt8] = []
            mapped.reserveCapacity(text.count)
            mapper.map(text.span, into: &mapped)
            if isLast { mapper.finish(into: &mapped) }
            return search.feed(mapped.span)
        }
    }
}
