import IMAPTypes

/// Values whose octets are kept elsewhere, each with the mark behind it: what is made of a message's digest.
extension ResponseWriter {
    /// What stands behind a value.
    package enum Mark: UInt8, Sendable {
        case space = 0x20
        case listEnd = 0x29
    }

    package mutating func mark(_ mark: Mark) { append(mark.rawValue) }

    /// `string`
    package mutating func string(_ value: Span<UInt8>, then mark: Mark) {
        let utf8 = usesUTF8
        let most = value.count + min(value.count, ResponseWriter.longestQuoted) + MutableSpan.around
        room.write(most + 1) { room, at in room.put(mark.rawValue, at: room.put(string: value, utf8: utf8, at: at)) }
    }

    /// `nil`
    package mutating func null(then mark: Mark) {
        // `NIL`, the lowest octet first, and the mark.
        let word = UInt64(0x4C494E) | UInt64(mark.rawValue) << 24
        room.write(4) { room, at in
            room.put(word: word, at: at)
            return at + 4
        }
    }

    /// `number`
    package mutating func number(_ value: UInt32, then mark: Mark) {
        room.write(21) { room, at in room.put(mark.rawValue, at: room.put(number: UInt64(value), at: at)) }
    }

    /// `number64`
    package mutating func number63(_ value: UInt64, then mark: Mark) {
        room.write(21) { room, at in room.put(mark.rawValue, at: room.put(number63: value, at: at)) }
    }

    /// What was written from the place `start` to the place `end`, once more.
    package mutating func again(_ start: Int, _ end: Int) {
        guard start >= 0, start <= end, end <= size else { return }
        room.write(end - start) { room, at in room.put(again: start..<end, at: at) }
    }

    /// Takes back what was written behind ``size``'s value `size`, of which nothing was taken meanwhile.
    package mutating func cut(to size: Int) { room.cut(to: size) }
}
