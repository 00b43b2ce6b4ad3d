import Foundation
import IMAPCodec
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPTestKit
import Testing

@testable import IMAPServer
@testable import IMAPSession

/// Answers with the types of state that are not fresh now.
private struct DirtyCommand: ArgumentlessSyntax, Command {
    static let facts = CommandFacts(
        "XDIRTY", in: .any, forms: .plain, expunge: .permitted, right: .none, literals: .none)

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        func isFresh<State: ConnectionState>(_ state: State) -> Bool { state == State.fresh() }
        for value in context.connection.machine.remembered where !isFresh(value) {
            context.respond(Keyword(Array("\(type(of: value))".utf8).span) ?? "UNNAMED")
        }
        return .ok("that is all")
    }
}

/// What every extension of the standard list must be, whichever it is. One that comes in is looked at here.
@Suite("The standard list: every extension keeps the contract (RFC 8437 section 4.1)")
struct ExtensionContractTests {
    private static let extensions =
        IMAPExtension.standard + [IMAPExtension("XDIRTY") { $0.add(DirtyCommand.self) }]

    /// What makes each type of state dirty, of a session that has selected its INBOX; `-` in front: before that.
    private static let dirtying: [String: [String]] = [
        "ActiveCollation": ["-COMPARATOR i;octet"],
        "ActiveLanguage": ["-LANGUAGE de"],
        // A login is enough, where the host counts.
        "CountedSession": [],
        "EnabledModes": ["-ENABLE CONDSTORE"],
        "NotifyRegistration": ["-NOTIFY SET (INBOXES (MessageNew MessageExpunge))"],
        "UnaskedNews": ["-NOTIFY SET (SELECTED (MessageNew MessageExpunge))"],
        "SavedResult": ["UID SEARCH RETURN (SAVE) ALL"],
        "SearchContexts": ["SEARCH RETURN (UPDATE) ALL"],
        "ToldFlags": [],
    ]

    private static func tables() throws -> ServerTables {
        try ServerTables(extensions, ServerConfiguration(), authenticator: TestUsers(), store: MemoryStore())
    }

    private func dirty(_ client: TestClient) async -> Set<String> {
        let lines = await client.line("x XDIRTY").split(separator: "\r\n").filter { $0.hasPrefix("* ") }
        return Set(lines.map { String($0.dropFirst(2)) })
    }

    /// Every type of state that is registered is made dirty, and is fresh again behind the end of its scope.
    @Test func everyStateIsFreshAgainBehindTheEndOfItsScope() async throws {
        let tables = try Self.tables()
        let names = tables.states.types.map { "\($0)" }
        #expect(names.sorted() == Self.dirtying.keys.sorted(), "a type of state has no row here, or a row has no type")
        for type in tables.states.types {
            let (name, lines) = ("\(type)", Self.dirtying["\(type)"] ?? [])
            var permissions = OutputPermissions()
            permissions.responses = Set(names.map { $0.uppercased() })
            let fixture = try Fixture(extensions: Self.extensions) {
                if name == "CountedSession" { $0.connectionLimiter = ConnectionCounter() }
            }
            try fixture.fill("admin")
            let client = await fixture.logIn("admin", "root", permitting: permissions)
            for line in lines where line.hasPrefix("-") { await client.line("a \(line.dropFirst())") }
            await client.line("b SELECT INBOX")
            for line in lines where !line.hasPrefix("-") {
                #expect(await client.line("c \(line)").contains("c OK"), "\(line)")
            }
            #expect(await dirty(client).contains(name.uppercased()), "\(name) is not dirty")
            switch type.scope {
            case .selection: await client.line("d UNSELECT")
            case .account:
                await client.line("d UNSELECT")
                await client.line("d SELECTA admin")
            case .authentication, .cycle: await client.line("d UNAUTHENTICATE")
            }
            #expect(!(await dirty(client).contains(name.uppercased())), "\(name) outlives its scope")
            if type.scope > .cycle { await client.line("e UNAUTHENTICATE") }
            #expect(await dirty(client).isEmpty, "\(name) outlives UNAUTHENTICATE")
        }
    }

    /// Unique names, and each needs only what is there; without what it needs it is not there either.
    @Test func whatAnExtensionNeedsIsInTheList() throws {
        let names = IMAPExtension.standard.map(\.name)
        #expect(Set(names).count == names.count)
        for name in names {
            let without = IMAPExtension.standard.leavingOut([name])
            #expect(!without.map(\.name).contains(name))
            _ = try ServerTables(without, ServerConfiguration(), authenticator: TestUsers(), store: MemoryStore())
        }
    }

    /// The memory store has all that any of them asks of a store.
    @Test func theMemoryStoreMeetsEveryRequirement() {
        #expect(IMAPExtension.standard.supported(by: MemoryStore()).map(\.name) == IMAPExtension.standard.map(\.name))
    }

    /// Each is written about: a row in README.md with its RFC, a line in the catalogue, and tests that name the RFC.
    @Test func everyExtensionHasItsRowItsLineAndItsTests() throws {
        let readme = try HostileRules.text(of: "README.md")
        let tests = try HostileRules.sources("Tests").map { try HostileRules.text(of: $0) }.joined()
        for name in IMAPExtension.standard.map({ $0.name.description }) {
            let row = try #require(
                readme.split(separator: "\n").first { $0.uppercased().hasPrefix("| `\(name.uppercased())` |") },
                "\(name) has no row in README.md")
            let source = row.split(separator: "|")[1].trimmingCharacters(in: .whitespaces)
            let isNumber = source.allSatisfy(\.isNumber)
            #expect(tests.contains(isNumber ? "RFC \(source)" : source), "no test names \(source) for \(name)")
        }
        let catalogue = try HostileRules.text(of: "Sources/IMAPExtensions/IMAPExtensions.docc/IMAPExtensions.md")
        for path in try HostileRules.sources("Sources/IMAPExtensions") where path.hasSuffix(".swift") {
            for match in try HostileRules.text(of: path).matches(
                of: #/public static (?:let|var|func) (\w+)[^\n]*IMAPExtension\b/#)
            {
                #expect(catalogue.contains("IMAPExtension/\(match.1)"), "\(match.1) is not in the catalogue")
            }
        }
    }
}
