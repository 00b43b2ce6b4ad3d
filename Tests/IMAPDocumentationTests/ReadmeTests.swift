import Foundation
import IMAPExtensions
import IMAPServer
import Testing

@Suite("README.md")
struct ReadmeTests {
    private static func readme() throws -> String {
        try String(contentsOf: Listings.root.appendingPathComponent("README.md"), encoding: .utf8)
    }

    /// The first column of the table of extensions, whose cells are code.
    private static func tabulated() throws -> [String] {
        try readme().split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard line.hasPrefix("| `"), cells.count >= 2, cells[1].contains(/^[0-9]{4}$|^draft-|^none$/) else {
                return nil
            }
            return cells[0].trimmingCharacters(in: ["`"])
        }
    }

    @Test func theTableHasEveryExtensionAndNoOther() throws {
        let names = (IMAPExtension.standard + [.literalPlus, .compressDeflate, .metadataServer]).map {
            $0.name.description
        }
        #expect(try Self.tabulated().map { $0.uppercased() }.sorted() == names.map { $0.uppercased() }.sorted())
    }

    @Test func whatIsSaidToBeMissingIs() throws {
        let names = Set(IMAPExtension.standard.map { $0.name.description })
        let start = try #require(try Self.readme().range(of: "\nNot there: "))
        let rest = try Self.readme()[start.upperBound...]
        let paragraph = rest.prefix(upTo: rest.range(of: "\n\n")?.lowerBound ?? rest.endIndex)
        let words = paragraph.split { !($0.isLetter || $0.isNumber || "=-+".contains($0)) }.map(String.init)
        #expect(words.contains("CATENATE"))
        #expect(names.isDisjoint(with: words), "\(names.intersection(words))")
    }

    @Test func linksLeadToFiles() throws {
        for match in try Self.readme().matches(of: /\]\(([^):]+)\)/) {
            let path = Listings.root.appendingPathComponent(String(match.1)).path
            #expect(FileManager.default.fileExists(atPath: path), "\(match.1)")
        }
    }
}
