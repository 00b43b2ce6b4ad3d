/// How much of a message's headers is understood (R-ALG-5). What is beyond is passed over: it is still there to be
/// fetched, and every offset stays right.
package struct MessageLimits: Hashable, Sendable {
    /// Levels of parts, the whole message's body counted. A part at the last level is a leaf.
    package var levels = 100
    /// Parts of a message. The boundary lines behind the last are part of the multipart they are in.
    package var parts = 10_000
    /// Fields of all headers of a message.
    package var fields = 100_000
    /// Octets of one field's value.
    package var fieldOctets = 1 << 20
    /// Octets of all headers of a message, those of its parts and of messages in it counted.
    package var headerOctets = 8 << 20
    /// Parameters of one field, and languages of one field.
    package var fieldParameters = 1000
    /// Parameters of all fields of a message: a field of three octets is enough for one, and costs a hundred.
    package var parameters = 20_000
    /// Addresses of a message, those of the messages in it counted: the same.
    package var addresses = 20_000
    /// Octets of a boundary; a longer one is none. RFC 2046 allows 70, RFC 5322 lines of 998.
    package var boundaryOctets = 990

    package static let standard = MessageLimits()

    package init() {}
}
