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
    /// How many octets were taken last: of a long answer as many will come again, and need not be moved while they do.
    /// Memory is set aside for them, and not touched.
    private var expected = 0

    /// The least memory that is taken at once: a tagged OK with all capabilities is one piece of it.
    private static let step = 960
    private static let mostExpected = 131_072
    /// From here on octets are put behind the others by the array itself, and room is made again later.
    private static let many = 256

    /// Takes what was written.
    mutating func takeAll() -> [UInt8] {
        cut()
        let all = octets
        octets = []
        expected = Swift.min(count, OutputRoom.mostExpected)
        count = 0
        return all
    }

    /// Forgets what was written behind the first `size` octets.
    mutating func cut(to size: Int) { count = min(count, max(size, 0)) }

    /// Lets `write` fill room for `most` octets, and for eight more that do not count. It gets the place of the first
    /// one, and returns the place behind the last one that counts.
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
        write(more.count) { room, at in room.put(more.span, at: at) }
    }

    @inline(never)
    private mutating func makeRoom(_ room: Int) {
        let needed = room - (octets.count - count)
        // What the array has set aside already is used before more is.
        let spare = octets.capacity - octets.count
        let missing = max(needed, spare >= needed ? min(spare, OutputRoom.step) : OutputRoom.step)
        if octets.isEmpty, expected > missing { octets.reserveCapacity(expected + expected / 4) }
        octets.append(addingCapacity: missing) { $0.append(repeating: 0, count: missing) }
    }

    private mutating func cut() {
        if octets.count > count { octets.removeLast(octets.count - count) }
    }
}
