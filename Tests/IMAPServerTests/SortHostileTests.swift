import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

/// Mail that is made to be expensive. Quadratic, each of these would be 10^9 steps and more (R-NEST-3, R-ALG-3).
@Suite("SORT and THREAD: hostile mail")
struct SortHostileTests {
    private func mailbox(_ mails: [String]) async throws -> TestClient {
        let fixture = try Fixture()
        try fixture.store.append(
            contentsOf: mails.map { MemoryMessage(octets($0 + "\n\n")) }, to: .inbox, for: user("alice"))
        // The checker has a limit for depth.
        let transport = ScriptedTransport(output: .unchecked)
        let client = await fixture.connect(transport)
        await client.line("l LOGIN alice secret")
        await client.line("s SELECT INBOX")
        return client
    }

    private static let count = 20_000

    /// Each message is a reply to the one before; in this order, the other one, and with the middle first.
    @Test(arguments: [0, 1, 2])
    func aLongChainIsOneThread(_ order: Int) async throws {
        let numbers: [Int] =
            switch order {
            case 0: Array(1...Self.count)
            case 1: (1...Self.count).reversed()
            default: (0..<Self.count).map { 1 + $0 * 7919 % Self.count }
            }
        let client = try await mailbox(
            numbers.map { "Message-ID: <\($0)@x>\nIn-Reply-To: <\($0 - 1)@x>\nSubject: Re: x" })
        let places = Dictionary(uniqueKeysWithValues: numbers.enumerated().map { ($0.element, $0.offset + 1) })
        let chain = (1...Self.count).compactMap { places[$0] }.map(String.init).joined(separator: " ")
        #expect(
            await client.line("a THREAD REFERENCES UTF-8 ALL") == "* THREAD (\(chain))\r\na OK THREAD completed\r\n")
    }

    /// Two chains that are put together, taken apart and put together again by each message, deep below.
    @Test func linksThatAreBrokenAgainAndAgain() async throws {
        let half = Self.count / 2
        var mails = (1...half).map { "Message-ID: <\($0)@x>\nIn-Reply-To: <\($0 - 1)@x>" }
        mails += (1...half).map { number in
            // Says that the message before, which has a child, is below the end of the chain; it then says otherwise.
            "Message-ID: <m\(number)@x>\nReferences: <\(half)@x> <m\(number + 1)@x> <n\(number)@x> <\(half)@x>"
        }
        let client = try await mailbox(mails)
        let answer = await client.line("a THREAD REFERENCES UTF-8 ALL")
        #expect(answer.hasPrefix("* THREAD ("))
        #expect(answer.hasSuffix(")\r\na OK THREAD completed\r\n"))
        #expect(Set(answer.split { !$0.isNumber }.compactMap { Int($0) }).isSuperset(of: 1...Self.count))
    }

    /// Everyone refers to everyone: every loop there can be.
    @Test func loopsAreNotMade() async throws {
        let client = try await mailbox(
            (1...2000).map { number in
                let ids = (0..<30).map { "<\((number * 17 + $0 * 313) % 2000 + 1)@x>" }.joined(separator: " ")
                return "Message-ID: <\(number)@x>\nReferences: \(ids)\nSubject: \(number)"
            })
        let answer = await client.line("a THREAD REFERENCES UTF-8 ALL")
        let numbers = answer.dropLast("\r\na OK THREAD completed\r\n".count).split { !$0.isNumber }.compactMap {
            Int($0)
        }
        #expect(numbers.sorted() == Array(1...2000))
    }

    /// A tree in which every message has two children but one: as deep as there are messages, on the wire, too.
    @Test func aDeepTreeIsWrittenWithoutRecursion() async throws {
        let count = 50_000
        let client = try await mailbox(
            (1...count).map { number in
                let parent = number <= 2 ? number - 1 : (number - 1) / 2 * 2 - (number % 2 == 1 ? 0 : 2)
                return "Message-ID: <\(number)@x>\nIn-Reply-To: <\(max(1, parent == number ? number - 2 : parent))@x>"
            })
        let answer = await client.line("a THREAD REFERENCES UTF-8 ALL")
        #expect(answer.utf8.count { $0 == 0x28 } == answer.utf8.count { $0 == 0x29 })
        #expect(answer.utf8.count { $0 == 0x28 } > count / 2)
        #expect(answer.hasSuffix("\r\na OK THREAD completed\r\n"))
    }

    /// More references than places are kept for: the messages are all there, and their own links are.
    @Test func referencesToNothingAreBounded() async throws {
        let client = try await mailbox(
            (1...200).map { number in
                let ids = (1...900).map { "<\(number)-\($0)@y>" }.joined(separator: " ")
                return "Message-ID: <\(number)@x>\nSubject: \(number)\nReferences: \(ids) <\(number - 1)@x>"
            })
        let chain = (1...200).map(String.init).joined(separator: " ")
        #expect(
            await client.line("a THREAD REFERENCES UTF-8 ALL") == "* THREAD (\(chain))\r\na OK THREAD completed\r\n")
    }

    /// What is compared is kept whole until it is much.
    @Test func longSubjectsAreSortedByTheirBeginnings() async throws {
        let long = String(repeating: "long subject ", count: 8000)
        let client = try await mailbox(
            (1...60).map { "Subject: \(61 - $0 + 100) \(long)\($0)" })
        let reversed = (1...60).reversed().map(String.init).joined(separator: " ")
        #expect(await client.line("a SORT (SUBJECT) UTF-8 ALL") == "* SORT \(reversed)\r\na OK SORT completed\r\n")
        // Two that differ far behind.
        let two = try await mailbox(["Subject: \(long)b", "Subject: \(long)a"])
        #expect(await two.line("a SORT (SUBJECT) UTF-8 ALL") == "* SORT 2 1\r\na OK SORT completed\r\n")
    }

    @Test func manyCriteriaAreRefused() async throws {
        let client = try await mailbox(["Subject: x"])
        let many = (1...100).map { _ in "DATE" }.joined(separator: " ")
        #expect(await client.line("a SORT (\(many)) UTF-8 ALL") == "* SORT 1\r\na OK SORT completed\r\n")
        #expect((await client.line("b SORT (\(many) DATE) UTF-8 ALL")).hasPrefix("b NO [LIMIT] "))
    }
}
