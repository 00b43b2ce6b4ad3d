import IMAPTypes

/// Octets and numbers, written into room that was made. Each returns the place behind what it wrote.
extension MutableSpan<UInt8> {
    /// Eight octets, the lowest one first. A call, because among other octets the compiler makes eight stores of it.
    @inline(never)
    mutating func put(word: UInt64, at place: Int) { store(word, at: place) }

    @inline(__always)
    mutating func put(_ octet: UInt8, at place: Int) -> Int {
        self[place] = octet
        return place + 1
    }

    @inline(__always)
    mutating func put(_ octets: Span<UInt8>, at place: Int) -> Int {
        let last = Swift.max(octets.count - 8, 0)
        var word = octets.count < 8 ? octets.shortWord : octets.word(at: 0)
        var index = 0
        while true {
            store(word, at: place + index)
            guard index < last else { return place + octets.count }
            // The last eight may be some of those before: they are the same octets in the same places.
            index = last - index < 8 ? last : index + 8
            word = octets.word(at: index)
        }
    }

    /// Octets that were written before, once more. There is room for eight more.
    mutating func put(again range: Range<Int>, at place: Int) -> Int {
        var index = 0
        while index < range.count {
            move(from: range.lowerBound + index, to: place + index)
            index += 8
        }
        return place + range.count
    }

    /// Eight octets. A call, for the reason that `put(word:at:)` is one.
    @inline(never)
    private mutating func move(from: Int, to: Int) {
        let word = span.word(at: from)
        store(word, at: to)
    }

    @inline(__always)
    mutating func put(_ keyword: Keyword, at place: Int) -> Int {
        put(word: keyword.w0, at: place)
        if keyword.w1 != 0 {
            put(word: keyword.w1, at: place + 8)
            put(word: keyword.w2, at: place + 16)
            put(word: keyword.w3, at: place + 24)
        }
        return place + keyword.count
    }

    /// Two digits, or `pad` and one.
    @inline(__always)
    mutating func put(twoDigits value: Int, pad: UInt8 = ASCII.zero, at place: Int) -> Int {
        let tens = value < 10 ? pad : ASCII.zero + UInt8(truncatingIfNeeded: value / 10)
        return put(ASCII.zero + UInt8(truncatingIfNeeded: value % 10), at: put(tens, at: place))
    }

    /// A number in decimal: at most 20 digits.
    @inline(__always)
    mutating func put(number value: UInt64, at place: Int) -> Int {
        guard value >= 100_000_000 else { return putDigits(UInt32(truncatingIfNeeded: value), at: place) }
        return putLong(number: value, at: place)
    }

    /// `number64`: what does not fit into 63 bits is written as the greatest number that does.
    @inline(__always)
    mutating func put(number63 value: UInt64, at place: Int) -> Int {
        put(number: Swift.min(value, UInt64(Int64.max)), at: place)
    }

    /// A number of nine digits and more: eight at a time, of which none is left out but at the beginning.
    @inline(never)
    private mutating func putLong(number value: UInt64, at place: Int) -> Int {
        let (high, low) = value.quotientAndRemainder(dividingBy: 100_000_000)
        var end = place
        if high >= 100_000_000 {
            end = putDigits(UInt32(truncatingIfNeeded: high / 100_000_000), at: end)
            end = putEightDigits(UInt32(truncatingIfNeeded: high % 100_000_000), at: end)
        } else {
            end = putDigits(UInt32(truncatingIfNeeded: high), at: end)
        }
        return putEightDigits(UInt32(truncatingIfNeeded: low), at: end)
    }

    /// A number of at most eight digits: they become one word, the last one highest.
    @inline(__always)
    private mutating func putDigits(_ value: UInt32, at place: Int) -> Int {
        var rest = value
        var word: UInt64 = 0
        var count = 0
        repeat {
            word = word << 8 | UInt64(rest % 10 | 0x30)
            rest /= 10
            count += 1
        } while rest > 0
        put(word: word, at: place)
        return place + count
    }

    private mutating func putEightDigits(_ value: UInt32, at place: Int) -> Int {
        var rest = value
        var word: UInt64 = 0
        for _ in 0..<8 {
            word = word << 8 | UInt64(rest % 10 | 0x30)
            rest /= 10
        }
        put(word: word, at: place)
        return place + 8
    }
}

extension Span<UInt8> {
    /// Whether there is a NUL.
    var hasNUL: Bool {
        var index = 0
        // Each octet's highest bit stays when the octet is not 0. No sum passes on a carry: both are below 0x80.
        var marks: UInt64 = 0x8080_8080_8080_8080
        while count - index >= 8 {
            let word = word(at: index)
            marks &= word | ((word & 0x7F7F_7F7F_7F7F_7F7F) + 0x7F7F_7F7F_7F7F_7F7F)
            index += 8
        }
        var hasNUL = marks != 0x8080_8080_8080_8080
        while index < count {
            if self[index] == ASCII.nul { hasNUL = true }
            index += 1
        }
        return hasNUL
    }
}
