import IMAPExtensions
import IMAPMemoryStore
import IMAPServer
import IMAPTypes

/// Mail that is made up, the same each time: conversations of up to eight messages, plain ones, ones with alternatives
/// and ones with a file.
enum Corpus {
    private static let names = ["Anna Smith", "Bob Example", "Carol Jones", "Dave Miller", "Eve Taylor", "Frank Moore"]
    private static let words = [
        "meeting", "report", "invoice", "holiday", "server", "release", "question", "budget", "lunch", "travel",
    ]

    /// With as many lines of text, 10,000 messages are 46 MB.
    static let lines = 35

    static func octets(_ number: Int, lines: Int) -> [UInt8] {
        let conversation = number / 8
        let place = number % 8
        let (name, other) = (names[number % names.count], names[(number + 1) % names.count])
        let word = words[conversation % words.count]
        var head = "Received: from mx.example.org by mail.example.com with ESMTPS id \(number)\r\n"
        head +=
            "Date: \(days[number % 7]), \(number % 28 + 1) Feb 2022 \(10 + number % 13):\(10 + number % 49):00 +0100\r\n"
        head += "From: \(name) <\(name.prefix(3).lowercased())\(number % 97)@example.org>\r\n"
        head += "To: \(other) <\(other.prefix(3).lowercased())@example.com>, list@example.net\r\n"
        head += "Subject: \(place > 0 ? "Re: " : "")The \(word) of conversation \(conversation)\r\n"
        head += "Message-ID: <\(number)@mail.example.org>\r\n"
        if place > 0 {
            let before = (number - place..<number).map { "<\($0)@mail.example.org>" }
            head +=
                "In-Reply-To: <\(number - 1)@mail.example.org>\r\nReferences: \(before.joined(separator: "\r\n "))\r\n"
        }
        let line = "A line of a text about the \(word), which is neither short nor long.\r\n"
        let text = String(repeating: line, count: lines)
        switch number % 3 {
        case 0: head += "\r\n" + text
        case 1:
            head += "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"b1\"\r\n\r\n"
            head += "--b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\(text)\r\n"
            head += "--b1\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>\(text)</p>\r\n--b1--\r\n"
        default:
            head += "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b2\"\r\n\r\n"
            head += "--b2\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\(text)\r\n"
            head += "--b2\r\nContent-Type: application/pdf; name=\"\(word).pdf\"\r\n"
            head +=
                "Content-Disposition: attachment; filename=\"\(word).pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            head +=
                String(repeating: "JVBERi0xLjQKJcOkw7zDtsOfCjIgMCBvYmoKPDwvTGVuZ3RoIDMgMCBSL0Zp\r\n", count: lines)
                + "--b2--\r\n"
        }
        return Array(head.utf8)
    }

    private static let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

    /// A store in which everyone has `count` messages, whose structure is known.
    static func store(_ count: Int, lines: Int) -> MemoryStore {
        let messages = (0..<count).map { number in
            let octets = octets(number, lines: lines)
            var maker = DigestMaker()
            maker.feed(octets)
            return MemoryMessage(
                octets, flags: number % 5 == 0 ? [] : [.seen],
                internalDate: InternalDate(secondsSince1970: 1_650_000_000 + Int64(number) * 60), digest: maker.finish()
            )
        }
        return MemoryStore(newUser: { _ in messages })
    }
}
