import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPText
import IMAPTypes
import Testing

/// A charset that no library has: each octet is the letter after it.
private struct NextLetters: CharsetProvider {
    struct Decoder: CharsetDecoder {
        mutating func decode(_ octets: Span<UInt8>, into utf8: inout [UInt8]) {
            for index in octets.indices { utf8.append(octets[index] > 0x60 ? octets[index] + 1 : octets[index]) }
        }
        mutating func finish(into utf8: inout [UInt8]) {}
    }

    var names: [[UInt8]] { [octets("X-NEXT"), octets("not an]atom")] }

    func decoder(named name: [UInt8]) -> (any CharsetDecoder)? {
        String(decoding: name, as: UTF8.self).uppercased() == "X-NEXT" ? Decoder() : nil
    }
}

@Suite("SEARCH: charsets (RFC 9051 section 6.4.4, SEMANTICS 8)")
struct SearchCharsetTests {
    private func mailbox(
        _ configure: (inout ServerConfiguration) -> Void = { _ in }
    ) async throws -> SearchFixture {
        try await SearchFixture(
            [
                .init(text: "Subject: =?koi8-r?B?7dHU2A==?=\n\nnone\n"),
                .init(text: "Subject: plain\nContent-Type: text/plain; charset=x-next\n\nqdbqds\n"),
                .init(text: "Subject: caf\u{E9}\n\n\u{41C}\u{41E}\u{420}\u{415}\n"),
            ], configure)
    }

    private func ask(
        _ keys: String, _ text: [UInt8], in charset: String?, of mailbox: SearchFixture
    ) async -> String {
        let front = "a SEARCH \(charset.map { "CHARSET \($0) " } ?? "")\(keys) {\(text.count)+}\r\n"
        return await mailbox.client.send(octets(front) + text + octets("\r\n"), cutAt: [])
    }

    @Test func theCommandsCharsetIsThatOfItsStrings() async throws {
        let mailbox = try await mailbox()
        let found = "* SEARCH 1\r\na OK SEARCH completed\r\n"
        // "мять" in four charsets, and in capitals.
        #expect(await ask("SUBJECT", [0xCD, 0xD1, 0xD4, 0xD8], in: "KOI8-R", of: mailbox) == found)
        #expect(await ask("SUBJECT", [0xED, 0xF1, 0xF4, 0xF8], in: "koi8-u", of: mailbox) == found)
        #expect(await ask("SUBJECT", [0xEC, 0xFF, 0xF2, 0xFC], in: "windows-1251", of: mailbox) == found)
        #expect(await ask("SUBJECT", [0xDC, 0xEF, 0xE2, 0xEC], in: "\"ISO-8859-5\"", of: mailbox) == found)
        #expect(await ask("SUBJECT", octets("\u{43C}\u{44F}\u{442}\u{44C}"), in: "UTF-8", of: mailbox) == found)
        #expect(await ask("SUBJECT", octets("\u{41C}\u{42F}\u{422}\u{42C}"), in: nil, of: mailbox) == found)
        #expect(await ask("SUBJECT", octets("\u{41C}\u{42F}\u{422}\u{42C}"), in: "US-ASCII", of: mailbox) == found)
        #expect(await mailbox.search("CHARSET UTF-8 SUBJECT \"\u{43C}\u{44F}\"") == "1")
        #expect(await mailbox.search("BODY \"\u{43C}\u{43E}\u{440}\u{435}\"") == "3")
        #expect(await mailbox.search("SUBJECT \"CAF\u{C9}\"") == "3")
        #expect(await mailbox.search("CHARSET US-ASCII SUBJECT plain") == "2")
    }

    @Test func anUnknownCharsetIsNOAndSaysWhichAreKnown() async throws {
        let mailbox = try await mailbox()
        for keys in ["CHARSET XYZZY ALL", "CHARSET X-NEXT TEXT x", "CHARSET \"\" SEEN"] {
            let answer = await mailbox.client.line("a SEARCH \(keys)")
            #expect(answer.hasPrefix("a NO [BADCHARSET (US-ASCII UTF-8 ISO-8859-1 ISO-8859-2 "), "\(answer)")
            #expect(answer.hasSuffix(" KOI8-R KOI8-U)] Unknown charset\r\n"), "\(answer)")
        }
    }

    @Test func octetsThatAreNotInTheirCharsetAreBAD() async throws {
        let mailbox = try await mailbox()
        for charset in ["UTF-8", nil, "US-ASCII"] {
            for text: [UInt8] in [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80]] {
                let answer = await ask("TEXT", text, in: charset, of: mailbox)
                #expect(answer == "a BAD Text is not in its charset\r\n", "\(text)")
            }
        }
    }

    @Test func aHostsOwnCharsetIsReadInStringsAndInMail() async throws {
        #expect(await (try await mailbox()).search("BODY recret") == "")
        let mailbox = try await mailbox { $0.charsets = NextLetters() }
        #expect(await mailbox.search("BODY \"recret\"") == "2")
        #expect(await mailbox.search("CHARSET x-next BODY qdbqds") == "2")
        #expect(await mailbox.search("BODY qdbqds") == "")
        let answer = await mailbox.client.line("a SEARCH CHARSET XYZZY ALL")
        #expect(answer.hasSuffix(" KOI8-U X-NEXT)] Unknown charset\r\n"), "\(answer)")
    }
}

@Suite("SEARCH: odd mail")
struct SearchOddMailTests {
    private func search(_ keys: String, in text: String) async throws -> Bool {
        let mailbox = try await SearchFixture([.init(text: text)])
        let found = await mailbox.search(keys)
        #expect(found == "" || found == "1", "\(found)")
        return found == "1"
    }

    @Test func encodedWordsAreOneTextWhereverTheyAreCut() async throws {
        let cut = "Subject: =?utf-8?q?na=C3?=\n =?utf-8?q?=AFve?= =?utf-8?b?IGNhZsOp?=\n\n"
        #expect(try await search("SUBJECT \"na\u{EF}ve caf\u{E9}\"", in: cut))
        #expect(try await search("TEXT \"NA\u{CF}VE CAF\u{C9}\"", in: cut))
        #expect(try await search("HEADER Subject \"Subject\"", in: cut) == false)
        #expect(try await search("SUBJECT \"a b c\"", in: "Subject: a\n b\n\tc\n\n") == false)
        #expect(try await search("SUBJECT \"a b\tc\"", in: "Subject: a\n b\n\tc\n\n"))
        #expect(try await search("SUBJECT \"=?x-unknown?q?abc\"", in: "Subject: =?x-unknown?q?abc?=\n\n"))
        #expect(try await search("SUBJECT \"=?utf-8?q?\"", in: "Subject: =?utf-8?q?abc\n\n"))
        #expect(try await search("FROM \"J\u{F6}rg\"", in: "From: =?iso-8859-1?q?J=F6rg?= <j@example.com>\n\n"))
    }

    @Test func transferEncodingsAndCharsetsOfBodiesAreTakenOff() async throws {
        let base64 =
            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nQ2Fm\nw6kg\nY3JlbQ==\n"
        #expect(try await search("BODY \"caf\u{E9} CREM\"", in: base64))
        #expect(try await search("BODY Q2Fm", in: base64) == false)
        let quoted =
            "Content-Type: text/html; charset=iso-8859-1\nContent-Transfer-Encoding: Quoted-Printable\n\nfoo=\nb=E4r\n"
        #expect(try await search("BODY \"foob\u{E4}r\"", in: quoted))
        // A charset that lies, one that nobody knows, and an encoding that nobody knows: text as it stands.
        #expect(try await search("BODY abc", in: "Content-Type: text/plain; charset=utf-8\n\n\u{FF}abc\n"))
        #expect(try await search("BODY \"a b\"", in: "Content-Type: text/plain; charset=x-unknown\n\na b\n"))
        #expect(try await search("BODY \"a b\"", in: "Content-Transfer-Encoding: x-unknown\n\na b\n"))
    }

    static let multipart = """
        From: a@example.com
        Content-Type: multipart/mixed; boundary="b"
        X-Outer: outerfield

        preambletext
        --b
        Content-Type: text/plain
        X-Part: partfield

        first-- text
        --bb is text
        -- 
        signature
        --b
        Content-Type: application/octet-stream

        attachedtext
        --b
        Content-Type: message/rfc822

        From: inner@example.com
        Subject: =?utf-8?q?inn=C3=A9r?=
        Content-Type: multipart/alternative; boundary=c

        --c

        innertext
        --c
        Content-Type: text/html; charset=utf-8
        Content-Transfer-Encoding: base64

        aHRtbHRleHQ=
        --c--
        --b
        Content-Type: message/delivery-status

        statustext
        --b--
        epiloguetext

        """

    @Test(arguments: [
        ("preambletext", false, false), ("epiloguetext", false, false), ("attachedtext", false, false),
        ("first-- text", true, true), ("--bb is text", true, true), ("signature", true, true),
        ("innertext", true, true), ("htmltext", true, true), ("aHRtbHRleHQ", false, false), ("statustext", true, true),
        ("outerfield", false, true), ("partfield", false, true), ("inner@example.com", false, true),
        ("inn\u{E9}r", false, true), ("X-Part: part", false, true), ("multipart/alternative", false, true),
        ("text signature", false, false), ("innertext html", false, false),
    ])
    func theTextOfEachPartIsTheBodyAndEachHeaderIsText(_ text: String, inBody: Bool, inText: Bool) async throws {
        #expect(try await search("BODY \"\(text)\"", in: Self.multipart) == inBody)
        #expect(try await search("TEXT \"\(text)\"", in: Self.multipart) == inText)
        // With other keys that are found earlier, later and never.
        #expect(
            try await search("TEXT outerfield BODY statustext NOT BODY nowhere BODY \"\(text)\"", in: Self.multipart)
                == inBody)
    }

    @Test func messagesWithoutAHeaderOrWithoutABody() async throws {
        #expect(try await search("BODY \"\"", in: ""))
        #expect(try await search("TEXT x", in: "") == false)
        #expect(try await search("BODY hello", in: "\nhello\n"))
        #expect(try await search("TEXT hello", in: "\nhello\n"))
        #expect(try await search("SUBJECT hello", in: "Subject: hello"))
        #expect(try await search("TEXT hello", in: "Subject: hello"))
        #expect(try await search("BODY hello", in: "Subject: hello") == false)
        #expect(try await search("SUBJECT hello", in: "X: y\n\nSubject: hello\n\n") == false)
        #expect(try await search("TEXT b", in: "Content-Type: multipart/mixed; boundary=x\n\n--x\na: b\n--x--"))
        #expect(try await search("BODY y--", in: "Content-Type: multipart/mixed; boundary=x\n\n--x\n\nb\n--y--"))
    }

    @Test func everyFieldOfANameIsLookedInto() async throws {
        let text = "Received: one\nRECEIVED: two\nTo: a@example.com\nTo: b@example.com\nSubject : odd\n\n"
        #expect(try await search("HEADER received two", in: text))
        #expect(try await search("TO b@example", in: text))
        #expect(try await search("SUBJECT odd", in: text))
        #expect(try await search("HEADER To \"a@example.comb\"", in: text) == false)
    }

    @Test func aHeaderLongerThanAPieceIsReadWhole() async throws {
        let filler = (0..<3000).map { "X-Filler-\($0): \(String(repeating: "f", count: 20))\n" }.joined()
        let text = "Subject: first\n\(filler)X-Last: lastfield\n\nlastbody\n"
        #expect(try await search("HEADER X-Last lastfield SUBJECT first BODY lastbody TEXT lastfield", in: text))
        #expect(try await search("HEADER X-Lost \"\"", in: text) == false)
    }

    @Test(arguments: [1, 2, 3, 7, 64])
    func aKeyCutBetweenPiecesOfTheStoreIsFound(_ size: Int) async throws {
        let store = MemoryStore()
        let text = Self.multipart.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
        _ = try store.append(
            body: SmallPieces(octets: octets(text), most: size), to: .inbox, for: user("alice"))
        let mailbox = try await SearchFixture([], store: store)
        for (keys, found) in [
            ("BODY innertext", "1"), ("TEXT partfield", "1"), ("BODY \"--bb is text\"", "1"), ("BODY htmltext", "1"),
            ("BODY attachedtext", ""), ("FROM a@example", "1"), ("BODY signature", "1"), ("TEXT \"inn\u{E9}r\"", "1"),
        ] {
            #expect(await mailbox.search(keys) == found, "\(keys) in pieces of \(size)")
        }
    }
}

/// A message that is read in small pieces, whatever is asked.
private struct SmallPieces: MessageBody {
    let octets: [UInt8]
    let most: Int

    var size: UInt64 { UInt64(octets.count) }

    func read(at offset: UInt64, max: Int) async throws(StoreError) -> [UInt8] {
        Array(octets.dropFirst(Int(offset)).prefix(min(max, most)))
    }
}
