public import IMAPHost
import IMAPSession
import IMAPTypes

extension Context {
    /// Logs in: asks who owns the credential, whom they may act as, and for that user's account. Transition 4.
    ///
    /// Wrong credentials are counted for the connection, over transition 7 too, and answered late; right credentials
    /// with a user they may not act as are neither (R-AUTH-10). The identity is what the host answered now, and
    /// nothing else (R-AUTH-4).
    public mutating func logIn(
        _ credential: Credential, as requested: [UInt8]?
    ) async throws(CommandFailure) -> Completion {
        guard credential.isWellFormed, requested.map(UTF8Octets.isWellFormedWithoutNUL) ?? true else {
            throw .bad(nil, "Names and passwords are UTF-8 without NUL")
        }
        let authenticator = channel.tables.authenticator
        let facts = connection.survivors.facts
        let began = channel.clock.now
        let identity: AuthenticationIdentity
        do {
            identity = try await authenticator.authenticate(credential, on: facts)
        } catch {
            throw await refuseLogin(error, since: began)
        }
        let user: UserIdentity
        do {
            user = try await authenticator.authorize(identity, as: requested)
        } catch {
            throw await refuseLogin(error, since: began)
        }
        let loggedIn = LoggedIn(
            authentication: identity, user: user, mayUnauthenticate: authenticator.mayUnauthenticate(identity))
        let place = try place(for: user)
        let account: ActiveAccount
        do {
            account = try await openAccount(of: user)
        } catch {
            place?.release()
            throw error
        }
        guard connection.machine.authenticate(loggedIn, account: account) == .authenticated else {
            // The gate lets no login pass in another state.
            place?.release()
            throw .closed(.fault)
        }
        keep(place)
        if loggedIn.mayUnauthenticate, connection.survivors.failedLogins > 0 { connection.survivors.failedLogins -= 1 }
        observe(.authenticated(identity, as: user))
        return .ok(.capability(connection.capabilityList), Context.loggedInText)
    }

    private static let loggedInText: ResponseText = "Logged in"

    /// The account of `user`, watched.
    mutating func openAccount(of user: UserIdentity) async throws(CommandFailure) -> ActiveAccount {
        let account: any Account
        do {
            account = try await channel.store.account(of: user)
        } catch {
            throw refuseAccount(error)
        }
        let active = ActiveAccount(
            account: account, changes: ChangedMailboxes(limit: connection.configuration.limits.wokenMailboxes))
        do {
            try await account.watch(Wake(active.changes))
        } catch {
            if await channel.run(Endings(active.end())) != .finished {
                observe(.fault("account could not be closed after a failed login"))
            }
            throw refuseAccount(error)
        }
        return active
    }

    /// The credential is right and the host cannot show the mail: the host's fault, whatever the store calls it.
    private func refuseAccount(_ error: StoreError) -> CommandFailure {
        observe(.fault("account could not be opened: \(error)"))
        return .no(.unavailable, "Mail store unavailable, try again later")
    }

    private mutating func refuseLogin(
        _ error: AuthenticationError, since began: Duration
    ) async -> CommandFailure {
        observe(.authenticationFailed(error))
        switch error {
        case .notAuthorized: return .no(.authorizationFailed, "Not authorized to act as that user")
        case .unavailable: return .no(.unavailable, "Authentication is not available, try again later")
        case .privacyRequired: return .no(.privacyRequired, "A secure connection is required")
        case .rejected, .expired: break
        }
        connection.survivors.failedLogins += 1
        let failures = connection.survivors.failedLogins
        if connection.configuration.delaysFailedLogins {
            // A whole number of delays: how long the host took does not show (R-AUTH-9).
            let delay = Duration.seconds(min(15, 1 << min(failures, 4)))
            await channel.pause(until: endOfDelay(delay, since: began))
        }
        guard failures < connection.configuration.limits.failedLogins else {
            return .bye(nil, "Too many failed logins", .tooManyFailures)
        }
        return error == .expired
            ? .no(.expired, "The credentials have expired") : .no(.authenticationFailed, "Authentication failed")
    }

    /// Whole delays have passed. The clock may have jumped meanwhile: then its steps are not counted.
    private func endOfDelay(_ delay: Duration, since began: Duration) -> Duration {
        let now = channel.clock.now
        guard now - began < .seconds(3600) else { return now + delay }
        var end = began + delay
        while end < now { end += delay }
        return end
    }

    func observe(_ event: ServerEvent) {
        connection.survivors.observer.observe(event, on: connection.survivors.id)
    }

    /// The mechanism of this name and whether it is offered now.
    func mechanism(_ name: Keyword) -> (type: any SASLMechanism.Type, offer: AdvertisedCapabilities.MechanismOffer)? {
        guard let type = channel.tables.mechanisms.first(where: { $0.name == name }) else { return nil }
        return (type, channel.tables.capabilities.isOffered(type, in: session))
    }
}

extension Credential {
    /// One rule for every way to log in, before the host is asked (R-SW-5, R-NUL-1).
    fileprivate var isWellFormed: Bool {
        switch self {
        case .password(let name, let password):
            UTF8Octets.isWellFormedWithoutNUL(name) && UTF8Octets.isWellFormedWithoutNUL(password.exposed)
        case .external(let name): !name.isEmpty
        case .anonymous(let trace): UTF8Octets.isWellFormedWithoutNUL(trace)
        case .bearerToken(let token): !token.exposed.isEmpty && !token.exposed.contains(ASCII.nul)
        case .proven(let name): !name.isEmpty
        }
    }
}

extension UTF8Octets {
    fileprivate static func isWellFormedWithoutNUL(_ octets: [UInt8]) -> Bool {
        isValid(octets.span) && !octets.contains(ASCII.nul)
    }
}
