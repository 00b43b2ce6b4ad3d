public import IMAPCodec
public import IMAPHost
import IMAPMessage
import IMAPTypes

/// What there is behind a content transfer encoding.
public enum Decoding<Value: Sendable>: Sendable {
    /// The message has no such part.
    case absent
    /// Nobody knows the encoding.
    case unknownEncoding
    case known(Value)
}

extension FetchedBody {
    /// The octets of a part without its content transfer encoding (RFC 3516). Reads the part once, in pieces, to count
    /// them and to look for NUL; they are decoded again while they are read.
    ///
    /// A part is decoded as its own header says. A multipart has no encoding of its own, whatever it says (RFC 2045
    /// section 6.4), and neither has the whole message, which no numbers name: they are as they are, with the
    /// encodings of the parts inside them. Text is what its sender encoded, line ends and all.
    public mutating func decoded(_ path: [UInt32]) async throws(StoreError) -> Decoding<DecodedOctets> {
        switch try await encoded(path) {
        case .absent: return .absent
        case .unknownEncoding: return .unknownEncoding
        case .known(let part):
            let pieces = MessagePieces(whole, [part.range])
            if let index = indices[part.number] { return .known(DecodedOctets(pieces, index)) }
            var index = DecodedIndex(part.decoder, mostMarks: max(FetchedBody.fewestMarks, marksLeft))
            try await pieces.forEach { index.feed($0) }
            index.finish()
            marksLeft -= min(marksLeft, index.marks.count)
            indices[part.number] = index
            return .known(DecodedOctets(pieces, index))
        }
    }

    /// How many octets ``decoded(_:)`` gives. Reads nothing of a part whose encoding changes nothing.
    public mutating func decodedSize(_ path: [UInt32]) async throws(StoreError) -> Decoding<UInt64> {
        switch try await encoded(path) {
        case .absent: return .absent
        case .unknownEncoding: return .unknownEncoding
        case .known(let part) where part.decoder.isIdentity:
            return .known(part.range.upperBound - part.range.lowerBound)
        case .known:
            guard case .known(let octets) = try await decoded(path) else { return .absent }
            return .known(octets.size)
        }
    }

    /// Where a part is and how it is encoded. The whole message has the number -1.
    private mutating func encoded(
        _ path: [UInt32]
    ) async throws(StoreError) -> Decoding<(number: Int, range: Range<UInt64>, decoder: TransferDecoder)> {
        guard !path.isEmpty else { return .known((-1, 0..<whole.size, .identity)) }
        let structure = try await structure()
        guard let number = structure.part(at: path), let range = structure.range(of: path, .whole) else {
            return .absent
        }
        let part = structure.body.parts[number]
        if case .multipart = part.content { return .known((number, range, .identity)) }
        guard let decoder = TransferDecoder(part.fields.encoding) else { return .unknownEncoding }
        return .known((number, range, decoder))
    }
}

extension MessagePieces {
    /// All of it, piece by piece.
    fileprivate func forEach(_ take: ([UInt8]) -> Void) async throws(StoreError) {
        var offset: UInt64 = 0
        while offset < size {
            let octets = try await read(at: offset, max: 65_536)
            // Less than was announced: it is found out again, and said, when the octets are sent.
            guard !octets.isEmpty else { return }
            take(octets)
            offset += UInt64(octets.count)
        }
    }
}

/// The octets of a part without its content transfer encoding, decoded while they are read.
///
/// Reading on from where the last read ended decodes each octet once; reading anywhere else begins at most an interval
/// between two marks before.
public struct DecodedOctets: MessageBody {
    private let encoded: MessagePieces
    private let index: DecodedIndex
    /// The first octet that belongs to it.
    private let start: UInt64
    public let size: UInt64

    private static let chunk = 65_536

    init(_ encoded: MessagePieces, _ index: DecodedIndex) {
        self.init(encoded, index, start: 0, size: index.size)
    }

    private init(_ encoded: MessagePieces, _ index: DecodedIndex, start: UInt64, size: UInt64) {
        self.encoded = encoded
        self.index = index
        self.start = start
        self.size = size
    }

    /// Whether NUL is among the part's octets: they are sent as a `literal8`.
    public var holdsNUL: Bool { index.holdsNUL }

    /// Those that a FETCH asks for: none when the offset is behind the end.
    public func partial(_ partial: PartialOctets) -> DecodedOctets {
        let skipped = min(partial.offset, size)
        return DecodedOctets(encoded, index, start: start + skipped, size: min(partial.count, size - skipped))
    }

    public func read(at offset: UInt64, max most: Int) async throws(StoreError) -> [UInt8] {
        guard offset < size, most > 0 else { return [] }
        let count = min(UInt64(clamping: most), size - offset)
        let first = start + offset
        if index.isIdentity { return try await encoded.read(at: first, max: Int(clamping: count)) }
        let number = index.mark(before: first)
        let mark = index.marks[number]
        // Where the next mark is, reading ends: the next read goes on from it.
        let next = number + 1 < index.marks.count ? index.marks[number + 1] : nil
        let end = next?.encoded ?? encoded.size
        var decoder = mark.decoder
        var position = mark.encoded
        /// Decoded octets that are before those asked for.
        var skipped = first - mark.decoded
        var octets: [UInt8] = []
        while position < end, UInt64(octets.count) < count {
            let wanted = min(UInt64(DecodedOctets.chunk), end - position)
            let piece = try await encoded.read(at: position, max: Int(clamping: wanted))
            guard !piece.isEmpty else { return [] }
            position += UInt64(piece.count)
            decoder.decode(piece.span, into: &octets)
            skip(&octets, &skipped)
        }
        if position >= encoded.size {
            decoder.finish(into: &octets)
            skip(&octets, &skipped)
        }
        if UInt64(octets.count) > count { octets.removeLast(octets.count - Int(clamping: count)) }
        return octets
    }

    private func skip(_ octets: inout [UInt8], _ count: inout UInt64) {
        guard count > 0 else { return }
        let gone = min(octets.count, Int(clamping: count))
        octets.removeFirst(gone)
        count -= UInt64(gone)
    }
}
