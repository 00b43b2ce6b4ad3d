/// Where a session is, for the gate and for logs. The data are in the machine.
public enum SessionPhase: Sendable, Hashable, CaseIterable {
    /// Connected, not greeted.
    case greeting
    case notAuthenticated
    case authenticated
    case selected
    case logout
}

/// The states a command is permitted in. Part of every command's facts; there is no default.
public struct SessionStates: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let notAuthenticated = SessionStates(rawValue: 1 << 0)
    public static let authenticated = SessionStates(rawValue: 1 << 1)
    public static let selected = SessionStates(rawValue: 1 << 2)

    /// `command-any` of the grammar.
    public static let any: SessionStates = [.notAuthenticated, .authenticated, .selected]
    /// `command-auth`: authenticated or selected.
    public static let loggedIn: SessionStates = [.authenticated, .selected]

    public func contains(_ phase: SessionPhase) -> Bool {
        switch phase {
        case .notAuthenticated: contains(SessionStates.notAuthenticated)
        case .authenticated: contains(SessionStates.authenticated)
        case .selected: contains(SessionStates.selected)
        case .greeting, .logout: false
        }
    }
}

// The payloads of the machine's states. Each owns what its state knows; each can be made only from its predecessor; and
// what a state drops, it drops by not copying it. They are copyable, so that a test can look through all of them.

/// The types at the roots of the scopes. The machine knows nothing else of them.
public protocol SessionRoots {
    associatedtype Identity: ScopeRoot
    associatedtype Account: ScopeRoot
    associatedtype Mailbox: ScopeRoot
}

/// Nobody is known.
@usableFromInline struct NotAuthenticated: Sendable {
    @usableFromInline var cycle = ScopeValues()

    @inlinable init() {}
}

/// A user is known.
@usableFromInline struct Authenticated<Roots: SessionRoots>: Sendable {
    @usableFromInline var cycle: ScopeValues
    @usableFromInline let identity: Roots.Identity
    @usableFromInline var authentication = ScopeValues()
    @usableFromInline let account: Roots.Account
    @usableFromInline var accountValues = ScopeValues()

    /// Transition 4, and transition 2 from a cycle that has just begun.
    @inlinable init(_ predecessor: consuming NotAuthenticated, identity: Roots.Identity, account: Roots.Account) {
        cycle = predecessor.cycle
        self.identity = identity
        self.account = account
    }

    /// Transition 6. The mailbox and its values stay behind.
    @inlinable init(_ predecessor: consuming Selected<Roots>) { self = predecessor.session }

    /// Another account of the same person: the old one and its values stay behind.
    @inlinable init(_ predecessor: consuming Authenticated, account: Roots.Account) {
        cycle = predecessor.cycle
        identity = predecessor.identity
        authentication = predecessor.authentication
        self.account = account
    }

    /// What ends when the account does.
    @inlinable consuming func endAccount(_ registry: StateRegistry) -> [Ending] {
        accountValues.end(registry) + [account.end()]
    }

    /// What ends with the whole cycle.
    @inlinable consuming func end(_ registry: StateRegistry) -> [Ending] {
        accountValues.end(registry) + [account.end()] + authentication.end(registry) + [identity.end()]
            + cycle.end(registry)
    }
}

/// A mailbox is selected.
@usableFromInline struct Selected<Roots: SessionRoots>: Sendable {
    @usableFromInline var session: Authenticated<Roots>
    @usableFromInline var mailbox: Roots.Mailbox
    @usableFromInline var selection = ScopeValues()

    /// Transition 5.
    @inlinable init(_ predecessor: consuming Authenticated<Roots>, mailbox: Roots.Mailbox) {
        session = predecessor
        self.mailbox = mailbox
    }

    /// What ends when the mailbox ceases to be selected. No expunge is among it.
    @inlinable consuming func endSelection(_ registry: StateRegistry) -> [Ending] {
        selection.end(registry) + [mailbox.end()]
    }
}
