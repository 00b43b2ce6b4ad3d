import IMAPHost
import Testing

@testable import imap_server

@Suite("imap-server: PROXY protocol, version 2")
struct ProxyHeaderTests {
    private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10]
    private static let ipv4: [UInt8] = [192, 0, 2, 7, 198, 51, 100, 1, 0x9C, 0x40, 0x03, 0xE1]
    private static let ipv6: [UInt8] =
        [0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7] + [UInt8](repeating: 0, count: 15) + [1]
        + [0x9C, 0x40, 0x03, 0xE1]

    private static func header(_ command: UInt8, _ family: UInt8, _ block: [UInt8]) -> [UInt8] {
        signature + [command, family, UInt8(block.count >> 8), UInt8(block.count & 255)] + block
    }

    private static func field(_ type: UInt8, _ value: [UInt8]) -> [UInt8] {
        [type, UInt8(value.count >> 8), UInt8(value.count & 255)] + value
    }

    private static func tls(_ flags: UInt8, verify: [UInt8] = [0, 0, 0, 0], name: String? = "root") -> [UInt8] {
        var value = [flags] + verify + field(0x21, Array("TLSv1.3".utf8)) + field(0x23, Array("AES".utf8))
        if let name { value += field(0x22, Array(name.utf8)) }
        return field(0x20, value)
    }

    private static func feed(_ pieces: [[UInt8]]) -> ProxyHeader.Progress {
        var header = ProxyHeader()
        var progress = ProxyHeader.Progress.needsMore
        var unread: [UInt8] = []
        for piece in pieces {
            // Behind a finished header nothing is fed: it is the client's.
            if case .done = progress {
                unread += piece
            } else {
                progress = header.feed(piece)
            }
        }
        guard case .done(let client, let rest) = progress else { return progress }
        return .done(client, unread: rest + unread)
    }

    private static func facts(_ octets: [UInt8]) -> ConnectionFacts? {
        guard case .done(.known(let facts), []) = feed([octets]) else { return nil }
        return facts
    }

    @Test func everyCutGivesTheSameFacts() {
        let client = Array("a NOOP\r\n".utf8)
        for block in [ProxyHeaderTests.ipv4, ProxyHeaderTests.ipv4 + ProxyHeaderTests.tls(7)] {
            let octets = ProxyHeaderTests.header(0x21, 0x11, block) + client
            let whole = ProxyHeaderTests.feed([octets])
            guard case .done(.known, client) = whole else {
                Issue.record("\(whole)")
                continue
            }
            for first in 0...octets.count {
                let cut = ProxyHeaderTests.feed([Array(octets[..<first]), Array(octets[first...])])
                #expect(cut == whole, "cut at \(first)")
            }
            #expect(ProxyHeaderTests.feed(octets.map { [$0] }) == whole)
        }
    }

    @Test func addressesAreThoseOfTheHeader() {
        let four = ProxyHeaderTests.facts(ProxyHeaderTests.header(0x21, 0x11, ProxyHeaderTests.ipv4))
        #expect(four?.remote == PeerAddress("192.0.2.7:40000", isLoopback: false))
        #expect(four?.local == PeerAddress("198.51.100.1:993", isLoopback: false))
        #expect(four?.tls == nil)
        let six = ProxyHeaderTests.facts(ProxyHeaderTests.header(0x21, 0x21, ProxyHeaderTests.ipv6))
        #expect(six?.remote == PeerAddress("[2001:db8::7]:40000", isLoopback: false))
        #expect(six?.local == PeerAddress("[::1]:993", isLoopback: true))
    }

    @Test func aLocalHeaderIsTheProxyItself() {
        for block in [[], ProxyHeaderTests.ipv4, [1, 2, 3]] {
            #expect(
                ProxyHeaderTests.feed([ProxyHeaderTests.header(0x20, 0x00, block)]) == .done(.proxy, unread: []))
        }
    }

    /// Else a client elsewhere would count as secure because its proxy is near.
    @Test func aClientWithoutAddressIsUnknownAndHasNoTLS() {
        for block in [[], ProxyHeaderTests.tls(7), [1, 2, 3]] {
            #expect(
                ProxyHeaderTests.feed([ProxyHeaderTests.header(0x21, 0x00, block)]) == .done(.unknown, unread: []))
        }
    }

    @Test func aCertificateIsBelievedWhenThereWasOneAndItWasVerified() {
        func tls(_ field: [UInt8]) -> TLSFacts? {
            ProxyHeaderTests.facts(ProxyHeaderTests.header(0x21, 0x11, ProxyHeaderTests.ipv4 + field))?.tls
        }
        for flags: UInt8 in [0x03, 0x05, 0x07] {
            #expect(tls(ProxyHeaderTests.tls(flags))?.peerIdentity == Array("root".utf8))
        }
        let unverified: [[UInt8]] = [
            ProxyHeaderTests.tls(0x01), ProxyHeaderTests.tls(0x07, verify: [0, 0, 0, 1]),
            ProxyHeaderTests.tls(0x07, verify: [1, 0, 0, 0]), ProxyHeaderTests.tls(0x07, name: nil),
            ProxyHeaderTests.tls(0x07, name: ""),
        ]
        for field in unverified { #expect(tls(field) == TLSFacts(version: "TLSv1.3", cipher: "AES")) }
        // Without PP2_CLIENT_SSL there is no TLS, whatever else is said.
        #expect(tls(ProxyHeaderTests.tls(0x06)) == nil)
        #expect(tls(ProxyHeaderTests.field(0x04, [0, 0, 0])) == nil)
    }

    @Test func versionAndCipherAreTaken() {
        let octets = ProxyHeaderTests.header(0x21, 0x11, ProxyHeaderTests.ipv4 + ProxyHeaderTests.tls(1))
        let facts = ProxyHeaderTests.facts(octets)
        #expect(facts?.tls == TLSFacts(version: "TLSv1.3", cipher: "AES"))
        #expect(facts?.isSecure == true)
    }

    @Test func whatIsNoHeaderIsSeenAtItsFirstWrongOctet() {
        #expect(ProxyHeaderTests.feed([Array("a".utf8)]) == .malformed)
        #expect(ProxyHeaderTests.feed([Array("PROXY TCP4 ".utf8)]) == .malformed)
        for index in ProxyHeaderTests.signature.indices {
            var octets = Array(ProxyHeaderTests.signature[...index])
            #expect(ProxyHeaderTests.feed([octets]) == .needsMore)
            octets[index] ^= 1
            #expect(ProxyHeaderTests.feed([octets]) == .malformed)
        }
        for command in UInt8.min...UInt8.max where command != 0x20 && command != 0x21 {
            #expect(ProxyHeaderTests.feed([ProxyHeaderTests.signature + [command]]) == .malformed)
        }
        // Datagrams are not streams.
        for family: UInt8 in [0x01, 0x10, 0x12, 0x22, 0x32, 0x41, 0xFF] {
            #expect(ProxyHeaderTests.feed([ProxyHeaderTests.header(0x21, family, ProxyHeaderTests.ipv6)]) == .malformed)
        }
    }

    @Test func aHeaderIsAtMost4096OctetsLong() {
        let room = 4096 - ProxyHeaderTests.ipv4.count - 3
        let fits = ProxyHeaderTests.ipv4 + ProxyHeaderTests.field(0x04, [UInt8](repeating: 0, count: room))
        #expect(ProxyHeaderTests.facts(ProxyHeaderTests.header(0x21, 0x11, fits)) != nil)
        // Refused before a further octet is waited for.
        #expect(ProxyHeaderTests.feed([ProxyHeaderTests.signature + [0x21, 0x11, 0x10, 0x01]]) == .malformed)
    }

    @Test func lengthsThatDoNotFitAreMalformed() {
        let block = ProxyHeaderTests.ipv4 + ProxyHeaderTests.tls(7)
        for count in 0..<block.count {
            let progress = ProxyHeaderTests.feed([ProxyHeaderTests.header(0x21, 0x11, Array(block[..<count]))])
            #expect((progress == .malformed) == (count != ProxyHeaderTests.ipv4.count), "\(count) octets")
        }
        let inner = Array(ProxyHeaderTests.tls(7).dropFirst(3))
        for count in 0..<inner.count {
            let cut = ProxyHeaderTests.ipv4 + ProxyHeaderTests.field(0x20, Array(inner[..<count]))
            let progress = ProxyHeaderTests.feed([ProxyHeaderTests.header(0x21, 0x11, cut)])
            // The flags, the result, and each field whole: version, then cipher.
            #expect((progress == .malformed) == ![5, 15, 21].contains(count), "\(count) octets of TLS")
        }
    }
}
