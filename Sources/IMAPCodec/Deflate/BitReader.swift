/// The bits that were drawn from a stream and are not used up: the lowest is next (RFC 1951 section 3.1.1).
///
/// Octets are drawn ahead; those of which no bit was used go back by ``giveBack(_:)``.
struct BitReader: Sendable {
    /// Bits above ``count`` are 0.
    private(set) var bits: UInt64 = 0
    private(set) var count = 0

    init() {}

    init(_ bits: UInt64, _ count: Int) {
        self.count = count
        // A shift by 64 and more leaves 0.
        self.bits = bits & ~(~0 << UInt64(count))
    }

    /// Draws whole octets while they fit.
    mutating func fill(_ input: Span<UInt8>, _ position: inout Int) {
        while count <= 56, position < input.count {
            bits |= UInt64(input[position]) << count
            count += 8
            position += 1
        }
    }

    /// The next `length` bits, at most 32.
    func peek(_ length: Int) -> Int { Int(bits & (1 << length - 1)) }

    mutating func drop(_ length: Int) {
        let length = min(length, count)
        bits >>= length
        count -= length
    }

    mutating func take(_ length: Int) -> Int {
        let value = peek(length)
        drop(length)
        return value
    }

    /// Leaves the octet that is partly used (RFC 1951 section 3.2.4).
    mutating func align() { drop(count & 7) }

    /// Gives octets back of which no bit was used. None was drawn by an earlier call: what that could not use is the
    /// beginning of something that ends in the octets of this one.
    mutating func giveBack(_ position: inout Int) {
        let octets = min(count >> 3, position)
        position -= octets
        self = BitReader(bits, count - octets * 8)
    }
}
