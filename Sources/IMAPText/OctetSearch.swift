/// Looks for octets in a text that comes in pieces, in time linear in both (Knuth, Morris, Pratt).
package struct OctetSearch: Sendable {
    private let wanted: [UInt8]
    /// For each prefix of `wanted` the longest shorter prefix that ends it.
    private let fallback: [Int]
    private var matched = 0
    /// Whether the octets were found. The empty string is in every text.
    package private(set) var isFound: Bool

    package init(for wanted: [UInt8]) {
        self.wanted = wanted
        isFound = wanted.isEmpty
        var fallback = [Int](repeating: 0, count: wanted.count)
        var length = 0
        var index = 1
        while index < wanted.count {
            if wanted[index] == wanted[length] {
                length += 1
                fallback[index] = length
                index += 1
            } else if length > 0 {
                length = fallback[length - 1]
            } else {
                index += 1
            }
        }
        self.fallback = fallback
    }

    /// Takes the next piece. Returns whether the octets were found, in this or an earlier one.
    package mutating func feed(_ text: Span<UInt8>) -> Bool {
        guard !isFound else { return true }
        matched = matched(behind: text, from: matched, isFolded: false)
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
    @inline(__always)
    private func matched(behind text: Span<UInt8>, from before: Int, isFolded: Bool) -> Int {
        let wanted = wanted.span
        let fallback = fallback.span
        let first = wanted[0]
        var matched = before
        var index = 0
        // Short texts, and those that are not looked at as they are, are gone through octet by octet.
        var looked = isFolded || text.count < OctetSearch.short ? text.count : 0
        while index < text.count {
            if matched == 0, index >= looked {
                index = OctetSearch.passOver(text, from: index, until: wanted)
                looked = index + 8
            }
            guard index < text.count else { break }
            var octet = text[index]
            index += 1
            if isFolded, octet >= 0x61, octet <= 0x7A { octet &= 0xDF }
            if matched == 0, octet != first { continue }
            while matched > 0, wanted[matched] != octet { matched = fallback[matched - 1] }
            if wanted[matched] == octet { matched += 1 }
            if matched == wanted.count { break }
        }
        return matched
    }

    /// Where the first eight octets begin of which one and the next may be the first two of `wanted`, or no more than
    /// eight are left. What ends in front of that matches nothing.
    @inline(__always)
    private static func passOver(_ text: Span<UInt8>, from start: Int, until wanted: Span<UInt8>) -> Int {
        guard wanted.count > 1 else { return start }
        let (first, second) = (eightTimes(wanted[0]), eightTimes(wanted[1]))
        var index = start
        while index < text.count - 8 {
            let differences = (text.word(at: index) ^ first) | (text.word(at: index + 1) ^ second)
            // The highest bit of each octet that is not 0. No sum passes on a carry: both octets are below 0x80.
            let others = (differences & 0x7F7F_7F7F_7F7F_7F7F) + 0x7F7F_7F7F_7F7F_7F7F | differences
            guard others & 0x8080_8080_8080_8080 == 0x8080_8080_8080_8080 else { break }
            index += 8
        }
        return index
    }

    private static let short = 64

    private static func eightTimes(_ octet: UInt8) -> UInt64 {
        UInt64(octet) &* 0x0101_0101_0101_0101  // at most eight octets of 0xFF
    }
}
