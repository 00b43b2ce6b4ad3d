import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTypes

/// SORT and THREAD of a mailbox of conversations, with the digests that were made at APPEND.
enum SortAndThread {
    private static let commands = [
        "UID SEARCH ALL", "SORT (ARRIVAL) UTF-8 ALL", "SORT (DATE) UTF-8 ALL", "SORT (REVERSE DATE) UTF-8 UNSEEN",
        "SORT (SUBJECT) UTF-8 ALL", "SORT (FROM DATE) UTF-8 ALL",
        "SORT RETURN (PARTIAL 1:50 COUNT) (REVERSE DATE) UTF-8 ALL",
        "THREAD ORDEREDSUBJECT UTF-8 ALL", "THREAD REFERENCES UTF-8 ALL",
    ]

    static func run(messages count: Int) async throws -> Bool {
        let store = MemoryStore()
        try await fill(store, count)
        let server = try Server(
            store: store, authenticator: Anyone(), extensions: IMAPExtension.standard.supported(by: store))
        for command in commands {
            // The difference of many and one is without login and SELECT. The best of some, as others use the machine.
            var best = Double.infinity
            let repeats = 10
            for _ in 0..<5 {
                let one = try await seconds(server, command, repeats: 1)
                let many = try await seconds(server, command, repeats: 1 + repeats)
                best = min(best, max(0, many - one) / Double(repeats))
            }
            let micros = (best * 1e8).rounded() / 100
            print(
                "sort: \(count) messages: \(command): \(micros / 1000) ms, \((best / Double(count) * 1e9).rounded()) ns a message"
            )
        }
        return true
    }

    private static func seconds(_ server: Server, _ command: String, repeats: Int) async throws -> Double {
        var lines = ["a LOGIN alice x", "b EXAMINE INBOX"]
        for _ in 0..<repeats { lines.append("c \(command)") }
        let client = CountingTransport(lines)
        let clock = ContinuousClock()
        let began = clock.now
        server.accept(client)
        while !client.isClosed { try await Task.sleep(for: .microseconds(200)) }
        let took = began.duration(to: clock.now).components
        return Double(took.attoseconds) / 1e18 + Double(took.seconds)
    }

    /// Conversations of one to nine messages, some at a time, as a mailing list has them.
    private static func fill(_ store: MemoryStore, _ count: Int) async throws {
        let account = try await store.account(of: UserIdentity(name: Array("alice".utf8)))
        var random = Numbers()
        var open: [[Int]] = []
        var seconds: Int64 = 1_500_000_000
        for number in 1...count {
            seconds += Int64(random.next(below: 600))
            var ancestors: [Int] = []
            if open.count > 20, random.next(below: 5) > 0 {
                let place = random.next(below: open.count)
                ancestors = open[place]
                open[place].append(number)
                if open[place].count > 8 { open.remove(at: place) }
            } else {
                open.append([number])
            }
            let date = InternalDate(secondsSince1970: seconds - Int64(random.next(below: 7200)))
            let month = String(decoding: InternalDate.monthNames[date.month - 1], as: UTF8.self)
            let topic = ancestors.first ?? number
            var text = "Received: from mx.example.org by mx2.example.org; Mon, 7 Feb 2022 21:52:25 -0800\r\n"
            text +=
                "Date: Wed, \(date.day) \(month) \(date.year) \(two(date.hour)):\(two(date.minute)):\(two(date.second)) +0000\r\n"
            text += "From: \"Person \(random.next(below: 500))\" <person\(random.next(below: 500))@example.org>\r\n"
            text += "To: The list <list@example.org>\r\nCc: one@example.com, Two <two@example.com>\r\n"
            text +=
                "Subject: \(ancestors.isEmpty ? "" : "Re: ")[list] About topic \(topic * 7919 % 100_003) of the list\r\n"
            text += "Message-ID: <\(number).\(number * 31)@mail.example.org>\r\n"
            if let parent = ancestors.last { text += "In-Reply-To: <\(parent).\(parent * 31)@mail.example.org>\r\n" }
            if !ancestors.isEmpty {
                text +=
                    "References: " + ancestors.map { "<\($0).\($0 * 31)@mail.example.org>" }.joined(separator: "\r\n ")
                    + "\r\n"
            }
            text += "\r\nText.\r\n"
            let octets = Array(text.utf8)
            var maker = DigestMaker()
            maker.feed(octets)
            let append = try await account.append(to: .inbox)
            try await append.begin(
                NewMessage(flags: [], internalDate: InternalDate(secondsSince1970: seconds), size: UInt64(octets.count))
            )
            try await append.write(octets)
            try await append.end(maker.finish())
            _ = try await append.commit()
        }
        try await account.close()
    }

    private static func two(_ number: Int) -> String { (number < 10 ? "0" : "") + "\(number)" }

    /// The same mailbox each time.
    private struct Numbers {
        private var state: UInt64 = 1

        mutating func next(below limit: Int) -> Int {
            // The modulus is 2^64: wrapping is what a linear congruence does.
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407  // wraps
            return Int(state >> 33) % limit
        }
    }
}
