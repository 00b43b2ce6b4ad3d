import IMAPHost
import IMAPTypes

/// A message of the rules: no two numbers give the same octets.
struct Sample: Sendable {
    var octets: [UInt8]
    var flags: [Flag]
    var internalDate: InternalDate?
    var digest: MessageDigest?

    init(_ octets: [UInt8], flags: [Flag] = [], internalDate: InternalDate? = nil, digest: MessageDigest? = nil) {
        self.octets = octets
        self.flags = flags
        self.internalDate = internalDate
        self.digest = digest
    }

    init(_ number: Int, flags: [Flag] = []) {
        let body = String(repeating: "line of message \(number)\r\n", count: number % 7 + 1)
        self.init(
            Array("From: a@example.org\r\nSubject: \(number)\r\n\r\n\(body)".utf8), flags: flags,
            internalDate: Sample.date(number))
    }

    /// A date for each number, in zones on both sides of UTC.
    static func date(_ number: Int) -> InternalDate? {
        InternalDate(
            year: 2000 + number % 25, month: number % 12 + 1, day: number % 28 + 1, hour: number % 24,
            minute: number % 60, second: number % 60, zoneMinutes: number % 2 == 0 ? 330 : -480)
    }
}

/// Numbers from a seed, the same in every run (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15  // wraps on purpose: a step of SplitMix64
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9  // wraps on purpose
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB  // wraps on purpose
        return z ^ (z >> 31)
    }
}
