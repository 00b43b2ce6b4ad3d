import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPTestKit
import IMAPTypes
import Testing

@testable import IMAPMessage
@testable import IMAPServer

@Suite("SEARCH by what digests know (SEMANTICS 9)")
struct SearchDigestTests {
    /// LF for CRLF. Each is odd in another way.
    private static let mails: [String] =
        [
            "From: Fred <fred@a.example>\nTo: joe@b.example\nSubject: one\nDate: Wed, 7 Feb 1996 23:52:25 -0800\n\nx\n",
            "", "\n", "no header at all", "Subject: no end", "\nFrom: behind@the.header\n", ": no name\nFrom : a@b\n\n",
            "From: first@x\nSubject: a\nFrom: second@x\nsubject: b\nFROM:\nSubject:\n\n",
            "Subject: folded\n  over\n\tlines\nTo: a,\n b,\n c\n\n", "Subject:\n folded at once\n\n", "Subject:   \n\n",
            "Subject: =?utf-8?q?caf=C3=A9?= and\n =?iso-8859-1?q?=E9t=E9?=\nFrom: =?x-none?q?abc?= <a@b>\n\n",
            "Subject: what? =? ?=\nCc: b@c?\n\n", "Subject: caf\u{E9} \u{44F}\nFrom: \u{3A9} <o@x>\n\n",
            "Subject: [0] {5}\\ \"quoted\"\nBcc: hidden@x\nCc: g: a@b, c@d;\n\n",
            "From x@y Mon\nFrom: a@b\nnot a field\n continues nothing\nSubject: behind it\n\n",
            "Subject: \(String(repeating: "long ", count: 700))\nFrom: after@long\nTo: to@long\n\n",
            "To: \(String(repeating: "very@long.example, ", count: 400))\nFrom: after@longer\nSubject: s\n\n",
            "X-Filler: \(String(repeating: "x", count: 40_000))\nFrom: far@away\nSubject: far\n\n",
            "\(String(repeating: "X: y\n", count: 200))From: many@fields\nSubject: many\n\n",
            "Date: Thu, 31 Dec 1998 23:59:60 +0000\n\n", "Date: 31 Dec 1998 23:59:60 -0100\nDate: 1 Jan 1990\n\n",
            "Date: nothing\n\n", "Date: =?us-ascii?q?1_Jan_1999?=\n\n", "Date:\n 1 Jan\n 1999\n\n",
            "Date: 1 Jan 99\n\n",
            "Date: Fri, 31 Dec 9999 23:59:59 -2359\n\n", "Date: Sat, 1 Jan 0000 00:00:00 +2359\n\n", "Date: 0-0-0\n\n",
            "Content-Type: multipart/mixed; boundary=b\nSubject: parts\n\n--b\nSubject: inner\n\nx\n--b--\n",
            """
            Content-Type: multipart/mixed; boundary=b
            Subject: many
              parts

            far
            --b
            Content-Type: text/plain; charset=iso-8859-1
            Content-Transfer-Encoding: quoted-printable

            one caf=E9 and =C9t=
            =E9
            --bare
            --b
            Content-Transfer-Encoding: base64
            Content-Type: text/html; charset=utf-8

            Y2Fmw6kg
            YW5kIG1vcmU=
            --b
            Content-Type: image/png

            very far
            --b
            Content-Type: message/rfc822

            Subject: inner
            From: =?utf-8?q?caf=C3=A9?= <a@b>

            SECOND text
            --b
            Content-Type: message/delivery-status

            Reporting-MTA: dns; long
            --b--
            behind
            """,
        ] + SearchFixture.three.map(\.text)

    private static let texts = [
        "", "a", "A@B", "one", "folded over", "over\tlines", "a, b, c", "caf\u{E9}", "\u{C9}T\u{C9}", "caf\u{E9} and",
        "abc", "=?x-none", "?", "=?", "\u{44F}", "\u{3C9}", "first", "SECOND", "inner", "long", "long@", "very", "far",
        "behind", "many", "nothing to be found", "\\\\", "[0]", "x",
    ]

    private static let keys: [String] =
        [
            "FROM", "TO", "CC", "BCC", "SUBJECT", "HEADER FROM", "HEADER Subject", "HEADER X", "NOT FROM", "TEXT",
            "NOT BODY",
        ]
        .flatMap { name in texts.map { "\(name) \"\($0)\"" } } + [
            "OR FROM a SUBJECT s", "FROM a SUBJECT s", "NOT (FROM a) TO b",
            "OR (FROM fred SENTSINCE 1-Jan-1996) TO long",
            "TEXT a BODY x", "OR BODY one TEXT second", "NOT (TEXT a BODY x)", "NOT TEXT far BODY one", "BODY \"\"",
            "OR (BODY one SUBJECT many) (TEXT inner NOT HEADER X \"\")", "TEXT inner HEADER Message-ID \"\"",
            "FROM a TEXT x", "OR FROM a BODY x", "NOT SUBJECT one BODY x",
            "FROM a FROM b SUBJECT e HEADER Message-ID x",
        ]
        + ["SENTBEFORE", "SENTON", "SENTSINCE", "NOT SENTON"].flatMap { name in
            [
                "1-Jan-1970", "2-Jan-1970", "7-Feb-1996", "8-Feb-1996", "31-Dec-1998", "1-Jan-1999", "31-Dec-9999",
                "1-Jan-0000", "2-Jan-0000",
            ].map { "\(name) \($0)" }
        }

    private func store(
        _ digest: (_ message: [UInt8], _ number: Int) -> MessageDigest?
    ) async throws -> SearchStore {
        let store = SearchStore()
        let account = try await store.memory.account(of: user("alice"))
        for (number, text) in Self.mails.enumerated() {
            let message = octets(text.replacing("\n", with: "\r\n"))
            let append = try await account.append(to: .inbox)
            try await append.begin(
                NewMessage(
                    flags: [], internalDate: InternalDate(secondsSince1970: 86_400), size: UInt64(message.count)))
            try await append.write(message)
            try await append.end(digest(message, number))
            _ = try await append.commit()
        }
        return store
    }

    private func client(_ store: SearchStore, _ limits: Limits = Limits()) async throws -> TestClient {
        var configuration = ServerConfiguration()
        configuration.limits = limits
        let server = try Server(
            store: store, authenticator: TestUsers(), extensions: IMAPExtension.standard.supported(by: store),
            configuration: configuration)
        let client = await TestClient.connect(to: server).client
        await client.line("l LOGIN alice secret")
        await client.line("e EXAMINE INBOX")
        return client
    }

    private static func smallLimits() -> Limits {
        var limits = Limits()
        limits.message.fieldOctets = 9
        limits.message.headerOctets = 60
        limits.message.fields = 3
        return limits
    }

    @Test(arguments: [Limits(), smallLimits()])
    func aDigestChangesNoAnswer(_ limits: Limits) async throws {
        let without = try await client(try await store { _, _ in nil }, limits)
        let with = try await client(try await store { message, _ in MessageDigest(of: message, limits) }, limits)
        for key in Self.keys {
            let answer = await without.line("s SEARCH \(key)")
            #expect(answer.hasSuffix("s OK SEARCH completed\r\n"), "\(key)")
            #expect(await with.line("s SEARCH \(key)") == answer, "\(key)")
        }
        for command in ["SORT (DATE) UTF-8 ALL", "SORT (SUBJECT) UTF-8 ALL", "THREAD REFERENCES UTF-8 ALL"] {
            #expect(await with.line("s \(command)") == (await without.line("s \(command)")), "\(command)")
        }
    }

    /// Messages are opened only where the digest does not know: a header too long to be remembered, values that do
    /// not fit, a date that must be decoded.
    @Test func onlyWhatADigestDoesNotKnowIsRead() async throws {
        let store = try await store { message, _ in MessageDigest(of: message) }
        let client = try await client(store)
        let far = Self.mails.indices.filter { Self.mails[$0].hasPrefix("X-Filler") }.count
        let wide = Self.mails.indices.filter { Self.mails[$0].hasPrefix("To: very") }.count
        for (key, opened) in [
            ("FROM nobody-is-called-this", far), ("SUBJECT nothing-at-all-is-this", far), ("TO nobody", far + wide),
            ("SENTBEFORE 1-Jan-1900", far + 1), ("HEADER X nothing", Self.mails.count),
            ("FROM nobody-is-called-this TEXT a", far), ("OR FROM nobody FROM nobody", far),
            ("HEADER bcc nobody", far), ("UNSEEN CC nobody", far), ("SEEN FROM nobody", 0),
        ] {
            store.reset()
            await client.line("s SEARCH \(key)")
            #expect(store.counts.opened == opened, "\(key)")
        }
    }

    /// R-SW-6: octets of a digest may be anything. Whatever they are, SEARCH answers, and where they are no digest it
    /// answers what the header says.
    @Test func damagedDigestsAnswerOrAreNone() async throws {
        for shift in 0..<24 {
            var random = SeededGenerator(seed: UInt64(shift))
            let damaged = try await store { message, _ in
                guard var octets = MessageDigest(of: message)?.octets, !octets.isEmpty else { return nil }
                let place = Int.random(in: 0..<min(octets.count, 80), using: &random)
                if shift % 3 == 0 {
                    octets.removeLast(octets.count - place)
                } else {
                    octets[place] = shift % 3 == 1 ? .random(in: 0 ... .max, using: &random) : octets[place] ^ 0x80
                }
                return MessageDigest(octets)
            }
            let client = try await client(damaged)
            for key in ["FROM a", "SUBJECT o", "BCC x", "SENTON 7-Feb-1996", "OR TO a FROM b"] {
                #expect((await client.line("s SEARCH \(key)")).hasSuffix("s OK SEARCH completed\r\n"))
            }
        }
        let right = try await client(try await store { _, _ in nil })
        let none = try await client(
            try await store { message, number in
                guard var octets = MessageDigest(of: message)?.octets else { return nil }
                if number % 2 == 0 { octets[0] = 1 } else { octets.removeLast(octets.count - min(octets.count, 3)) }
                return MessageDigest(octets)
            })
        for key in Self.keys { #expect(await none.line("s SEARCH \(key)") == (await right.line("s SEARCH \(key)"))) }
    }
}
