import IMAPTypes

/// As many messages as anyone wants, cheap to make and different from each other.
extension SampleMail {
    /// Message `number` of an endless row: one each 37 minutes, in threads of up to four, some with two alternatives.
    static func variation(_ number: Int, to user: String) -> SampleMessage {
        var random = SampleGenerator(seed: UInt64(truncatingIfNeeded: number))
        let zone = random.pick(zones)
        let date = SampleDate(secondsSince1970: 1_706_745_600 + Int64(clamping: number) * 2220, zoneMinutes: zone)
        let place = number % 4
        let start = number - place
        var subjects = SampleGenerator(seed: UInt64(truncatingIfNeeded: start) ^ 0xA5A5)
        let subject = "\(subjects.pick(adjectives)) \(subjects.pick(nouns)) \(start / 4)"
        let sender = random.pick(senders)
        var text = "Date: \(date)\nFrom: \(sender)\nTo: \(user)\n"
        text += "Subject: \(place == 0 ? "" : "Re: ")\(subject)\nMessage-ID: <variation.\(number)@example.com>\n"
        if place > 0 {
            let earlier = (start..<number).map { "<variation.\($0)@example.com>" }
            text += "In-Reply-To: <variation.\(number - 1)@example.com>\n"
            text += "References: \(earlier.joined(separator: "\n "))\n"
        }
        text += "MIME-Version: 1.0\n"
        let words = (0..<random.next() % 120 + 8).map { index in
            random.pick(index % 2 == 0 ? adjectives : nouns).lowercased() + (index % 9 == 8 ? ".\n" : "")
        }
        let body = words.joined(separator: " ").split(separator: "\n ").joined(separator: "\n")
        if random.next() % 5 == 0 {
            text += "Content-Type: multipart/alternative; boundary=v\(number)\n\n"
            text += "--v\(number)\nContent-Type: text/plain\n\n\(body)\n"
            text += "--v\(number)\nContent-Type: text/html\n\n<p>\(body)</p>\n--v\(number)--\n"
        } else {
            text += "Content-Type: text/plain; charset=utf-8\n\n\(body)\n"
        }
        var flags: [Flag] = random.next() % 3 == 0 ? [] : [.seen]
        if random.next() % 7 == 0 { flags.append(.flagged) }
        if random.next() % 6 == 0 { flags.append(.answered) }
        if random.next() % 11 == 0, let forwarded = Flag("$Forwarded") { flags.append(forwarded) }
        return SampleMessage(text, at: date, flags: flags)
    }

    private static let zones = [0, 60, 120, 330, 345, 540, 600, -180, -210, -300, -480]
    private static let senders = [
        "Greta Lind <greta@example.com>", "Sam Reed <sam@example.net>", "Priya Nair <priya@example.in>",
        "=?utf-8?q?J=C3=BCrgen_M=C3=BCller?= <juergen@example.de>", "\"Doe, John\" <john@example.net>",
        "noreply@shop.example",
    ]
    private static let adjectives = [
        "Quiet", "Late", "Blue", "Urgent", "Small", "Final", "Open", "Second", "Useful", "Old", "Weekly", "Green",
    ]
    private static let nouns = [
        "report", "meeting", "invoice", "garden", "release", "ticket", "journey", "question", "list", "draft",
        "weather", "budget",
    ]
}

/// Numbers that look random and are the same each time (SplitMix64).
struct SampleGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// One of `choices`, which are not empty.
    mutating func pick<Choice>(_ choices: [Choice]) -> Choice { choices[Int(next() % UInt64(choices.count))] }
}
