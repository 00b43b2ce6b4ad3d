/// The envelope of a message: what RFC 9051 section 7.5.2 computes from its header.
///
/// ```abnf
/// envelope = "(" env-date SP env-subject SP env-from SP env-sender SP env-reply-to SP env-to SP env-cc SP
///            env-bcc SP env-in-reply-to SP env-message-id ")"
/// ```
///
/// Strings are the field's octets, unfolded, with no white space at either end; encoded words (RFC 2047) stay encoded.
/// `nil` is a field that is absent; an empty string is one that is present and empty. A list of addresses is empty in
/// both cases, which is `NIL` on the wire. Octets may be above 127, and may be NUL: mail is what it is.
public struct Envelope: Hashable, Sendable {
    public let date: [UInt8]?
    public let subject: [UInt8]?
    public let from: [Address]
    /// Those of ``from`` when the message has none of its own.
    public let sender: [Address]
    /// Those of ``from`` when the message has none of its own.
    public let replyTo: [Address]
    public let to: [Address]
    public let cc: [Address]
    public let bcc: [Address]
    public let inReplyTo: [UInt8]?
    public let messageID: [UInt8]?

    /// An envelope in which an empty `sender` or `replyTo` becomes `from`, as RFC 9051 section 7.5.2 asks.
    public init(
        date: [UInt8]? = nil, subject: [UInt8]? = nil, from: [Address] = [], sender: [Address] = [],
        replyTo: [Address] = [], to: [Address] = [], cc: [Address] = [], bcc: [Address] = [],
        inReplyTo: [UInt8]? = nil, messageID: [UInt8]? = nil
    ) {
        self.date = date
        self.subject = subject
        self.from = from
        self.sender = sender.isEmpty ? from : sender
        self.replyTo = replyTo.isEmpty ? from : replyTo
        self.to = to
        self.cc = cc
        self.bcc = bcc
        self.inReplyTo = inReplyTo
        self.messageID = messageID
    }
}

/// One element of an address list in an ``Envelope``: a mailbox, or where a group begins or ends.
///
/// ```abnf
/// address = "(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")"
/// ```
///
/// The RFC closes the set: a `NIL` host makes a group marker of an address, so a mailbox always has a host here, be it
/// the empty string for one that the header leaves out.
public enum Address: Hashable, Sendable {
    case mailbox(Mailbox)
    /// `(NIL NIL "name" NIL)`
    case groupStart([UInt8])
    /// `(NIL NIL NIL NIL)`
    case groupEnd

    /// `name <@route:localPart@host>`
    public struct Mailbox: Hashable, Sendable {
        /// The display name: unquoted, encoded words left encoded. A comment behind an address without brackets counts.
        public let name: [UInt8]?
        /// The source route (`addr-adl`), such as `@a.example,@b.example`.
        public let route: [UInt8]?
        /// The local part, unquoted. Empty when there is none.
        public let localPart: [UInt8]
        /// The domain, or a literal in its brackets. Empty when there is none.
        public let host: [UInt8]

        public init(name: [UInt8]? = nil, route: [UInt8]? = nil, localPart: [UInt8], host: [UInt8]) {
            self.name = name
            self.route = route
            self.localPart = localPart
            self.host = host
        }
    }

    /// The four members as `address` has them on the wire; `nil` is `NIL`.
    public var members: (name: [UInt8]?, route: [UInt8]?, mailbox: [UInt8]?, host: [UInt8]?) {
        switch self {
        case .mailbox(let mailbox): (mailbox.name, mailbox.route, mailbox.localPart, mailbox.host)
        case .groupStart(let name): (nil, nil, name, nil)
        case .groupEnd: (nil, nil, nil, nil)
        }
    }
}
