/// What may still be made of one message's headers. Every list that a header can fill draws from it (R-ALG-5).
struct MessageBudget: Sendable {
    let fieldParameters: Int
    var parameters: Int
    var addresses: Int
    /// Octets of RFC 2231 values that may still be converted; the rest stays as written.
    var extendedOctets = 1 << 20

    init(_ limits: MessageLimits) {
        fieldParameters = limits.fieldParameters
        parameters = limits.parameters
        addresses = limits.addresses
    }
}
