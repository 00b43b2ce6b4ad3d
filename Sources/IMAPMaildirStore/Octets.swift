/// Writes the numbers and strings of an index: little-endian base 128, shortest form first.
struct OctetWriter: Sendable {
    private(set) var octets: [UInt8] = []

    mutating func put(_ octet: UInt8) { octets.append(octet) }

    mutating func put(number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            octets.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        octets.append(UInt8(truncatingIfNeeded: rest))
    }

    /// The octets with their count before them.
    mutating func put(string: some Collection<UInt8>) {
        put(number: UInt64(string.count))
        octets.append(contentsOf: string)
    }
}

/// Reads what ``OctetWriter`` wrote. Total: whatever the octets are, it gives a value or throws ``Failure/damaged``.
struct OctetReader: Sendable {
    private let octets: [UInt8]
    private var position: Int
    private let end: Int

    init(_ octets: [UInt8]) { self.init(octets, 0..<octets.count) }

    /// Reads the octets of `range`, which lies in `octets`.
    init(_ octets: [UInt8], _ range: Range<Int>) {
        self.octets = octets
        position = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { position >= end }

    mutating func octet() throws(Failure) -> UInt8 {
        guard position < end else { throw .damaged }
        position += 1
        return octets[position - 1]
    }

    mutating func number() throws(Failure) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let octet = try octet()
            let part = UInt64(octet & 0x7F)
            guard shift < 64, (part << shift) >> shift == part else { throw .damaged }
            value |= part << shift
            if octet < 0x80 { return value }
            shift += 7
        }
    }

    mutating func number32() throws(Failure) -> UInt32 {
        guard let value = UInt32(exactly: try number()) else { throw .damaged }
        return value
    }

    /// A count of things of which each takes an octet at least: never more than there is room for.
    mutating func count() throws(Failure) -> Int {
        guard let count = Int(exactly: try number()), count <= end - position else { throw .damaged }
        return count
    }

    mutating func string() throws(Failure) -> [UInt8] {
        let count = try count()
        position += count
        return Array(octets[(position - count)..<position])
    }
}

/// CRC-32C (RFC 3720 appendix B.4), by which a record is known to be whole.
enum Checksum {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
    }

    static func of(_ octets: some Sequence<UInt8>) -> UInt32 {
        let table = table
        var value = UInt32.max
        for octet in octets { value = table[Int(UInt8(truncatingIfNeeded: value) ^ octet)] ^ value >> 8 }
        return ~value
    }
}
