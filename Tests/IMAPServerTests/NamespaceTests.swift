import IMAPExtensions
import IMAPHost
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("NAMESPACE (RFC 2342)")
struct NamespaceTests {
    private static let slash: UInt8 = 0x2F
    private static let dot: UInt8 = 0x2E

    private static func space(_ prefix: String, _ separator: UInt8? = slash) -> Namespace {
        Namespace(prefix: prefix, separator: separator)
    }

    /// The examples 5.1 to 5.6, 5.7 and 5.9, without the parameters that no store of ours has.
    @Test(arguments: [
        (Namespaces(personal: [space("")]), "((\"\" \"/\")) NIL NIL"),
        (Namespaces(personal: [], shared: [space("", dot)]), "NIL NIL ((\"\" \".\"))"),
        (
            Namespaces(personal: [space("")], shared: [space("Public Folders/")]),
            "((\"\" \"/\")) NIL ((\"Public Folders/\" \"/\"))"
        ),
        (
            Namespaces(
                personal: [space("")], otherUsers: [space("~")],
                shared: [space("#shared/"), space("#public/"), space("#ftp/"), space("#news.", dot)]),
            "((\"\" \"/\")) ((\"~\" \"/\")) ((\"#shared/\" \"/\")(\"#public/\" \"/\")(\"#ftp/\" \"/\")(\"#news.\" \".\"))"
        ),
        (Namespaces(personal: [space("INBOX.", dot)]), "((\"INBOX.\" \".\")) NIL NIL"),
        (Namespaces(personal: [space(""), space("#mh/")]), "((\"\" \"/\")(\"#mh/\" \"/\")) NIL NIL"),
        (
            Namespaces(personal: [space("")], otherUsers: [space("Other Users/")]),
            "((\"\" \"/\")) ((\"Other Users/\" \"/\")) NIL"
        ),
        (Namespaces(personal: [space("", nil)]), "((\"\" NIL)) NIL NIL"),
        (Namespaces(personal: [space("\u{E9}&/")]), "((\"&AOk-&-/\" \"/\")) NIL NIL"),
        (Namespaces(personal: []), "NIL NIL NIL"),
    ])
    func theExamples(_ namespaces: Namespaces, _ expected: String) async throws {
        let lab = try await ListLab([], namespaces: namespaces)
        #expect(
            await lab.client.line("A001 NAMESPACE")
                == "* NAMESPACE \(expected)\r\nA001 OK NAMESPACE completed\r\n")
    }

    @Test func aStoreOfOneNamespaceSaysNothingOfThem() async throws {
        let fixture = try Fixture(store: nil)
        let client = await fixture.logIn("alice", "secret")
        #expect(
            await client.line("a namespace") == "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\na OK NAMESPACE completed\r\n")
        #expect(await client.line("b CAPABILITY").contains(" NAMESPACE "))
    }

    @Test func withoutTheExtensionItIsUnknown() async throws {
        let lab = try await ListLab([], extensions: IMAPExtension.standard.leavingOut(["NAMESPACE"]))
        #expect(await lab.client.line("a NAMESPACE") == "a BAD Unknown command\r\n")
        #expect(!(await lab.client.line("b CAPABILITY")).contains("NAMESPACE"))
    }

    /// Each namespace has its own separator: `%` stops at it, levels are cut at it, and LIST answers with it.
    @Test func namesAreCutAtTheSeparatorOfTheirNamespace() async throws {
        let lab = try await ListLab(
            [
                entry("INBOX"), entry("a.b/c"), entry("#news.comp.mail.misc"), entry("#news.comp.mail.mime"),
                entry("#news.alt/x"), entry("~mark/INBOX"), entry("~mark/foo"),
            ],
            namespaces: Namespaces(
                personal: [Self.space("")], otherUsers: [Self.space("~")], shared: [Self.space("#news.", Self.dot)]))
        let mismatch = await lab.play(
            """
            C: a LIST "" %
            S: * LIST (\\HasNoChildren) "/" INBOX
            S: * LIST (\\Noselect \\HasChildren) "/" a.b
            S: * LIST (\\Noselect \\HasChildren) "/" ~mark
            S: * LIST (\\Noselect \\HasChildren) "." #news
            S: a OK LIST completed
            C: b LIST #news. %
            S: * LIST (\\HasNoChildren) "." #news.alt/x
            S: * LIST (\\Noselect \\HasChildren) "." #news.comp
            S: b OK LIST completed
            C: c LIST "" "~mark/%"
            S: * LIST (\\HasNoChildren) "/" ~mark/INBOX
            S: * LIST (\\HasNoChildren) "/" ~mark/foo
            S: c OK LIST completed
            C: d LIST #news.comp.mail.misc ""
            S: * LIST (\\Noselect) "." #news.
            S: d OK LIST completed
            C: e LIST ~mark ""
            S: * LIST (\\Noselect) "/" ~
            S: e OK LIST completed
            C: f LIST a/b #news.comp.mail.*
            S: * LIST (\\HasNoChildren) "." #news.comp.mail.mime
            S: * LIST (\\HasNoChildren) "." #news.comp.mail.misc
            S: f OK LIST completed
            C: h SUBSCRIBE #news.comp.
            S: h OK SUBSCRIBE completed
            C: g LIST /usr/staff/jones ""
            S: * LIST (\\Noselect) "/" ""
            S: g OK LIST completed
            """)
        #expect(mismatch == nil, "\(mismatch ?? "")")
    }
}
