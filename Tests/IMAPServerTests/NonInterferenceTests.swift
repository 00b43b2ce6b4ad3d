import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import Testing

@Suite("A reused connection is a fresh connection (RFC 8437; the test above all others)")
struct NonInterferenceTests {
    private static func property(_ extensions: [IMAPExtension] = []) -> NonInterference {
        NonInterference {
            ProgramWorld(
                store: MemoryStore(), extensions: IMAPExtension.standard + [.compressDeflate] + extensions)
        }
    }

    /// U-A-3, U-X, U-Z-1: `.ci/property` makes a long run of it.
    @Test(arguments: 0..<4 as Range<UInt64>)
    func randomProgramsSayTheSameOnOneConnectionAsOnMany(share: UInt64) async throws {
        let found = try await Self.property().run(programs: 250, from: 1 + share * 250)
        #expect(found == nil, "\(found.map(\.description) ?? "")")
    }

    @Test func everyRegisteredCommandHasATemplate() async throws {
        #expect(try await Self.property().commandsWithoutTemplate() == [])
        let unknown = IMAPExtension("XRECALL") { $0.add(RecallCommand.self) }
        #expect(try await Self.property([unknown]).commandsWithoutTemplate() == ["XRECALL"])
    }

    /// One that the host brings is sent, with templates of the host's and without.
    @Test func aCommandOfTheHostsIsInThePrograms() async throws {
        let extensions = IMAPExtension.standard + [IMAPExtension("XRECALL") { $0.add(RecallCommand.self) }]
        let sample = SampleCommands(extensions, for: MemoryStore())
        var sent: [UInt8] = []
        for seed in 1...100 as ClosedRange<UInt64> { sent += sample.commands(seed: seed).joined() }
        let text = String(decoding: sent, as: UTF8.self)
        for word in ["XRECALL", "CONTEXT", "QRESYNC", "SELECTA", "LISTA", "SORT", "THREAD", "IDLE", "$", "PARTIAL"] {
            #expect(text.contains(word), "\(word)")
        }
    }

    /// U-REG-3: an extension that keeps state of its own beside the registry, by connection. Where what was kept carries
    /// a mark it is seen as somebody's; a bare number is seen because a connection of its own says another one.
    @Test(arguments: ["XRECALL", "XCOUNT"])
    func stateThatAnExtensionLetsSurviveIsConvicted(name: String) async throws {
        let leak = IMAPExtension("XLEAK") { registry in
            if name == "XCOUNT" { registry.add(CountCommand.self) } else { registry.add(RecallCommand.self) }
        }
        var templates = CommandTemplates.standard
        templates.arguments["XRECALL"] = ["<own>"]
        templates.arguments["XCOUNT"] = [""]
        let property = NonInterference(templates: templates) {
            ProgramWorld(
                store: MemoryStore(), extensions: IMAPExtension.standard + [leak],
                observer: name == "XCOUNT" ? ConnectionMemory.counts : ConnectionMemory.words)
        }
        let example = try #require(try await property.run(programs: 2000))
        #expect(example.steps.count <= 7, "\(example)")
        #expect(example.steps.count < example.originalCount)
        #expect(example.description.contains(name))
    }

    /// U-A-3: a store that remembers by connection whose listing it gave.
    @Test func aCacheOfTheStoreThatIsKeyedByConnectionIsConvicted() async throws {
        let property = NonInterference {
            let store = CachingStore()
            return ProgramWorld(store: store, observer: store.memory)
        }
        let example = try #require(try await property.run(programs: 2000))
        #expect(example.steps.count <= 8, "\(example)")
        let listings = ["LIST", "LSUB", "SUBSCRIBE"]
        #expect(listings.contains { example.steps.joined().contains($0) }, "\(example)")
    }

    /// Without the cache the same store is acquitted.
    @Test func theSameStoreWithoutItsCacheIsAcquitted() async throws {
        let property = NonInterference { ProgramWorld(store: CachingStore(isCaching: false)) }
        let found = try await property.run(programs: 100)
        #expect(found == nil, "\(found.map(\.description) ?? "")")
    }

    /// The same seed is the same program, and a counterexample names it.
    @Test func aCounterexampleIsFoundAgainByItsSeed() async throws {
        let property = NonInterference {
            let store = CachingStore()
            return ProgramWorld(store: store, observer: store.memory)
        }
        let first = try #require(try await property.run(programs: 2000))
        let again = try #require(try await property.run(programs: 1, from: first.seed))
        #expect(again.seed == first.seed)
        #expect(again.steps == first.steps)
    }

    /// A store that never answers ends the run and is a finding.
    @Test func aStoreThatDoesNotAnswerIsAFinding() async throws {
        let property = NonInterference(timeLimit: 1) { ProgramWorld(store: CachingStore(hangs: true)) }
        let example = try #require(try await property.run(programs: 200))
        #expect(example.finding.contains("no answer"))
    }
}
