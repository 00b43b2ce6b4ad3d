internal import IMAPTypes

/// Where the texts of a message are that SEARCH looks into, in the order of the message, as its digest tells.
struct TextPlaces: Sendable {
    /// A header, or the body of a part that is text.
    struct Place: Sendable {
        let range: Range<UInt64>
        /// `nil`: it is a header.
        let text: Text?
    }

    /// How the text of a part is to be read, as places in the digest.
    struct Text: Sendable {
        let encoding: DigestString
        let charset: DigestString?
    }

    let digest: DigestStructure
    private(set) var all: [Place] = []
    /// Octets of the longest header among them.
    private(set) var longestHeader = 0

    static let message = Array("message".utf8)
    static let charset = Array("charset".utf8)

    /// `nil` unless `digest` is a digest of a message of `size` octets. Any octets may be handed in.
    init?(_ digest: [UInt8], size: UInt64, withHeaders: Bool) {
        guard var parts = DigestStructure(digest, size: size) else { return nil }
        while let part = parts.next() {
            if withHeaders, !part.header.isEmpty {
                all.append(Place(range: part.header, text: nil))
                longestHeader = max(longestHeader, Int(clamping: part.header.upperBound - part.header.lowerBound))
            }
            switch part.kind {
            case .text: break
            case .multipart, .message: continue
            case .other: guard parts.isCalled(part.type, TextPlaces.message) else { continue }
            }
            guard !part.body.isEmpty else { continue }
            let charset = parts.parameter(TextPlaces.charset, of: part)
            all.append(Place(range: part.body, text: Text(encoding: part.encoding, charset: charset)))
        }
        guard parts.isWhole else { return nil }
        self.digest = parts
    }
}
