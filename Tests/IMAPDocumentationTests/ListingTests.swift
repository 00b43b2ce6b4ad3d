import Foundation
import Testing

/// Code that an article shows.
struct Listing: Hashable {
    let file: String
    let text: String
}

/// The listings of README.md and of the articles, and the marked regions of this target's files.
enum Listings {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The files below a directory whose names end so.
    private static func files(below directory: String, _ ending: String) -> [URL] {
        let base = root.appendingPathComponent(directory)
        let names = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
        return names.filter { $0.hasSuffix(ending) }.sorted().map { base.appendingPathComponent($0) }
    }

    private static func lines(_ file: URL) throws -> [String] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
    }

    /// Swift code between fences.
    static func shown() throws -> [Listing] {
        var listings: [Listing] = []
        let articles = files(below: "Sources", ".md").filter { $0.path.contains(".docc/") }
        for file in [root.appendingPathComponent("README.md")] + articles {
            var current: [String]?
            for line in try lines(file) {
                if line == "```swift" {
                    current = []
                } else if line == "```", let text = current {
                    listings.append(Listing(file: file.lastPathComponent, text: text.joined(separator: "\n")))
                    current = nil
                } else {
                    current?.append(line)
                }
            }
        }
        return listings
    }

    /// What stands between `// listing: NAME` and `// listing: end`, moved to the left margin.
    static func compiled() throws -> [Listing] {
        var listings: [Listing] = []
        for file in files(below: "Tests/IMAPDocumentationTests", ".swift") {
            var current: [String]?
            for line in try lines(file) {
                let bare = line.drop { $0 == " " }
                guard bare.hasPrefix("// listing: ") else {
                    current?.append(line)
                    continue
                }
                if bare == "// listing: end", let text = current {
                    listings.append(Listing(file: file.lastPathComponent, text: moved(text)))
                    current = nil
                } else {
                    current = []
                }
            }
        }
        return listings
    }

    private static func moved(_ lines: [String]) -> String {
        let margin = lines.filter { !$0.isEmpty }.map { $0.prefix { $0 == " " }.count }.min() ?? 0
        return lines.map { String($0.dropFirst(margin)) }.joined(separator: "\n")
    }
}

@Suite("Listings of README.md and the articles")
struct ListingTests {
    @Test func everyListingIsCompiled() throws {
        let compiled = Set(try Listings.compiled().map(\.text))
        let shown = try Listings.shown()
        #expect(shown.count >= 10)
        for listing in shown {
            let isCompiled = compiled.contains(listing.text)
            #expect(isCompiled, "\(listing.file) shows: \(listing.text)")
        }
    }

    @Test func everyMarkedRegionIsShown() throws {
        let shown = Set(try Listings.shown().map(\.text))
        for region in try Listings.compiled() {
            let isShown = shown.contains(region.text)
            #expect(isShown, "\(region.file) marks: \(region.text)")
        }
    }

    @Test func theExampleOfTheReadmeIsShort() throws {
        let readme = try Listings.shown().filter { $0.file == "README.md" }
        let lengths = readme.map { $0.text.split(separator: "\n", omittingEmptySubsequences: false).count }
        #expect(lengths.count == 1)
        #expect(lengths.allSatisfy { $0 <= 42 }, "\(lengths)")
    }
}
