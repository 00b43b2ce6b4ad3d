import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

/// A mailbox to be searched, and a client that has it selected.
struct SearchFixture {
    let fixture: Fixture
    let client: TestClient

    /// A message as a test writes it: LF for CRLF.
    struct Mail {
        var text: String
        var flags: [Flag] = []
        var date = InternalDate(secondsSince1970: 0)
    }

    init(
        _ mails: [Mail], extensions: [IMAPExtension] = IMAPExtension.standard, store: MemoryStore? = nil,
        examining: Bool = false, permitting permissions: OutputPermissions = OutputPermissions(),
        _ configure: (inout ServerConfiguration) -> Void = { _ in }
    ) async throws {
        fixture = try Fixture(extensions: extensions, store: store, configure)
        // Of every second message a store keeps a digest: what is found must not depend on it.
        for (index, mail) in mails.enumerated() {
            let message = octets(mail.text.replacing("\n", with: "\r\n"))
            let digest = index % 2 == 0 ? MessageDigest(of: message) : nil
            _ = try fixture.store.append(
                MemoryMessage(message, flags: mail.flags, internalDate: mail.date, digest: digest), to: .inbox,
                for: user("alice"))
        }
        client = await fixture.logIn("alice", "secret", permitting: permissions)
        await client.line(examining ? "s EXAMINE INBOX" : "s SELECT INBOX")
    }

    /// What a SEARCH answers, without its name; the whole answer when it is not one SEARCH response and OK.
    func search(_ keys: String, uid: Bool = false) async -> String {
        let answer = await client.line("q \(uid ? "UID " : "")SEARCH \(keys)")
        let end = "\r\nq OK SEARCH completed\r\n"
        guard answer.hasPrefix("* SEARCH"), answer.hasSuffix(end) else { return answer }
        return String(answer.dropFirst("* SEARCH".count).dropLast(end.count).drop { $0 == " " })
    }

    func play(_ text: String) async {
        let mismatch = await client.play(Transcript(text))
        #expect(mismatch == nil, "\(mismatch?.description ?? "")")
    }

    /// Three messages that differ in everything a key asks for.
    static var three: [Mail] {
        [
            Mail(
                text: """
                    From: Fred Foobar <foobar@Blurdybloop.example>
                    To: Joe <mooch@example.com>, "B. Smith" <smith@example.com>
                    Cc: minutes@example.com
                    Subject: afternoon meeting
                    Date: Wed, 7 Feb 1996 23:52:25 -0800
                    Message-ID: <B27397-0100000@example.com>

                    Hello Joe, shall we meet at three-thirty?

                    """, flags: [.seen, .answered], date: date(1996, 7, 17, zone: -700)),
            Mail(
                text: """
                    From: smith@example.com
                    To: alice@example.com
                    Bcc: hidden@example.com
                    Subject: =?iso-8859-1?q?Andr=E9?= =?utf-8?b?IMWTdWY=?=
                    X-Empty:
                    Date: Thu, 1 Feb 1994 00:10:00 +0000

                    SMITH was here

                    """, flags: [.flagged, .deleted, Flag("$Junk") ?? .seen], date: date(1994, 2, 1, zone: 1400)),
            Mail(
                text: """
                    From: "Smith" <x@example.org>
                    Subject: nothing

                    \(String(repeating: "a long line of text\n", count: 50))
                    """, flags: [.draft], date: date(2006, 10, 28, hour: 23, zone: -1200)),
        ]
    }

    static func date(_ year: Int, _ month: Int, _ day: Int, hour: Int = 0, zone: Int = 0) -> InternalDate {
        InternalDate(
            year: year, month: month, day: day, hour: hour, zoneMinutes: zone / 100 * 60 + zone % 100)
            ?? InternalDate(secondsSince1970: 0)
    }
}
