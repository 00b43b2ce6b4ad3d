// listing: non-interference
import Foundation
import IMAPTestKit
import Testing

@Suite struct DirectoryStoreNonInterference {
    /// The store takes UIDVALIDITY and dates of arrival from the clock.
    static let property = NonInterference(variation: [.uidValidity, .internalDate]) {
        ProgramWorld(store: DirectoryStore(root: temporaryDirectory()))
    } discard: { world in
        if let store = world.store as? DirectoryStore { try? FileManager.default.removeItem(at: store.root) }
    }

    @Test func nothingOfOneUserReachesTheNext() async throws {
        let counterexample = try await Self.property.run(programs: 60)
        #expect(counterexample == nil, "\(counterexample.map(\.description) ?? "")")
    }

    @Test func everyCommandIsInThePrograms() async throws {
        #expect(try await Self.property.commandsWithoutTemplate() == [])
    }
}
// listing: end

@Suite struct EpochNonInterference {
    private static func property(_ templates: CommandTemplates) -> NonInterference {
        NonInterference(templates: templates) {
            // listing: non-interference-world
            ProgramWorld(store: MemoryStore(), extensions: IMAPExtension.standard + [.epoch, .compressDeflate])
            // listing: end
        }
    }

    private static var templates: CommandTemplates {
        // listing: non-interference-templates
        var templates = CommandTemplates.standard
        templates.arguments["XMARK"] = ["<number>", "9999999<number>"]
        templates.words["item"]?.append("XEPOCH")
        templates.words["key"]?.append("XAFTERMARK")
        // listing: end
        return templates
    }

    /// The extension of the article on extensions is forgotten with everything else.
    @Test func theExtensionOfTheArticleForgets() async throws {
        let property = Self.property(Self.templates)
        #expect(try await property.commandsWithoutTemplate() == [])
        #expect(try await Self.property(.standard).commandsWithoutTemplate() == ["XMARK"])
        let counterexample = try await property.run(programs: 150)
        #expect(counterexample == nil, "\(counterexample.map(\.description) ?? "")")
    }
}
