import IMAPTypes
import Testing

private func octets(_ text: String) -> [UInt8] { Array(text.utf8) }

// A span cannot pass through `#expect`.

private func keyword(_ octets: [UInt8]) -> Keyword? { Keyword(octets.span) }

private func isUTF8(_ octets: [UInt8]) -> Bool { UTF8Octets.isValid(octets.span) }

@Suite("Words, names and flags (R-SW-2, R-SW-3, R-OUT-5)")
struct NameTests {
    @Test func keywordsFoldASCIILettersAlone() {
        #expect(keyword(octets("starttls")) == "STARTTLS")
        #expect(keyword(octets("\u{17F}TARTTLS")) == nil, "long s is no letter of a keyword")
        #expect(keyword(octets("\u{212A}EEP")) == nil, "nor is the Kelvin sign")
        #expect(keyword(octets("a[`{")) != keyword(octets("A[@[")))
        #expect(keyword([]) == nil)
        #expect(keyword(octets("A B")) == nil)
        #expect(keyword([UInt8](repeating: 0x41, count: 32)) != nil)
        #expect(keyword([UInt8](repeating: 0x41, count: 33)) == nil)
        for length in 1...32 {
            let word = (0..<length).map { UInt8(0x41 + $0 % 26) }
            #expect(keyword(word)?.octets == word)
        }
    }

    @Test func tagsAreOctetsOfTheirAlphabet() {
        for octet in UInt8.min...UInt8.max {
            let isAllowed = octet > 0x20 && octet < 0x7F && !octets("(){%*\"\\+").contains(octet)
            #expect((Tag([octet]) != nil) == isAllowed, "\(octet)")
        }
        #expect(Tag([]) == nil)
        #expect(Tag([UInt8](repeating: 0x61, count: 64)) != nil)
        #expect(Tag([UInt8](repeating: 0x61, count: 65)) == nil)
        #expect(Tag(octets("a1")) != Tag(octets("A1")))
    }

    @Test func inboxIsOneNameInAnyCaseAndAsTheWholeNameAlone() {
        #expect(MailboxName("inBoX") == .inbox)
        #expect(MailboxName("INBOX")?.isInbox == true)
        #expect(MailboxName("inbox/sub") != MailboxName("INBOX/sub"))
        #expect(MailboxName("\u{131}nbox") != .inbox, "a dotless i is no I")
    }

    @Test func aNameInNFCAndInNFDIsTwoMailboxes() throws {
        let composed = try #require(MailboxName("Entw\u{FC}rfe"))
        let decomposed = try #require(MailboxName("Entwu\u{308}rfe"))
        #expect(composed != decomposed)
        var names: Set<MailboxName> = [composed, decomposed]
        #expect(names.count == 2)
        names.remove(decomposed)
        #expect(names == [composed])
    }

    @Test func namesAreUTF8WithoutControlsAndOfBoundedLength() {
        #expect(MailboxName([]) == nil)
        for bad: [UInt8] in [[0], [0x61, 0x0D], [0x0A], [0x1F], [0x7F], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80]] {
            #expect(MailboxName(bad) == nil, "\(bad)")
        }
        #expect(MailboxName([UInt8](repeating: 0x61, count: 1024)) != nil)
        #expect(MailboxName([UInt8](repeating: 0x61, count: 1025)) == nil)
        // RFC 6855 section 3: C1 controls, line and paragraph separators, and nothing beside them.
        for scalar in (0x80...0x9F).map({ Unicode.Scalar($0) }) + [Unicode.Scalar(0x2028), Unicode.Scalar(0x2029)] {
            let text = scalar.map { String($0) } ?? ""
            for bad in [text, "a\(text)", "\(text)b", "\u{E9}\(text)\u{E9}", "\u{20AC}\(text)\u{1F4E7}"] {
                #expect(MailboxName(bad) == nil, "\(Array(bad.utf8))")
            }
        }
        for good in ["\u{A0}", "\u{2027}", "\u{202A}", "\u{2068}", "\u{20A8}", "\u{28A8}"] {
            #expect(MailboxName(good) != nil, "\(Array(good.utf8))")
        }
        let ancestors = MailboxName("a/b/c")?.ancestors(separator: 0x2F)
        #expect(ancestors == [MailboxName("a"), MailboxName("a/b")].compactMap { $0 })
        #expect(MailboxName("/a")?.ancestors(separator: 0x2F) == [])
    }

    @Test func flagsAreAtomsComparedByASCIICase() {
        #expect(Flag("\\sEEN") == .seen)
        #expect(Set([Flag("$Label1"), Flag("$LABEL1")]).count == 1)
        #expect(Flag("\\Recent") == nil)
        #expect(Flag("\\*") == nil)
        for bad in ["", "\\", "a b", "a(", "a\r\nb", "\\\\Seen", "a]", "\u{E9}"] { #expect(Flag(bad) == nil, "\(bad)") }
        #expect(Flag(String(repeating: "k", count: 255)) != nil)
        #expect(Flag(String(repeating: "k", count: 256)) == nil)
        #expect(Flag.seen.isSystem)
        #expect(Flag("Seen")?.isSystem == false)
    }

    @Test func capabilitiesAndAttributesAreAtoms() {
        #expect(Capability(octets("AUTH=PLAIN")) == "auth=plain")
        #expect(Capability(octets("A B")) == nil)
        #expect(Capability([]) == nil)
        #expect(Capability([UInt8](repeating: 0x41, count: 256)) == nil)
        #expect(MailboxAttribute(octets("\\NOSELECT")) == .noSelect)
        #expect(MailboxAttribute(octets("Noselect")) == nil)
        #expect(MailboxAttribute(octets("\\")) == nil)
    }

    @Test func textsForPeopleAreOneLineAndNoResponseCode() {
        for bad in ["", "a\r\nb", "a\nb", "a\0b", "[ALERT] x", "\u{E9}", "\u{7F}"] {
            #expect(ResponseText(bad) == nil, "\(bad)")
        }
        let text = "It [works]"
        #expect(ResponseText(text) != nil)
        #expect(ResponseText(String(repeating: "x", count: 1024)) != nil)
        #expect(ResponseText(String(repeating: "x", count: 1025)) == nil)
    }

    /// R-OUT-1: a client that looks for a literal at the end of every line finds none in a text.
    @Test func textsForPeopleDoNotEndInALiteralsHeader() {
        for bad in ["{5}", "x {5}", "x{5+}", "{5-}", "~{0}", "{{5}", "{99999999999999999999}"] {
            #expect(ResponseText(bad) == nil, "\(bad)")
            #expect(TranslatedText(bad) == nil, "\(bad)")
        }
        for good in ["{5} x", "{5", "5}", "{}", "}", "{+}", "{5++}", "{a5}", "{5a}", "x{", "{5}."] {
            #expect(ResponseText(good) != nil, "\(good)")
            #expect(TranslatedText(good) != nil, "\(good)")
        }
    }

    @Test func aSecretNeverShowsItself() {
        let secret = Redacted(octets("canary"))
        var dumped = ""
        dump(secret, to: &dumped)
        for text in [
            "\(secret)", String(reflecting: secret), dumped, "\([secret])",
            "\(Mirror(reflecting: secret).children.map { $0.value })",
        ] {
            #expect(!text.contains("canary"))
            #expect(!text.contains("99, 97, 110"))
        }
    }

    @Test func constantTimeComparisonIsEquality() {
        let words = ["", "a", "b", "ab", "aa", "secret", "secreT", "secretsecret"]
        for a in words {
            for b in words { #expect(Redacted(octets(a)).constantTimeEquals(octets(b)) == (a == b), "\(a) \(b)") }
        }
    }

    @Test func utf8IsJudgedAsTheStandardLibraryDoes() {
        func isValid(_ sample: [UInt8]) -> Bool { String(validating: sample, as: UTF8.self) != nil }
        for a in UInt8.min...UInt8.max {
            #expect(isUTF8([a]) == isValid([a]))
            for b in UInt8.min...UInt8.max {
                #expect(isUTF8([a, b]) == isValid([a, b]), "\(a) \(b)")
            }
        }
        var random = Seeded(state: 7)
        let leads: [UInt8] = [0xE0, 0xED, 0xEE, 0xF0, 0xF1, 0xF4, 0xF5, 0xC2, 0x80, 0xBF, 0x8F, 0x90, 0x9F, 0xA0, 0x41]
        for _ in 0..<20_000 {
            let sample = (0..<Int.random(in: 3...6, using: &random)).map { _ in
                leads.randomElement(using: &random) ?? 0
            }
            #expect(isUTF8(sample) == isValid(sample), "\(sample)")
        }
    }
}
