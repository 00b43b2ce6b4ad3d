import IMAPText
import IMAPTypes

/// How a mailbox is called on disk: `.A.B` for `A/B` (Maildir++), each level in modified UTF-7, as Courier and Dovecot
/// have it. A dot within a level, which Maildir++ cannot keep, is written `&AC4-`, as Courier does.
///
/// A mailbox has exactly one such name: a directory that is called otherwise is no mailbox.
enum FolderName {
    static let separator: UInt8 = 0x2F
    private static let dot: UInt8 = 0x2E
    private static let escapedDot = Array("&AC4-".utf8)
    /// The most octets of a file's name.
    private static let maximumLength = 255

    /// The directory's name, or `nil` for a mailbox that cannot be kept: an empty level, or too long. INBOX has none:
    /// it is the user's directory itself.
    static func directory(for name: MailboxName) -> [UInt8]? {
        guard !name.isInbox else { return nil }
        var directory: [UInt8] = []
        for level in name.octets.split(separator: separator, omittingEmptySubsequences: false) {
            guard !level.isEmpty else { return nil }
            directory.append(dot)
            for (index, part) in level.split(separator: dot, omittingEmptySubsequences: false).enumerated() {
                if index > 0 { directory += escapedDot }
                directory += ModifiedUTF7.encode(Array(part).span)
            }
        }
        return directory.count <= maximumLength ? directory : nil
    }

    /// The mailbox that is kept in a directory of that name, or `nil`.
    static func mailbox(in directory: [UInt8]) -> MailboxName? {
        guard directory.first == dot else { return nil }
        var octets: [UInt8] = []
        for (index, level) in directory.dropFirst().split(separator: dot, omittingEmptySubsequences: false).enumerated()
        {
            if index > 0 { octets.append(separator) }
            guard let level = decode(level) else { return nil }
            octets += level
        }
        guard let name = MailboxName(octets), self.directory(for: name) == directory else { return nil }
        return name
    }

    private static func decode(_ level: ArraySlice<UInt8>) -> [UInt8]? {
        var octets: [UInt8] = []
        var rest = level
        while !rest.isEmpty {
            if rest.starts(with: escapedDot) {
                octets.append(dot)
                rest = rest.dropFirst(escapedDot.count)
                continue
            }
            // Up to the next escaped dot. Another `&` may begin right behind a run: decoded by itself, it is none.
            let end = rest.indices.first { rest[$0...].starts(with: escapedDot) } ?? rest.endIndex
            guard let part = ModifiedUTF7.decode(Array(rest[..<end]).span) else { return nil }
            octets += part
            rest = rest[end...]
        }
        return octets
    }

    /// The directory of a user, one component of a path: the user's name, with `/`, `%`, control octets and a dot at
    /// its beginning written as `%2F`. Two users never share one. `nil` for a name that is empty or too long.
    static func directory(ofUser name: [UInt8]) -> [UInt8]? {
        var directory: [UInt8] = []
        for (index, octet) in name.enumerated() {
            if octet < 0x20 || octet == 0x7F || octet == 0x2F || octet == 0x25 || (octet == dot && index == 0) {
                let digits = Array("0123456789ABCDEF".utf8)
                directory += [0x25, digits[Int(octet >> 4)], digits[Int(octet & 0xF)]]
            } else {
                directory.append(octet)
            }
        }
        return directory.isEmpty || directory.count > maximumLength ? nil : directory
    }
}
