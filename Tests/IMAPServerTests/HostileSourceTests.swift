import IMAPCodec
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPTypes
import Testing

@testable import IMAPServer

@Suite("Hostile: rules about the sources (R-ALG-4, R-OUT-9, U-H-1) and about what is kept (R-SW-7, U-Z-3)")
struct HostileSourceTests {
    /// R-ALG-4: hashes are the standard library's, with its seed.
    @Test func nothingTurnsTheSeedOfHashesOff() throws {
        for folder in ["Sources", ".ci"] {
            for path in try HostileRules.sources(folder) {
                let text = try HostileRules.text(of: path)
                #expect(!text.contains("DETERMINISTIC_HASHING"), "\(path)")
                #expect(!text.contains("var hashValue"), "\(path)")
            }
        }
        for path in ["README.md", ".ci/run", ".ci/property", ".ci/clients"] {
            #expect(!(try HostileRules.text(of: path)).contains("DETERMINISTIC_HASHING"), "\(path)")
        }
    }

    /// R-OUT-9: what an extension of a host's can write. A method that is new here takes a value that cannot break a
    /// response: not octets, unless it quotes or counts them.
    @Test func anExtensionWritesTypedValuesAlone() throws {
        var found: Set<String> = []
        for path in try HostileRules.sources("Sources/IMAPCodec/Responses") {
            for line in try HostileRules.text(of: path).split(separator: "\n") {
                guard let match = line.firstMatch(of: /^    public mutating func (\w+)/) else { continue }
                found.insert(String(match.1))
            }
        }
        #expect(
            found == [
                "space", "openList", "closeList", "list", "keyword", "itemName", "number", "number63", "capability",
                "flag",
                "flags", "attribute", "uids", "numbers", "null", "string", "nstring", "astring", "mailbox",
                "mailboxPrefix", "dateTime", "envelope", "bodyStructure", "objectID", "nstring8",
            ])
    }

    /// U-H-1 (RFC 8437 section 8)
    @Test func theDocumentationSaysWhereNotToOfferUNAUTHENTICATE() throws {
        let text = try HostileRules.text(of: "Sources/IMAPExtensions/IMAPExtensions.docc/UNAUTHENTICATE.md")
        #expect(text.contains("Behind a proxy that passes octets through after login"))
    }

    private func connection() throws -> Connection {
        var configuration = ServerConfiguration()
        configuration.limits.commandsBeforeLogin = 1000
        let tables = try ServerTables(
            IMAPExtension.standard, configuration, authenticator: TestUsers(), store: MemoryStore())
        let facts = ConnectionFacts(
            local: PeerAddress("a", isLoopback: true), remote: PeerAddress("b", isLoopback: true))
        let survivors = Survivors(id: ConnectionID(1), facts: facts, opened: .zero, observer: SilentObserver())
        return Connection(survivors, tables, origin: .unauthenticate, began: .zero)
    }

    /// R-SW-7: behind each command, whatever it was and however it went, the connection holds what it held before.
    @Test func nothingOfACommandIsKept() throws {
        var connection = try connection()
        let commands = [
            "a CAPABILITY", "b LOGIN {5+}\r\nalice {6+}\r\nsecret", "c ID (\"name\" \"x\")", "d AUTHENTICATE PLAIN",
            "e LOGIN \"a\\\"b\" {1000+}\r\n" + String(repeating: "x", count: 1000),
            "f LOGIN alice secret", "g NOOP",
        ]
        for round in 0..<1000 {
            connection.receive(octets(commands[round % commands.count] + "\r\n"))
            var performed = 0
            loop: while true {
                switch connection.next() {
                case .needsMore: break loop
                case .perform: performed += 1
                case .paused: _ = connection.writer.takeAll()
                case .close(let reason):
                    Issue.record("closed: \(reason)")
                    return
                }
            }
            #expect(performed == 1)
            #expect(connection.input.octets.capacity == 0 && connection.input.isEmpty)
            #expect(connection.framer.partialFrame.octets.capacity == 0)
            #expect(connection.framer.partialFrame.literals.isEmpty)
            #expect(connection.announcedLiteral == nil && !connection.isInsideCommand)
        }
    }

    /// U-Z-3: what goes on behind transition 7 is what was not read yet, and no octet before it. (Freed memory is not
    /// overwritten: without unsafe code nothing can promise that.)
    @Test(arguments: [0, 1, 7, 100])
    func whatWasReadDoesNotSurvive(_ unread: Int) throws {
        let read = octets("a LOGIN alice CANARY\r\n")
        let rest = [UInt8](repeating: 0x78, count: unread)
        var connection = try connection()
        connection.receive(read + rest)
        guard case .perform = connection.next() else {
            Issue.record("not performed")
            return
        }
        let survivors = connection.takeSurvivors()
        #expect(survivors.unread == rest)
        #expect(unread > 0 || survivors.unread.capacity == 0)
    }
}
