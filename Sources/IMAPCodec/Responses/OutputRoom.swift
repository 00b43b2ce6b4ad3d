import IMAPTypes

/// Octets that wait to be sent, and room behind them that is ready to be written.
///
/// Room is made once for all that is written next, and is filled with zeros when it is made. So a piece of a response
/// costs one look at who owns the octets, not one for each octet, and eight octets may be stored at once where only
/// some of them count: what is behind the end is written again, or cut off.
struct OutputRoom: Sendable {
    private var octets: [UInt8] = []
    /// How many octets were written.
    private(set) var count = 0

    /// The least room that is made at once.
    private static let step = 512
    /// From here on octets are copied behind the others, and room is made again later.
    private static let many = 256

    /// Takes what was written.
    mutating func takeAll() -> [UInt8] {
        cut()
        let all = octets
        octets = []
        count = 0
        return all
    }

    /// Lets `write` fill room for `most` octets, and for eight more that do not count. It gets the place of the first
    /// one, and returns the place behind the last one.
    @inline(__always)
    mutating func write(_ most: Int, _ write: (inout MutableSpan<UInt8>, Int) -> Int) {
        if octets.count - count < most + 8 { makeRoom(most + 8) }
        let start = count
        var span = octets.mutableSpan
        let end = write(&span, start)
        count = end
    }

    mutating func append(_ octet: UInt8) {
        write(1) { room, at in room.put(octet, at: at) }
    }

    mutating func append(_ more: [UInt8]) {
        guard more.count < OutputRoom.many else {
            cut()
            octets.append(contentsOf: more)
            count = octets.count
            return
        }
        write(more.count) { room, at in room.copy(more.span, to: at) }
    }

    /// Adds octets of a literal, 0x80 for each NUL (R-LIT-9).
    mutating func appendWithoutNUL(_ more: Span<UInt8>) {
        write(more.count) { room, at in
            for index in more.indices { room[at + index] = more[index] == ASCII.nul ? 0x80 : more[index] }
            return at + more.count
        }
    }

    @inline(never)
    private mutating func makeRoom(_ room: Int) {
        let missing = max(room - (octets.count - count), OutputRoom.step)
        octets.append(addingCapacity: missing) { $0.append(repeating: 0, count: missing) }
    }

    private mutating func cut() {
        if octets.count > count { octets.removeLast(octets.count - count) }
    }
}

extension MutableSpan<UInt8> {
    /// Writes an octet and returns the place behind it.
    @inline(__always)
    mutating func put(_ octet: UInt8, at place: Int) -> Int {
        self[place] = octet
        return place + 1
    }

    /// Writes `octets` and returns the place behind them.
    @inline(__always)
    mutating func copy(_ octets: Span<UInt8>, to place: Int) -> Int {
        let last = max(octets.count - 8, 0)
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

    /// The same, and whether each octet is printable ASCII and neither `"` nor `\`: such octets stand in quotes as they
    /// are.
    @inline(__always)
    mutating func copyPlain(_ octets: Span<UInt8>, to place: Int) -> Bool {
        let last = max(octets.count - 8, 0)
        var word = octets.count < 8 ? octets.shortWord : octets.word(at: 0)
        // Spaces in the place of octets that are not there.
        let missing = octets.count < 8 ? PlainWord.spaces << UInt64(8 * octets.count) : 0
        var marks = PlainWord.all
        var index = 0
        while true {
            store(word, at: place + index)
            marks &= PlainWord.marks(word | missing)
            guard index < last else { return marks == PlainWord.all }
            index = last - index < 8 ? last : index + 8
            word = octets.word(at: index)
        }
    }

    /// Writes two digits, or `pad` and one.
    @inline(__always)
    mutating func put(twoDigits value: Int, pad: UInt8 = ASCII.zero, at place: Int) -> Int {
        let tens = value < 10 ? pad : ASCII.zero + UInt8(truncatingIfNeeded: value / 10)
        return put(ASCII.zero + UInt8(truncatingIfNeeded: value % 10), at: put(tens, at: place))
    }

    /// Writes a number in decimal, at most 20 digits, and returns the place behind it.
    @inline(__always)
    mutating func put(number value: UInt64, at place: Int) -> Int {
        guard value >= 10 else { return put(ASCII.zero + UInt8(truncatingIfNeeded: value), at: place) }
        guard value >= 100_000_000 else { return putDigits(value, at: place) }
        return putLong(number: value, at: place)
    }

    /// A number of nine digits and more: eight at a time, of which none is left out but at the beginning.
    @inline(never)
    private mutating func putLong(number value: UInt64, at place: Int) -> Int {
        let (high, low) = value.quotientAndRemainder(dividingBy: 100_000_000)
        var end = place
        if high >= 100_000_000 {
            end = putDigits(high / 100_000_000, at: end)
            end = putEightDigits(high % 100_000_000, at: end)
        } else {
            end = putDigits(high, at: end)
        }
        return putEightDigits(low, at: end)
    }

    /// A number of at most eight digits: they become one word, the last one highest.
    @inline(__always)
    private mutating func putDigits(_ value: UInt64, at place: Int) -> Int {
        var rest = UInt32(truncatingIfNeeded: value)
        var word: UInt64 = 0
        var count = 0
        repeat {
            word = word << 8 | UInt64(rest % 10 | 0x30)
            rest /= 10
            count += 1
        } while rest > 0
        store(word, at: place)
        return place + count
    }

    private mutating func putEightDigits(_ value: UInt64, at place: Int) -> Int {
        var rest = UInt32(truncatingIfNeeded: value)
        var word: UInt64 = 0
        for _ in 0..<8 {
            word = word << 8 | UInt64(rest % 10 | 0x30)
            rest /= 10
        }
        store(word, at: place)
        return place + 8
    }
}

extension Span<UInt8> {
    /// Whether there is a NUL.
    var hasNUL: Bool {
        var index = 0
        // Each octet's highest bit is set when the octet is not 0: no sum passes on a carry.
        var marks = PlainWord.all
        while count - index >= 8 {
            let word = word(at: index)
            marks &= word | ((word & 0x7F7F_7F7F_7F7F_7F7F) + 0x7F7F_7F7F_7F7F_7F7F)
            index += 8
        }
        var hasNUL = marks & PlainWord.all != PlainWord.all
        while index < count {
            if self[index] == ASCII.nul { hasNUL = true }
            index += 1
        }
        return hasNUL
    }

    /// Fewer than eight octets in one word, the first one lowest, zeros behind them.
    @inline(__always)
    fileprivate var shortWord: UInt64 {
        guard count >= 4 else {
            var word: UInt64 = 0
            for index in indices.reversed() { word = word << 8 | UInt64(self[index]) }
            return word
        }
        // The last four may be some of the first four: they are the same octets in the same places.
        return UInt64(half(at: 0)) | UInt64(half(at: count - 4)) << UInt64(8 * (count - 4))
    }

    @inline(__always)
    private func half(at index: Int) -> UInt32 {
        guard index >= 0, index < Int.max - 4, UInt(bitPattern: index + 4) <= UInt(bitPattern: count) else { return 0 }
        let low = UInt32(self[index]) | UInt32(self[index + 1]) << 8
        return low | UInt32(self[index + 2]) << 16 | UInt32(self[index + 3]) << 24
    }
}

/// Eight octets at once: which of them stand in quotes as they are.
private enum PlainWord {
    static var all: UInt64 { 0x8080_8080_8080_8080 }
    static var spaces: UInt64 { 0x2020_2020_2020_2020 }

    /// The highest bit of each octet that is printable ASCII and neither `"` nor `\`. No sum passes on a carry: both
    /// octets are below 0x80.
    @inline(__always)
    static func marks(_ word: UInt64) -> UInt64 {
        let low = word & 0x7F7F_7F7F_7F7F_7F7F
        let isAtLeastSpace = low + 0x6060_6060_6060_6060
        let isDelete = low + 0x0101_0101_0101_0101
        let isNotQuote = (low ^ 0x2222_2222_2222_2222) + 0x7F7F_7F7F_7F7F_7F7F
        let isNotBackslash = (low ^ 0x5C5C_5C5C_5C5C_5C5C) + 0x7F7F_7F7F_7F7F_7F7F
        return isAtLeastSpace & ~isDelete & isNotQuote & isNotBackslash & ~word & all
    }
}
