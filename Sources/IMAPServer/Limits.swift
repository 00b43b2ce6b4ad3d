internal import IMAPMessage
public import IMAPParser
import IMAPTypes

/// How much a client may bring or leave waiting, in octets or counts. The table is <doc:LimitsAndTimes>.
///
/// What a command may repeat, and what extensions count, has its value by its name:
///
///     configuration.limits[.searchKeys] = 10_000
///
/// No value traps. One that cannot work is replaced, when the server is made, by the nearest that can: a count or a
/// size below 1 by 1, where nothing else is said, and one above 2^40 by that.
public struct Limits: Sendable, Equatable {
    /// Lines, literals and commands before login.
    public var beforeLogin = FramerLimits(line: 8192, command: 16_384, literal: 4096, literals: 4)
    /// Lines, literals and commands after login.
    public var afterLogin = FramerLimits(line: 131_072, command: 1_048_576, literal: 65_536, literals: 1000)
    /// Lists of a command before login: only ID has one. BAD beyond.
    public var nestingBeforeLogin = NestingLimits(depth: 1, lists: 1)
    /// Lists of a command after login; the depth is also that of NOT and OR in SEARCH. BAD beyond.
    public var nestingAfterLogin = NestingLimits(depth: 32, lists: 10_000)
    /// Octets of a refused command's rest, swallowed at constant memory before login; `* BYE [TOOBIG]` beyond.
    public var swallowBeforeLogin: UInt64 = 16_384
    /// Octets of an overlong line's rest, swallowed after login; `* BYE [TOOBIG]` beyond.
    public var swallowLine: UInt64 = 1_048_576
    /// Octets of a message that is appended; also what is swallowed of a refused literal after login. Advertised where
    /// APPENDLIMIT is (RFC 7889). `NO [TOOBIG]` beyond.
    public var append: UInt64 = 67_108_864
    /// Octets of the messages of one APPEND together (MULTIAPPEND, RFC 3502). `NO [TOOBIG]` beyond.
    public var appendTotal: UInt64 = 268_435_456
    /// Octets of one line of a SASL exchange, in base64; also AUTHENTICATE's own, as far as ``beforeLogin`` lets a command
    /// grow. `* BYE` beyond.
    public var saslResponse = 16_384
    /// Challenges of one SASL exchange. `BAD [LIMIT]` beyond.
    public var saslSteps = 32
    /// Commands of one cycle before login, whatever became of them: from the greeting, STARTTLS or UNAUTHENTICATE to a
    /// login. `* BYE` to the next.
    public var commandsBeforeLogin = 100
    /// BAD replies in a row before login, and then BYE: unknown commands are those. Dovecot's login processes take 3.
    public var badCommandsBeforeLogin = 3
    /// BAD replies in a row after login, and then BYE. Dovecot takes 20.
    public var badCommandsAfterLogin = 20
    /// Failed logins of one connection, and then BYE. They are not forgotten at UNAUTHENTICATE (R-AUTH-10).
    public var failedLogins = 5
    /// Octets asked of the transport at a time, and so the most that wait unread: nothing more is read.
    public var unreadInput = 16_384
    /// Octets of output before login that wait before they are written; nothing more is made until the transport took
    /// them (``Timeouts/write``).
    public var outputBeforeLogin = 4096
    /// The same after login.
    public var outputAfterLogin = 65_536
    /// Messages asked of a store at a time. No client notices.
    public var messageBatch = 1000
    /// Mailboxes a session remembers as changed; beyond that, any may have. No client notices.
    public var wokenMailboxes = 1000
    /// Blocks without an octet that a client may send in a row, inside COMPRESS=DEFLATE; a flush leaves one. `* BYE`
    /// beyond.
    public var emptyBlocks = 1000
    /// Octets of the name of a new mailbox, in UTF-8; at most ``/IMAPTypes/MailboxName/maximumLength``. `NO [CANNOT]`
    /// beyond, to CREATE, RENAME and SUBSCRIBE.
    public var mailboxNameOctets = MailboxName.maximumLength
    /// Levels of the name of a new mailbox: `a/b` has two. `NO [CANNOT]` beyond, to CREATE, RENAME and SUBSCRIBE. The
    /// levels above a new mailbox are made with it. Dovecot has 20.
    public var mailboxLevels = 64
    /// How much of a message's structure is understood.
    public var message = MessageReading()
    /// Octets that all connections of a server may hold together of messages with long headers or many parts, while they
    /// read them. Other mail is not counted. Beyond, a command waits for its turn, and ``Timeouts/turn`` at most.
    public var messagesBeingRead = 268_435_456
    /// What commands may repeat, and what extensions count: see ``subscript(_:)``.
    public var counts = CountLimits()

    /// Octets of the line that ends IDLE, or any other command that waits for one. `* BYE [TOOBIG]` beyond. No host sets it.
    public static let maximumIdleLine = 64

    public init() {}

    /// The value of a limit that is declared by its name.
    public subscript(limit: CountLimit) -> Int {
        get { counts[limit] }
        set { counts[limit] = newValue }
    }

    /// How much of a message's structure is understood (R-ALG-5). What is beyond is passed over: it is still there to be
    /// fetched, every offset stays right, and nothing is refused.
    ///
    /// The digests that a store keeps were made at APPEND, with what held then.
    public struct MessageReading: Sendable, Equatable {
        /// Levels of parts, the whole message's body counted. A part at the last level is a leaf. At most
        /// ``/IMAPTypes/BodyStructure/maximumDepth``: Dovecot reads as many.
        public var levels = MessageLimits.standard.levels
        /// Parts of a message. The boundary lines behind the last are part of the multipart they are in. At most
        /// ``/IMAPTypes/BodyStructure/maximumParts``: Dovecot reads as many.
        public var parts = MessageLimits.standard.parts
        /// Fields of all headers of a message.
        public var fields = MessageLimits.standard.fields
        /// Octets of one field's value.
        public var fieldOctets = MessageLimits.standard.fieldOctets
        /// Octets of all headers of a message, those of its parts and of messages in it counted.
        public var headerOctets = MessageLimits.standard.headerOctets
        /// Parameters of one field, and languages of one field.
        public var fieldParameters = MessageLimits.standard.fieldParameters
        /// Parameters of all fields of a message: a field of three octets is enough for one, and costs a hundred.
        public var parameters = MessageLimits.standard.parameters
        /// Addresses of a message, those of the messages in it counted: the same.
        public var addresses = MessageLimits.standard.addresses
        /// Octets of a boundary; a longer one is none. RFC 2046 section 5.1.1 allows 70, RFC 5322 lines of 998.
        public var boundaryOctets = MessageLimits.standard.boundaryOctets

        public init() {}

        /// What the reader of messages takes.
        var reader: MessageLimits {
            var limits = MessageLimits()
            limits.levels = levels
            limits.parts = parts
            limits.fields = fields
            limits.fieldOctets = fieldOctets
            limits.headerOctets = headerOctets
            limits.fieldParameters = fieldParameters
            limits.parameters = parameters
            limits.addresses = addresses
            limits.boundaryOctets = boundaryOctets
            return limits
        }
    }
}

extension Limits {
    private static func usable(_ value: Int, most: Int = CountLimit.ceiling) -> Int { max(1, min(value, most)) }

    private static func usable(_ value: UInt64) -> UInt64 { min(value, UInt64(CountLimit.ceiling)) }

    /// The same with no value that cannot work.
    var usable: Limits {
        var result = self
        result.beforeLogin = beforeLogin.usable
        result.afterLogin = afterLogin.usable
        result.nestingBeforeLogin = nestingBeforeLogin.usable
        result.nestingAfterLogin = nestingAfterLogin.usable
        result.swallowBeforeLogin = Limits.usable(swallowBeforeLogin)
        result.swallowLine = Limits.usable(swallowLine)
        result.append = Limits.usable(append)
        result.appendTotal = Limits.usable(appendTotal)
        for path in Limits.plainCounts { result[keyPath: path] = Limits.usable(self[keyPath: path]) }
        result.mailboxNameOctets = Limits.usable(mailboxNameOctets, most: MailboxName.maximumLength)
        result.message.levels = Limits.usable(message.levels, most: BodyStructure.maximumDepth)
        result.message.parts = Limits.usable(message.parts, most: BodyStructure.maximumParts)
        return result
    }

    /// Those that have no bound of their own.
    private static var plainCounts: [WritableKeyPath<Limits, Int>] {
        [
            \.saslResponse, \.saslSteps, \.commandsBeforeLogin, \.badCommandsBeforeLogin, \.badCommandsAfterLogin,
            \.failedLogins, \.unreadInput, \.outputBeforeLogin, \.outputAfterLogin, \.messageBatch, \.wokenMailboxes,
            \.mailboxLevels, \.emptyBlocks, \.message.fields, \.message.fieldOctets, \.message.headerOctets,
            \.message.fieldParameters, \.message.parameters, \.message.addresses, \.message.boundaryOctets,
            \.messagesBeingRead,
        ]
    }
}

extension FramerLimits {
    fileprivate var usable: FramerLimits {
        func usable(_ value: Int, least: Int) -> Int { max(least, min(value, CountLimit.ceiling)) }
        return FramerLimits(
            line: usable(line, least: 1), command: usable(command, least: 1), literal: usable(literal, least: 0),
            literals: usable(literals, least: 0))
    }
}

extension NestingLimits {
    fileprivate var usable: NestingLimits {
        NestingLimits(
            depth: max(0, min(depth, CountLimit.ceiling)), lists: max(0, min(lists, CountLimit.ceiling)))
    }
}
