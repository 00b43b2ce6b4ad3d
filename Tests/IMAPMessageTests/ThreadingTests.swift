import IMAPMessage
import IMAPTypes
import Testing

@Suite("Base subject (RFC 5256 section 2.1)")
struct BaseSubjectTests {
    @Test(arguments: [
        ("Hello", "Hello", false), ("Re: Hello", "Hello", true), ("RE: re: FWD: fw : Hello", "Hello", true),
        ("[list] Hello", "Hello", false), ("Re: [list] Re: Hello", "Hello", true), ("Re[2]: Hello", "Hello", true),
        ("Re [x]: Hello", "Hello", true), ("[a] [b]", "[b]", false), ("[a]", "[a]", false),
        ("Hello (fwd)", "Hello", true),
        ("Hello (fwd) (FWD) ", "Hello", true), ("[fwd: Hello]", "Hello", true),
        ("[Fwd: Re: [x] Hello (fwd)]", "Hello", true),
        ("[fwd: [fwd: Hello]]", "Hello", true), ("[fwd: Hello] more", "more", false), ("Re:", "", true),
        ("", "", false),
        ("Hello\t \t there", "Hello there", false), ("Reply: Hello", "Reply: Hello", false),
        ("AW: Hello", "AW: Hello", false),
        ("=?utf-8?q?Re=3A_caf=C3=A9?=", "café", true), ("[unclosed Re: x", "[unclosed Re: x", false),
        ("[a][b]Re: [c][d]x", "x", true), ("(fwd)", "", true), ("[]x", "x", false),
    ])
    func artifactsAreTakenOff(_ subject: String, _ base: String, _ isReply: Bool) {
        let found = BaseSubject(octets(subject))
        #expect(text(found.octets) == base)
        #expect(found.isReplyOrForward == isReply)
    }

    @Test func messageWithoutSubjectHasAnEmptyOne() { #expect(BaseSubject(nil).octets.isEmpty) }

    @Test func baseOfABaseIsItself() {
        var numbers = SeededNumbers(seed: 11)
        let pieces = ["re", ":", "[", "]", "fwd", "(fwd)", " ", "x", "[fwd:", "fw"]
        for _ in 0..<5000 {
            let subject = (0..<8).map { _ in pieces.randomElement(using: &numbers) ?? "" }.joined()
            let base = BaseSubject(octets(subject)).octets
            #expect(BaseSubject(base).octets == base, "\(subject)")
        }
    }

    /// Quadratic, this would be 10^11 steps.
    @Test(arguments: ["[a] ", "[fwd:", "re:", "(fwd)", "[", "] ", "re["])
    func workIsLinear(_ piece: String) {
        let subject = [[UInt8]](repeating: octets(piece), count: 200_000).flatMap { $0 }
        #expect(BaseSubject(subject).octets.count <= subject.count)
        #expect(BaseSubject(subject + [UInt8](repeating: 0x5D, count: 200_000)).octets.count <= subject.count + 200_000)
    }
}

@Suite("Sent date (RFC 5322 section 3.3, RFC 5256 section 2.2)")
struct SentDateTests {
    /// Seconds by Python's `email.utils` where it reads the form, else by hand.
    @Test(
        arguments: [
            ("Fri, 21 Nov 1997 09:55:06 -0600", 880_127_706), ("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)", 837_595_405),
            ("21 Nov 97 09:55:06 GMT", 880_106_106), ("Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", 880_127_706),
            ("Thu, 13 Feb 1969 23:32 -0330 (Newfoundland Time)", -27_723_480),
            ("Wed Jul 17 02:23:25 1996", 837_570_205),
            ("Wed, 17-Jul-1996 02:23:25 EST", 837_588_205), ("1996-07-17T02:23:25+05:30", 837_550_405),
            ("31 Dec 2000 16:01:33 -0800", 978_307_293), ("Sun, 1 January 2001 10:00 Z", 978_343_200),
            ("1 Jan 101 00:00 +0000", 978_307_200), ("1 jan 01 00:00:60 +0000", 978_307_260),
        ] as [(String, Int64)])
    func dateIsRead(_ value: String, _ seconds: Int64) {
        #expect(SentDate(octets(value))?.seconds == seconds)
    }

    @Test func dateKeepsItsZone() {
        #expect(
            SentDate(octets("31 Dec 2000 16:01:33 -0800"))?.date
                == InternalDate(year: 2000, month: 12, day: 31, hour: 16, minute: 1, second: 33, zoneMinutes: -480))
    }

    @Test func invalidZoneIsUTCAndInvalidTimeIsMidnight() {
        #expect(SentDate(octets("1 Jan 2001 10:00:00 +9999"))?.seconds == 978_343_200)
        #expect(SentDate(octets("1 Jan 2001 10:00:00 XYZ"))?.seconds == 978_343_200)
        #expect(SentDate(octets("1 Jan 2001 99:99:99 +0000"))?.seconds == 978_307_200)
        #expect(SentDate(octets("1 Jan 2001"))?.seconds == 978_307_200)
    }

    @Test(arguments: [
        "", "nonsense", "31 Feb 2022 10:00:00 +0000", "Jan", "1 Jan", "Jan 1", "Jan 2001", "0 Jan 2001", "32 Jan 2001",
        "1 Jan 99999999999999999999", "2024-13-01", "99999999999999999999 Jan 2001", "(1 Jan 2001)",
    ])
    func valueWithoutADateIsNil(_ value: String) { #expect(SentDate(octets(value)) == nil) }

    @Test func secondsAgreeWithInternalDateBothWays() {
        for seconds in stride(from: Int64(-62_167_219_200), to: 253_402_300_799, by: 86_400 * 137 + 12_345) {
            #expect(SentDate(InternalDate(secondsSince1970: seconds)).seconds == seconds)
        }
    }

    @Test func laterIsGreater() throws {
        let west = try #require(SentDate(octets("31 Dec 2000 16:01:33 -0800")))
        let east = try #require(SentDate(octets("1 Jan 2001 00:01:32 +0000")))
        #expect(east < west)
    }
}

@Suite("Message IDs (RFC 5256 section 3)")
struct MessageIDTests {
    @Test(arguments: [
        ("<a@b>", ["a@b"]), ("<a@b> <c@d>\r\n\t<e@f>", ["a@b", "c@d", "e@f"]), ("<a@b><c@d>", ["a@b", "c@d"]),
        ("<\"01KF8JCEOCBS0045PS\"@xxx.yyy.com>", ["01KF8JCEOCBS0045PS@xxx.yyy.com"]),
        ("Your message of \"Fri, <no@no>\" (<c@c>) <x@y>", ["x@y"]), ("< a (c) @ b >", ["a@b"]), ("<a@b", []),
        ("<a <b@c>", ["b@c"]), ("<>", []), ("a@b", []), ("<noat>", ["noat"]), ("", []),
    ])
    func idsAreFound(_ value: String, _ ids: [String]) { #expect(MessageIDs.parse(octets(value)).map(text) == ids) }

    /// IDs are looked through eight octets at a time: what ends one, or is no part of it, is seen in each of eight places.
    @Test func eachOctetInEachPlaceIsSeen() {
        for place in 0..<16 {
            for octet in 0...255 as ClosedRange<UInt8> {
                var id = [UInt8](repeating: 0x61, count: 20)
                id[place] = octet
                var wanted = [id]
                switch octet {
                case 0x3E: wanted = place == 0 ? [] : [Array(id[..<place])]
                case 0x3C: wanted = [Array(id[(place + 1)...])]
                // A string and a comment that do not end.
                case 0x22: wanted = []
                case 0x28: wanted = []
                case 0x20, 0x09, 0x0D, 0x0A:
                    id.remove(at: place)
                    wanted = [id]
                    id.insert(octet, at: place)
                default: break
                }
                #expect(MessageIDs.parse([0x3C] + id + [0x3E]) == wanted, "\(octet) at \(place)")
            }
        }
    }

    @Test func referencesGoBeforeTheFirstInReplyTo() {
        let references = octets("<a@b> <c@d>")
        let reply = octets("<e@f> <g@h>")
        #expect(MessageIDs.references(references, inReplyTo: reply).map(text) == ["a@b", "c@d"])
        #expect(MessageIDs.references(octets("none"), inReplyTo: reply).map(text) == ["e@f"])
        #expect(MessageIDs.references(nil, inReplyTo: nil).isEmpty)
    }

    @Test func lastOfManyReferencesAreKept() {
        let value = octets((0..<3000).map { "<\($0)@x>" }.joined(separator: " "))
        let ids = MessageIDs.parse(value)
        #expect(ids.count == MessageIDs.maximumCount)
        #expect(ids.last == octets("2999@x"))
    }

    @Test func scannerKeepsTheReferences() {
        #expect(structure(mail("References: <a@b>\n <c@d>\n\n")).references == octets("<a@b> <c@d>"))
    }
}
