package import IMAPText
internal import IMAPTypes

/// Takes a content transfer encoding off a body, in pieces: for BINARY (RFC 3516) and for SEARCH in a body.
///
/// Tolerant, like the readers of base64 and quoted-printable it uses; there is no body it cannot decode, only an
/// encoding it does not know.
package enum TransferDecoder: Sendable {
    /// `7bit`, `8bit` and `binary`: octets stand for themselves.
    case identity
    case base64(Base64Reader)
    case quotedPrintable(QuotedPrintableReader)

    /// A decoder for the encoding called `name`, by ASCII case; `nil` for one that is unknown, which BINARY answers
    /// with `NO [UNKNOWN-CTE]`.
    package init?(_ name: [UInt8]) {
        if TransferDecoder.identityNames.contains(where: { ASCII.equalFolded($0, name) }) {
            self = .identity
        } else if ASCII.equalFolded(name, TransferDecoder.base64Name) {
            self = .base64(Base64Reader())
        } else if ASCII.equalFolded(name, TransferDecoder.quotedPrintableName) {
            self = .quotedPrintable(QuotedPrintableReader())
        } else {
            return nil
        }
    }

    private static let identityNames = ["7bit", "8bit", "binary"].map { Array($0.utf8) }
    private static let base64Name = Array("base64".utf8)
    private static let quotedPrintableName = Array("quoted-printable".utf8)

    /// Whether a body is its own decoding, so that sizes and offsets are those of the body.
    package var isIdentity: Bool {
        if case .identity = self { true } else { false }
    }

    /// Appends to `octets` what `text` completes.
    package mutating func decode(_ text: Span<UInt8>, into octets: inout [UInt8]) {
        switch self {
        case .identity: octets.append(text, text.indices)
        case .base64(var reader):
            reader.decode(text, into: &octets)
            self = .base64(reader)
        case .quotedPrintable(var reader):
            // The reader's buffer must not be shared while it grows.
            self = .identity
            reader.decode(text, into: &octets)
            self = .quotedPrintable(reader)
        }
    }

    /// The body is over.
    package mutating func finish(into octets: inout [UInt8]) {
        switch self {
        case .identity: break
        case .base64(var reader):
            reader.finish(into: &octets)
            self = .base64(reader)
        case .quotedPrintable(var reader):
            self = .identity
            reader.finish(into: &octets)
            self = .quotedPrintable(reader)
        }
    }
}
