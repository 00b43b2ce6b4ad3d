public import IMAPTypes

/// An address of one end of a connection, for logs and policy. The library never parses it.
public struct PeerAddress: Hashable, Sendable, CustomStringConvertible {
    /// The address in text form, as the host writes it: `192.0.2.1:40112`.
    public let description: String
    /// Whether both ends are on one machine. Loopback counts as secure (R-TLS-5).
    public let isLoopback: Bool

    public init(_ description: String, isLoopback: Bool) {
        self.description = description
        self.isLoopback = isLoopback
    }
}

/// What is known of the TLS layer below IMAP. It stays when a connection is unauthenticated (RFC 8437 section 4.2).
public struct TLSFacts: Hashable, Sendable {
    /// The protocol version, for logs: `TLSv1.3`.
    public var version: String
    /// The cipher suite, for logs.
    public var cipher: String
    /// The identity the verified client certificate stands for, or `nil` without one. Only EXTERNAL uses it, and only
    /// when the client asks: a certificate alone logs nobody in.
    public var peerIdentity: [UInt8]?
    /// Channel-binding data by name (`tls-exporter`), for mechanisms that bind.
    public var channelBindings: [Keyword: [UInt8]]

    public init(
        version: String, cipher: String, peerIdentity: [UInt8]? = nil, channelBindings: [Keyword: [UInt8]] = [:]
    ) {
        self.version = version
        self.cipher = cipher
        self.peerIdentity = peerIdentity
        self.channelBindings = channelBindings
    }
}

/// What is known of a connection apart from its user: the input of every decision on what to offer.
public struct ConnectionFacts: Hashable, Sendable {
    public var local: PeerAddress
    public var remote: PeerAddress
    /// `nil` while there is no TLS layer.
    public var tls: TLSFacts?
    /// Whether ``ByteTransport/startTLS(leftover:)`` can be called: STARTTLS is advertised only then.
    public var canStartTLS: Bool

    public init(local: PeerAddress, remote: PeerAddress, tls: TLSFacts? = nil, canStartTLS: Bool = false) {
        self.local = local
        self.remote = remote
        self.tls = tls
        self.canStartTLS = canStartTLS
    }

    /// Whether octets on this connection are safe from others: TLS, or both ends on one machine.
    public var isSecure: Bool { tls != nil || remote.isLoopback }
}
