import IMAPCodec
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPTestKit
import Synchronization
import Testing

@testable import IMAPServer
@testable import IMAPSession

// Three extensions of the test's own, through the public mechanism. The second is planted: what its command leaves is
// about the selected mailbox, and its scope is too long. The third never declared what it writes.

private struct Noted: ConnectionState {
    static var scope: Scope { .selection }
    var uids: [UInt32]

    static func fresh() -> Noted { Noted(uids: []) }

    consuming func end() -> Ending { .drop }
}

private struct NotedTooLong: ConnectionState {
    static var scope: Scope { .authentication }
    var uids: [UInt32]

    static func fresh() -> NotedTooLong { NotedTooLong(uids: []) }

    consuming func end() -> Ending { .drop }
}

private struct Undeclared: ConnectionState {
    static var scope: Scope { .cycle }
    var mark: Int

    static func fresh() -> Undeclared { Undeclared(mark: 0) }

    consuming func end() -> Ending { .drop }
}

private struct NoteCommand: ArgumentlessSyntax, Command {
    static let facts = CommandFacts(
        "XNOTE", in: .selected, forms: .plain, expunge: .permitted, right: .none, literals: .none)

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        context.write(Noted(uids: [1, 2]))
        return .ok("noted")
    }
}

private struct PlantedCommand: ArgumentlessSyntax, Command {
    static let facts = CommandFacts(
        "XPLANT", in: .selected, forms: .plain, expunge: .permitted, right: .none, literals: .none)

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        context.write(NotedTooLong(uids: [1, 2]))
        return .ok("planted")
    }
}

private struct UndeclaredCommand: ArgumentlessSyntax, Command {
    static let facts = CommandFacts(
        "XUNDECLARED", in: .any, forms: .plain, expunge: .permitted, right: .none, literals: .none)

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        context.write(Undeclared(mark: 1))
        return .ok("kept")
    }
}

/// Names the types of state that the connection remembers now.
private struct RememberedCommand: ArgumentlessSyntax, Command {
    static let facts = CommandFacts(
        "XREMEMBERED", in: .any, forms: .plain, expunge: .permitted, right: .none, literals: .none)

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        for value in context.connection.machine.remembered {
            let name = Keyword(Array("\(type(of: value))".utf8).span)
            context.respond(name ?? "UNNAMED")
        }
        return .ok("that is all")
    }
}

private let noting = IMAPExtension("XNOTE") { registry in
    registry.add(state: Noted.self)
    registry.add(NoteCommand.self)
}

private let planted = IMAPExtension("XPLANT") { registry in
    registry.add(state: NotedTooLong.self)
    registry.add(PlantedCommand.self)
}

private let undeclared = IMAPExtension("XUNDECLARED") { $0.add(UndeclaredCommand.self) }

private let remembering = IMAPExtension("XREMEMBERED") { $0.add(RememberedCommand.self) }

extension OutputPermissions {
    /// What XREMEMBERED answers.
    fileprivate static var notes: OutputPermissions {
        var permissions = OutputPermissions()
        permissions.responses = ["NOTED", "NOTEDTOOLONG", "TOLDFLAGS"]
        return permissions
    }
}

/// Finds state that outlives what it is about: whatever a command of the selected state leaves must be gone when the
/// mailbox is, and whatever any command leaves must be gone at transition 7.
private func findOutlivingState(_ extensions: [IMAPExtension], dirtying lines: [String]) async throws -> [String] {
    let fixture = try Fixture(extensions: IMAPExtension.standard + extensions + [remembering])
    let client = await fixture.logIn("admin", "root", permitting: .notes)
    func remembered() async -> [String] {
        await client.line("r XREMEMBERED").split(separator: "\r\n").filter { $0.hasPrefix("* ") }.map {
            String($0.dropFirst(2))
        }
    }
    let before = await remembered()
    await client.line("s SELECT INBOX")
    for line in lines { await client.line("d \(line)") }
    await client.line("c CLOSE")
    let outlivingSelection = await remembered().filter { !before.contains($0) }
    await client.line("u UNAUTHENTICATE")
    return outlivingSelection + (await remembered())
}

@Suite("Connection state declares its scope and its end (RFC 8437 section 4.1, U-REG)")
struct StateScopeTests {
    @Test func aPlantedStateWithTooLongAScopeIsFound() async throws {
        #expect(try await findOutlivingState([planted], dirtying: ["XPLANT"]) == ["NOTEDTOOLONG"])
    }

    @Test func theStateOfTheStandardExtensionsAndBaseCommandsOutlivesNothing() async throws {
        let lines = ["FETCH 1 BODY[]", "UID FETCH 1:* FLAGS", "NOOP", "ID (\"name\" \"x\")", "STATUS INBOX (MESSAGES)"]
        #expect(try await findOutlivingState([noting], dirtying: lines + ["XNOTE"]).isEmpty)
    }

    /// U-REG-2, U-X-12, row 49: an extension of a host's own, by the same keys
    @Test func transition7EndsStateOfEveryScope() async throws {
        let fixture = try Fixture(extensions: IMAPExtension.standard + [noting, planted, remembering])
        let client = await fixture.logIn("admin", "root", permitting: .notes)
        await client.line("s SELECT INBOX")
        await client.line("d XNOTE")
        await client.line("d XPLANT")
        #expect(await client.line("r XREMEMBERED").hasPrefix("* "))
        await client.line("u UNAUTHENTICATE")
        #expect(await client.line("r XREMEMBERED") == "r OK that is all\r\n")
    }

    /// U-REG-3
    @Test func stateThatWasNotDeclaredIsNotKeptAndTheConnectionIsClosed() async throws {
        let witness = Witness()
        let fixture = try Fixture(extensions: [undeclared], observer: witness)
        let client = await fixture.connect()
        let output = await client.line("a XUNDECLARED")
        #expect(output.hasSuffix("* BYE [SERVERBUG] Internal error\r\n"))
        #expect(client.transport.isClosed)
        #expect(witness.all.contains { if case .fault = $0 { true } else { false } })
    }

    /// U-REG-1
    @Test func survivorsAreTheseAndNoOther() {
        let survivors = Survivors(
            id: ConnectionID(1),
            facts: ConnectionFacts(
                local: PeerAddress("a", isLoopback: true), remote: PeerAddress("b", isLoopback: true)),
            opened: .zero, observer: SilentObserver())
        #expect(
            Mirror(reflecting: survivors).children.map(\.label) == [
                "id", "clientID", "facts", "admitted", "failedLogins", "opened", "observer", "unread", "endingLayers",
            ])
    }

    /// U-REG-1
    @Test func thePayloadsOfTheMachineHoldScopesAndRootsAndNothingElse() {
        let identity = LoggedIn(
            authentication: AuthenticationIdentity(name: octets("a")), user: user("a"), mayUnauthenticate: true)
        #expect(Mirror(reflecting: NotAuthenticated()).children.map(\.label) == ["cycle"])
        #expect(
            Mirror(reflecting: identity).children.map(\.label) == ["authentication", "user", "mayUnauthenticate"])
        enum Roots: SessionRoots {
            typealias Identity = LoggedIn
            typealias Account = LoggedIn
            typealias Mailbox = LoggedIn
        }
        let authenticated = Authenticated<Roots>(NotAuthenticated(), identity: identity, account: identity)
        #expect(
            Mirror(reflecting: authenticated).children.map(\.label) == [
                "cycle", "identity", "authentication", "account", "accountValues",
            ])
        #expect(
            Mirror(reflecting: Selected(authenticated, mailbox: identity)).children.map(\.label) == [
                "session", "mailbox", "selection",
            ])
    }

    /// U-REG-1
    @Test func theConnectionStoresTheMachineTheSurvivorsAndItsBuffersAlone() throws {
        // A value that cannot be copied has no mirror: its stored properties are read from its source.
        let names = try storedProperties(of: "Sources/IMAPServer/Session/Connection.swift")
        #expect(
            names == [
                "tables", "origin", "began", "survivors", "machine", "input", "layers", "writer", "framer",
                "announcedLiteral", "badInARow", "commandsAnswered", "isFirstCommand", "closing",
            ])
        let context = try storedProperties(of: "Sources/IMAPServer/Running/Context.swift")
        #expect(
            context == [
                "connection", "channel", "expunge", "fault", "time", "lastHandOut", "newsIsDue", "listening",
                "isListening", "isReading", "selection",
            ])
    }

    @Test func theStandardListStartsAndKeepsItsContract() throws {
        let tables = try ServerTables(
            IMAPExtension.standard, ServerConfiguration(), authenticator: TestUsers(), store: MemoryStore())
        #expect(Set(IMAPExtension.standard.map(\.name)).count == IMAPExtension.standard.count)
        for command in tables.commands.values { #expect(!command.facts.states.isEmpty) }
        for state in tables.states.types { #expect(Scope.allCases.contains(state.scope)) }
        #expect(throws: ConfigurationError.conflictingLiterals) {
            try ServerTables(
                IMAPExtension.standard + [.literalPlus], ServerConfiguration(), authenticator: TestUsers(),
                store: MemoryStore())
        }
        #expect(throws: ConfigurationError.duplicateExtension("ID")) {
            try ServerTables(
                IMAPExtension.standard + [.id()], ServerConfiguration(), authenticator: TestUsers(),
                store: MemoryStore())
        }
        #expect(throws: ConfigurationError.missingRequirement("XNEEDS", "XMISSING")) {
            try ServerTables(
                [IMAPExtension("XNEEDS", requiring: ["XMISSING"]) { _ in }], ServerConfiguration(),
                authenticator: TestUsers(), store: MemoryStore())
        }
    }

    @Test func leavingOutAnExtensionLeavesOutWhatNeedsIt() {
        let list = [
            IMAPExtension("A") { _ in }, IMAPExtension("B", requiring: ["A"]) { _ in },
            IMAPExtension("C", requiring: ["B"]) { _ in }, IMAPExtension("D") { _ in },
        ]
        #expect(list.leavingOut(["A"]).map(\.name) == ["D"])
        #expect(list.leavingOut(["B"]).map(\.name) == ["A", "D"])
        #expect(list.leavingOut([]).count == 4)
    }
}
