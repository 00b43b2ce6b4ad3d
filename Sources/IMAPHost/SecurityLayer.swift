/// A security layer that a SASL exchange negotiated (RFC 4422 section 3.7): it protects what is sent and takes the
/// protection off what comes.
///
/// The library does the framing, four octets of length in front of each buffer; the layer sees whole buffers. It is
/// installed behind the tagged OK of AUTHENTICATE and is gone with the identity: at transition 7 its last outgoing
/// buffer holds the OK (RFC 8437 section 3).
public protocol SecurityLayer: Sendable {
    /// The largest protected buffer the client may send, as it was negotiated. A longer one closes the connection.
    var maximumIncoming: Int { get }

    /// The most octets ``protect(_:)`` is given at a time, so that the result fits into what the client takes. At
    /// least 1.
    var maximumOutgoing: Int { get }

    /// Takes the protection off one buffer. Throws when it was not made by the client in this place: the connection is
    /// closed.
    mutating func unprotect(_ buffer: [UInt8]) throws(SecurityLayerError) -> [UInt8]

    /// Protects octets. Throws when it cannot go on: the connection is closed.
    mutating func protect(_ octets: [UInt8]) throws(SecurityLayerError) -> [UInt8]
}

/// The layer cannot go on: a buffer that was tampered with, or the layer's end.
public struct SecurityLayerError: Error, Hashable, Sendable {
    public init() {}
}
