internal import IMAPTypes

/// A list of addresses, parameters or languages: the place of the first one in the digest, and how many there are.
package struct DigestList: Sendable {
    let start: UInt32
    package let count: Int

    static let empty = DigestList(start: 0, count: 0)

    package var isEmpty: Bool { count == 0 }
}

/// The four members of an address as ENVELOPE has them; ``DigestString/none`` is `NIL`.
package struct DigestAddress: Sendable {
    package var name = DigestString.none
    package var route = DigestString.none
    package var mailbox = DigestString.none
    package var host = DigestString.none
}

/// Goes through a list of a digest.
package struct DigestListCursor: Sendable {
    private var cursor: DigestCursor
    private var left: Int

    package init(_ list: DigestList) {
        cursor = DigestCursor(position: Int(list.start))
        left = list.count
    }

    package mutating func nextString(_ octets: Span<UInt8>) -> DigestString? {
        guard left > 0, !cursor.isMalformed else { return nil }
        left -= 1
        return cursor.string(octets)
    }

    package mutating func nextParameter(_ octets: Span<UInt8>) -> (name: DigestString, value: DigestString)? {
        guard left > 0, !cursor.isMalformed else { return nil }
        left -= 1
        let name = cursor.string(octets)
        return (name, cursor.string(octets))
    }

    package mutating func nextAddress(_ octets: Span<UInt8>) -> DigestAddress? {
        guard left > 0, !cursor.isMalformed else { return nil }
        left -= 1
        return cursor.address(octets)
    }
}

extension DigestCursor {
    /// A list of strings, or of pairs of them.
    mutating func strings(_ octets: Span<UInt8>, inPairs: Bool) -> DigestList {
        let list = beginList(octets)
        for _ in 0..<list.count where !isMalformed {
            _ = string(octets)
            if inPairs { _ = string(octets) }
        }
        return list
    }

    mutating func addresses(_ octets: Span<UInt8>) -> DigestList {
        let list = beginList(octets)
        for _ in 0..<list.count where !isMalformed { _ = address(octets) }
        return list
    }

    private mutating func beginList(_ octets: Span<UInt8>) -> DigestList {
        let count = number(octets)
        // Each takes an octet at least.
        guard !isMalformed, count <= UInt64(octets.count - position) else {
            fail()
            return .empty
        }
        return DigestList(start: UInt32(truncatingIfNeeded: position), count: Int(count))
    }

    mutating func address(_ octets: Span<UInt8>) -> DigestAddress {
        var address = DigestAddress()
        guard let kind = StructureDigest.AddressKind(rawValue: octet(octets)) else {
            fail()
            return address
        }
        switch kind {
        case .groupEnd: return address
        case .groupStart:
            address.mailbox = string(octets)
            return address
        case .plain: break
        case .named: address.name = string(octets)
        case .routed: address.route = string(octets)
        case .namedAndRouted:
            address.name = string(octets)
            address.route = string(octets)
        }
        address.mailbox = string(octets)
        address.host = string(octets)
        return address
    }
}

extension Address {
    /// The address whose members are what `string` makes of these. Without a host it is where a group begins or ends.
    init(_ address: DigestAddress, _ string: (DigestString) -> [UInt8]?) {
        guard let host = string(address.host) else {
            self = string(address.mailbox).map { .groupStart($0) } ?? .groupEnd
            return
        }
        self = .mailbox(
            Mailbox(
                name: string(address.name), route: string(address.route), localPart: string(address.mailbox) ?? [],
                host: host))
    }
}
