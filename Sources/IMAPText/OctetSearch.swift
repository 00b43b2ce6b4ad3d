/// Looks for octets in a text that comes in pieces, in time linear in both (Knuth, Morris, Pratt).
package struct OctetSearch: Sendable {
    private let wanted: [UInt8]
    /// For each prefix of `wanted` the longest shorter prefix that ends it.
    private let fallback: [UInt32]
    private var matched = 0
    /// Whether the octets were found. The empty string is in every text.
    package private(set) var isFound: Bool

    package init(for wanted: [UInt8]) {
        self.wanted = wanted
        isFound = wanted.isEmpty
        var fallback = [UInt32](repeating: 0, count: wanted.count)
        var length = 0
        var index = 1
        while index < wanted.count {
            if wanted[index] == wanted[length] {
                length += 1
                fallback[index] = UInt32(truncatingIfNeeded: length)
                index += 1
            } else if length > 0 {
                length = Int(fallback[length - 1])
            } else {
                index += 1
            }
        }
        self.fallback = fallback
    }

    /// Takes the next piece, in which `a` to `z` are taken for `A` to `Z` where it `isFolded`. Returns whether the octets
    /// were found, in this or an earlier one.
    package mutating func feed(_ text: Span<UInt8>, isFolded: Bool = false) -> Bool {
        guard !isFound else { return true }
        matched = matched(behind: text, from: matched, isFolded: isFolded)
        isFound = matched == wanted.count
        return isFound
    }

    /// Whether the octets are in a whole text, of which `a` to `z` are taken for `A` to `Z` where it `isFolded`. Keeps
    /// nothing.
    package func isIn(_ text: Span<UInt8>, isFolded: Bool) -> Bool {
        guard !wanted.isEmpty else { return true }
        return text.count >= wanted.count && matched(behind: text, from: 0, isFolded: isFolded) == wanted.count
    }

    /// How many of the octets match at the end of a text, of which there were `before` before it; all of them as soon as
    /// they are found.
    private func matched(behind text: Span<UInt8>, from before: Int, isFolded: Bool) -> Int {
        let wanted = wanted.span
        let fallback = fallback.span
        let beginning = Beginning(wanted, isFolded: isFolded)
        var matched = before
        var index = 0
        while index < text.count {
            if matched == 0 { index = beginning.next(in: text, from: index) }
            guard index < text.count else { break }
            var octet = text[index]
            index += 1
            if isFolded, octet >= 0x61, octet <= 0x7A { octet &= 0xDF }
            while matched > 0, wanted[matched] != octet { matched = Int(fallback[matched - 1]) }
            if wanted[matched] == octet { matched += 1 }
            if matched == wanted.count { break }
        }
        return matched
    }

    /// The first two octets that are looked for, each eight times.
    private struct Beginning {
        private let first: UInt64
        private let second: UInt64
        /// The bit in which the two cases of a letter differ, which counts for nothing then.
        private let firstCase: UInt64
        private let secondCase: UInt64

        @inline(__always)
        init(_ wanted: Span<UInt8>, isFolded: Bool) {
            // Where there is but one, any octet may follow.
            let next = wanted.count > 1 ? wanted[1] : 0
            firstCase = Beginning.eightTimes(isFolded ? Beginning.caseBit(wanted[0]) : 0)
            secondCase = wanted.count > 1 ? Beginning.eightTimes(isFolded ? Beginning.caseBit(next) : 0) : .max
            first = Beginning.eightTimes(wanted[0]) | firstCase
            second = Beginning.eightTimes(next) | secondCase
        }

        /// The first place from `start` on where both are, or one of the last eight. Nothing begins before it.
        @inline(__always)
        func next(in text: Span<UInt8>, from start: Int) -> Int {
            var index = start
            while index < text.count - 8 {
                let one = text.word(at: index) | firstCase
                let other = text.word(at: index + 1) | secondCase
                let differences = (one ^ first) | (other ^ second)
                // The highest bit of each octet that is not 0. No sum passes on a carry: both octets are below 0x80.
                let others = (differences & 0x7F7F_7F7F_7F7F_7F7F) + 0x7F7F_7F7F_7F7F_7F7F | differences
                let found = ~others & 0x8080_8080_8080_8080
                guard found == 0 else { return index + found.trailingZeroBitCount / 8 }
                index += 8
            }
            return index
        }

        private static func caseBit(_ octet: UInt8) -> UInt8 { octet >= 0x41 && octet <= 0x5A ? 0x20 : 0 }

        private static func eightTimes(_ octet: UInt8) -> UInt64 {
            UInt64(octet) &* 0x0101_0101_0101_0101  // at most eight octets of 0xFF
        }
    }
}
