import IMAPTypes

/// Finds octets that occurred before, within the last 32 KiB, and makes tokens of what it is given.
///
/// Greedy: it remembers the last two places of each beginning of 4 octets, as far as they fall into different places of
/// its table, and takes the longer match of the two. Memory: up to 64 KiB of octets and 64 KiB of tokens, and a
/// table of 32 KiB.
struct Matcher: Sendable {
    /// The octets: what matches can refer to, then what was not looked at.
    private(set) var window: [UInt8] = []
    /// ``Token`` values, then space for more.
    private(set) var tokens: [UInt32] = []
    /// How many tokens there are.
    private(set) var count = 0
    /// Where the octets of the tokens begin; less than 0 when they are gone.
    private var start = 0
    /// Where the octets begin that were not looked at, and where they end.
    private var next = 0
    private var end = 0
    /// Two places for each hash, the later one in the lower half. Place 0 is none.
    private var places: [UInt32] = []

    private static let largest = 2 * DeflateAlphabet.window
    /// What a connection that rests has room for: as long as it says little, its window stays as it is.
    private static let restingRoom = 8192
    /// Matches are looked for while so many octets are known, or at a flush.
    private static let lookahead = DeflateAlphabet.longestMatch + 8
    /// Whole words are read.
    private static let slack = 8
    private static let hashBits: UInt32 = 13
    private static let mostTokens = 16384
    /// A match of so many octets is good enough not to look for another.
    private static let enough = 32
    /// So many places of a match are remembered: those of a run would push out all others, and take the time.
    private static let remembered = 32

    /// Whether there are octets that are in no token.
    var hasOctets: Bool { next < end }

    /// Whether the tokens make a block.
    var isFull: Bool { count == Matcher.mostTokens }

    /// Where in ``window`` the tokens' octets are, if they still are.
    var raw: Range<Int>? { start >= 0 ? start..<next : nil }

    /// The tokens have been written.
    mutating func removeTokens() {
        count = 0
        start = next
    }

    /// Behind a flush, and until more comes: gives back what only a block takes, and octets that no match reaches. The
    /// stream is the same.
    mutating func rest() {
        guard !hasOctets, count == 0 else { return }
        tokens = []
        let kept = min(end, DeflateAlphabet.window + 1)
        guard window.count > kept + 2 * Matcher.restingRoom else { return }
        let distance = end - kept
        var smaller: [UInt8] = []
        smaller.reserveCapacity(kept + Matcher.restingRoom)
        smaller.append(contentsOf: window[distance..<end])
        smaller.append(contentsOf: repeatElement(0, count: Matcher.restingRoom))
        window = smaller
        next = kept
        end = kept
        start = kept
        guard distance > 0 else { return }
        var span = places.mutableSpan
        for index in span.indices {
            let (later, earlier) = (Int(span[index] & 0xFFFF) - distance, Int(span[index] >> 16) - distance)
            span[index] = UInt32(truncatingIfNeeded: max(earlier, 0) << 16 | max(later, 0))
        }
    }

    /// The octets of memory that it has.
    var held: Int { window.capacity + 4 * (tokens.capacity + places.capacity) }

    /// Matches reach back no further than here.
    mutating func forget() {
        guard !places.isEmpty else { return }
        var span = places.mutableSpan
        for index in span.indices { span[index] = 0 }
    }

    /// Takes octets from `range.lowerBound` on; returns how many fit.
    mutating func append(_ octets: Span<UInt8>, _ range: Range<Int>) -> Int {
        makeRoom(min(range.count, Matcher.largest))
        let taken = min(range.count, window.count - Matcher.slack - end)
        let place = end
        end += taken
        var span = window.mutableSpan
        span.copy(octets, range.lowerBound..<range.lowerBound + taken, to: place)
        return taken
    }

    private mutating func makeRoom(_ wanted: Int) {
        if places.isEmpty { places = [UInt32](repeating: 0, count: 1 << Int(Matcher.hashBits)) }
        guard wanted > window.count - Matcher.slack - end else { return }
        var size = Matcher.largest + Matcher.slack
        if window.count < size {
            size = min(size, max(4096, 4 * window.count, 2 * (end + wanted) + Matcher.slack))
            window.reserveCapacity(size)
            window.append(contentsOf: repeatElement(0, count: size - window.count))
        } else if next >= Matcher.largest - Matcher.lookahead {
            moveDown()
        }
    }

    /// The later half of the window becomes the earlier one.
    private mutating func moveDown() {
        let distance = DeflateAlphabet.window
        window.removeSubrange(..<distance)
        window.append(contentsOf: repeatElement(0, count: distance))
        next -= distance
        end -= distance
        start -= distance
        var span = places.mutableSpan
        for index in span.indices {
            // Both halves at once: a place in the later half loses its highest bit, another is none.
            let place = span[index]
            let kept = place >> 15 & 0x0001_0001
            span[index] = place & ((kept << 15) - kept)
        }
    }

    /// Makes tokens of the octets, all of them or those that a longest match may begin at, as long as the block is not
    /// full.
    mutating func makeTokens(all: Bool) {
        let stop = all ? end : end - Matcher.lookahead
        guard next < stop else { return }
        // An octet makes one token at most.
        let space = min(Matcher.mostTokens, count + end - next)
        if tokens.count < space {
            let size = min(Matcher.mostTokens, max(space, 2 * tokens.count))
            tokens.reserveCapacity(size)
            tokens.append(contentsOf: repeatElement(0, count: size - tokens.count))
        }
        (next, count) = Matcher.makeTokens(window, next, stop, end, &places, &tokens, count)
    }

    /// Begins at `next`, and at none from `stop` on, with octets up to `end`. Returns where it ends, and how many
    /// tokens there are.
    private static func makeTokens(
        _ octets: [UInt8], _ next: Int, _ stop: Int, _ end: Int, _ placeTable: inout [UInt32],
        _ tokenSpace: inout [UInt32], _ count: Int
    ) -> (next: Int, count: Int) {
        let window = octets.span
        var places = placeTable.mutableSpan
        var tokens = tokenSpace.mutableSpan
        var at = next
        var made = count
        while at < stop, made < tokens.count {
            let here = window.word(at: at)
            let match = find(window, here, at, min(end - at, DeflateAlphabet.longestMatch), &places)
            if match.length > 0 {
                tokens[made] = Token(length: match.length, distance: match.distance).value
                let after = at + match.length
                // The first places inside the match, while their 4 octets are known.
                let last = min(after, at + remembered, end - 3)
                at += 1
                while at < last {
                    let hash = hash(window.word(at: at))
                    places[hash] = places[hash] << 16 | UInt32(truncatingIfNeeded: at)
                    at += 1
                }
                at = after
            } else {
                tokens[made] = UInt32(truncatingIfNeeded: here & 0xFF)
                at += 1
            }
            made += 1
        }
        return (at, made)
    }

    /// The longer match of those whose places are remembered, at most `most` octets long; length 0 when there is none.
    /// Remembers this place.
    @inline(__always)
    private static func find(
        _ window: Span<UInt8>, _ here: UInt64, _ at: Int, _ most: Int, _ places: inout MutableSpan<UInt32>
    ) -> (length: Int, distance: Int) {
        guard most >= 4 else { return (0, 0) }
        let hash = hash(here)
        let found = places[hash]
        places[hash] = found << 16 | UInt32(truncatingIfNeeded: at)
        let first = Int(found & 0xFFFF)
        let length = length(window, here, first, at, most)
        if length >= enough { return (length, at - first) }
        let second = Int(found >> 16)
        let other = self.length(window, here, second, at, most)
        return other > length ? (other, at - second) : (length, at - first)
    }

    @inline(__always)
    private static func hash(_ word: UInt64) -> Int {
        // Multiplicative hashing keeps the product's highest bits of 32: it wraps by definition.
        Int((UInt32(truncatingIfNeeded: word) &* 0x9E37_79B1) >> (32 - hashBits))  // wraps by definition
    }

    /// How many octets from `place` on are those from `at` on, `here` being the first 8: 4 to `most`, or 0.
    @inline(__always)
    private static func length(_ window: Span<UInt8>, _ here: UInt64, _ place: Int, _ at: Int, _ most: Int) -> Int {
        guard place > 0, place < at, at - place <= DeflateAlphabet.window else { return 0 }
        var difference = here ^ window.word(at: place)
        guard difference & 0xFFFF_FFFF == 0 else { return 0 }
        var length = 0
        while difference == 0 {
            length += 8
            if length >= most { return most }
            difference = window.word(at: at + length) ^ window.word(at: place + length)
        }
        return min(most, length + difference.trailingZeroBitCount >> 3)
    }
}
