/// A literal, or a match: 3 to 258 octets again from 1 to 32768 back (RFC 1951 section 3.2.5).
struct Token {
    /// A literal's octet; or, with bit 31, a match's length in bits 16 to 24 and its distance less 1 below.
    let value: UInt32

    @inline(__always)
    init(_ value: UInt32) { self.value = value }

    @inline(__always)
    init(length: Int, distance: Int) {
        value = 1 << 31 | UInt32(truncatingIfNeeded: length << 16 | (distance - 1))
    }

    @inline(__always)
    var isMatch: Bool { value >= 1 << 31 }

    @inline(__always)
    var literal: Int { Int(value & 0xFF) }

    /// The length less 3.
    @inline(__always)
    private var more: UInt32 { (value >> 16 & 0x1FF) - 3 }

    @inline(__always)
    private var back: UInt32 { value & 0x7FFF }

    @inline(__always)
    var length: Int { Int(value >> 16 & 0x1FF) }

    @inline(__always)
    var lengthSymbol: Int {
        let more = more
        if more < 8 { return 257 + Int(more) }
        if more == 255 { return 285 }
        let top = 31 - more.leadingZeroBitCount
        return 253 + 4 * top + Int(more >> UInt32(top - 2) & 3)
    }

    @inline(__always)
    var lengthExtra: (bits: UInt64, count: UInt64) {
        let more = more
        if more < 8 || more == 255 { return (0, 0) }
        let count = UInt64(29 - more.leadingZeroBitCount)
        return (UInt64(more) & (1 << count - 1), count)
    }

    @inline(__always)
    var distanceSymbol: Int {
        let back = back
        if back < 4 { return Int(back) }
        let top = 31 - back.leadingZeroBitCount
        return 2 * top + Int(back >> UInt32(top - 1) & 1)
    }

    @inline(__always)
    var distanceExtra: (bits: UInt64, count: UInt64) {
        let back = back
        if back < 4 { return (0, 0) }
        let count = UInt64(30 - back.leadingZeroBitCount)
        return (UInt64(back) & (1 << count - 1), count)
    }
}
