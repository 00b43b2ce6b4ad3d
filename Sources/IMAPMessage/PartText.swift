internal import IMAPText
internal import IMAPTypes

/// The text of one part on its way to be compared: transfer encoding, charset, case.
struct PartText: Sendable {
    /// What is to be looked at of octets that were taken.
    enum Form: Sendable {
        /// The octets themselves. Their case is as it was.
        case given
        /// What they were decoded to. Its case is as it was.
        case decoded
        /// What they were decoded and mapped to.
        case mapped
    }

    private var transfer: TransferDecoder
    private let isEncoded: Bool
    private var charset: (any CharsetDecoder)?
    private var mapper: CasemapMapper
    /// Nothing but US-ASCII came so far, which its charset leaves as it is: no character was begun.
    private var isPlain: Bool

    init(_ encoding: [UInt8], _ name: [UInt8]?, _ charsets: Charsets, _ casemap: Casemap) {
        mapper = CasemapMapper(casemap)
        transfer = TransferDecoder(encoding) ?? .identity
        isEncoded = !transfer.isIdentity
        if let name, PartText.isCommon(name) {
            charset = PartText.common
            isPlain = true
        } else {
            let found = name.flatMap { charsets.textDecoder(named: $0) }
            charset = found?.decoder
            isPlain = found?.keepsASCII ?? true
        }
    }

    /// What most texts are in: it needs no looking for the name.
    private static let common = Charset(Array("utf-8".utf8))?.decoder()
    private static let commonNames = ["utf-8", "us-ascii"].map { Array($0.utf8) }

    private static func isCommon(_ name: [UInt8]) -> Bool {
        commonNames.contains { ASCII.equalFolded($0, name) }
    }

    /// Takes the next octets. Says whether what is to be looked at is in them, or in `text`.
    mutating func take(_ octets: Span<UInt8>, into text: inout [UInt8]) -> Form {
        guard isEncoded else {
            if isPlain, octets.asciiEnd(from: 0) == octets.count { return .given }
            map(octets, into: &text)
            return .mapped
        }
        transfer.decode(octets, into: &text)
        if isPlain, text.span.asciiEnd(from: 0) == text.count { return .decoded }
        let decoded = text
        text = []
        map(decoded.span, into: &text)
        return .mapped
    }

    /// The text is over.
    mutating func finish(into mapped: inout [UInt8]) {
        var decoded: [UInt8] = []
        transfer.finish(into: &decoded)
        map(decoded.span, into: &mapped, isLast: true)
    }

    private mutating func map(_ octets: Span<UInt8>, into mapped: inout [UInt8], isLast: Bool = false) {
        isPlain = false
        mapped.reserveCapacity(octets.count)
        if charset == nil {
            mapper.map(octets, into: &mapped)
        } else {
            var text: [UInt8] = []
            charset?.decode(octets, into: &text)
            if isLast { charset?.finish(into: &text) }
            mapper.map(text.span, into: &mapped)
        }
        if isLast { mapper.finish(into: &mapped) }
    }
}
