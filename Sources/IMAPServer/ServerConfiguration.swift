public import IMAPParser
public import IMAPText

/// What a host decides about a server. Every value has the default of the library's rules.
public struct ServerConfiguration: Sendable {
    public var limits = Limits()
    public var timeouts = Timeouts()
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
}

/// How much a client may bring or leave waiting, in octets or counts.
public struct Limits: Sendable, Equatable {
    public var beforeLogin = FramerLimits(line: 8192, command: 16_384, literal: 4096, literals: 4)
    public var afterLogin = FramerLimits(line: 131_072, command: 1_048_576, literal: 65_536, literals: 1000)
    public var nestingBeforeLogin = NestingLimits(depth: 1, lists: 1)
    public var nestingAfterLogin = NestingLimits(depth: 32, lists: 10_000)
    /// A refused command's rest, swallowed at constant memory before login.
    public var swallowBeforeLogin: UInt64 = 16_384
    /// An overlong line's rest, swallowed after login.
    public var swallowLine: UInt64 = 1_048_576
    /// A message that is appended; also what is swallowed of a refused literal after login.
    public var append: UInt64 = 67_108_864
    /// The messages of one APPEND together (MULTIAPPEND).
    public var appendTotal: UInt64 = 268_435_456
    /// One line of a SASL exchange, in base64; also AUTHENTICATE's own, as far as ``beforeLogin`` lets a command grow.
    public var saslResponse = 16_384
    /// Challenges of one SASL exchange.
    public var saslSteps = 32
    /// BAD replies in a row, and then BYE.
    public var badCommandsBeforeLogin = 3
    public var badCommandsAfterLogin = 20
    /// Failed logins of one connection, and then BYE.
    public var failedLogins = 5
    /// Octets asked of the transport at a time, and so the most that wait unread.
    public var unreadInput = 16_384
    /// Octets of output that wait before they are written.
    public var outputBeforeLogin = 4096
    public var outputAfterLogin = 65_536
    /// Messages asked of a store at a time.
    public var messageBatch = 1000
    /// Mailboxes a session remembers as changed; beyond that, any may have.
    public var wokenMailboxes = 1000

    public init() {}
}

/// How long a client may take.
public struct Timeouts: Sendable, Equatable {
    /// From the greeting to a login, the TLS handshake included.
    public var login = Duration.seconds(180)
    /// From UNAUTHENTICATE to the next login: a pooled connection may wait.
    public var loginAfterUnauthenticate = Duration.seconds(300)
    /// One command before login, from its first octet to its last.
    public var commandBeforeLogin = Duration.seconds(60)
    /// Between commands after login (RFC 9051 section 5.4: at least 30 minutes).
    public var idle = Duration.seconds(1800)
    /// Without an octet, inside a command after login.
    public var stall = Duration.seconds(300)
    /// Octets a second that a command must bring, on average over ``stall``, after login.
    public var minimumRate = 256
    /// One write, until the transport took it.
    public var write = Duration.seconds(300)
    /// What the end of a user's session may take before it is cut off.
    public var ending = Duration.seconds(10)

    public init() {}
}

/// A host may set anything: a number that stands for none, or less than nothing. No sum of these overflows.
extension ServerConfiguration {
    var bounded: ServerConfiguration {
        var bounded = self
        bounded.limits = limits.bounded
        bounded.timeouts = timeouts.bounded
        return bounded
    }
}

extension Limits {
    fileprivate var bounded: Limits {
        var bounded = self
        bounded.beforeLogin = Limits.bounded(beforeLogin)
        bounded.afterLogin = Limits.bounded(afterLogin)
        bounded.nestingBeforeLogin = Limits.bounded(nestingBeforeLogin)
        bounded.nestingAfterLogin = Limits.bounded(nestingAfterLogin)
        bounded.saslResponse = Limits.bounded(saslResponse)
        bounded.saslSteps = Limits.bounded(saslSteps)
        // Nothing would ever be read, written or asked for.
        bounded.unreadInput = max(Limits.bounded(unreadInput), 1)
        bounded.messageBatch = max(Limits.bounded(messageBatch), 1)
        bounded.outputBeforeLogin = Limits.bounded(outputBeforeLogin)
        bounded.outputAfterLogin = Limits.bounded(outputAfterLogin)
        bounded.wokenMailboxes = Limits.bounded(wokenMailboxes)
        return bounded
    }

    private static func bounded(_ limit: Int) -> Int { min(max(limit, 0), 1 << 48) }

    private static func bounded(_ limits: FramerLimits) -> FramerLimits {
        FramerLimits(
            line: bounded(limits.line), command: bounded(limits.command), literal: bounded(limits.literal),
            literals: bounded(limits.literals))
    }

    private static func bounded(_ limits: NestingLimits) -> NestingLimits {
        NestingLimits(depth: bounded(limits.depth), lists: bounded(limits.lists))
    }
}

extension Timeouts {
    /// 136 years: more than any host waits.
    static let longest = Duration.seconds(1 << 32)

    fileprivate var bounded: Timeouts {
        var bounded = self
        bounded.login = Timeouts.bounded(login)
        bounded.loginAfterUnauthenticate = Timeouts.bounded(loginAfterUnauthenticate)
        bounded.commandBeforeLogin = Timeouts.bounded(commandBeforeLogin)
        bounded.idle = Timeouts.bounded(idle)
        bounded.stall = Timeouts.bounded(stall)
        bounded.write = Timeouts.bounded(write)
        bounded.ending = Timeouts.bounded(ending)
        return bounded
    }

    private static func bounded(_ time: Duration) -> Duration { min(max(time, .zero), longest) }
}
