/// What a client said of itself by ID (RFC 2971), within the RFC's limits.
public struct ClientIdentification: Hashable, Sendable {
    /// The pairs, in the order sent. A value may be NIL.
    public let fields: [Field]

    public struct Field: Hashable, Sendable {
        public let name: [UInt8]
        public let value: [UInt8]?

        public init(name: [UInt8], value: [UInt8]?) {
            self.name = name
            self.value = value
        }
    }

    /// RFC 2971 section 3.3
    public static let maximumFields = 30
    public static let maximumNameLength = 30
    public static let maximumValueLength = 1024
    /// Octets of names and values that are kept of a client that has not logged in.
    public static let maximumKeptBeforeLogin = 2048

    /// The fields, or `nil` when there are more than 30, or a name or a value is too long.
    public init?(_ fields: [Field]) {
        guard fields.count <= ClientIdentification.maximumFields else { return nil }
        for field in fields {
            guard field.name.count <= ClientIdentification.maximumNameLength,
                field.value?.count ?? 0 <= ClientIdentification.maximumValueLength
            else { return nil }
        }
        self.fields = fields
    }

    /// The first fields, as many as are kept before login.
    package var keptBeforeLogin: ClientIdentification? {
        var octets = 0
        return ClientIdentification(
            Array(
                fields.prefix { field in
                    octets += field.name.count + (field.value?.count ?? 0)
                    return octets <= ClientIdentification.maximumKeptBeforeLogin
                }))
    }
}
