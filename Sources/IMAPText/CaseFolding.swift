/// Text made comparable without regard to case: the simple case folding of Latin, Greek, Cyrillic, Armenian and the
/// letters kept with them.
///
/// It is the first half of `i;unicode-casemap` (RFC 5051): one scalar becomes one scalar. The second half, the
/// decomposition of RFC 5051 section 2 (NFKD), is not done: `é` written as one scalar and as two remain different.
package enum CaseFolding {
    /// Folded scalars below this one are looked up; above, they are searched for.
    private static let denseCount: UInt32 = 0x590

    private static let dense: [UInt16] = (0..<denseCount).map { UInt16(truncatingIfNeeded: search($0)) }

    /// `scalar` folded.
    package static func fold(_ scalar: UInt32) -> UInt32 {
        scalar < denseCount ? UInt32(dense[Int(scalar)]) : search(scalar)
    }

    private static func search(_ scalar: UInt32) -> UInt32 {
        if scalar < 0x80 { return scalar >= 0x41 && scalar <= 0x5A ? scalar | 0x20 : scalar }
        let runs = CaseFoldingTable.runs
        var low = 0
        var high = runs.count
        while low < high {
            let middle = low + (high - low) / 2
            if runs[middle].last < scalar { low = middle + 1 } else { high = middle }
        }
        guard low < runs.count, runs[low].first <= scalar, (scalar - runs[low].first) % runs[low].step == 0
        else { return scalar }
        return UInt32(truncatingIfNeeded: Int32(truncatingIfNeeded: scalar) + runs[low].delta)
    }

    /// `utf8` folded; what is not well-formed becomes U+FFFD.
    package static func fold(_ utf8: [UInt8]) -> [UInt8] {
        var folder = CaseFolder()
        var folded: [UInt8] = []
        folded.reserveCapacity(utf8.count)
        folder.fold(utf8.span, into: &folded)
        folder.finish(into: &folded)
        return folded
    }
}

/// Folds UTF-8 in pieces.
package struct CaseFolder: Sendable {
    private var reader = UTF8ScalarReader()

    package init() {}

    package mutating func fold(_ utf8: Span<UInt8>, into folded: inout [UInt8]) {
        for index in utf8.indices {
            let octet = utf8[index]
            if octet < 0x80, !reader.isInside {
                folded.append(octet >= 0x41 && octet <= 0x5A ? octet | 0x20 : octet)
            } else {
                reader.feed(octet) { UTF8Scalars.append(CaseFolding.fold($0), to: &folded) }
            }
        }
    }

    package mutating func finish(into folded: inout [UInt8]) {
        reader.finish { UTF8Scalars.append($0, to: &folded) }
    }
}

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
        var matched = matched
        let wanted = wanted
        let fallback = fallback
        let first = wanted[0]
        for index in text.indices {
            let octet = text[index]
            if matched == 0, octet != first { continue }
            while matched > 0, wanted[matched] != octet { matched = fallback[matched - 1] }
            if wanted[matched] == octet { matched += 1 }
            if matched == wanted.count {
                isFound = true
                return true
            }
        }
        self.matched = matched
        return false
    }
}
