public import IMAPHost
import IMAPMessage
import IMAPTypes

/// The octets of one message while its items are answered. What is found out for one item is kept for the next.
public struct FetchedBody: Sendable {
    /// The whole message.
    public let whole: any MessageBody
    private var scanned: MessageStructure?
    private var header: Header?

    private static let chunk = 65_536
    private var limits: MessageLimits { held.limits }
    /// What is held of the message. Nothing of it outlives this value, but what was made of it for an answer.
    var held: HeldMessage
    /// Runs of selected fields that may still be kept, for all items of this message.
    private var runsLeft = 10_000
    /// What is known of decoded parts, by their place in the structure.
    var indices: [Int: DecodedIndex] = [:]
    /// Marks that may still be made for all parts. A part for which none are left gets a few, far from each other.
    var marksLeft = 4096
    static let fewestMarks = 16

    /// `known` is what the message's digest says; used if it can be of this body.
    init(_ whole: any MessageBody, _ held: HeldMessage, known: MessageStructure? = nil) {
        self.held = held
        let whole = CheckedBody(whole)
        self.whole = whole
        if let known, known.size == whole.size { scanned = known }
    }

    /// Everything there is to know of the message's parts. Reads all of it, in pieces, once.
    mutating func structure() async throws(StoreError) -> MessageStructure {
        if let scanned { return scanned }
        var scanner = MessageScanner(limits)
        var offset: UInt64 = 0
        while offset < whole.size {
            let octets = try await whole.read(at: offset, max: FetchedBody.chunk)
            guard !octets.isEmpty else { break }
            for piece in octets.readingPieces {
                scanner.feed(piece)
                try await held.hold(scanner.effort, of: whole.size)
            }
            offset += UInt64(octets.count)
        }
        let found = scanner.finish()
        scanned = found
        return found
    }

    /// The envelope, and where the header ends: behind the first empty line. Reads no further than that.
    mutating func envelope() async throws(StoreError) -> (envelope: Envelope, end: UInt64) {
        let header = try await threadedHeader()
        return (header.envelope, header.end)
    }

    /// What a header says.
    typealias Header = (envelope: Envelope, references: [UInt8]?, end: UInt64)

    /// The same, with the References field.
    mutating func threadedHeader() async throws(StoreError) -> Header {
        if let header { return header }
        if let scanned { return (scanned.envelope, scanned.references, scanned.extents[0].header.upperBound) }
        var scanner = MessageScanner(limits)
        var offset: UInt64 = 0
        while offset < whole.size, scanner.envelope == nil {
            let octets = try await whole.read(at: offset, max: 16_384)
            guard !octets.isEmpty else { break }
            scanner.feed(octets)
            offset += UInt64(octets.count)
            try await held.hold(scanner.effort, of: whole.size)
        }
        let found: Header
        if let envelope = scanner.envelope, let end = scanner.headerEnd {
            found = (envelope, scanner.references, end)
        } else {
            let structure = scanner.finish()
            found = (structure.envelope, structure.references, structure.extents[0].header.upperBound)
        }
        header = found
        return found
    }

    /// The fields of a header that a filter selects, and the empty line behind them.
    mutating func fields(_ selection: HeaderFilter.Selection, of header: Range<UInt64>) async throws(StoreError)
        -> MessagePieces
    {
        var filter = HeaderFilter(selection)
        let octets = MessagePieces(whole, [header])
        var offset: UInt64 = 0
        let end = min(octets.size, UInt64(limits.headerOctets))
        while offset < end, filter.ranges.count < runsLeft {
            let piece = try await octets.read(at: offset, max: 16_384)
            guard !piece.isEmpty else { break }
            filter.feed(piece)
            offset += UInt64(piece.count)
        }
        filter.finish()
        let runs = filter.ranges.prefix(runsLeft)
        runsLeft -= runs.count
        return MessagePieces(
            whole,
            runs.map { header.lowerBound + $0.lowerBound..<header.lowerBound + $0.upperBound })
    }
}

/// Some pieces of a message, one behind the other.
struct MessagePieces: MessageBody {
    private let body: any MessageBody
    private let pieces: [Range<UInt64>]
    /// Where each piece begins among the octets of all.
    private let starts: [UInt64]
    let size: UInt64

    init(_ body: any MessageBody, _ pieces: [Range<UInt64>]) {
        self.body = body
        var starts: [UInt64] = []
        var kept: [Range<UInt64>] = []
        var size: UInt64 = 0
        for piece in pieces where !piece.isEmpty {
            starts.append(size)
            kept.append(piece)
            size += piece.upperBound - piece.lowerBound
        }
        self.pieces = kept
        self.starts = starts
        self.size = size
    }

    /// Octets from `offset`, at most `count`; none when the offset is behind the end.
    func partial(from offset: UInt64, count: UInt64) -> MessagePieces {
        let first = min(offset, size)
        let last = first + min(count, size - first)
        return MessagePieces(
            body,
            pieces.indices.compactMap { index in
                let start = starts[index]
                let end = start + (pieces[index].upperBound - pieces[index].lowerBound)
                let low = max(start, first)
                let high = min(end, last)
                guard low < high else { return nil }
                let origin = pieces[index].lowerBound
                return origin + (low - start)..<origin + (high - start)
            })
    }

    func read(at offset: UInt64, max most: Int) async throws(StoreError) -> [UInt8] {
        guard offset < size else { return [] }
        // The last piece that begins at or before the offset.
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        let piece = pieces[low]
        let position = piece.lowerBound + (offset - starts[low])
        let count = min(UInt64(clamping: most), piece.upperBound - position)
        return try await body.read(at: position, max: Int(clamping: count))
    }
}
