import IMAPCodec
import IMAPHost
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Synchronization
import Testing

/// A layer that scrambles, counts its buffers, and notices what was changed.
struct ScramblingLayer: SecurityLayer {
    let key: UInt8
    var maximumIncoming = 4096
    var maximumOutgoing = 1000
    private var sent: UInt8 = 0
    private var received: UInt8 = 0

    init(key: UInt8) { self.key = key }

    mutating func protect(_ octets: [UInt8]) -> [UInt8] {
        defer { sent &+= 1 }
        return octets.map { $0 ^ key ^ sent } + [octets.reduce(sent, &+)]
    }

    mutating func unprotect(_ buffer: [UInt8]) throws(SecurityLayerError) -> [UInt8] {
        guard let sum = buffer.last else { throw SecurityLayerError() }
        let octets = buffer.dropLast().map { $0 ^ key ^ received }
        guard octets.reduce(received, &+) == sum else { throw SecurityLayerError() }
        received &+= 1
        return octets
    }
}

/// `user NUL password`, and a layer whose key is the password's first octet.
struct LayeredMechanism: SASLMechanism {
    static let name: Keyword = "X-LAYERED"
    static let credential = CredentialKind.password
    static let needsPrivacy = false

    private(set) var securityLayer: (any SecurityLayer)?

    init(facts: ConnectionFacts) {}

    mutating func respond(to response: Redacted<[UInt8]>?) async throws(SASLError) -> SASLStep {
        guard let response else { return .challenge([]) }
        let parts = response.exposed.split(separator: 0, omittingEmptySubsequences: false).map(Array.init)
        guard parts.count == 2, let key = parts[1].first else { throw SASLError() }
        securityLayer = ScramblingLayer(key: key)
        return .finished(.password(name: parts[0], password: Redacted(parts[1])), authorizationIdentity: nil)
    }
}

extension IMAPExtension {
    static let layered = IMAPExtension("X-LAYERED") { $0.add(mechanism: LayeredMechanism.self) }
}

/// A client of its own layers, in the order of RFC 4978 section 3. What it reads is checked like every output.
final class LayeredClient: Sendable {
    private struct State: Sendable {
        var security: ScramblingLayer?
        var deflater: Deflater?
        var inflater: Inflater?
        /// Protected octets that are no whole buffer.
        var partial: [UInt8] = []
        var checker = OutputChecker(commands: .unseen, from: .middle)
    }

    let client: TestClient
    private let state = Mutex(State())

    init(_ client: TestClient) { self.client = client }

    var transport: ScriptedTransport { client.transport }

    /// With `isChecked` the transport's checker follows the connection: it knows compression, and not the layers of SASL
    /// mechanisms that tests make up. What is read in those is checked by its grammar here.
    static func connect(to fixture: Fixture, isChecked: Bool = false) async -> LayeredClient {
        let transport = isChecked ? ScriptedTransport() : ScriptedTransport(output: .unchecked)
        return LayeredClient(await fixture.connect(transport))
    }

    /// From now on, in both directions.
    func protect(with password: String) {
        state.withLock { $0.security = octets(password).first.map { ScramblingLayer(key: $0) } }
    }

    func unprotect() { state.withLock { $0.security = nil } }

    /// From now on, in both directions.
    func compress() {
        state.withLock { state in
            state.deflater = Deflater()
            state.inflater = Inflater()
        }
    }

    func decompress() {
        state.withLock { state in
            state.deflater = nil
            state.inflater = nil
        }
    }

    /// What goes over the wire for these octets.
    func wire(_ plain: [UInt8], _ flush: Deflater.Flush = .sync) -> [UInt8] { protected(compressed(plain, flush)) }

    func compressed(_ plain: [UInt8], _ flush: Deflater.Flush) -> [UInt8] {
        state.withLock { state in
            guard state.deflater != nil else { return plain }
            var octets: [UInt8] = []
            state.deflater?.deflate(plain.span, into: &octets)
            state.deflater?.flush(flush, into: &octets)
            return octets
        }
    }

    func protected(_ octets: [UInt8]) -> [UInt8] {
        state.withLock { state in
            guard state.security != nil else { return octets }
            return LayeredClient.framed(state.security?.protect(octets) ?? [])
        }
    }

    static func framed(_ buffer: [UInt8]) -> [UInt8] {
        let count = UInt32(clamping: buffer.count)
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> UInt32($0)) } + buffer
    }

    func read(_ wire: [UInt8]) -> [UInt8] {
        let (plain, found) = state.withLock { state in
            let isProtected = state.security != nil
            let plain = LayeredClient.read(wire, &state, stopsAtOK: false)
            if isProtected { state.checker.wrote(plain) }
            return (plain, state.checker.takeViolations())
        }
        for violation in found { Issue.record("\(violation)") }
        return plain
    }

    /// Reads the server's last octets in its layers, and what stands behind them: a security layer without compression
    /// ends with the buffer whose line is an OK.
    func readToTheEndOfTheLayers(_ wire: [UInt8]) -> [UInt8] {
        state.withLock { LayeredClient.read(wire, &$0, stopsAtOK: true) }
    }

    private static func read(_ wire: [UInt8], _ state: inout State, stopsAtOK: Bool) -> [UInt8] {
        guard state.security != nil else { return inflated(wire[...], &state) }
        var plain: [UInt8] = []
        state.partial += wire
        while state.partial.count >= 4 {
            let length = state.partial.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            guard state.partial.count >= 4 + length else { break }
            let buffer = Array(state.partial[4..<(4 + length)])
            state.partial.removeFirst(4 + length)
            guard let octets = try? state.security?.unprotect(buffer) else { return plain + Array("TAMPERED".utf8) }
            plain += inflated(octets[...], &state)
            if stopsAtOK, String(decoding: plain, as: UTF8.self).contains("u OK ") {
                defer { state.partial = [] }
                return plain + state.partial
            }
        }
        if stopsAtOK, !state.partial.isEmpty { return plain + state.partial }
        return plain
    }

    private static func inflated(_ octets: ArraySlice<UInt8>, _ state: inout State) -> [UInt8] {
        guard state.inflater != nil else { return Array(octets) }
        var plain: [UInt8] = []
        var rest = octets
        while true {
            guard let progress = try? state.inflater?.inflate(&rest, into: &plain, max: 65_536) else {
                return plain + Array("DAMAGED".utf8)
            }
            switch progress {
            case .needsInput: return plain
            case .outputFull, .boundary: continue
            case .end: return plain + rest
            }
        }
    }

    func line(_ text: String) async -> String { await send(wire(octets(text + "\r\n"))) }

    /// Sends octets as they are and reads the answer through the layers.
    func send(_ wire: [UInt8]) async -> String {
        transport.send(wire)
        return await settle()
    }

    func settle() async -> String { String(decoding: read(await client.settleOctets()), as: UTF8.self) }
}
