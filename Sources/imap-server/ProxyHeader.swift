import IMAPHost

/// Reads the header of the PROXY protocol, version 2, with its TLS facts: who the client of a TLS terminator is.
///
///     signature (12) | version 2, command | family, protocol | length (2) | addresses | type, length (2), value ...
struct ProxyHeader {
    /// Whose connection it is.
    enum Client: Equatable {
        /// The proxy's own (LOCAL), such as a health check: what is known of the socket holds.
        case proxy
        /// A client the header says nothing of. It is not on this machine, even if the proxy is.
        case unknown
        case known(ConnectionFacts)
    }

    enum Progress: Equatable {
        case needsMore
        /// The octets behind the header are the client's first.
        case done(Client, unread: [UInt8])
        case malformed
    }

    private static let signature: [UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]
    private static let fixedLength = 16
    private static let longest = fixedLength + 4096

    private var octets: [UInt8] = []

    mutating func feed(_ more: [UInt8]) -> Progress {
        octets += more
        let known = min(octets.count, ProxyHeader.signature.count)
        guard octets.prefix(known).elementsEqual(ProxyHeader.signature.prefix(known)) else { return .malformed }
        if octets.count > 12, octets[12] != 0x20, octets[12] != 0x21 { return .malformed }
        guard octets.count >= ProxyHeader.fixedLength else { return .needsMore }
        let end = ProxyHeader.fixedLength + ProxyHeader.number(octets[14...])
        guard end <= ProxyHeader.longest else { return .malformed }
        guard octets.count >= end else { return .needsMore }
        let block = octets[ProxyHeader.fixedLength..<end]
        let client = octets[12] == 0x20 ? .proxy : ProxyHeader.client(family: octets[13], block)
        guard let client else { return .malformed }
        return .done(client, unread: Array(octets[end...]))
    }

    private static func client(family: UInt8, _ block: ArraySlice<UInt8>) -> Client? {
        switch family {
        case 0x11: return client(block, addressLength: 4, SocketAddress.ipv4)
        case 0x21: return client(block, addressLength: 16, SocketAddress.ipv6)
        // Nothing is said, or a UNIX socket of the proxy's machine: the block is not looked at.
        case 0x00, 0x31: return .unknown
        default: return nil
        }
    }

    /// Two addresses, two ports, and fields.
    private static func client(
        _ block: ArraySlice<UInt8>, addressLength: Int, _ describe: ([UInt8], UInt16) -> PeerAddress
    ) -> Client? {
        guard block.count >= 2 * addressLength + 4 else { return nil }
        let remote = block.prefix(addressLength)
        let local = block.dropFirst(addressLength).prefix(addressLength)
        let ports = block.dropFirst(2 * addressLength)
        guard let fields = fields(ports.dropFirst(4)) else { return nil }
        var facts = ConnectionFacts(
            local: describe(Array(local), UInt16(number(ports.dropFirst(2)))),
            remote: describe(Array(remote), UInt16(number(ports))))
        if let value = fields[0x20] {
            guard let tls = TLSField(value) else { return nil }
            facts.tls = tls.facts
        }
        return .known(facts)
    }

    /// PP2_TYPE_SSL: flags, the result of verifying the client's certificate, and fields.
    private struct TLSField {
        /// `nil` when the client has no TLS.
        let facts: TLSFacts?

        init?(_ value: ArraySlice<UInt8>) {
            guard let flags = value.first, value.count >= 5, let fields = fields(value.dropFirst(5)) else {
                return nil
            }
            guard flags & 0x01 != 0 else {
                facts = nil
                return
            }
            // The certificate's name is believed only when there was one, on this connection or when the TLS session
            // began, and it was verified.
            let hasCertificate = flags & 0x06 != 0
            let isVerified = value.dropFirst().prefix(4).allSatisfy { $0 == 0 }
            var identity: [UInt8]?
            if hasCertificate, isVerified, let name = fields[0x22], !name.isEmpty { identity = Array(name) }
            facts = TLSFacts(
                version: fields[0x21].map { String(decoding: $0, as: UTF8.self) } ?? "TLS",
                cipher: fields[0x23].map { String(decoding: $0, as: UTF8.self) } ?? "unknown", peerIdentity: identity)
        }
    }

    /// Type, length, value; each type's first value. `nil` when they do not fill `octets`.
    private static func fields(_ octets: ArraySlice<UInt8>) -> [UInt8: ArraySlice<UInt8>]? {
        var fields: [UInt8: ArraySlice<UInt8>] = [:]
        var rest = octets
        while let type = rest.first {
            guard rest.count >= 3 else { return nil }
            let length = number(rest.dropFirst())
            guard rest.count >= 3 + length else { return nil }
            if fields[type] == nil { fields[type] = rest.dropFirst(3).prefix(length) }
            rest = rest.dropFirst(3 + length)
        }
        return fields
    }

    /// The first two octets, as a number in network order.
    private static func number(_ octets: ArraySlice<UInt8>) -> Int {
        octets.prefix(2).reduce(0) { $0 << 8 | Int($1) }
    }
}
