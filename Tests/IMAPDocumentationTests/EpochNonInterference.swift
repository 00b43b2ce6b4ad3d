import IMAPExtensions
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import Testing

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
