import IMAPTypes

/// LIST patterns (RFC 3501 section 6.3.8): `*` matches anything, `%` anything but the separator.
///
/// All patterns of a command are one machine. A bit stands for "the pattern up to here matches what was read", and an
/// octet of a name is one step of all of them at once: time is pattern times name over 64, and nothing goes back
/// (R-ALG-2). Names are read in their wire form.
struct ListPatterns: Sendable {
    /// What was read matches.
    struct Match: OptionSet, Sendable {
        let rawValue: UInt8

        /// A pattern.
        static let name = Match(rawValue: 1 << 0)
        /// A pattern that ends in `%`, which asks for levels of hierarchy too.
        static let level = Match(rawValue: 1 << 1)
    }

    /// How many words a state has.
    let words: Int
    /// The state in which nothing was read.
    let start: [UInt64]
    /// For each octet, the places in the patterns where it stands.
    private let places: [UInt64]
    private let wildcards: [UInt64]
    private let stars: [UInt64]
    private let ends: [UInt64]
    private let levelEnds: [UInt64]
    private let separator: UInt8?

    /// Empty patterns match nothing.
    init(_ patterns: [[UInt8]], separator: UInt8?) {
        let given = patterns.filter { !$0.isEmpty }
        let reduced = given.map(ListPatterns.reduced)
        // One bit before each octet of a pattern, and one behind the last.
        let bits = reduced.reduce(0) { $0 + $1.count + 1 }
        let words = (bits + 63) / 64
        let empty = [UInt64](repeating: 0, count: words)
        var places = [UInt64](repeating: 0, count: words * 256)
        var (start, wildcards, stars, ends, levelEnds) = (empty, empty, empty, empty, empty)
        var bit = 0
        func set(_ bit: Int, _ row: inout [UInt64], at base: Int = 0) { row[base + bit / 64] |= 1 << UInt64(bit % 64) }
        for (pattern, original) in zip(reduced, given) {
            set(bit, &start)
            if let first = pattern.first, ListPatterns.isWildcard(first) { set(bit + 1, &start) }
            for octet in pattern {
                switch octet {
                case ASCII.asterisk:
                    set(bit, &wildcards)
                    set(bit, &stars)
                case ASCII.percent: set(bit, &wildcards)
                default: set(bit, &places, at: Int(octet) * words)
                }
                bit += 1
            }
            set(bit, &ends)
            if original.last == ASCII.percent { set(bit, &levelEnds) }
            bit += 1
        }
        self.words = words
        self.start = start
        self.places = places
        self.wildcards = wildcards
        self.stars = stars
        self.ends = ends
        self.levelEnds = levelEnds
        self.separator = separator
    }

    private static func isWildcard(_ octet: UInt8) -> Bool { octet == ASCII.asterisk || octet == ASCII.percent }

    /// Wildcards in a row are one: the wider one. So none is next to another.
    private static func reduced(_ pattern: [UInt8]) -> [UInt8] {
        var reduced: [UInt8] = []
        for octet in pattern {
            if let last = reduced.last, isWildcard(last), isWildcard(octet) {
                if octet == ASCII.asterisk { reduced[reduced.count - 1] = octet }
            } else {
                reduced.append(octet)
            }
        }
        return reduced
    }

    /// Reads an octet of a name.
    func step(_ state: inout [UInt64], _ octet: UInt8) { step(&state, Int(octet), or: Int(octet), octet == separator) }

    /// Reads an octet of a name that is matched in any case.
    func stepFolded(_ state: inout [UInt64], _ octet: UInt8) {
        let upper = ASCII.upper(octet)
        step(&state, Int(upper), or: Int(ASCII.isAlpha(upper) ? upper | 0x20 : upper), octet == separator)
    }

    private func step(_ state: inout [UInt64], _ octet: Int, or other: Int, _ isSeparator: Bool) {
        let stays = isSeparator ? stars : wildcards
        var carry: UInt64 = 0
        var passed: UInt64 = 0
        for word in 0..<words {
            let before = state[word]
            let read = before & (places[octet * words + word] | places[other * words + word])
            var after = read << 1 | carry | before & stays[word]
            carry = read >> 63
            // A wildcard also matches nothing: who stands before one stands behind it too.
            let waiting = after & wildcards[word]
            after |= waiting << 1 | passed
            passed = waiting >> 63
            state[word] = after
        }
    }

    /// What a name that was read to its end matches.
    func match(_ state: [UInt64]) -> Match {
        var match: Match = []
        for word in 0..<words {
            if state[word] & ends[word] != 0 { match.insert(.name) }
            if state[word] & levelEnds[word] != 0 { match.insert(.level) }
        }
        return match
    }

    /// What INBOX matches, in any case.
    func matchOfInbox() -> Match {
        var state = start
        for octet in MailboxName.inbox.octets { stepFolded(&state, octet) }
        return match(state)
    }
}
