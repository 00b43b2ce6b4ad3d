public import IMAPHost
import IMAPParser
public import IMAPText

/// What a host decides about a server. Every value has the default of the library's rules.
public struct ServerConfiguration: Sendable {
    /// How much a client may bring or leave waiting: <doc:LimitsAndTimes>.
    public var limits = Limits()
    /// How long a client may take.
    public var timeouts = Timeouts()
    /// How many connections there may be of a user and from an address; without, as many as the host accepts.
    public var connectionLimiter: (any ConnectionLimiter)?
    /// Failed logins wait 2, 4, 8, 15 seconds for their answer; off is for tests.
    public var delaysFailedLogins = true
    /// LOGIN and mechanisms that show a password are offered on connections that are not secure, too.
    public var allowsPlaintextWithoutTLS = false
    /// A PREAUTH greeting is allowed on connections that are not secure.
    public var allowsInsecurePreauthentication = false
    /// Lines end with CRLF alone; a bare LF is a flaw.
    public var requiresCRLF = false
    /// Charsets beyond those built in, for SEARCH: in its strings and in the mail it looks into.
    public var charsets: (any CharsetProvider)?

    public init() {}

    /// The same with no value that cannot work: what a server runs with.
    var usable: ServerConfiguration {
        var usable = self
        usable.limits = limits.usable
        usable.timeouts = timeouts.usable
        return usable
    }
}

/// How long a client may take. See <doc:LimitsAndTimes> for what happens when a time is over.
///
/// A time below zero counts as none at all, and one above ten years as ten years: no value traps.
public struct Timeouts: Sendable, Equatable {
    /// From the greeting to a login, the TLS handshake included; then `* BYE`. Dovecot's login processes have the same
    /// 180 seconds.
    public var login = Duration.seconds(180)
    /// From UNAUTHENTICATE to the next login: a pooled connection may wait. Then `* BYE`.
    public var loginAfterUnauthenticate = Duration.seconds(300)
    /// One command before login, from its first octet to its last; then `* BYE`.
    public var commandBeforeLogin = Duration.seconds(60)
    /// Between commands after login, and inside IDLE; then `* BYE`. At least 30 minutes by RFC 9051 section 5.4; a host
    /// that sets less is on its own.
    public var idle = Duration.seconds(1800)
    /// Without an octet, inside a command after login; then `* BYE`.
    public var stall = Duration.seconds(300)
    /// Octets a second that a command must bring, on average over ``stall``, after login; then `* BYE`. With 0 a client
    /// may drip.
    public var minimumRate = 256
    /// One write, until the transport took it: a client that does not read. Then the connection is closed, with nothing
    /// said. Dovecot waits 5 minutes, too.
    public var write = Duration.seconds(300)
    /// A command's wait for its turn to read a large message (``Limits/messagesBeingRead``); then `NO [INUSE]`.
    public var turn = Duration.seconds(30)
    /// What the end of a user's session may take before it is cut off; then `* BYE`.
    public var ending = Duration.seconds(10)

    public init() {}

    /// Ten years: more than any host waits.
    static let longest = Duration.seconds(315_360_000)

    /// The same with no value that cannot work.
    var usable: Timeouts {
        func usable(_ time: Duration) -> Duration { max(.zero, min(time, Timeouts.longest)) }
        var result = self
        result.login = usable(login)
        result.loginAfterUnauthenticate = usable(loginAfterUnauthenticate)
        result.commandBeforeLogin = usable(commandBeforeLogin)
        result.idle = usable(idle)
        result.stall = usable(stall)
        result.minimumRate = max(0, min(minimumRate, CountLimit.ceiling))
        result.write = usable(write)
        result.turn = usable(turn)
        result.ending = usable(ending)
        return result
    }
}
