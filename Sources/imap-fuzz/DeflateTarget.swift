import IMAPCodec

/// Reads the input as a DEFLATE stream in several cuts and steps, or writes one and reads it back.
enum DeflateTarget {
    /// What is wrong with the codec on this input, or `nil`.
    ///
    /// The first octet chooses: with bit 7 the rest is written as a stream and read back, else it is read as one. The
    /// second is how many octets are asked for at once.
    static func problem(_ input: [UInt8]) -> String? {
        guard input.count >= 2 else { return nil }
        let octets = Array(input[2...])
        var random = SplitMix(hashing: input)
        if input[0] & 0x80 != 0 { return RoundTripChecks.problem(octets, &random) }
        return StreamChecks.problem(Cuts(octets, &random), step: Int(input[1]) + 1)
    }

    static let words: [[UInt8]] = [
        [0x00, 0x00, 0x00, 0xFF, 0xFF], [0x00, 0x00, 0xFF, 0xFF], [0x03, 0x00], [0x02, 0x00], [0x01, 0x00, 0x00],
        [0x01, 0x03, 0x00, 0xFC, 0xFF], [0x04, 0xC0, 0x81], [0x05, 0xE0, 0x81], [0xED, 0xC0], [0x63, 0x60, 0x60],
        [0x63, 0x18, 0x05], [0x92, 0x24, 0x49], [0xFF, 0xFF, 0xFF], [0x0D, 0x0A],
    ]
}

/// What became of a stream.
struct InflateOutcome: Equatable {
    enum End: Equatable {
        case error(InflateError)
        /// The final block ended, with so many octets behind it.
        case final(rest: Int)
        case cut
    }

    var octets: [UInt8] = []
    /// Where empty stored blocks ended: how many octets were read and produced.
    var boundaries: [[Int]] = []
    var end = End.cut
    /// What the reader did against its contract.
    var problem: String?

    /// The most octets that are read: a few octets of input stand for thousands.
    static let most = 1 << 18

    init(_ pieces: [[UInt8]], step: Int, askingForEnd: Bool) {
        problem = read(pieces, step, askingForEnd)
    }

    private mutating func read(_ pieces: [[UInt8]], _ step: Int, _ askingForEnd: Bool) -> String? {
        var inflater = Inflater()
        var taken = 0
        // Fewer octets than asked for were given: the next call throws.
        var isBad = false
        for (index, piece) in pieces.enumerated() {
            var input = piece[...]
            while octets.count < InflateOutcome.most {
                let before = octets.count
                let progress: Inflater.Progress
                do {
                    progress = try inflater.inflate(&input, into: &octets, max: step)
                } catch {
                    guard octets.count == before else { return "octets and an error" }
                    end = .error(error)
                    return failure(&inflater, error)
                }
                guard !isBad else { return "the error did not come" }
                guard octets.count - before <= step else { return "more than \(step) octets" }
                let position = taken + piece.count - input.count
                switch progress {
                case .needsInput:
                    guard input.isEmpty else { return "input is left over" }
                case .outputFull: isBad = octets.count - before < step
                case .boundary: boundaries.append([position, octets.count])
                case .end:
                    end = .final(rest: input.count + pieces[(index + 1)...].reduce(0) { $0 + $1.count })
                    return nil
                }
                if askingForEnd {
                    let rest = Array(input) + pieces[(index + 1)...].joined()
                    if let problem = BoundaryChecks.problem(inflater, rest, isThere: progress == .boundary) {
                        return problem
                    }
                }
                if progress == .needsInput { break }
            }
            taken += piece.count
        }
        return nil
    }

    /// A stream that is wrong stays so.
    private func failure(_ inflater: inout Inflater, _ error: InflateError) -> String? {
        var more: ArraySlice<UInt8> = [0x03, 0x00]
        var nothing: [UInt8] = []
        do {
            _ = try inflater.inflate(&more, into: &nothing, max: 9)
            return "\(error) was forgotten"
        } catch let second {
            return second == error && nothing.isEmpty ? nil : "\(error) became \(second)"
        }
    }
}

/// Rule U-P-5 at any place of a stream.
enum BoundaryChecks {
    private enum Answer: Equatable {
        case error(InflateError)
        case boundary(rest: Int)
        case none, needsMore
    }

    static func problem(_ inflater: Inflater, _ rest: [UInt8], isThere: Bool) -> String? {
        let whole = answer(inflater, [rest])
        guard whole == answer(inflater, rest.map { [$0] }) else { return "the boundary depends on the cut" }
        // With a partial flush ahead of it, it is none.
        if isThere, whole != .boundary(rest: rest.count), whole != .none {
            return "the boundary was forgotten: \(whole)"
        }
        // A boundary is where another reader of the same stream stops too, without an octet. It may be here already.
        guard case .boundary(let left) = whole, left < rest.count else { return nil }
        var reader = inflater
        var input = rest[...]
        var octets: [UInt8] = []
        guard let progress = try? reader.inflate(&input, into: &octets, max: 1), octets.isEmpty, input.count == left,
            progress == .boundary || progress == .end
        else { return "a boundary in the middle" }
        return nil
    }

    private static func answer(_ begun: Inflater, _ pieces: [[UInt8]]) -> Answer {
        var inflater = begun
        var left = pieces.reduce(0) { $0 + $1.count }
        for piece in pieces.isEmpty ? [[]] : pieces {
            var input = piece[...]
            do {
                let found = try inflater.endAtBoundary(&input)
                left -= piece.count - input.count
                switch found {
                case .boundary: return .boundary(rest: left)
                case .none: return .none
                case .needsMore: continue
                }
            } catch {
                return .error(error)
            }
        }
        return .needsMore
    }
}

enum StreamChecks {
    static func problem(_ cuts: Cuts, step: Int) -> String? {
        let first = InflateOutcome([cuts.whole], step: 1 << 16, askingForEnd: false)
        if let problem = first.problem { return problem }
        for pieces in cuts.all {
            let other = InflateOutcome(pieces, step: step, askingForEnd: cuts.whole.count < 300)
            if let problem = other.problem { return problem }
            if first.octets.count < InflateOutcome.most, other != first { return "the stream depends on its cut" }
        }
        return nil
    }
}

enum RoundTripChecks {
    static func problem(_ octets: [UInt8], _ random: inout SplitMix) -> String? {
        var deflater = Deflater()
        var stream: [UInt8] = []
        var plain: [UInt8] = []
        for piece in random.cut(octets) {
            // Some of it many times over, for blocks that are full and windows that move.
            for _ in 0..<(random.next() % 50 == 0 ? 200 : 1) {
                deflater.deflate(piece.span, into: &stream)
                plain += piece
            }
            switch random.next() % 6 {
            case 0: deflater.flush(.sync, into: &stream)
            case 1: deflater.flush(.full, into: &stream)
            default: continue
            }
            guard !deflater.hasUnflushed, stream.suffix(4) == [0, 0, 0xFF, 0xFF] else { return "no boundary" }
        }
        deflater.flush(.finish, into: &stream)
        let read = InflateOutcome(random.cut(stream), step: 1 << 16, askingForEnd: false)
        if let problem = read.problem { return problem }
        if plain.count >= InflateOutcome.most { return nil }
        guard read.end == .final(rest: 0) else { return "\(read.end)" }
        return read.octets == plain ? nil : "other octets"
    }
}
