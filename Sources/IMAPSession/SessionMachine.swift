/// The state machine of RFC 8437 section 5.
///
///                       +----------------------+
///                       |connection established|
///                       +----------------------+
///                                  ||
///                                  \/
///                +--------------------------------------+
///                |          server greeting             |
///                +--------------------------------------+
///                          || (1)       || (2)        || (3)
///                          \/           ||            ||
///                +-----------------+    ||            ||
///                |Not Authenticated|<===||=========++ ||
///                +-----------------+    ||     (7) || ||
///                 || (8)   || (4)       ||         || ||
///                 ||       \/           \/         || ||
///                 ||     +----------------+        || ||
///                 ||     |                |========++ ||
///                 ||     | Authenticated  |<=++    || ||
///                 ||     +----------------+  ||    || ||
///                 ||       || (8)   || (5)   ||(6) || ||
///                 ||       ||       \/       ||    || ||
///                 ||       ||    +--------+  ||    || ||
///                 ||       ||    |Selected|==++    || ||
///                 ||       ||    |        |========++ ||
///                 ||       ||    +--------+           ||
///                 ||       ||       || (8)            ||
///                 \/       \/       \/                \/
///                +--------------------------------------+
///                |               Logout                 |
///                +--------------------------------------+
///
/// What the diagram leaves out: a SELECT in the selected state is (6) and then (5), and when it fails, (6) alone;
/// STARTTLS begins the not authenticated state anew; another account of the same person may become the active one,
/// which is (6) when a mailbox was selected; and every state ends when the socket does.
///
/// It knows neither octets nor tasks. Each event has a result that lists only what that event can produce; the result
/// of ``unauthenticate()`` has no NO. What a scope's end asks for comes back as ``Endings``, to be run by the caller.
///
/// Its members are inlinable, so that the module that has the roots compiles them for these: for roots that are not known
/// each step looks up how to copy and destroy what it holds.
public struct SessionMachine<Roots: SessionRoots>: ~Copyable, Sendable {
    @usableFromInline enum State: ~Copyable, Sendable {
        case greeting
        case notAuthenticated(NotAuthenticated)
        case authenticated(Authenticated<Roots>)
        case selected(Selected<Roots>)
        case logout
    }

    @usableFromInline var state: State
    @usableFromInline let registry: StateRegistry

    @inlinable init(_ state: consuming State, _ registry: StateRegistry) {
        self.state = state
        self.registry = registry
    }

    /// A connection that was just established.
    @inlinable public init(registry: StateRegistry) { self.init(.greeting, registry) }

    @inlinable public var phase: SessionPhase {
        switch state {
        case .greeting: .greeting
        case .notAuthenticated: .notAuthenticated
        case .authenticated: .authenticated
        case .selected: .selected
        case .logout: .logout
        }
    }

    // MARK: The gate

    public enum GateDecision: Sendable, Equatable {
        case permitted
        case wrongState
    }

    /// Whether a command with these states may run now. Asked when it is about to run, not when it arrived.
    @inlinable public func permits(_ states: SessionStates) -> GateDecision {
        states.contains(phase) ? .permitted : .wrongState
    }

    // MARK: Transitions 1, 2, 3

    public enum GreetingOutcome: Sendable, Equatable {
        case greeted
        case alreadyGreeted
    }

    /// Transition 1: `* OK`.
    @inlinable public mutating func greet() -> GreetingOutcome {
        guard case .greeting = phase else { return .alreadyGreeted }
        self = .init(.notAuthenticated(NotAuthenticated()), registry)
        return .greeted
    }

    /// Transition 2: `* PREAUTH`.
    @inlinable public mutating func greetPreauthenticated(
        _ identity: Roots.Identity, account: Roots.Account
    ) -> GreetingOutcome {
        guard case .greeting = phase else { return .alreadyGreeted }
        self = .init(
            .authenticated(Authenticated(NotAuthenticated(), identity: identity, account: account)), registry)
        return .greeted
    }

    /// Transition 3: `* BYE`.
    @inlinable public mutating func greetRejecting() -> GreetingOutcome {
        guard case .greeting = phase else { return .alreadyGreeted }
        self = .init(.logout, registry)
        return .greeted
    }

    // MARK: Transition 4

    public enum LoginOutcome: Sendable, Equatable {
        case authenticated
        case wrongState
    }

    /// Transition 4: LOGIN or AUTHENTICATE succeeded.
    @inlinable public mutating func authenticate(_ identity: Roots.Identity, account: Roots.Account) -> LoginOutcome {
        switch consume state {
        case .notAuthenticated(let predecessor):
            self = .init(
                .authenticated(Authenticated(predecessor, identity: identity, account: account)), registry)
            return .authenticated
        case .greeting: self = .init(.greeting, registry)
        case .authenticated(let payload): self = .init(.authenticated(payload), registry)
        case .selected(let payload): self = .init(.selected(payload), registry)
        case .logout: self = .init(.logout, registry)
        }
        return .wrongState
    }

    // MARK: Transitions 5 and 6

    public enum SelectOutcome: Sendable {
        case selected(Endings)
        case wrongState
    }

    /// Transition 5. What was selected before has ended.
    @inlinable public mutating func select(_ mailbox: Roots.Mailbox) -> SelectOutcome {
        var endings = Endings()
        switch consume state {
        case .authenticated(let predecessor):
            self = .init(.selected(Selected(predecessor, mailbox: mailbox)), registry)
        case .selected(let predecessor):
            endings.add(predecessor.endSelection(registry))
            self = .init(.selected(Selected(Authenticated(predecessor), mailbox: mailbox)), registry)
        case .greeting:
            self = .init(.greeting, registry)
            return .wrongState
        case .notAuthenticated(let payload):
            self = .init(.notAuthenticated(payload), registry)
            return .wrongState
        case .logout:
            self = .init(.logout, registry)
            return .wrongState
        }
        return .selected(endings)
    }

    public enum DeselectOutcome: Sendable {
        case deselected(Endings)
        case notSelected
    }

    /// Transition 6: CLOSE, UNSELECT, or a SELECT that is about to try another mailbox.
    @inlinable public mutating func deselect() -> DeselectOutcome {
        switch consume state {
        case .selected(let predecessor):
            var endings = Endings()
            endings.add(predecessor.endSelection(registry))
            self = .init(.authenticated(Authenticated(predecessor)), registry)
            return .deselected(endings)
        case .greeting: self = .init(.greeting, registry)
        case .notAuthenticated(let payload): self = .init(.notAuthenticated(payload), registry)
        case .authenticated(let payload): self = .init(.authenticated(payload), registry)
        case .logout: self = .init(.logout, registry)
        }
        return .notSelected
    }

    public enum AccountOutcome: Sendable {
        case changed(Endings)
        case wrongState
    }

    /// Makes another account of the same person the active one. The selection and the old account end.
    @inlinable public mutating func changeAccount(_ account: Roots.Account) -> AccountOutcome {
        var endings = Endings()
        switch consume state {
        case .authenticated(let predecessor):
            endings.add(predecessor.endAccount(registry))
            self = .init(.authenticated(Authenticated(predecessor, account: account)), registry)
        case .selected(let predecessor):
            endings.add(predecessor.endSelection(registry))
            let session = Authenticated(predecessor)
            endings.add(session.endAccount(registry))
            self = .init(.authenticated(Authenticated(session, account: account)), registry)
        case .greeting:
            self = .init(.greeting, registry)
            return .wrongState
        case .notAuthenticated(let payload):
            self = .init(.notAuthenticated(payload), registry)
            return .wrongState
        case .logout:
            self = .init(.logout, registry)
            return .wrongState
        }
        return .changed(endings)
    }

    // MARK: Transition 7

    /// RFC 8437 section 3: OK or BAD. A NO does not exist.
    public enum UnauthenticateOutcome: Sendable {
        /// The cycle is over and a new one has begun. Run the endings before the OK is written; if one of them throws,
        /// the connection is closed with BYE.
        case reset(Endings)
        /// Not authenticated: BAD.
        case bad
    }

    /// Transition 7: the cycle ends, and with it every scope and every value in it. Nothing is cleared field by field:
    /// the values are gone because their container is.
    @inlinable public mutating func unauthenticate() -> UnauthenticateOutcome {
        var endings = Endings()
        switch consume state {
        case .authenticated(let payload): endings.add(payload.end(registry))
        case .selected(let payload):
            endings.add(payload.endSelection(registry))
            endings.add(payload.session.end(registry))
        case .greeting:
            self = .init(.greeting, registry)
            return .bad
        case .notAuthenticated(let payload):
            self = .init(.notAuthenticated(payload), registry)
            return .bad
        case .logout:
            self = .init(.logout, registry)
            return .bad
        }
        self = .init(.notAuthenticated(NotAuthenticated()), registry)
        return .reset(endings)
    }

    // MARK: STARTTLS

    public enum RenewalOutcome: Sendable {
        case renewed(Endings)
        case wrongState
    }

    /// STARTTLS: a new cycle before any login (RFC 9051 section 6.2.1: nothing learnt in the clear is kept).
    @inlinable public mutating func renew() -> RenewalOutcome {
        switch consume state {
        case .notAuthenticated(let payload):
            var endings = Endings()
            endings.add(payload.cycle.end(registry))
            self = .init(.notAuthenticated(NotAuthenticated()), registry)
            return .renewed(endings)
        case .greeting: self = .init(.greeting, registry)
        case .authenticated(let payload): self = .init(.authenticated(payload), registry)
        case .selected(let payload): self = .init(.selected(payload), registry)
        case .logout: self = .init(.logout, registry)
        }
        return .wrongState
    }

    // MARK: Transition 8

    public enum LogoutOutcome: Sendable {
        case loggedOut(Endings)
        case alreadyLoggedOut
    }

    /// Transition 8: LOGOUT, shutdown, or the connection is gone.
    @inlinable public mutating func logout() -> LogoutOutcome {
        var endings = Endings()
        switch consume state {
        case .logout:
            self = .init(.logout, registry)
            return .alreadyLoggedOut
        case .greeting: break
        case .notAuthenticated(let payload): endings.add(payload.cycle.end(registry))
        case .authenticated(let payload): endings.add(payload.end(registry))
        case .selected(let payload):
            endings.add(payload.endSelection(registry))
            endings.add(payload.session.end(registry))
        }
        self = .init(.logout, registry)
        return .loggedOut(endings)
    }
}
