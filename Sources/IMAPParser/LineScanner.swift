internal import IMAPTypes

/// The one rule for where a line ends (R-LINE-2): at LF; one CR before it is dropped; any other CR is a flaw.
///
/// With `crlfOnly`, an LF without CR before it does not end a line and is a flaw of it. The result does not depend on
/// how the input is cut.
struct LineScanner: Sendable {
    enum Result {
        case incomplete
        case complete
        /// The line is longer than its limit; what was taken so far is in the octets.
        case overLimit
    }

    let crlfOnly: Bool
    /// CRs of this line so far, the one that may belong to its end included.
    private var carriageReturns = 0
    /// NUL, or a CR or LF that ends nothing.
    private(set) var flaws: FrameFlaws = []
    /// Octets of this line so far, its end not counted.
    private(set) var length = 0

    /// More than any line can have: a limit above it stands for none.
    private static let largestLimit = 1 << 48

    init(crlfOnly: Bool) { self.crlfOnly = crlfOnly }

    /// Moves octets of `input` behind `octets` until the line ends; the line's end itself is not kept.
    ///
    /// A line that is longer than `limit` is found out at the same octet however the input is cut: `limit` octets and
    /// one more were taken then.
    mutating func scan(_ input: inout InputBuffer, into octets: inout [UInt8], limit: Int) -> Result {
        let limit = min(max(limit, 0), LineScanner.largestLimit)
        while true {
            let endsHere = take(&input, into: &octets, atMost: limit + 1 - length)
            if endsHere || takeLineFeed(behind: limit, &input, into: &octets) {
                if endLine(&octets) { return length > limit ? .overLimit : .complete }
                continue
            }
            if length > limit {
                // One octet over the limit may be the CR of a line's end whose LF has not come.
                return octets.last == ASCII.cr && input.isEmpty ? .incomplete : .overLimit
            }
            return .incomplete
        }
    }

    /// Takes octets up to and with the first LF. Returns whether there was one.
    private mutating func take(_ input: inout InputBuffer, into octets: inout [UInt8], atMost count: Int) -> Bool {
        let first = input.start
        let last = min(input.octets.count, first + max(count, 0))
        let look = Look(through: input.octets.span, from: first, to: last)
        carriageReturns += look.carriageReturns
        if look.hasNUL { flaws.insert(.nul) }
        length += look.end - first
        if octets.isEmpty, first == 0, look.end == input.count {
            // The line is all there is: it is taken as it is.
            octets = input.takeAll()
            return look.hasLineFeed
        }
        if octets.isEmpty {
            octets = Array(input.octets[first..<look.end])
        } else {
            octets.appendClosely(input.octets[first..<look.end])
        }
        input.consume(look.end - first)
        return look.hasLineFeed
    }

    /// What stands in octets up to and with the first LF.
    private struct Look {
        /// Behind the LF, or the end.
        var end: Int
        var hasLineFeed = false
        var carriageReturns = 0
        var hasNUL = false

        init(through octets: Span<UInt8>, from first: Int, to last: Int) {
            var index = first
            end = last
            while index < last {
                // Most of a long line means nothing here: it is passed over in blocks.
                let blockEnd = min(index + LineScanner.block, last)
                if blockEnd - index == LineScanner.block, LineScanner.isPlain(octets.extracting(index..<blockEnd)) {
                    index = blockEnd
                    continue
                }
                while index < blockEnd {
                    let octet = octets[index]
                    index &+= 1  // no wrap: below the end of the block
                    guard octet <= ASCII.cr else { continue }
                    switch octet {
                    case ASCII.lf:
                        end = index
                        hasLineFeed = true
                        return
                    case ASCII.cr: carriageReturns += 1
                    case ASCII.nul: hasNUL = true
                    default: continue
                    }
                }
            }
        }
    }

    private static let block = 32

    /// Whether no octet is a CR, an LF, a NUL or another that is no greater.
    @inline(__always)
    private static func isPlain(_ octets: Span<UInt8>) -> Bool {
        var least = UInt8.max
        for index in octets.indices { least = min(least, octets[index]) }
        return least > ASCII.cr
    }

    /// Takes the LF behind a line of exactly `limit` octets and a CR.
    private mutating func takeLineFeed(
        behind limit: Int, _ input: inout InputBuffer, into octets: inout [UInt8]
    ) -> Bool {
        guard length == limit + 1, octets.last == ASCII.cr, !input.isEmpty, input.octets[input.start] == ASCII.lf
        else { return false }
        return take(&input, into: &octets, atMost: 1)
    }

    /// Drops LF and the CR before it. Returns false when the LF ends nothing.
    private mutating func endLine(_ octets: inout [UInt8]) -> Bool {
        let hasCR = length >= 2 && octets[octets.count - 2] == ASCII.cr
        guard hasCR || !crlfOnly else {
            flaws.insert(.lineEnd)
            return false
        }
        _ = octets.popLast()
        if hasCR { _ = octets.popLast() }
        length -= hasCR ? 2 : 1
        if carriageReturns > (hasCR ? 1 : 0) { flaws.insert(.lineEnd) }
        return true
    }
}

extension [UInt8] {
    /// Appends octets of a command that comes in pieces. Room is made for a quarter more than there is, where an array would
    /// make room for as much again: a client decides how long the rest is waited for.
    mutating func appendClosely(_ more: ArraySlice<UInt8>) {
        let count = self.count + more.count
        if count > capacity { reserveCapacity(count + Swift.max(256, count / 4)) }
        append(contentsOf: more)
    }
}
