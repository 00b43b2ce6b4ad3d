import IMAPTypes

/// Mail to try a server with: every kind of message a mail reader has to show, then as many more as are asked for.
enum SampleMail {
    /// `count` messages, oldest first; the same ones whenever it is called.
    static func messages(count: Int, for user: String) -> [SampleMessage] {
        let recipient = address(of: user)
        var messages = varied(to: recipient)
        if messages.count > count { return Array(messages[..<max(count, 0)]) }
        messages.reserveCapacity(count)
        for number in messages.count..<count { messages.append(variation(number, to: recipient)) }
        return messages
    }

    /// One message of each kind.
    private static func varied(to user: String) -> [SampleMessage] {
        [
            plainText(to: user), alternative(to: user), attachments(to: user), quotedPrintableLatin1(to: user),
            eightBitUTF8(to: user), encodedWords(to: user), japanese(to: user), extendedParameters(to: user),
            forwarded(to: user), digest(to: user),
        ] + thread(to: user) + [
            mailingList(to: user), withoutSubject(to: user), emptyBody(to: user), headerOnly(to: user),
            longHeaders(to: user), groupAddress(), missingBoundary(to: user), dotsAndFromLines(to: user),
            invitation(to: user), deliveryReport(to: user), undeclaredLatin1(to: user),
        ]
    }

    /// A mail address for a login name, whatever the name is made of.
    private static func address(of user: String) -> String {
        let kept = user.unicodeScalars.filter { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "-", "_", "+": true
            default: false
            }
        }
        return (kept.isEmpty ? "user" : String(String.UnicodeScalarView(kept))) + "@example.org"
    }
}
