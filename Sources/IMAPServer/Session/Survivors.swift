package import IMAPHost
import IMAPTypes

/// All that outlives transition 7: the connection's own facts and nothing of its user (RFC 8437 sections 3 and 4).
///
/// Transition 7 *is* making a ``Connection`` from its survivors; STARTTLS is making one from those that
/// ``afterTLS(_:)`` leaves. What is not here is gone. A test names the complete list of these properties.
package struct Survivors: Sendable {
    package let id: ConnectionID
    /// What the client said of itself by ID, which RFC 8437 exempts. Never an input of policy.
    package var clientID: ClientIdentification?
    /// Addresses, transport and TLS facts.
    package var facts: ConnectionFacts
    /// The facts that the host's ``/IMAPHost/ConnectionLimiter`` let the connection in with, which it is told at the
    /// end, too; `nil` when it was not asked, or refused. The place of a session is the user's and does not survive.
    var admitted: ConnectionFacts?
    /// Wrong credentials of this connection. Not a user's state: a reset would reset a guesser's counter.
    package var failedLogins = 0
    /// When the connection was made.
    package let opened: Duration
    package let observer: any ServerObserver
    /// Octets that were sent behind the command that ended the cycle.
    package var unread: [UInt8] = []
    /// What the client's side of a layer still owes behind that command: the end of its compression. It yields no octet.
    var endingLayers: ByteLayers?

    /// What STARTTLS keeps: nothing that was said before it (R-TLS-7).
    package consuming func afterTLS(_ tls: TLSFacts) -> Survivors {
        facts.tls = tls
        facts.canStartTLS = false
        clientID = nil
        unread = []
        return self
    }
}
