import IMAPHost

/// Reads the header of the PROXY protocol, version 2, with its TLS facts: who the client of a TLS terminator is.
struct ProxyHeader {
    enum Progress {
        case needsMore
        /// `nil`: the proxy speaks for itself (LOCAL), or names no address; the connection's own facts hold.
        case done(ConnectionFacts?, unread: [UInt8])
        case malformed
    }

    private static let signature: [UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]
    private static let longest = 16 + 4096

    private var octets: [UInt8] = []

    mutating func feed(_ more: [UInt8]) -> Progress {
        octets += more
        let known = min(octets.count, ProxyHeader.signature.count)
        guard octets.prefix(known).elementsEqual(ProxyHeader.signature.prefix(known)) else { return .malformed }
        guard octets.count >= 16 else { return .needsMore }
        let end = 16 + (Int(octets[14]) << 8 | Int(octets[15]))
        guard octets[12] >> 4 == 2, end <= ProxyHeader.longest else { return .malformed }
        guard octets.count >= end else { return .needsMore }
        let unread = Array(octets[end...])
        switch octets[12] & 0x0F {
        case 0: return .done(nil, unread: unread)
        case 1: break
        default: return .malformed
        }
        let block = Array(octets[16..<end])
        switch octets[13] {
        case 0x11:
            guard block.count >= 12 else { return .malformed }
            return finish(
                remote: SocketAddress.ipv4(Array(block[0..<4]), port: port(block, at: 8)),
                local: SocketAddress.ipv4(Array(block[4..<8]), port: port(block, at: 10)), block[12...], unread)
        case 0x21:
            guard block.count >= 36 else { return .malformed }
            return finish(
                remote: SocketAddress.ipv6(Array(block[0..<16]), port: port(block, at: 32)),
                local: SocketAddress.ipv6(Array(block[16..<32]), port: port(block, at: 34)), block[36...], unread)
        default: return .done(nil, unread: unread)
        }
    }

    private func port(_ block: [UInt8], at index: Int) -> UInt16 {
        UInt16(block[index]) << 8 | UInt16(block[index + 1])
    }

    private func finish(
        remote: PeerAddress, local: PeerAddress, _ fields: ArraySlice<UInt8>, _ unread: [UInt8]
    ) -> Progress {
        guard let fields = ProxyHeader.fields(fields) else { return .malformed }
        var facts = ConnectionFacts(local: local, remote: remote)
        if let ssl = fields[0x20] {
            guard let tls = ProxyHeader.tls(ssl) else { return .malformed }
            facts.tls = tls.facts
        }
        return .done(facts, unread: unread)
    }

    /// Type, length, value; each type's first value. `nil` when they do not fill the block.
    private static func fields(_ octets: ArraySlice<UInt8>) -> [UInt8: ArraySlice<UInt8>]? {
        var fields: [UInt8: ArraySlice<UInt8>] = [:]
        var rest = octets
        while !rest.isEmpty {
            guard rest.count >= 3 else { return nil }
            let start = rest.startIndex
            let length = Int(rest[start + 1]) << 8 | Int(rest[start + 2])
            guard rest.count >= 3 + length else { return nil }
            if fields[rest[start]] == nil { fields[rest[start]] = rest[(start + 3)..<(start + 3 + length)] }
            rest = rest[(start + 3 + length)...]
        }
        return fields
    }

    /// PP2_TYPE_SSL. The certificate's name is believed only when there was one and it was verified.
    private static func tls(_ value: ArraySlice<UInt8>) -> (facts: TLSFacts?, Void)? {
        guard value.count >= 5 else { return nil }
        let flags = value[value.startIndex]
        let isVerified = value.dropFirst().prefix(4).allSatisfy { $0 == 0 }
        guard let fields = fields(value.dropFirst(5)) else { return nil }
        guard flags & 0x01 != 0 else { return (nil, ()) }
        let hasCertificate = flags & 0x06 != 0
        let name = fields[0x22].map { Array($0) }
        return (
            TLSFacts(
                version: fields[0x21].map { String(decoding: $0, as: UTF8.self) } ?? "TLS",
                cipher: fields[0x23].map { String(decoding: $0, as: UTF8.self) } ?? "unknown",
                peerIdentity: hasCertificate && isVerified && name?.isEmpty == false ? name : nil), ()
        )
    }
}
