/// Reads a DEFLATE stream (RFC 1951, without the header of zlib or gzip) in pieces, as IMAP has it (RFC 4978).
///
/// Never more than what is asked for: a stream that expands a thousand times waits, compressed, in the caller's input.
/// Never ahead: what stands behind a flush is not looked at before the caller asks again, because a command ahead of
/// it can end the compression (RFC 8437 section 4.1).
///
/// Holds nothing until it is used, then up to 64 KiB of window and 8 KiB of tables.
package struct Inflater: Sendable {
    /// Why ``inflate(_:into:max:)`` returned.
    package enum Progress: Equatable, Sendable {
        /// All input was taken. There is no further octet without more of it.
        case needsInput
        /// There is another octet beyond what was asked for; or, when fewer octets were given, an error, which the next
        /// call throws.
        case outputFull
        /// An empty stored block has just ended, which is where a sync or a full flush of the sender ends. The input
        /// stands at the first octet behind it. To go on, ask again.
        case boundary
        /// The final block has ended, now or earlier. The input stands at the first octet behind it.
        case end
    }

    /// What ``endAtBoundary(_:)`` found.
    package enum Boundary: Equatable, Sendable {
        /// The compression ends here: the input stands at the first plain octet.
        case boundary
        /// All input was taken, and the boundary was not in it. Ask again with the octets that follow.
        case needsMore
        /// There is none: something else was compressed behind the octets that were produced.
        case none
    }

    /// What the next bits are.
    enum Step: Equatable {
        case header
        case storedLength
        case stored(left: Int)
        case counts
        /// Of a dynamic block: the lengths of the code that its code lengths are written in.
        case metaLengths
        case codeLengths
        case symbols
        /// No bits: a match that did not fit.
        case match(left: Int, distance: Int)
        case ended
        case failed(InflateError)
    }

    var step = Step.header
    var reader = BitReader()
    var window = InflateWindow()
    var literals = HuffmanTable()
    var distances = HuffmanTable()
    /// What is known of a dynamic block's codes, until its symbols begin.
    var codes = CodeLengths()
    /// Whether the block is the stream's last one.
    var isFinal = false
    /// An empty stored block, or the final one, has ended, and nothing of another was read.
    private var isAligned = false
    /// Since the last octet was produced, a block began that is neither stored nor the final one. It gives octets, or
    /// it gives none, as a partial flush does: it ends in the middle of an octet, wherever its sender stops.
    private var hasLeftBoundary = false
    /// How many blocks began since the last octet was produced: a peer that sends blocks of nothing makes no progress
    /// (R-Z-2).
    package private(set) var blocksWithoutOutput = 0

    package init() {}

    /// Appends octets to `output`, at most `max`, and takes what that needs from the beginning of `input`.
    ///
    /// Returns early at the end of an empty stored block, with or without octets: see ``Progress/boundary``. A call that
    /// throws appends nothing. A stream that is wrong stays so: every further call throws the same error.
    package mutating func inflate(
        _ input: inout ArraySlice<UInt8>, into output: inout [UInt8], max: Int
    ) throws(InflateError) -> Progress {
        var position = 0
        let before = output.count
        do {
            let progress = try run(input.span, &position, &output, max)
            input = input.dropFirst(position)
            return progress
        } catch {
            step = .failed(error)
            guard output.count > before else { throw error }
            return .outputFull
        }
    }

    /// Ends the compression behind the octets that were produced, if the sender ended it there (rule U-P-5).
    ///
    /// To be asked when all produced octets were used and the last of them ended the command that ends the
    /// compression; octets that were produced beyond that command have the meaning of ``Boundary/none``. Nothing is
    /// ever produced here.
    ///
    /// - ``Boundary/boundary``: behind the octets came an empty stored block (a sync or a full flush of the sender, of
    ///   which the first one counts), or the final block ended, without another octet and without another block
    ///   between. The bits up to the end of the octet are passed over; what was drawn ahead is given back: `input`
    ///   begins with the first plain octet. The inflater is at its end.
    /// - ``Boundary/needsMore``: the flush or the final block is not there yet, or not whole. `input` is empty.
    /// - ``Boundary/none``: another octet was compressed, or a block came that is neither of the two. An empty block
    ///   with the fixed codes is what a partial flush leaves; it does not end on an octet, so nothing plain can follow.
    ///
    /// Throws when what comes first is no DEFLATE block, as ``inflate(_:into:max:)`` does.
    package mutating func endAtBoundary(_ input: inout ArraySlice<UInt8>) throws(InflateError) -> Boundary {
        guard !hasLeftBoundary else { return .none }
        if !isAligned {
            let progress: Progress
            do {
                var nothing: [UInt8] = []
                progress = try inflate(&input, into: &nothing, max: 0)
            } catch {
                // Not the error of what came behind another block: that is not looked at when it comes later.
                guard hasLeftBoundary else { throw error }
                return .none
            }
            guard !hasLeftBoundary else { return .none }
            switch progress {
            case .needsInput: return .needsMore
            case .outputFull: return .none
            case .boundary, .end: break
            }
        }
        step = .ended
        return .boundary
    }

    /// Drops what was produced, so that a match cannot repeat it: nothing more is wanted than the end.
    package mutating func forgetOutput() { window = InflateWindow() }

    /// Gives back memory that it needs only while it reads: for a stream that may wait for long.
    package mutating func rest() { window.rest() }

    /// The octets of memory that its window has.
    package var held: Int { window.octets.capacity }

    private mutating func run(
        _ input: Span<UInt8>, _ position: inout Int, _ output: inout [UInt8], _ max: Int
    ) throws(InflateError) -> Progress {
        var room = max
        defer { window.handOut(&output) }
        while true {
            window.makeRoom(&output)
            reader.fill(input, &position)
            let before = window.end
            let stop = try advance(input, &position, room)
            if window.end > before {
                room -= window.end - before
                hasLeftBoundary = false
                blocksWithoutOutput = 0
            }
            guard let stop else { continue }
            // What was drawn and cannot be used yet is kept: it is the beginning of what the next call completes.
            if stop != .needsInput { reader.giveBack(&position) }
            return stop
        }
    }

    /// Takes one step, or many symbols. Returns why it cannot go on, or nothing when it can.
    private mutating func advance(
        _ input: Span<UInt8>, _ position: inout Int, _ room: Int
    ) throws(InflateError) -> Progress? {
        switch step {
        case .header: return try beginBlock()
        case .storedLength: return try readStoredLength()
        case .stored(let left):
            if left == 0 { return endBlock() }
            guard room > 0 else { return .outputFull }
            reader.giveBack(&position)
            guard position < input.count else { return .needsInput }
            let taken = window.append(input, position..<position + min(left, room, input.count - position))
            position += taken
            step = .stored(left: left - taken)
            return nil
        case .counts: return try readCounts() ? nil : .needsInput
        case .metaLengths: return try readMetaLengths() ? nil : .needsInput
        case .codeLengths: return try readCodeLengths() ? nil : .needsInput
        case .symbols: return try readSymbols(input, &position, room)
        case .match(let left, let distance):
            guard room > 0 else { return .outputFull }
            let copied = window.repeatOctets(min(left, room), from: distance)
            step = left > copied ? .match(left: left - copied, distance: distance) : .symbols
            return nil
        case .ended: return .end
        case .failed(let error): throw error
        }
    }

    private mutating func beginBlock() throws(InflateError) -> Progress? {
        guard reader.count >= 3 else { return .needsInput }
        isFinal = reader.take(1) == 1
        let type = reader.take(2)
        isAligned = false
        // A count that overflows would take longer than any connection lasts.
        if blocksWithoutOutput < .max { blocksWithoutOutput += 1 }
        if !isFinal, type == 1 || type == 2 { hasLeftBoundary = true }
        switch type {
        case 0:
            reader.align()
            step = .storedLength
        case 1:
            literals = HuffmanTable.fixedLiterals
            distances = HuffmanTable.fixedDistances
            step = .symbols
        case 2: step = .counts
        default: throw .invalidBlockType
        }
        return nil
    }

    private mutating func readStoredLength() throws(InflateError) -> Progress? {
        guard reader.count >= 32 else { return .needsInput }
        let length = reader.take(16)
        guard reader.take(16) == length ^ 0xFFFF else { throw .badStoredLength }
        guard length == 0, !isFinal else {
            step = .stored(left: length)
            return nil
        }
        isAligned = true
        step = .header
        return .boundary
    }

    mutating func endBlock() -> Progress? {
        step = .header
        guard isFinal else { return nil }
        reader.align()
        isAligned = true
        step = .ended
        return .end
    }
}
