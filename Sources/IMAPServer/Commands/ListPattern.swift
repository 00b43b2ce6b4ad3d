import IMAPTypes

/// A LIST pattern (RFC 3501 section 6.3.8): `*` matches anything, `%` anything but the separator.
///
/// Matched octet by octet on the wire form, in time of pattern times name, without going back (R-ALG-2). INBOX is
/// matched in any case.
struct ListPattern: Sendable {
    private let pattern: [UInt8]
    private let separator: UInt8?

    init(_ pattern: [UInt8], separator: UInt8?) {
        // Wildcards in a row are one: the wider one.
        var reduced: [UInt8] = []
        for octet in pattern {
            if let last = reduced.last, ListPattern.isWildcard(last), ListPattern.isWildcard(octet) {
                if octet == ASCII.asterisk { reduced[reduced.count - 1] = octet }
            } else {
                reduced.append(octet)
            }
        }
        self.pattern = reduced
        self.separator = separator
    }

    private static func isWildcard(_ octet: UInt8) -> Bool { octet == ASCII.asterisk || octet == ASCII.percent }

    /// Whether parents that do not exist are listed for their children: only `%` at the end asks for levels.
    var listsLevels: Bool { pattern.last == ASCII.percent }

    /// How many separators a name that matches has, or `nil` when `*` lets it have any number.
    var depth: Int? {
        guard !pattern.contains(ASCII.asterisk) else { return nil }
        return pattern.count { $0 == separator }
    }

    func matches(_ name: MailboxName, wireForm: [UInt8]) -> Bool {
        matches(wireForm, folded: name.isInbox)
    }

    private func matches(_ name: [UInt8], folded: Bool) -> Bool {
        // reached[i]: the first i octets of the pattern match what was read of the name.
        var reached = [Bool](repeating: false, count: pattern.count + 1)
        reached[0] = true
        spread(&reached)
        for octet in name {
            var next = [Bool](repeating: false, count: pattern.count + 1)
            for index in pattern.indices where reached[index] {
                switch pattern[index] {
                case ASCII.asterisk: next[index] = true
                case ASCII.percent: next[index] = octet != separator
                case octet: next[index + 1] = true
                case let other:
                    if folded, ASCII.upper(other) == ASCII.upper(octet) { next[index + 1] = true }
                }
            }
            spread(&next)
            reached = next
        }
        return reached[pattern.count]
    }

    /// A wildcard also matches nothing.
    private func spread(_ reached: inout [Bool]) {
        for index in pattern.indices where reached[index] && ListPattern.isWildcard(pattern[index]) {
            reached[index + 1] = true
        }
    }
}

extension MailboxName {
    /// The names above this one: all of them, or the one that has `depth` separators.
    func ancestors(separator: UInt8, depth: Int?) -> [MailboxName] {
        guard let depth else { return ancestors(separator: separator) }
        var seen = 0
        for index in octets.indices where octets[index] == separator {
            if seen == depth { return MailboxName(Array(octets[..<index])).map { [$0] } ?? [] }
            seen += 1
        }
        return []
    }
}
