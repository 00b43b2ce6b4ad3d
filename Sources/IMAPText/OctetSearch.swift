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
        for index in text.indices {
            var octet = text[index]
            if isFolded, octet >= 0x61, octet <= 0x7A { octet &= 0xDF }
            if matched == 0, octet != first { continue }
            while matched > 0, wanted[matched] != octet { matched = fallback[matched - 1] }
            if wanted[matched] == octet { matched += 1 }
            if matched == wanted.count { break }
        }
        return matched
    }
}
