/// Writes a DEFLATE stream (RFC 1951, without the header of zlib or gzip) in pieces, as IMAP has it (RFC 4978).
///
/// Octets that are taken come out at a flush at the latest. Holds nothing until it is used, then what it was given, up
/// to 64 KiB of it, with 32 KiB to find it again and up to 64 KiB of what a block is made of. At ``rest()`` about half of
/// that is left at the most.
package struct Deflater: Sendable {
    /// How a stretch of the stream ends.
    package enum Flush: Equatable, Sendable {
        /// The receiver gets everything that was taken. The output ends on an octet, with an empty stored block: 00 00
        /// FF FF.
        case sync
        /// The same, and nothing before is referred to any more: what follows has the size that it has in a new stream
        /// (rule R-Z-5).
        case full
        /// The stream ends with its final block. The octets that are taken next begin another stream.
        case finish
    }

    private var matcher = Matcher()
    private var blocks = BlockWriter()

    /// Whether octets were taken that a flush would bring out.
    package private(set) var hasUnflushed = false

    package init() {}

    /// Takes octets, and appends what they complete to `output`.
    package mutating func deflate(_ octets: Span<UInt8>, into output: inout [UInt8]) {
        guard octets.count > 0 else { return }
        hasUnflushed = true
        var taken = 0
        while taken < octets.count {
            taken += matcher.append(octets, taken..<octets.count)
            write(all: false, into: &output)
        }
    }

    /// Appends everything that was taken, and the end of this stretch, also when nothing was taken.
    package mutating func flush(_ kind: Flush, into output: inout [UInt8]) {
        write(all: true, into: &output)
        hasUnflushed = false
        switch kind {
        case .sync, .full:
            if matcher.count > 0 { writeBlock(isFinal: false, into: &output) }
            blocks.writeBoundary(into: &output)
            if kind == .full { matcher.forget() }
        case .finish:
            writeBlock(isFinal: true, into: &output)
            self = Deflater()
        }
    }

    /// Gives back memory that it needs only while it writes: for a stream that may wait for long. To be asked behind a
    /// flush; does nothing elsewhere.
    package mutating func rest() { matcher.rest() }

    /// The octets of memory that it has.
    package var held: Int { matcher.held }

    private mutating func write(all: Bool, into output: inout [UInt8]) {
        matcher.makeTokens(all: all)
        while matcher.isFull {
            writeBlock(isFinal: false, into: &output)
            matcher.makeTokens(all: all)
        }
    }

    private mutating func writeBlock(isFinal: Bool, into output: inout [UInt8]) {
        blocks.write(matcher, isFinal: isFinal, into: &output)
        matcher.removeTokens()
    }
}
