import IMAPCodec
import IMAPExtensions
import IMAPHost
import IMAPParser
import IMAPServer
import IMAPSession
import IMAPTestKit
import IMAPTypes
import Testing

/// Switches a mode on that has names travel as UTF-8.
private struct UTF8Command: ArgumentlessSyntax, Command {
    static let facts = CommandFacts(
        "XUTF8", in: .loggedIn, forms: .plain, expunge: .permitted, right: .none, literals: .none)
    static let mode = SessionMode("XUTF8")

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        context.enable(UTF8Command.mode)
        return .ok("On")
    }
}

/// A host's own option, in public words alone: the colour of names, behind RETURN and before the reference.
private struct ColourOption: ListReturnOption, ListSelectionOption {
    static let name: Keyword = "XCOLOUR"
    static let kind = ListSelectionKind.criterion
    let colour: [UInt8]

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        colour = try arguments.astring()
    }

    func selects(_ mailbox: MailboxEntry) -> Bool { mailbox.name.octets.starts(with: colour) }

    func describe(
        _ mailbox: ListedMailbox, in response: inout ListResponse, _ context: inout Context
    ) async throws(CommandFailure) {
        response.add("\\Marked")
        let colour = colour
        response.extendedData.append(ListExtendedData("X-COLOUR") { writer in writer.list([colour]) { $0.string($1) } })
        if let old = MailboxName("old"), mailbox.exists { response.extendedData.append(.oldName(old)) }
        let name = mailbox.name
        response.follow { context in
            context.respond("XCOLOUR") { writer in
                writer.space()
                writer.mailbox(name)
            }
        }
    }
}

@Suite("LIST: UTF-8 sessions, options of a host, hostile patterns, many mailboxes (R-ALG-2)")
struct ListHostileTests {
    private static let utf8 = IMAPExtension("XUTF8") { registry in
        registry.add(mode: UTF8Command.mode, traits: .utf8)
        registry.add(UTF8Command.self)
    }

    /// RFC 9051 section 5.1: patterns and names are UTF-8 once the session is.
    @Test func inAUTF8SessionNamesAndPatternsAreUTF8() async throws {
        var permissions = OutputPermissions()
        permissions.allowsUTF8 = true
        let lab = try await ListLab(
            [
                entry("\u{E9}t\u{E9}/\u{1F4E7}"), entry("a&b", subscribed: true),
                entry("\u{E0}", [.nonExistent], subscribed: true),
            ],
            namespaces: Namespaces(
                personal: [Namespace(prefix: "", separator: 0x2F)],
                otherUsers: [Namespace(prefix: "\u{E9}~/", separator: 0x2F)]),
            extensions: IMAPExtension.standard + [Self.utf8], permitting: permissions)
        let before = await lab.client.line("a LIST \"\" (*%)")
        #expect(before.contains(" &AOk-t&AOk-/&2D3c5w-\r\n") && before.contains(" &AOk-t&AOk-\r\n"), "\(before)")
        #expect(before.contains(" a&-b\r\n"))
        #expect(await lab.client.line("b LIST \"\" \"\u{E9}*\"") == "b OK LIST completed\r\n")
        #expect(await lab.client.line("c NAMESPACE").contains("((\"&AOk-~/\" \"/\"))"))
        await lab.client.line("d XUTF8")
        #expect(
            await lab.client.line("e LIST \"\" (\"\u{E9}t\u{E9}*\" \"\u{E9}%\" a&*)")
                == "* LIST () \"/\" a&b\r\n* LIST (\\NonExistent \\HasChildren) \"/\" \"\u{E9}t\u{E9}\"\r\n"
                + "* LIST () \"/\" \"\u{E9}t\u{E9}/\u{1F4E7}\"\r\ne OK LIST completed\r\n")
        #expect(await lab.client.line("f LIST \"\" &AOk*") == "f OK LIST completed\r\n")
        #expect(
            await lab.client.line("g LSUB \"\" *")
                == "* LSUB () \"/\" a&b\r\n* LSUB (\\Noselect) \"/\" \"\u{E0}\"\r\ng OK LSUB completed\r\n")
        #expect(await lab.client.line("h NAMESPACE").contains("((\"\u{E9}~/\" \"/\"))"))
        #expect(
            await lab.client.line("i LIST \"\u{E9}~/x\" \"\"")
                == "* LIST (\\Noselect) \"/\" \"\u{E9}~/\"\r\ni OK LIST completed\r\n")
        #expect(
            await lab.client.line("j STATUS \"\u{E9}t\u{E9}/\u{1F4E7}\" (SIZE)")
                == "* STATUS \"\u{E9}t\u{E9}/\u{1F4E7}\" (SIZE 10000)\r\nj OK STATUS completed\r\n")
    }

    /// RFC 5258 section 3: what later extensions bring needs nothing of ours changed.
    @Test func aHostsOwnOptionChoosesDescribesAndFollows() async throws {
        let colour = IMAPExtension("XCOLOUR") { registry in
            registry.add(listSelectionOption: ColourOption.self)
            registry.add(listReturnOption: ColourOption.self)
        }
        var permissions = OutputPermissions()
        permissions.responses = ["XCOLOUR"]
        permissions.listItems = ["X-COLOUR"]
        let lab = try await ListLab(
            [entry("red"), entry("blue/red"), entry("red/x", subscribed: true)],
            extensions: [.literalMinus, .listExtended, colour], permitting: permissions)
        let answer = await lab.client.line("a LIST (XCOLOUR red SUBSCRIBED RECURSIVEMATCH) \"\" red*")
        let colours = "(\"X-COLOUR\" (\"red\") \"OLDNAME\" (old)"
        #expect(
            answer
                == "* LIST (\\Marked \\Subscribed) \"/\" red/x \(colours))\r\n* XCOLOUR red/x\r\na OK LIST completed\r\n",
            "\(answer)")
    }

    /// Patterns that cost a matcher that goes back, or one that counts, too much; and what is none of a name's octets.
    @Test func hostilePatternsAreAnsweredAndMatchWhatTheyShould() async throws {
        let long = String(repeating: "a", count: 1000)
        let deep = Array(repeating: "a", count: 512).joined(separator: "/")
        let lab = try await ListLab([entry("INBOX"), entry(long), entry(deep), entry("%"), entry("*x")])
        func count(_ arguments: String) async -> Int? {
            let answer = await lab.client.line("a LIST \(arguments)")
            guard answer.hasSuffix("a OK LIST completed\r\n") else { return nil }
            return answer.split(separator: "\r\n").count - 1
        }
        #expect(await count("\"\" \(String(repeating: "*a", count: 2000))") == 0)
        #expect(await count("\"\" \(String(repeating: "*a", count: 500))*") == 2)
        #expect(await count("\"\" \(String(repeating: "%a", count: 500))%b") == 0)
        #expect(await count("\"\" \(String(repeating: "*/%a", count: 511))") == 1)
        #expect(await count("\"\" \(String(repeating: "%/", count: 511))%") == 1)
        #expect(await count("\"\" \(String(repeating: "%/", count: 255))%") == 1)
        #expect(await count("\"\" *%") == 4 + 512)
        #expect(await count("\"\" *") == 5)
        #expect(await count("\"\" %") == 5)
        let patterns = (0..<400).map { "*\($0)*a" }.joined(separator: " ")
        #expect(await count("\"\" (\(patterns))") == 0)
        #expect(await count("\"\" (\(patterns) *x*)") == 2)
        #expect(await count("\"\" (\(Array(repeating: "%", count: 1000).joined(separator: " ")))") == 5)
        #expect(await count("\"\" (\(Array(repeating: "%", count: 1001).joined(separator: " ")))") == nil)
        #expect(await count("\"\" (\(Array(repeating: long, count: 16).joined(separator: " ")))") == 1)
        #expect(await count("\"\" (\(Array(repeating: long, count: 17).joined(separator: " ")))") == nil)
        #expect(await count("\(String(repeating: "r", count: 4096)) a") == nil)
        #expect(await count("\"\" \"\\\"\\\\\"") == 0)
        #expect(await count("\"\" {4+}\r\n\u{1}\r\n\u{7F}") == 0)
        #expect(await count("\"\" \"\u{E9}*\"") == 0)
        let recursive = await lab.client.line("b LIST (RECURSIVEMATCH SPECIAL-USE) \"\" *%")
        #expect(recursive == "b OK LIST completed\r\n")
    }
}
