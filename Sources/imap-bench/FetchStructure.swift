import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTypes

/// `FETCH 1:* (ENVELOPE BODYSTRUCTURE)` of ordinary messages, with the digests that were made at APPEND and without.
enum FetchStructure {
    /// Returns whether both answers were the same, to the octet.
    static func run(messages count: Int) async throws -> Bool {
        let message = ordinaryMessage
        var maker = DigestMaker()
        maker.feed(message)
        let digest = maker.finish()
        print("fetch-structure: \(message.count) octets a message, \(digest?.octets.count ?? 0) octets a digest")
        let without = try await measure(count, message, nil)
        let with = try await measure(count, message, digest)
        for (name, result) in [("without", without), ("with", with)] {
            print(
                "fetch-structure: \(count) messages \(name) digest in \(rounded(result.seconds)) s, "
                    + "\(rounded(result.seconds / Double(count) * 1e6)) us a message")
        }
        return digest != nil && with.octets == without.octets
    }

    private static func measure(
        _ count: Int, _ message: [UInt8], _ digest: MessageDigest?
    ) async throws -> (seconds: Double, octets: UInt64) {
        let store = MemoryStore()
        try await fill(store, count, message, digest)
        let server = try Server(
            store: store, authenticator: Anyone(), extensions: IMAPExtension.standard.supported(by: store))
        let client = CountingTransport([
            "a LOGIN alice x", "b EXAMINE INBOX", "c FETCH 1:* (ENVELOPE BODYSTRUCTURE)",
        ])
        let clock = ContinuousClock()
        let began = clock.now
        server.accept(client)
        while !client.isClosed { try await Task.sleep(for: .milliseconds(1)) }
        let took = began.duration(to: clock.now).components
        return (Double(took.attoseconds) / 1e18 + Double(took.seconds), client.count)
    }

    /// The messages share their octets, as copies do.
    private static func fill(_ store: MemoryStore, _ count: Int, _ message: [UInt8], _ digest: MessageDigest?)
        async throws
    {
        let account = try await store.account(of: UserIdentity(name: Array("alice".utf8)))
        let append = try await account.append(to: .inbox)
        try await append.begin(NewMessage(flags: [], internalDate: nil, size: UInt64(message.count)))
        try await append.write(message)
        try await append.end(digest)
        var uids = try await append.commit().uids
        let mailbox = try await account.open(.inbox, .readOnly).mailbox
        while uids.count < count {
            let next = UIDSet(uids.prefix(count - Int(uids.count)))
            uids = uids.union(try await mailbox.copy(next, to: .inbox).destination)
        }
        try await mailbox.close()
        try await account.close()
    }

    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    /// Text, HTML and a picture of 30 KB, with the header that mail has after some hops.
    private static let ordinaryMessage: [UInt8] = {
        var lines: [String] = []
        for hop in 1...6 {
            lines.append("Received: from mx\(hop).example.org (mx\(hop).example.org [192.0.2.\(hop)])")
            lines.append("\tby mx\(hop + 1).example.org with ESMTPS id 4Qabcdefgh\(hop)")
            lines.append("\tfor <recipient@example.com>; Mon, 7 Feb 2022 21:52:25 -0800 (PST)")
        }
        lines += [
            "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=s1;",
            "\tbh=" + String(repeating: "Ab", count: 22) + ";", "\tb=" + String(repeating: "Cd", count: 150),
            "Date: Mon, 7 Feb 2022 21:52:25 -0800 (PST)", "From: \"Fred Foobar\" <foobar@example.org>",
            "To: \"The Recipient\" <recipient@example.com>, Another <another@example.com>",
            "Subject: =?utf-8?q?Minutes_of_the_meeting_caf=C3=A9?=", "Message-ID: <B27397-0100000@mail.example.org>",
            "In-Reply-To: <A12345-0100000@mail.example.com>", "References: <A12345-0100000@mail.example.com>",
            "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=\"000000000000outer\"", "",
            "--000000000000outer", "Content-Type: multipart/alternative; boundary=\"000000000000inner\"", "",
            "--000000000000inner", "Content-Type: text/plain; charset=\"UTF-8\"",
            "Content-Transfer-Encoding: quoted-printable", "",
        ]
        lines += (1...40).map { "Line \($0) of a text that is neither short nor long, as most are." }
        lines += [
            "--000000000000inner", "Content-Type: text/html; charset=\"UTF-8\"",
            "Content-Transfer-Encoding: quoted-printable", "",
        ]
        lines += (1...80).map { "<p>Line \($0) of a text that is neither short nor long, as most are.</p>" }
        lines += [
            "--000000000000inner--", "--000000000000outer", "Content-Type: image/png; name=\"picture.png\"",
            "Content-Disposition: attachment; filename=\"picture.png\"", "Content-Transfer-Encoding: base64",
            "Content-ID: <picture@mail.example.org>", "",
        ]
        lines += (1...540).map { _ in String(repeating: "iVBORw0KGgoAAAAN", count: 4) + "SUhEUgAAAAEA" }
        lines += ["--000000000000outer--", ""]
        return Array(lines.joined(separator: "\r\n").utf8)
    }()
}
