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
    /// Handed on with every question and kept by every session: a copy of the facts is one reference.
    private final class Fields: Hashable, Sendable {
        let local: PeerAddress
        let remote: PeerAddress
        let tls: TLSFacts?
        let canStartTLS: Bool
        let isSecure: Bool

        init(_ local: PeerAddress, _ remote: PeerAddress, _ tls: TLSFacts?, _ canStartTLS: Bool) {
            self.local = local
            self.remote = remote
            self.tls = tls
            self.canStartTLS = canStartTLS
            isSecure = tls != nil || remote.isLoopback
        }

        static func == (a: Fields, b: Fields) -> Bool {
            a === b || (a.local, a.remote, a.canStartTLS) == (b.local, b.remote, b.canStartTLS) && a.tls == b.tls
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(local)
            hasher.combine(remote)
            hasher.combine(tls)
            hasher.combine(canStartTLS)
        }
    }

    private var fields: Fields

    public init(local: PeerAddress, remote: PeerAddress, tls: TLSFacts? = nil, canStartTLS: Bool = false) {
        fields = Fields(local, remote, tls, canStartTLS)
    }

    public var local: PeerAddress {
        get { fields.local }
        set { fields = Fields(newValue, remote, tls, canStartTLS) }
    }

    public var remote: PeerAddress {
        get { fields.remote }
        set { fields = Fields(local, newValue, tls, canStartTLS) }
    }

    /// `nil` while there is no TLS layer.
    public var tls: TLSFacts? {
        get { fields.tls }
        set { fields = Fields(local, remote, newValue, canStartTLS) }
    }

    /// Whether ``ByteTransport/startTLS(leftover:)`` can be called: STARTTLS is advertised only then.
    public var canStartTLS: Bool {
        get { fields.canStartTLS }
        set { fields = Fields(local, remote, tls, newValue) }
    }

    /// Whether octets on this connection are safe from others: TLS, or both ends on one machine.
    public var isSecure: Bool { fields.isSecure }
}

extension ConnectionFacts: CustomReflectable {
    /// The facts, as a log shows them.
    public var customMirror: Mirror {
        Mirror(
            self,
            children: ["local": local, "remote": remote, "tls": tls as Any, "canStartTLS": canStartTLS],
            displayStyle: .struct)
    }
}
