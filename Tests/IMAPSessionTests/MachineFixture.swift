import Synchronization

@testable import IMAPSession

/// What ran, in order.
final class Journal: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ line: String) { lines.withLock { $0.append(line) } }

    func take() -> [String] {
        lines.withLock { lines in
            defer { lines = [] }
            return lines
        }
    }
}

/// A root that says when it ends.
struct Root: ScopeRoot {
    let name: String
    let journal: Journal

    consuming func end() -> Ending {
        let name = name
        let journal = journal
        return .work { journal.add("end \(name)") }
    }
}

enum TestRoots: SessionRoots {
    typealias Identity = Root
    typealias Account = Root
    typealias Mailbox = Root
}

/// One state for each scope, with an effect at its end.
protocol MarkedState: ConnectionState {
    var mark: String { get set }
    var journal: Journal? { get set }
    init(mark: String, journal: Journal?)
}

extension MarkedState {
    static func == (a: Self, b: Self) -> Bool { a.mark == b.mark }

    static func fresh() -> Self { Self(mark: "", journal: nil) }

    consuming func end() -> Ending {
        guard let journal else { return .drop }
        let line = "end \(Self.scope) \(mark)"
        return .work { journal.add(line) }
    }
}

struct CycleState: MarkedState {
    static var scope: Scope { .cycle }
    var mark: String
    var journal: Journal?
}

struct AuthenticationState: MarkedState {
    static var scope: Scope { .authentication }
    var mark: String
    var journal: Journal?
}

struct AccountState: MarkedState {
    static var scope: Scope { .account }
    var mark: String
    var journal: Journal?
}

struct SelectionState: MarkedState {
    static var scope: Scope { .selection }
    var mark: String
    var journal: Journal?
}

/// Declared by nobody.
struct UndeclaredState: MarkedState {
    static var scope: Scope { .cycle }
    var mark: String
    var journal: Journal?
}

typealias Machine = SessionMachine<TestRoots>

func registry() -> StateRegistry {
    var registry = StateRegistry()
    for type: any ConnectionState.Type in [
        SelectionState.self, AccountState.self, AuthenticationState.self, CycleState.self,
    ] {
        _ = registry.register(type)
    }
    return registry
}

/// Everything that can happen to a session.
enum Event: CaseIterable {
    case greet, greetPreauthenticated, greetRejecting, authenticate, select, deselect, changeAccount, unauthenticate
    case renew, logout
}

extension SessionMachine where Roots == TestRoots {
    /// Applies an event. Returns the work its result carries, or `nil` when it was refused.
    mutating func apply(_ event: Event, _ journal: Journal) -> Endings? {
        func root(_ name: String) -> Root { Root(name: name, journal: journal) }
        switch event {
        case .greet: return greet() == .greeted ? Endings() : nil
        case .greetPreauthenticated:
            let outcome = greetPreauthenticated(root("identity"), account: root("account"))
            return outcome == .greeted ? Endings() : nil
        case .greetRejecting: return greetRejecting() == .greeted ? Endings() : nil
        case .authenticate:
            return authenticate(root("identity"), account: root("account")) == .authenticated ? Endings() : nil
        case .select:
            guard case .selected(let endings) = select(root("mailbox")) else { return nil }
            return endings
        case .deselect:
            guard case .deselected(let endings) = deselect() else { return nil }
            return endings
        case .changeAccount:
            guard case .changed(let endings) = changeAccount(root("account")) else { return nil }
            return endings
        case .unauthenticate:
            guard case .reset(let endings) = unauthenticate() else { return nil }
            return endings
        case .renew:
            guard case .renewed(let endings) = renew() else { return nil }
            return endings
        case .logout:
            guard case .loggedOut(let endings) = logout() else { return nil }
            return endings
        }
    }

    /// Writes a mark into every scope there is.
    mutating func mark(_ mark: String, _ journal: Journal) {
        _ = write(CycleState(mark: mark, journal: journal))
        _ = write(AuthenticationState(mark: mark, journal: journal))
        _ = write(AccountState(mark: mark, journal: journal))
        _ = write(SelectionState(mark: mark, journal: journal))
    }

    /// The scopes in which something is remembered.
    var markedScopes: [Scope] { remembered.map { type(of: $0).scope }.sorted() }
}

func run(_ endings: Endings) async throws {
    for work in endings.work { try await work() }
}
