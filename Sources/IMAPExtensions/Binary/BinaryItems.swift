import IMAPCodec
import IMAPHost
import IMAPParser
import IMAPServer
import IMAPTypes

/// `BINARY[section-part]<partial>` and `BINARY.PEEK[section-part]<partial>` (RFC 3516 section 4.2)
///
/// What is sent is a `literal8` when NUL is anywhere among the part's octets, and a literal otherwise, so a client
/// knows without looking (section 4.3). A part that is a multipart, and the whole message, which no numbers name, are
/// sent as they are; RFC 9051 section 6.4.5 leaves them to the server.
struct BinaryItem: StreamedFetchItem {
    private static let name: Keyword = "BINARY"
    static let names: [Keyword] = [name, "BINARY.PEEK"]
    static let takesSection = true

    let section: PartSection
    let marksSeen: Bool

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        section = try PartSection(&arguments)
        marksSeen = name == BinaryItem.name
    }

    var columns: MessageColumns { [] }

    var needs: MessageNeed { section.path.isEmpty ? .nothing : .structure }

    func write(_ message: FetchedMessage, to writer: inout ResponseWriter) {
        writer.keyword(BinaryItem.name)
        writer.partSection(section)
    }

    func isAnswered(by other: any StreamedFetchItem) -> Bool { (other as? BinaryItem)?.section == section }

    func value(of message: inout FetchedBody) async throws(StoreError) -> FetchedValue {
        switch try await message.decoded(section.path) {
        case .absent: return .null
        case .unknownEncoding: return .unknownEncoding
        case .known(let part):
            let octets = section.partial.map { part.partial($0) } ?? part
            return octets.holdsNUL ? .literal8(octets) : .literal(octets)
        }
    }
}

/// `BINARY.SIZE[section-part]` (RFC 3516 section 4.2)
///
/// It is what `BINARY[section-part]` would send: of a part that is not there, which is NIL then, no octets.
struct BinarySizeItem: StreamedFetchItem {
    private static let name: Keyword = "BINARY.SIZE"
    static let names = [name]
    static let takesSection = true

    let section: PartSection

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        section = try PartSection(&arguments, allowsPartial: false)
    }

    var columns: MessageColumns { [] }

    var marksSeen: Bool { false }

    var needs: MessageNeed { section.path.isEmpty ? .nothing : .structure }

    func write(_ message: FetchedMessage, to writer: inout ResponseWriter) {
        writer.keyword(BinarySizeItem.name)
        writer.partSection(section)
    }

    func isAnswered(by other: any StreamedFetchItem) -> Bool { other as? BinarySizeItem == self }

    func value(of message: inout FetchedBody) async throws(StoreError) -> FetchedValue {
        switch try await message.decodedSize(section.path) {
        case .absent: .number(0)
        case .unknownEncoding: .unknownEncoding
        case .known(let size): .number(size)
        }
    }
}

extension FetchedValue {
    fileprivate static let unknownEncoding = FetchedValue.refused(
        .unknownTransferEncoding, "A part is in an unknown transfer encoding")
}

extension ResponseCode {
    /// The server cannot decode a part (RFC 3516 section 4.3).
    static let unknownTransferEncoding = ResponseCode("UNKNOWN-CTE")
}
