import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTypes

/// `FETCH 1 BODY.PEEK[]` of a message that no memory holds: throughput, and memory above idle.
enum LargeFetch {
    /// HOSTILE-INPUT's room for one message being read, with what is around it.
    static let allowed = 32 << 20

    /// Returns whether memory stayed within ``allowed``.
    static func run(octets size: UInt64) async throws -> Bool {
        let store = MemoryStore()
        let block = Array(String(repeating: "x", count: 4094).utf8) + [0x0D, 0x0A]
        let header = Array("Subject: large\r\n\r\n".utf8)
        _ = try store.append(
            body: RepeatingBody(header: header, block: block, size: size), to: .inbox,
            for: UserIdentity(name: Array("alice".utf8)))
        let server = try Server(
            store: store, authenticator: Anyone(), extensions: IMAPExtension.standard.supported(by: store))
        let client = CountingTransport(["a LOGIN alice x", "b SELECT INBOX", "c FETCH 1 BODY.PEEK[]"])
        let idle = Resident.octets
        let clock = ContinuousClock()
        let began = clock.now
        server.accept(client)
        while !client.isClosed { try await Task.sleep(for: .milliseconds(2)) }
        let seconds =
            Double(began.duration(to: clock.now).components.attoseconds) / 1e18
            + Double(began.duration(to: clock.now).components.seconds)
        let above = client.peakResident - idle
        print(
            "large-fetch: \(size) octets in \(rounded(seconds)) s, \(rounded(Double(size) / seconds / 1e6)) MB/s, "
                + "\(above >> 10) KiB above idle, largest write \(client.largestWrite)")
        guard client.count > size else {
            print("large-fetch: only \(client.count) octets were written")
            return false
        }
        return above < allowed
    }

    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}

/// Lets everyone in.
struct Anyone: Authenticator {
    func authenticate(
        _ credential: Credential, on facts: ConnectionFacts
    ) async throws(AuthenticationError) -> AuthenticationIdentity {
        guard case .password(let name, _) = credential else { throw .rejected }
        return AuthenticationIdentity(name: name)
    }

    func authorize(
        _ identity: AuthenticationIdentity, as requested: [UInt8]?
    ) async throws(AuthenticationError) -> UserIdentity {
        UserIdentity(name: requested ?? identity.name)
    }

    func mayUnauthenticate(_ identity: AuthenticationIdentity) -> Bool { true }
}
