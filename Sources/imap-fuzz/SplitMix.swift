/// The generator SplitMix64: the same numbers from the same seed on every machine.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// Seeded by the octets themselves: what is done to an input depends on nothing else.
    init(hashing octets: [UInt8]) {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        // FNV-1a is defined with wrapping arithmetic.
        for octet in octets { hash = (hash ^ UInt64(octet)) &* 0x100_0000_01B3 }
        state = hash
    }

    mutating func next() -> UInt64 {
        // SplitMix64 is defined with wrapping arithmetic.
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// `octets` cut into pieces of random lengths.
    mutating func cut(_ octets: [UInt8]) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var rest = octets[...]
        while !rest.isEmpty {
            let longest = next() % 4 == 0 ? rest.count : Swift.min(rest.count, 9)
            let count = Int(next() % UInt64(longest)) + 1
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return pieces
    }
}
