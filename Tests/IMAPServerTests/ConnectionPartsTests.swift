import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPTestKit
import IMAPTypes
import Testing

@testable import IMAPServer

/// Parts of a connection that are kept small because there are many of them.
@Suite("What a connection is made of")
struct ConnectionPartsTests {
    private static let here = PeerAddress("192.0.2.1:143", isLoopback: false)
    private static let there = PeerAddress("192.0.2.2:40112", isLoopback: false)
    private static let tls = TLSFacts(version: "TLSv1.3", cipher: "some")

    @Test func factsAreValues() {
        let facts = ConnectionFacts(local: Self.here, remote: Self.there, canStartTLS: true)
        var other = facts
        #expect(!other.isSecure)
        other.tls = Self.tls
        #expect(other.isSecure && other.tls == Self.tls && facts.tls == nil && other != facts)
        other.tls = nil
        #expect(other == facts && other.hashValue == facts.hashValue)
        other.canStartTLS = false
        #expect(other != facts && facts.canStartTLS)
        other.canStartTLS = true
        other.remote = PeerAddress("::1", isLoopback: true)
        #expect(other.isSecure && other != facts && other.local == Self.here)
        other.local = Self.there
        #expect(other.local == Self.there && facts.local == Self.here && facts.remote == Self.there)
    }

    /// A host that prints what it is told sees the addresses.
    @Test func factsShowWhatTheyAre() {
        let facts = ConnectionFacts(local: Self.here, remote: Self.there, tls: Self.tls)
        #expect(Mirror(reflecting: facts).children.map(\.label) == ["local", "remote", "tls", "canStartTLS"])
        #expect("\(facts)".contains("192.0.2.2:40112"))
        #expect("\(facts)".contains("TLSv1.3"))
    }

    /// What a command announced and did not bring leaves nothing behind.
    @Test func aWithdrawnLayerIsNone() throws {
        var layers = ByteLayers()
        var input = InputBuffer()
        layers.announceCompression(emptyBlocks: 10)
        #expect(layers.isAnnounced && layers.isCompressed && layers.isTransparent)
        layers.withdraw()
        #expect(!layers.isAnnounced && !layers.isCompressed && layers.isTransparent)
        layers.begin(&input)
        layers.receive(octets("a NOOP\r\n"), into: &input)
        #expect(input.takeAll() == octets("a NOOP\r\n"))
        #expect(try !layers.pull(into: &input))
        #expect(try layers.write(octets("a OK\r\n"), .all) == octets("a OK\r\n"))
        let left = try layers.end(&input)
        #expect(left?.held == nil)
    }

    @Test func aWithdrawnLayerDoesNotEndTheOneThatIsOn() throws {
        var layers = ByteLayers()
        var input = InputBuffer()
        layers.announceCompression(emptyBlocks: 10)
        layers.begin(&input)
        #expect(layers.isCompressed && !layers.isTransparent && !layers.isAnnounced)
        layers.withdraw()
        #expect(layers.isCompressed && !layers.isTransparent)
    }

    /// Names are hashed eight octets at a time: none is taken for another, whatever its length.
    @Test func namesThatDifferHashDifferently() {
        var hashes: Set<Int> = []
        var names = 0
        for count in 0...20 {
            let name = [UInt8](repeating: 0x61, count: count)
            for place in -1..<count {
                var other = name
                if place >= 0 { other[place] = 0x62 }
                #expect(UserIdentity(name: other).hashValue == UserIdentity(name: Array(other[...])).hashValue)
                hashes.insert(UserIdentity(name: other).hashValue)
                names += 1
            }
        }
        #expect(hashes.count == names)
    }

    /// A connection that is not served is not kept: its transport closes its descriptor when it goes.
    @Test func aConnectionBehindTheEndOfTheServerIsForgotten() async throws {
        let store = MemoryStore()
        let server = try Server(store: store, authenticator: TestUsers(), extensions: [])
        await server.shutdown(within: .zero)
        weak var kept: ScriptedTransport?
        do {
            let transport = ScriptedTransport()
            kept = transport
            #expect(server.accept(transport) == nil)
            #expect(transport.isClosed)
        }
        #expect(kept == nil)
    }

    /// The end of an ending that was given up says nothing of the next.
    @Test func anEndingThatWasGivenUpIsNotTakenForTheNext() {
        let clock = VirtualClock()
        let inbox = Inbox(ScriptedTransport(), timers: TimerService(clock: clock))
        let first = inbox.beginEnding()
        let second = inbox.beginEnding()
        inbox.finishEnding(first, .failed)
        #expect(inbox.ending == nil)
        inbox.finishEnding(second, .finished)
        inbox.finishEnding(first, .failed)
        #expect(inbox.ending == .finished)
        inbox.detach()
    }
}
