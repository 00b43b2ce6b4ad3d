import IMAPMessage
import IMAPTypes
import Testing

@Suite("What SORT and THREAD read of a digest")
struct MessageFactsTests {
    private static let messages = [
        "\n", "Subject: x\n\n", "Date: 1 Jan 2001 10:00 +0000\nMessage-ID: <a@b>\nIn-Reply-To: <c@d>\n\n",
        "From: a@b\nTo: \"N\" <c@d>, e@f\nCc: g: h@i;\nReferences: <a@b>\n <c@d>\nSubject: text\n\nx\n",
        "From: <@r.x:a@b>\nTo: n <@r.x:c@d>\nCc: (x) c@d\nSender: s@t\nReply-To: u@v\nReferences: \n\n",
        "From: a, b, c\nTo: undisclosed:;\nSubject:\nDate:\n\n", "Subject: name\nReferences: <name>\n\n",
    ]

    private func same(_ a: MessageFacts, _ b: MessageFacts) -> Bool {
        a.date == b.date && a.sentSeconds == b.sentSeconds && a.subject == b.subject && a.inReplyTo == b.inReplyTo
            && a.messageID == b.messageID
            && a.references == b.references && a.firstAddress(of: .from) == b.firstAddress(of: .from)
            && a.firstAddress(of: .to) == b.firstAddress(of: .to)
            && a.firstAddress(of: .cc) == b.firstAddress(of: .cc)
    }

    @Test(arguments: messages)
    func aDigestSaysWhatTheHeaderSays(_ message: String) throws {
        let structure = structure(mail(message))
        for header in [nil, HeaderBlock(mail(message))] {
            let digest = try #require(structure.digest(header))
            let facts = try #require(MessageFacts(digest: digest, size: structure.size))
            #expect(same(facts, MessageFacts(structure.envelope, references: structure.references)))
            #expect(MessageFacts(digest: digest, size: structure.size + 1) == nil)
            #expect(MessageFacts(digest: [1] + digest.dropFirst(), size: structure.size) == nil)
        }
    }

    /// Any octets may come from a store: nothing is read that is not there.
    @Test func damagedDigestsAreHarmless() throws {
        var numbers = SeededNumbers(seed: 3)
        for message in MessageFactsTests.messages {
            let structure = structure(mail(message))
            let digest = try #require(structure.digest(HeaderBlock(mail(message))))
            for length in digest.indices {
                guard let facts = MessageFacts(digest: Array(digest.prefix(length)), size: structure.size) else {
                    continue
                }
                _ = same(facts, facts)
            }
            for _ in 0..<2000 {
                var damaged = digest
                for _ in 0..<Int.random(in: 1...4, using: &numbers) {
                    damaged[Int.random(in: 0..<damaged.count, using: &numbers)] = .random(
                        in: 0 ... .max, using: &numbers)
                }
                if let facts = MessageFacts(digest: damaged, size: structure.size) { #expect(same(facts, facts)) }
            }
        }
    }

    /// The short way through a date finds what the long one does, or nothing.
    @Test func theUsualDateIsReadAlikeBothWays() {
        var numbers = SeededNumbers(seed: 5)
        let weekdays = ["Mon, ", "sun, ", "Sat,", "Jan, ", "Mon ", ""]
        let months = ["Jan", "feb", "MAR", "April", "Xyz", "Sep", "Oct", "Dec"]
        let zones = [
            "+0000", "-0700 (PDT)", "+2360", "-2400", "GMT", "+0530 (a (b))", "+0100 x", "", "+010", "-0000 ()",
        ]
        for _ in 0..<20_000 {
            func number(_ range: ClosedRange<Int>, _ digits: Int) -> String {
                let text = "\(Int.random(in: range, using: &numbers))"
                return String(repeating: "0", count: max(0, digits - text.count)) + text
            }
            func any(_ list: [String]) -> String { list.randomElement(using: &numbers) ?? "" }
            var value = "\(any(weekdays))\(number(0...32, Int.random(in: 1...2, using: &numbers))) \(any(months)) "
            value += "\(any(["\(number(1900...2100, 4))", "97", "12345"])) \(number(0...24, 2)):\(number(0...60, 2))"
            if Bool.random(using: &numbers) { value += ":\(number(0...61, 2))" }
            value += " \(any(zones))"
            #expect(SentDate(octets(value)[...]) == SentDate(octets(value)), "\(value)")
        }
        #expect(SentDate(octets("xFri, 21 Nov 1997 09:55:06 -0600").dropFirst())?.seconds == 880_127_706)
    }
}
