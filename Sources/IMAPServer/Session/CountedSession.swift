import IMAPHost
import IMAPSession
import IMAPTypes

/// The place that the session's user has at the host's ``/IMAPHost/ConnectionLimiter``, until the session ends.
struct CountedSession: ConnectionState {
    static let scope = Scope.authentication

    struct Place: Sendable {
        let limiter: any ConnectionLimiter
        let user: UserIdentity
        let facts: ConnectionFacts

        /// `nil`: there is no place left.
        init?(_ user: UserIdentity, on facts: ConnectionFacts, at limiter: any ConnectionLimiter) {
            guard limiter.admit(user, on: facts) else { return nil }
            self.limiter = limiter
            self.user = user
            self.facts = facts
        }

        func release() { limiter.release(user, on: facts) }
    }

    /// `nil` where nobody counts.
    var place: Place?

    static func fresh() -> CountedSession { CountedSession(place: nil) }

    consuming func end() -> Ending {
        guard let place else { return .drop }
        return .work { place.release() }
    }

    static func == (a: CountedSession, b: CountedSession) -> Bool {
        a.place?.user == b.place?.user && a.place?.facts == b.place?.facts
    }
}

extension Context {
    /// A place for a session of `user`; `nil` where nobody counts. Throws when there is none left.
    func place(for user: UserIdentity) throws(CommandFailure) -> CountedSession.Place? {
        guard let limiter = configuration.connectionLimiter else { return nil }
        guard let place = CountedSession.Place(user, on: session.connection, at: limiter) else {
            throw .no(.limit, "Too many sessions of this user")
        }
        return place
    }

    /// Keeps the place until the authentication ends.
    mutating func keep(_ place: CountedSession.Place?) {
        if let place { write(CountedSession(place: place)) }
    }
}
