/// The octets of one connection, from and to the host's socket.
///
/// Reads are asked for one at a time and answered through an ``InputSink``, so an idle connection holds no buffer and
/// no task. Writes return when the transport has taken all octets: that is the back-pressure.
public protocol ByteTransport: Sendable {
    /// What is known of the connection when it begins.
    var facts: ConnectionFacts { get }

    /// Asks for the next octets and returns at once.
    ///
    /// The transport calls ``InputSink/receive(_:)`` once, with 1 to `max` octets, when there are some, or
    /// ``InputSink/inputEnded()`` when no more will come. It may call before this method returns. At most one read is
    /// outstanding at a time.
    func read(max: Int, into sink: any InputSink)

    /// Writes all of `octets`, in order; returns when they were taken, not when they arrived.
    ///
    /// Called for one write at a time. Throws when the peer is gone or the transport was closed.
    func write(_ octets: [UInt8]) async throws(TransportError)

    /// Becomes the server side of a TLS handshake (RFC 9051 section 6.2.1).
    ///
    /// `leftover` came behind the STARTTLS line before the tagged OK was written. It is the beginning of the
    /// handshake or an injection: feed it to TLS or drop it, and never give it back as input. No read is outstanding.
    func startTLS(leftover: [UInt8]) async throws(TransportError) -> TLSFacts

    /// Closes both directions and lets go of the sink. A write that is waiting throws. Calling it twice is allowed.
    func close()
}

extension ByteTransport {
    /// Without TLS of its own: refuses. Never called when ``ConnectionFacts/canStartTLS`` is false.
    public func startTLS(leftover: [UInt8]) async throws(TransportError) -> TLSFacts {
        throw TransportError(.notSupported)
    }
}

/// Where a transport puts what it read. Every method may be called from any thread.
public protocol InputSink: AnyObject, Sendable {
    /// Octets that a ``ByteTransport/read(max:into:)`` asked for.
    func receive(_ octets: [UInt8])

    /// The peer will send no more; it may still read. Answers the outstanding read.
    func inputEnded()

    /// The peer is gone in both directions. Called as soon as the transport knows, also while no read is outstanding:
    /// it ends a command that is running.
    func hangUp()
}

/// Why a transport stopped.
public struct TransportError: Error, Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// The peer is gone, or the host closed the transport.
        case closed
        /// A TLS handshake failed.
        case handshakeFailed
        /// The transport cannot do this at all.
        case notSupported
    }

    public let kind: Kind

    public init(_ kind: Kind) { self.kind = kind }
}
