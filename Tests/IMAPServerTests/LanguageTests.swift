import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("LANGUAGE (RFC 5255 section 3)")
struct LanguageTests {
    private func play(_ text: String, on client: TestClient) async {
        let mismatch = await client.play(Transcript(text))
        #expect(mismatch == nil, "\(mismatch?.description ?? "")")
    }

    private static let italian = TextLanguage(
        "it", texts: ["No such mailbox": "La casella non \u{e8} qui", "Peeked": "Visto"], completed: "% completato")

    private func extensions(_ languages: [TextLanguage], preferred: LanguageTag? = nil) -> [IMAPExtension] {
        IMAPExtension.standard.leavingOut(["LANGUAGE"]) + [.language(languages, preferred: preferred)]
    }

    /// Sections 3.1 to 3.3: English until the client asks, before login too, and what it asks for holds at once.
    @Test func theClientChoosesALanguage() async throws {
        let client = await (try Fixture()).connect()
        await play(
            """
            C: a LANGUAGE
            S: * LANGUAGE (en de fr i-default)
            S: a OK LANGUAGE completed
            C: b LANGUAGE MUL
            S: b NO Unsupported language
            C: c LANGUAGE DE
            S: * LANGUAGE (de)
            S: c OK LANGUAGE ausgef\u{fc}hrt
            C: d LOGIN alice wrong
            S: d NO [AUTHENTICATIONFAILED] Anmeldung fehlgeschlagen
            C: e LOGIN alice secret
            S: e OK [CAPABILITY ...
            C: f SELECT nowhere
            S: f NO [NONEXISTENT] Dieses Postfach gibt es nicht
            C: g XYZZY
            S: g BAD Unbekannter Befehl
            C: h LANGUAGE mul tlh
            S: h NO Diese Sprache wird nicht unterst\u{fc}tzt
            C: i APPEND INBOX {9}
            S: + Bereit f\u{fc}r das Literal
            """, on: client)
        #expect(await client.line("123456789").hasSuffix("i OK [APPENDUID 1 1] APPEND ausgef\u{fc}hrt\r\n"))
        let selected = await client.line("j SELECT INBOX")
        for text in [
            "] Erste ungelesene Nachricht\r\n", "] UIDs g\u{fc}ltig\r\n", "] Voraussichtlich n\u{e4}chste UID\r\n",
            "] H\u{f6}chste\r\n", "j OK [READ-WRITE] SELECT ausgef\u{fc}hrt\r\n",
        ] {
            #expect(selected.contains(text), "\(selected)")
        }
        await play(
            """
            C: k LANGUAGE fr
            S: * LANGUAGE (fr)
            S: k OK LANGUAGE termin\u{e9}
            C: l LANGUAGE
            S: * LANGUAGE (en de fr i-default)
            S: l OK LANGUAGE termin\u{e9}
            C: m LANGUAGE I-DEFAULT
            S: * LANGUAGE (i-default)
            S: m OK LANGUAGE completed
            C: n LANGUAGE de
            S: * LANGUAGE (de)
            S: n OK LANGUAGE ausgef\u{fc}hrt
            C: o LOGOUT
            S: * BYE Abmeldung
            S: o OK Abgemeldet
            """, on: client)
    }

    /// Section 3.2, and RFC 4647 sections 3.3.1 and 3.4: the first range that matches, in the client's order.
    @Test(arguments: [
        ("de-CH", "de"), ("DE-it", "de"), ("fr-CA en-CA", "fr"), ("it-CH en-CA", "it"), ("zh-x-a en", "en"),
        ("pt", "pt-BR"), ("pt-PT", "pt-BR"), ("PT-br", "pt-BR"), ("sl-IT pt-BR-x-y", "pt-BR"),
        ("i-default", "i-default"), ("mul default", "i-default"), ("\"default\" de", "i-default"),
        ("\"*\"", "i-default"), ("i", "i-default"), ("{2+}\r\nde", "de"), ("d de-", ""), ("de--at", ""),
        ("tlh mul", "NO"), ("d e n", "NO"), ("en-", ""),
    ])
    func theFirstRangeThatMatchesWins(_ ranges: String, _ tag: String) async throws {
        let languages = [TextLanguage.english, .german, .french, Self.italian, TextLanguage("pt-BR")]
        let client = await (try Fixture(extensions: extensions(languages))).connect()
        let answer = await client.line("a LANGUAGE \(ranges)")
        switch tag {
        case "": #expect(answer.hasPrefix("a BAD "), "\(answer)")
        case "NO": #expect(answer == "a NO Unsupported language\r\n")
        default: #expect(answer.hasPrefix("* LANGUAGE (\(tag))\r\na OK "), "\(answer)")
        }
    }

    /// "default" is the administrator's choice, and the state in which a connection begins is not. What a language has
    /// no text for is in English.
    @Test func theAdministratorPrefersALanguage() async throws {
        let fixture = try Fixture(extensions: extensions([.german, Self.italian], preferred: "IT"))
        let client = await fixture.logIn("alice", "secret")
        await play(
            """
            C: a SELECT nowhere
            S: a NO [NONEXISTENT] No such mailbox
            C: b LANGUAGE "default"
            S: * LANGUAGE (it)
            S: b OK LANGUAGE completato
            C: c SELECT nowhere
            S: c NO [NONEXISTENT] La casella non \u{e8} qui
            C: d SELECT
            S: d BAD Argument missing
            """, on: client)
    }

    /// Section 3.1: a server that speaks `i-default` alone does not offer it.
    @Test func withoutLanguagesItIsNotOffered() async throws {
        for list in [extensions([]), IMAPExtension.standard.leavingOut(["NAMESPACE"])] {
            let client = await (try Fixture(extensions: list)).connect()
            #expect(!(await client.line("a CAPABILITY")).contains("LANGUAGE"))
            #expect(await client.line("b LANGUAGE") == "b BAD Unknown command\r\n")
        }
        let client = await (try Fixture()).connect()
        #expect(await client.line("a CAPABILITY").contains(" LANGUAGE"))
    }

    /// Each is BAD and changes nothing.
    @Test(arguments: [
        "de_AT", "\"\"", "toolongsubtag", "\"d\u{e9}\"", "1a", "-", "de-toolongsubtag", "\"*-de\"", "\"de-*\"", "(de)",
        "de ", " de", "de,fr", "\"de fr\"", "\"**\"", "{4+}\r\nde\r\n", "{4+}\r\nd\0e-",
    ])
    func otherArgumentsAreBAD(_ arguments: String) async throws {
        let client = await (try Fixture()).logIn("alice", "secret")
        #expect(await client.line("a LANGUAGE \(arguments)").hasPrefix("a BAD "))
        #expect(await client.line("b NOOP") == "b OK NOOP completed\r\n")
    }

    @Test func argumentsAreLimited() async throws {
        let client = await (try Fixture()).logIn("alice", "secret")
        let hundred = String(repeating: " mul", count: 100)
        #expect(await client.line("a LANGUAGE\(hundred)") == "a NO Unsupported language\r\n")
        #expect(await client.line("b LANGUAGE\(hundred) de") == "b BAD Argument too long\r\n")
        let longest = String(repeating: "abcdefg-", count: 31) + "abcdefg"
        #expect(longest.utf8.count == 255)
        #expect(await client.line("c LANGUAGE \(longest)") == "c NO Unsupported language\r\n")
        #expect(await client.line("d LANGUAGE \(longest)h") == "d BAD Syntax error\r\n")
    }

    /// Section 3.4: translations of the prefixes, where the host has them, in the form that names have.
    @Test func prefixesOfNamespacesAreTranslated() async throws {
        let slash: UInt8 = 0x2F
        let namespaces = Namespaces(
            personal: [Namespace(prefix: "", separator: slash)],
            otherUsers: [
                Namespace(prefix: "Other Users/", separator: slash, translations: ["de": "Andere Ben\u{fc}tzer/"])
            ],
            shared: [
                Namespace(
                    prefix: "Public Folders/", separator: slash,
                    translations: ["de": "Gemeinsame Postf\u{e4}cher/", "fr": "dossiers\"/"])
            ])
        let lab = try await ListLab([], namespaces: namespaces)
        let german =
            #"* NAMESPACE (("" "/")) (("Other Users/" "/" "TRANSLATION" ("Andere Ben&APw-tzer/")))"#
            + #" (("Public Folders/" "/" "TRANSLATION" ("Gemeinsame Postf&AOQ-cher/")))"#
        await play(
            """
            C: A001 LANGUAGE DE-IT
            S: * LANGUAGE (de)
            S: \(german)
            S: A001 OK LANGUAGE ausgef\u{fc}hrt
            C: b LANGUAGE en
            S: * LANGUAGE (en)
            S: * NAMESPACE (("" "/")) (("Other Users/" "/")) (("Public Folders/" "/"))
            S: b OK LANGUAGE completed
            C: c LANGUAGE fr
            S: * LANGUAGE (fr)
            S: * NAMESPACE (("" "/")) (("Other Users/" "/")) (("Public Folders/" "/" "TRANSLATION" ("dossiers\\"/")))
            S: c OK LANGUAGE termin\u{e9}
            C: d LANGUAGE de
            S: * LANGUAGE (de)
            S: \(german)
            S: d OK LANGUAGE ausgef\u{fc}hrt
            C: e NAMESPACE
            S: \(german)
            S: e OK NAMESPACE ausgef\u{fc}hrt
            C: f ENABLE UTF8=ACCEPT
            S: * ENABLED UTF8=ACCEPT
            S: f OK ENABLE ausgef\u{fc}hrt
            C: g NAMESPACE
            S: \(german.replacing("&APw-", with: "\u{fc}").replacing("&AOQ-", with: "\u{e4}"))
            S: g OK NAMESPACE ausgef\u{fc}hrt
            """, on: lab.client)
    }

    /// A language changes texts, and nothing else: strings stay in ASCII until the client says that it takes UTF-8.
    @Test func stringsAndNamesStayAsTheyWere() async throws {
        let fixture = try Fixture()
        try fixture.store.createMailbox(try #require(MailboxName("\u{e9}")), for: user("alice"))
        _ = try fixture.store.append(octets("Subject: \u{e9}\r\n\r\n"), to: .inbox, for: user("alice"))
        let client = await fixture.logIn("alice", "secret")
        await client.line("a LANGUAGE de")
        #expect(await client.line("b LIST \"\" *").contains(" &AOk-\r\n"))
        await client.line("c SELECT INBOX")
        #expect(await client.line("d FETCH 1 ENVELOPE").contains("{2}\r\n\u{e9}"))
    }

    /// RFC 8437 section 4.1, CONNECTION-STATE rows 17 and 18, U-X-7: `i-default` again, not the administrator's choice.
    /// SELECTA and a new login do not touch it.
    @Test func unauthenticateGoesBackToIDefault() async throws {
        let fixture = try Fixture(
            users: TestUsers(associated: ["admin": ["bob"]]),
            extensions: extensions([.german, .french], preferred: "fr"))
        let client = await fixture.connect()
        await client.line("a LANGUAGE de")
        await client.line("b LOGIN admin root")
        #expect(await client.line("c SELECTA bob").contains("c OK "))
        #expect(await client.line("d NOOP").hasSuffix("d OK NOOP ausgef\u{fc}hrt\r\n"))
        let answer = await client.send(
            "e UNAUTHENTICATE\r\nf NOOP\r\ng LOGIN bob wrong\r\nh LOGIN bob hunter2\r\ni SELECT nowhere\r\n")
        let lines = answer.split(separator: "\r\n").dropFirst().map(String.init)
        #expect(lines.first == "f OK NOOP completed")
        #expect(lines.contains("g NO [AUTHENTICATIONFAILED] Authentication failed"))
        #expect(lines.last == "i NO [NONEXISTENT] No such mailbox")
    }
}

@Suite("The texts of LANGUAGE")
struct TextLanguageTests {
    /// What a text that is sent may hold (RFC 5255 section 3.5): nothing that begins a line or a response code.
    @Test(arguments: [
        "", "[ALERT] x", "a\r\nb", "a\nb", "a\rb", "a\0b", "a\tb", "\u{7f}", "\u{85}", "\u{2028}", "a\u{2029}b",
        "\u{9f}", String(repeating: "\u{e9}", count: 513),
    ])
    func whatIsNoTextIsNotTaken(_ text: String) { #expect(TranslatedText(text) == nil) }

    @Test(arguments: ["x", "a [b]", "\u{fc}", String(repeating: "\u{e9}", count: 512)])
    func otherTextsAre(_ text: String) { #expect(TranslatedText(text)?.octets == octets(text)) }

    @Test func aHostAddsTextsAndPutsBetterOnesInPlace() async throws {
        let language = TextLanguage.german.adding(["Seen": "Gesehen", "No such mailbox": "Weg ist es"])
        let list = IMAPExtension.standard.leavingOut(["LANGUAGE"]) + [.language([language]), .peek]
        let client = await (try Fixture(extensions: list)).logIn("alice", "secret")
        await client.line("a LANGUAGE de")
        #expect(await client.line("b XPEEK {3}") == "b OK Gesehen\r\n")
        #expect(await client.line("c SELECT nowhere") == "c NO [NONEXISTENT] Weg ist es\r\n")
        #expect(await client.line("d SELECT") == "d BAD Ein Argument fehlt\r\n")
    }

    /// What stands in the sources and is no text of a response.
    private static let otherStrings: Set<String> = [
        "Password", "User Name", "Date", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
        "Dec", "AnnotationChange", "FlagChange", "MailboxMetadataChange", "MailboxName", "MessageExpunge", "MessageNew",
        "ServerMetadataChange", "SubscriptionChange",
    ]

    /// Read once: it takes seconds.
    private static let allTexts = Result { try texts() }

    /// All texts that the library may send: the strings of its sources that are words.
    private static func texts() throws -> Set<String> {
        var texts: Set<String> = []
        for folder in ["Sources/IMAPServer", "Sources/IMAPExtensions", "Sources/IMAPCodec"] {
            for path in try HostileRules.sources(folder)
            where path.hasSuffix(".swift") && !path.contains("/Language/Texts/") {
                for line in try HostileRules.text(of: path).split(separator: "\n") {
                    guard !line.drop(while: { $0 == " " }).hasPrefix("//") else { continue }
                    for match in line.matches(of: /"((?:[^"\\]|\\.)*)"/) {
                        let text = String(match.1)
                        // What begins with a small letter is told to the host's observer.
                        guard text.contains(/[a-z]/), text.first?.isLowercase == false, !text.contains("\\("),
                            text.contains(" ") || text.contains(/^[A-Z][a-z]/)
                        else { continue }
                        texts.insert(text)
                    }
                }
            }
        }
        return texts.subtracting(otherStrings)
    }

    /// A text that is new needs its translations; one that is gone takes them with it.
    @Test(arguments: ["de", "fr"])
    func everyTextIsTranslatedAndNoOther(_ tag: String) throws {
        let language = tag == "de" ? TextLanguage.german : .french
        let texts = try TextLanguageTests.allTexts.get()
        #expect(texts.count > 100)
        for text in texts.sorted() {
            let known = try #require(ResponseText(text), "\(text)")
            #expect(language.translation(of: known) != nil, "\(text)")
        }
        for text in language.translated {
            let text = String(decoding: text.octets, as: UTF8.self)
            #expect(texts.contains(text), "\(text)")
        }
    }

    @Test func tagsAreTheSameInAnyCase() {
        #expect(LanguageTag(octets("de-AT")) == "DE-at")
        #expect(Set<LanguageTag>(["de", "DE", "fr"]).count == 2)
        #expect(LanguageTag("zh-x-a").broader == "zh")
        #expect(LanguageTag("zh-a-de").broader == "zh")
        #expect(LanguageTag("de").broader == nil)
        #expect(!LanguageTag("de").matches("den"))
        #expect(LanguageTag("de").matches("de-AT"))
    }
}
