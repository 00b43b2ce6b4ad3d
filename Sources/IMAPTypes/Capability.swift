/// A capability (RFC 9051 section 7.2.2): an atom, kept as written and compared by ASCII case.
///
/// IANA keeps the registry, so this is not an enum: an extension makes its own.
public struct Capability: Sendable {
    public let octets: [UInt8]

    /// The capability in `octets`, or `nil` when they are not an atom of 1 to 255 octets.
    public init?(_ octets: [UInt8]) {
        guard !octets.isEmpty, octets.count <= 255 else { return nil }
        for octet in octets where !OctetSet.atom.contains(octet) { return nil }
        self.octets = octets
    }
}

extension Capability: Hashable {
    public static func == (a: Capability, b: Capability) -> Bool { ASCII.equalFolded(a.octets, b.octets) }

    public func hash(into hasher: inout Hasher) {
        for octet in octets { hasher.combine(ASCII.upper(octet)) }
    }
}

extension Capability: ExpressibleByStringLiteral {
    /// A capability written in source code. A literal that is not one is the author's mistake and stops the program.
    public init(stringLiteral value: StaticString) {
        guard let capability = Capability(Array(value.description.utf8)) else {
            // Host misuse: the literal stands in the source, no client can reach this.
            preconditionFailure("not a capability: \(value)")
        }
        self = capability
    }
}

extension Capability: CustomStringConvertible {
    public var description: String { String(decoding: octets, as: UTF8.self) }
}

/// Capabilities as one list, which is written as often as clients log in.
public struct CapabilityList: Hashable, Sendable {
    /// In their order.
    public let capabilities: [Capability]
    /// The same as it is written: one space between two.
    package let octets: [UInt8]

    public init(_ capabilities: [Capability]) {
        self.capabilities = capabilities
        octets = Array(capabilities.map { $0.octets }.joined(separator: [ASCII.space]))
    }

    public static func == (one: CapabilityList, other: CapabilityList) -> Bool {
        one.capabilities == other.capabilities
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(capabilities) }
}
