/// The octets that were produced last, which matches refer to: at least the last 32 KiB (RFC 1951 section 2).
///
/// One run of memory that grows with what is produced, up to 64 KiB; then its later half moves down.
struct InflateWindow: Sendable {
    var octets: [UInt8] = []
    /// Where the next octet goes: everything before was produced.
    var end = 0
    /// From here to the end was not handed out.
    private var start = 0

    private static let largest = 2 * DeflateAlphabet.window
    /// A longest match, and what is written behind its end by whole words.
    static let slack = DeflateAlphabet.longestMatch + 16

    /// What a connection that rests has room for.
    private static let restingRoom = 4096

    /// Makes room for `slack` octets behind the end. What was not handed out goes into `output`.
    mutating func makeRoom(_ output: inout [UInt8]) {
        guard octets.count - end < InflateWindow.slack else { return }
        var size = InflateWindow.largest
        if octets.count < size {
            size = min(size, max(2048, 4 * octets.count))
        } else {
            handOut(&output)
            octets.removeSubrange(..<(end - DeflateAlphabet.window))
            end = DeflateAlphabet.window
            start = end
        }
        octets.reserveCapacity(size)
        octets.append(contentsOf: repeatElement(0, count: size - octets.count))
    }

    /// Until more comes: gives back octets that no match reaches, when all that was produced was handed out.
    mutating func rest() {
        let kept = min(end, DeflateAlphabet.window)
        guard start == end, octets.count > kept + 2 * InflateWindow.restingRoom else { return }
        var smaller: [UInt8] = []
        smaller.reserveCapacity(kept + InflateWindow.restingRoom)
        smaller.append(contentsOf: octets[(end - kept)..<end])
        smaller.append(contentsOf: repeatElement(0, count: InflateWindow.restingRoom))
        octets = smaller
        end = kept
        start = kept
    }

    /// Appends what was produced and not handed out.
    mutating func handOut(_ output: inout [UInt8]) {
        output.append(contentsOf: octets[start..<end])
        start = end
    }

    /// Copies as much of a match as there is room for; returns how many octets.
    ///
    /// The distance is not before the first octet.
    mutating func repeatOctets(_ length: Int, from distance: Int) -> Int {
        let length = min(length, octets.count - end)
        guard distance > 0, distance <= end else { return 0 }
        let range = end..<end + length
        end += length
        var span = octets.mutableSpan
        for index in range { span[index] = span[index - distance] }
        return length
    }

    /// Takes as many octets of `input` as there is room for; returns how many.
    mutating func append(_ input: Span<UInt8>, _ range: Range<Int>) -> Int {
        let length = min(range.count, octets.count - end)
        let place = end
        end += length
        var span = octets.mutableSpan
        span.copy(input, range.lowerBound..<range.lowerBound + length, to: place)
        return length
    }

    mutating func append(_ octet: UInt8) {
        guard end < octets.count else { return }
        octets[end] = octet
        end += 1
    }
}
