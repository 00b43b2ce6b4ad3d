public import IMAPHost
import IMAPTypes
import Synchronization

/// Counts the sessions of each user from each address, and the connections from each address, in memory.
///
///     configuration.connectionLimiter = ConnectionCounter(sessionsPerUserAndAddress: 16)
///
/// Addresses are told apart by ``/IMAPHost/PeerAddress/description`` without what follows its last colon, the port.
/// Connections from the same machine are not counted: webmail and proxies are there.
public final class ConnectionCounter: ConnectionLimiter {
    private struct Session: Hashable {
        let user: UserIdentity
        let address: [UInt8]
    }

    private struct State {
        var sessions: [Session: Int] = [:]
        var connections: [[UInt8]: Int] = [:]
    }

    private let mostSessions: Int
    private let mostConnections: Int
    private let state = Mutex(State())

    /// Sessions of one user from one address: 16, where Gmail has 15 for an account and Dovecot 10 for a user and address
    /// (`mail_max_userip_connections`). Connections from one address, logged in or not: as many as there are, by default.
    public init(sessionsPerUserAndAddress: Int = 16, connectionsPerAddress: Int = .max) {
        mostSessions = sessionsPerUserAndAddress
        mostConnections = connectionsPerAddress
    }

    /// How many sessions and connections are counted now.
    public var counts: (sessions: Int, connections: Int) {
        state.withLock { ($0.sessions.values.reduce(0, +), $0.connections.values.reduce(0, +)) }
    }

    public func admit(_ connection: ConnectionID, on facts: ConnectionFacts) -> Bool {
        guard let address = ConnectionCounter.address(facts) else { return true }
        return state.withLock { $0.connections.takePlace(of: address, atMost: mostConnections) }
    }

    public func admit(_ user: UserIdentity, on facts: ConnectionFacts) -> Bool {
        guard let address = ConnectionCounter.address(facts) else { return true }
        return state.withLock { $0.sessions.takePlace(of: Session(user: user, address: address), atMost: mostSessions) }
    }

    public func release(_ user: UserIdentity, on facts: ConnectionFacts) {
        guard let address = ConnectionCounter.address(facts) else { return }
        state.withLock { $0.sessions.freePlace(of: Session(user: user, address: address)) }
    }

    public func release(_ connection: ConnectionID, on facts: ConnectionFacts) {
        guard let address = ConnectionCounter.address(facts) else { return }
        state.withLock { $0.connections.freePlace(of: address) }
    }

    /// `192.0.2.1` of `192.0.2.1:40112`; `nil` for the same machine.
    private static func address(_ facts: ConnectionFacts) -> [UInt8]? {
        guard !facts.remote.isLoopback else { return nil }
        let octets = Array(facts.remote.description.utf8)
        guard let colon = octets.lastIndex(of: ASCII.colon) else { return octets }
        return Array(octets[..<colon])
    }
}

extension Dictionary where Value == Int {
    fileprivate mutating func takePlace(of key: Key, atMost most: Int) -> Bool {
        let count = self[key, default: 0]
        guard count < most else { return false }
        self[key] = count + 1
        return true
    }

    fileprivate mutating func freePlace(of key: Key) {
        let count = self[key, default: 0]
        self[key] = count > 1 ? count - 1 : nil
    }
}
