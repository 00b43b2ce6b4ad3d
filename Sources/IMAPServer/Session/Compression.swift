import IMAPCodec
import IMAPParser

/// DEFLATE in both directions (RFC 4978), until it ends in both (RFC 8437 section 4.1).
struct Compression: Sendable {
    enum Progress: Sendable, Equatable {
        /// There may be more.
        case goesOn
        /// Nothing without more octets of the client.
        case needsMore
        /// The client's compression ended where it had to: what follows is not compressed.
        case ended
    }

    /// Octets that are decompressed at a time (R-Z-1).
    private static let piece = 16_384
    /// Blocks of nothing in a row, as a flush leaves them (R-Z-2).
    private let emptyBlocks: Int

    private var inflater = Inflater()
    /// Gone when the server's compression has ended.
    private var deflater: Deflater? = Deflater()

    init(emptyBlocks: Int) { self.emptyBlocks = emptyBlocks }

    /// Whether what the client says is compressed, and not only the end of its compression.
    var isOn: Bool { deflater != nil }

    /// Takes octets of the client, as many as it needs.
    ///
    /// It stops at the end of every flush: a command that ends the compression may stand in front of it, and what
    /// stands behind is not looked at before that command is known.
    mutating func read(_ input: inout InputBuffer, into output: inout [UInt8]) throws(LayerError) -> Progress {
        guard isOn else { return try readEnd(&input) }
        do {
            return try readCompressed(&input, into: &output)
        } catch {
            throw .damaged
        }
    }

    private mutating func readCompressed(
        _ input: inout InputBuffer, into output: inout [UInt8]
    ) throws(InflateError) -> Progress {
        guard inflater.blocksWithoutOutput <= emptyBlocks else { throw .badStoredLength }
        var rest = input.unread
        let before = rest.count
        defer { input.consume(before - rest.count) }
        switch try inflater.inflate(&rest, into: &output, max: Compression.piece) {
        case .needsInput: return .needsMore
        case .outputFull, .boundary: return .goesOn
        case .end:
            // The stream may end with the command that ends the compression, and nowhere else (R-Z-3).
            guard !output.isEmpty else { throw .invalidSymbol }
            return .goesOn
        }
    }

    /// What else stands there than the end is data behind it, whether it can be read or not: that is not looked at.
    private mutating func readEnd(_ input: inout InputBuffer) throws(LayerError) -> Progress {
        var rest = input.unread
        let before = rest.count
        defer { input.consume(before - rest.count) }
        switch try? inflater.endAtBoundary(&rest) {
        case .boundary: return .ended
        case .needsMore: return .needsMore
        default: throw .behindTheEnd
        }
    }

    /// What the client is sent for these octets.
    mutating func write(_ octets: [UInt8], _ flush: OutputFlush) -> [UInt8] {
        var output: [UInt8] = []
        deflater?.deflate(octets.span, into: &output)
        switch flush {
        case .all: deflater?.flush(.sync, into: &output)
        case .forgetting: deflater?.flush(.full, into: &output)
        case .last: deflater?.flush(.finish, into: &output)
        }
        return output
    }

    /// Nothing is under way: what it is only worked with is given back.
    mutating func rest() {
        inflater.rest()
        deflater?.rest()
    }

    /// The octets of memory that it has.
    var held: Int { inflater.held + (deflater?.held ?? 0) }

    /// The server's compression has ended. Of the client's, the end is still to come, and none of its text is kept.
    mutating func end() {
        deflater = nil
        inflater.forgetOutput()
    }
}
