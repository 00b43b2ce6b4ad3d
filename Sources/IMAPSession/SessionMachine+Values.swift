/// What a session remembers, by scope.
extension SessionMachine {
    /// Who authenticated, while someone has.
    @inlinable public var identity: Roots.Identity? {
        switch state {
        case .authenticated(let payload): payload.identity
        case .selected(let payload): payload.session.identity
        case .greeting: nil
        case .notAuthenticated: nil
        case .logout: nil
        }
    }

    /// The active account.
    @inlinable public var account: Roots.Account? {
        switch state {
        case .authenticated(let payload): payload.account
        case .selected(let payload): payload.session.account
        case .greeting: nil
        case .notAuthenticated: nil
        case .logout: nil
        }
    }

    /// What `body` makes of who authenticated, where they are. `nil` while nobody has.
    @inlinable public func withIdentity<Result>(_ body: (borrowing Roots.Identity) -> Result) -> Result? {
        switch state {
        case .authenticated(let payload): body(payload.identity)
        case .selected(let payload): body(payload.session.identity)
        case .greeting: nil
        case .notAuthenticated: nil
        case .logout: nil
        }
    }

    /// What `body` makes of the active account, where it is. `nil` while there is none.
    @inlinable public func withAccount<Result>(_ body: (borrowing Roots.Account) -> Result) -> Result? {
        switch state {
        case .authenticated(let payload): body(payload.account)
        case .selected(let payload): body(payload.session.account)
        case .greeting: nil
        case .notAuthenticated: nil
        case .logout: nil
        }
    }

    /// The selected mailbox.
    @inlinable public var mailbox: Roots.Mailbox? {
        switch state {
        case .selected(let payload): payload.mailbox
        case .greeting: nil
        case .notAuthenticated: nil
        case .authenticated: nil
        case .logout: nil
        }
    }

    /// Changes the selected mailbox in place. `nil` when none is selected.
    public mutating func withMailbox<Result>(_ body: (inout Roots.Mailbox) -> Result) -> Result? {
        switch consume state {
        case .selected(let payload):
            var changed = consume payload
            let result = body(&changed.mailbox)
            self = .init(.selected(changed), registry)
            return result
        case .greeting: self = .init(.greeting, registry)
        case .notAuthenticated(let payload):
            self = .init(.notAuthenticated(payload), registry)
        case .authenticated(let payload):
            self = .init(.authenticated(payload), registry)
        case .logout: self = .init(.logout, registry)
        }
        return nil
    }

    /// The value of a piece of state; fresh when it was never written, or when its scope does not exist now.
    @inlinable
    public func read<Value: ConnectionState>(_ type: Value.Type) -> Value {
        // Most are not there, and a cast is dear. A value is stored under its own type alone, so the cast finds it.
        guard let value = stored(type) else { return Value.fresh() }
        return value as? Value ?? Value.fresh()
    }

    /// The value of a piece of state, if it was written and its scope exists.
    @inlinable
    public func stored(_ type: any ConnectionState.Type) -> (any ConnectionState)? {
        switch state {
        case .notAuthenticated(let payload): type.scope == .cycle ? payload.cycle.stored(type) : nil
        case .authenticated(let payload): payload.stored(type)
        case .selected(let payload):
            type.scope == .selection ? payload.selection.stored(type) : payload.session.stored(type)
        case .greeting: nil
        case .logout: nil
        }
    }

    private func values(of scope: Scope) -> ScopeValues? {
        switch state {
        case .notAuthenticated(let payload): scope == .cycle ? payload.cycle : nil
        case .authenticated(let payload): payload.values(of: scope)
        case .selected(let payload): scope == .selection ? payload.selection : payload.session.values(of: scope)
        case .greeting: nil
        case .logout: nil
        }
    }

    public enum WriteOutcome: Sendable, Equatable {
        case written
        /// The scope does not exist in this state; nothing was kept.
        case noScope
        /// The type stands in no registry; nothing was kept.
        case notRegistered
    }

    /// Writes a piece of state into its scope.
    @inlinable public mutating func write<Value: ConnectionState>(_ value: Value) -> WriteOutcome {
        guard registry.contains(Value.self) else { return .notRegistered }
        switch consume state {
        case .notAuthenticated(let payload):
            var changed = consume payload
            let written = Value.scope == .cycle
            if written { changed.cycle.write(value) }
            self = .init(.notAuthenticated(changed), registry)
            return written ? .written : .noScope
        case .authenticated(let payload):
            var changed = consume payload
            let written = changed.write(value)
            self = .init(.authenticated(changed), registry)
            return written ? .written : .noScope
        case .selected(let payload):
            var changed = consume payload
            if Value.scope == .selection { changed.selection.write(value) } else { _ = changed.session.write(value) }
            self = .init(.selected(changed), registry)
            return .written
        case .greeting: self = .init(.greeting, registry)
        case .logout: self = .init(.logout, registry)
        }
        return .noScope
    }

    /// Every value that is not fresh: what the connection remembers, for the tests of transition 7.
    package var remembered: [any ConnectionState] {
        var all: [any ConnectionState] = []
        for scope in Scope.allCases { all += values(of: scope)?.all ?? [] }
        return all
    }

    /// Every stored value reachable from the machine's present state, for the test that each is in a scope (U-REG-1).
    package var payload: Any {
        switch state {
        case .notAuthenticated(let payload): payload
        case .authenticated(let payload): payload
        case .selected(let payload): payload
        case .greeting: ()
        case .logout: ()
        }
    }
}

extension Authenticated {
    @inlinable func stored(_ type: any ConnectionState.Type) -> (any ConnectionState)? {
        switch type.scope {
        case .cycle: cycle.stored(type)
        case .authentication: authentication.stored(type)
        case .account: accountValues.stored(type)
        case .selection: nil
        }
    }

    fileprivate func values(of scope: Scope) -> ScopeValues? {
        switch scope {
        case .cycle: cycle
        case .authentication: authentication
        case .account: accountValues
        case .selection: nil
        }
    }

    @inlinable mutating func write<Value: ConnectionState>(_ value: Value) -> Bool {
        switch Value.scope {
        case .cycle: cycle.write(value)
        case .authentication: authentication.write(value)
        case .account: accountValues.write(value)
        case .selection: return false
        }
        return true
    }
}
