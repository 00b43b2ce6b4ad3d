import IMAPHost
import IMAPMessage
import IMAPText
import IMAPTypes

/// A message's header as keys see it.
struct SearchedHeader: Sendable {
    private let block: HeaderBlock
    private let charsets: Charsets

    init(_ octets: [UInt8], _ charsets: Charsets, _ limits: MessageLimits) {
        block = HeaderBlock(octets, limits)
        self.charsets = charsets
    }

    /// The values of the fields called `name`, decoded.
    func values(of name: [UInt8]) -> [[UInt8]] {
        block.values(of: name).map { EncodedWords.decode($0, charsets) }
    }

    /// Whether one of the fields of a name has the text in it.
    func has(_ wanted: SearchTexts.Field) -> Bool {
        block.values(of: wanted.name).contains { wanted.text.isIn(headerValue: $0) }
    }
}

/// The octets of one message, read on and on, each once at most: the header first, where it is asked for, and what is
/// behind it only when, and from where, it is wanted.
struct SearchedOctets: Sendable {
    private static let firstChunk = 16_384
    private static let chunk = 65_536

    private let body: CheckedBody
    /// What was read so far, while it is the header's beginning, with what came behind it in the last piece.
    private(set) var head: [UInt8] = []
    /// How much of ``head`` was given out, or passed over, by ``next(from:)``.
    private var given = 0
    private var offset: UInt64 = 0
    /// Octets given out since others had their turn.
    private var sinceTurn = 0
    private var held: HeldMessage

    /// Octets of the whole message.
    var size: UInt64 { body.size }

    init(_ body: any MessageBody, _ held: HeldMessage) {
        self.body = CheckedBody(body)
        self.held = held
    }

    /// So much of the message is held, besides its header.
    mutating func hold(_ effort: (headerOctets: Int, parts: Int)) async throws(StoreError) {
        try await held.hold(effort, of: body.size)
    }

    /// Reads to the end of the header, or until there are `most` octets of it: what is beyond is ignored (R-ALG-5).
    mutating func readHeader(atMost most: Int) async throws(StoreError) {
        var lineEnd = HeaderEnd()
        while offset < body.size, head.count < most {
            let piece = try await body.read(
                at: offset, max: head.isEmpty ? SearchedOctets.firstChunk : SearchedOctets.chunk)
            guard !piece.isEmpty else { return }
            offset += UInt64(piece.count)
            head.append(contentsOf: piece)
            if lineEnd.isIn(piece) { return }
            guard !held.isLarge else { continue }
            try await held.hold((head.count, 1), of: body.size)
            // All at once, where it will be long: not twice as much, and not again and again.
            if held.isLarge { head.reserveCapacity(Int(clamping: min(body.size, UInt64(clamping: most)))) }
        }
    }

    /// The next octets from `wanted` on, or from where the last ones ended, and where they begin: first of those that were
    /// read with the header. None at the end. However long the header is, they come in pieces: what is made of a piece is
    /// a multiple of it.
    mutating func next(from wanted: UInt64 = 0) async throws(StoreError) -> (offset: UInt64, octets: [UInt8]) {
        given = max(given, min(Int(clamping: wanted), head.count))
        if given < head.count {
            let start = given
            let end = min(start + SearchedOctets.chunk, head.count)
            let piece = end - start == head.count ? head : Array(head[start..<end])
            given = end
            await giveTurn(behind: piece.count)
            return (UInt64(start), piece)
        }
        head = []
        given = 0
        let most = offset == 0 ? SearchedOctets.firstChunk : SearchedOctets.chunk
        offset = max(offset, wanted)
        guard offset < body.size else { return (offset, []) }
        let start = offset
        let piece = try await body.read(at: start, max: most)
        offset += UInt64(piece.count)
        await giveTurn(behind: piece.count)
        return (start, piece)
    }

    /// Octets that were passed over count for nothing, so that those given out are counted here.
    private mutating func giveTurn(behind count: Int) async {
        sinceTurn += count
        guard sinceTurn >= SearchRun.turn else { return }
        sinceTurn = 0
        await Task.yield()
    }
}

/// Looks for the first empty line.
private struct HeaderEnd {
    /// Since the last LF there was nothing, or a CR alone.
    private var isEmptySoFar = true

    mutating func isIn(_ octets: [UInt8]) -> Bool {
        let span = octets.span
        let (lf, cr) = (ASCII.lf, ASCII.cr)
        var isEmptySoFar = isEmptySoFar
        for index in 0..<span.count {
            let octet = span[index]
            if octet == lf {
                if isEmptySoFar { return true }
                isEmptySoFar = true
            } else if octet != cr {
                isEmptySoFar = false
            }
        }
        self.isEmptySoFar = isEmptySoFar
        return false
    }
}
