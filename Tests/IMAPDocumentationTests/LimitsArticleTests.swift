import Foundation
import IMAPCodec
import IMAPExtensions
import IMAPParser
import IMAPServer
import Testing

/// The tables of LimitsAndTimes.md.
private struct LimitsArticle {
    struct Row {
        let what: String
        /// What stands in the columns for values, in their order.
        let values: [String]
        /// `limits.append`, `limits[.searchKeys]`, `Tag.maximumLength`
        let properties: [String]
        let tests: [String]
        let cells: [String]
    }

    let rows: [Row]

    init() throws {
        let file = Listings.root.appendingPathComponent("Sources/IMAPServer/IMAPServer.docc/LimitsAndTimes.md")
        var header: [String] = []
        var rows: [Row] = []
        for line in try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n") {
            guard line.hasPrefix("|") else {
                header = []
                continue
            }
            let cells = line.dropFirst().dropLast().components(separatedBy: "|").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            if header.isEmpty {
                header = cells
            } else if !line.hasPrefix("|---") {
                let row = Dictionary(uniqueKeysWithValues: zip(header, cells))
                rows.append(
                    Row(
                        what: row["what"] ?? "",
                        values: ["before login", "after login", "number"].compactMap { row[$0] }.filter { !$0.isEmpty },
                        properties: LimitsArticle.code(row["property"] ?? row["constant"] ?? ""),
                        tests: LimitsArticle.code(row["test"] ?? ""), cells: cells))
            }
        }
        self.rows = rows
    }

    private static func code(_ cell: String) -> [String] { cell.matches(of: /`([^`]+)`/).map { String($0.1) } }
}

/// The properties of the configuration, by the path to each, with their values as the article writes them.
private enum LimitsOfTheCode {
    static func written(_ number: some BinaryInteger) -> String {
        var digits = Array(String(number).reversed().map(String.init))
        for place in stride(from: 3, to: digits.count, by: 3).reversed() { digits.insert(",", at: place) }
        return digits.reversed().joined()
    }

    private static func collect(_ value: Any, _ path: String, into found: inout [String: String]) {
        switch value {
        case let number as Int: found[path] = written(number)
        case let number as UInt64: found[path] = written(number)
        case let time as Duration: found[path] = written(time.components.seconds) + " s"
        case is CountLimits: break
        default:
            for child in Mirror(reflecting: value).children {
                collect(child.value, "\(path).\(child.label ?? "?")", into: &found)
            }
        }
    }

    static let named: [CountLimit] = [
        .setRanges, .listElements, .options, .fetchItems, .sectionLevels, .searchKeys, .sortCriteria, .listPatterns,
        .patternOctets, .patternOctetsTotal, .enableNames, .comparators, .languages, .metadataEntries, .notifyGroups,
        .notifyEvents, .notifyMailboxes, .notifyChanges, .cancelledTags, .searchContexts, .sortedContextMessages,
        .contextOctets, .appendMessages, .notifyOctets,
    ]

    static let constants: [String: Int] = [
        "Tag.maximumLength": Tag.maximumLength, "CommandHead.maximumNameLength": CommandHead.maximumNameLength,
        "LiteralHeader.maximumDigits": LiteralHeader.maximumDigits,
        "ClientIdentification.maximumFields": ClientIdentification.maximumFields,
        "ClientIdentification.maximumNameLength": ClientIdentification.maximumNameLength,
        "ClientIdentification.maximumValueLength": ClientIdentification.maximumValueLength,
        "ClientIdentification.maximumKeptBeforeLogin": ClientIdentification.maximumKeptBeforeLogin,
        "MailboxName.maximumLength": MailboxName.maximumLength, "Flag.maximumLength": Flag.maximumLength,
        "BodyStructure.maximumDepth": BodyStructure.maximumDepth,
        "BodyStructure.maximumParts": BodyStructure.maximumParts, "Keyword.maximumLength": Keyword.maximumLength,
        "CharsetName.maximumLength": CharsetName.maximumLength, "EntryName.maximumLength": EntryName.maximumLength,
        "AccessIdentifier.maximumLength": AccessIdentifier.maximumLength,
        "ObjectID.maximumLength": ObjectID.maximumLength, "Limits.maximumIdleLine": Limits.maximumIdleLine,
    ]

    static func settable() -> [String: String] {
        var found: [String: String] = [:]
        let configuration = ServerConfiguration()
        collect(configuration.limits, "limits", into: &found)
        collect(configuration.timeouts, "timeouts", into: &found)
        for limit in named { found["limits[.\(limit.name)]"] = written(configuration.limits[limit]) }
        return found
    }
}

@Suite("LimitsAndTimes.md")
struct LimitsArticleTests {
    @Test func everyPropertyHasARowAndEveryRowAProperty() throws {
        let rows = try LimitsArticle().rows
        let named = rows.flatMap(\.properties)
        #expect(Set(named).count == named.count, "a property has two rows")
        let there = Set(LimitsOfTheCode.settable().keys).union(LimitsOfTheCode.constants.keys)
        #expect(there.subtracting(named).sorted() == [], "properties without a row")
        #expect(Set(named).subtracting(there).sorted() == [], "rows without a property")
    }

    /// One property has one value, before and after login; two have one each.
    @Test func everyValueIsThatOfTheCode() throws {
        var values = LimitsOfTheCode.settable()
        for (name, number) in LimitsOfTheCode.constants { values[name] = LimitsOfTheCode.written(number) }
        for row in try LimitsArticle().rows {
            let expected = row.properties.compactMap { values[$0] }
            #expect(!row.properties.isEmpty && !row.values.isEmpty, "\(row.what)")
            if row.properties.count == 1 {
                #expect(row.values.allSatisfy { $0 == expected.first }, "\(row.what): \(row.values) is \(expected)")
            } else {
                #expect(row.values == expected, "\(row.what)")
            }
            #expect(row.cells.count >= 6)
            #expect(row.what.isEmpty == false && !row.cells.suffix(3).contains(""), "\(row.what): an empty cell")
        }
    }

    /// A limit that is declared anywhere is listed here, and by the name of its constant.
    @Test func everyDeclaredLimitIsListed() throws {
        var declared: Set<String> = []
        let sources = Listings.root.appendingPathComponent("Sources")
        for case let path as String in try #require(FileManager.default.enumerator(atPath: sources.path))
        where path.hasSuffix(".swift") {
            let text = try String(contentsOf: sources.appendingPathComponent(path), encoding: .utf8)
            for match in text.matches(of: /public static let (\w+) = CountLimit\("(\w+)"/) {
                #expect(match.1 == match.2, "\(path)")
                #expect(declared.insert(String(match.1)).inserted, "\(path): \(match.1) is declared twice")
            }
        }
        #expect(declared == Set(LimitsOfTheCode.named.map(\.name)))
    }

    /// And so are the numbers that no host sets: each that is public begins so.
    @Test func everyConstantIsListed() throws {
        var declared: [String] = []
        let sources = Listings.root.appendingPathComponent("Sources")
        for case let path as String in try #require(FileManager.default.enumerator(atPath: sources.path))
        where path.hasSuffix(".swift") {
            let text = try String(contentsOf: sources.appendingPathComponent(path), encoding: .utf8)
            for match in text.matches(of: #/public static let (maximum\w*) = /#) { declared.append(String(match.1)) }
        }
        let listed = LimitsOfTheCode.constants.keys.map { String($0.split(separator: ".").last ?? "") }
        #expect(declared.sorted() == listed.sorted())
    }

    @Test func everyRowNamesATestThatExists() throws {
        let tests = Listings.root.appendingPathComponent("Tests")
        var functions: Set<String> = []
        for case let path as String in try #require(FileManager.default.enumerator(atPath: tests.path))
        where path.hasSuffix(".swift") {
            let text = try String(contentsOf: tests.appendingPathComponent(path), encoding: .utf8)
            // An attribute of the line before, or of the same one.
            for match in text.matches(of: #/@Test[\s\S]*?func (\w+)\(/#) { functions.insert(String(match.1)) }
        }
        for row in try LimitsArticle().rows {
            #expect(!row.tests.isEmpty, "\(row.what): no test")
            for test in row.tests { #expect(functions.contains(test), "\(row.what): \(test)") }
        }
    }
}
