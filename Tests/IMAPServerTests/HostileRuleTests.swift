import Foundation
import Testing

/// The rules of HOSTILE-INPUT.md, which lies beside the checkout, as the standards library does, or is not there.
enum HostileRules {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static let file = root.deletingLastPathComponent().appending(path: "shared/HOSTILE-INPUT.md")

    static var areThere: Bool { FileManager.default.fileExists(atPath: file.path) }

    /// A rule is defined where it stands in bold.
    static func all() throws -> Set<String> {
        let text = try String(contentsOf: file, encoding: .utf8)
        return Set(text.matches(of: /\*\*([RU](?:-[A-Z0-9]+)*-[0-9]+)\*\*/).map { String($0.1) })
    }

    /// The rules that are named under Tests, each with one of the files that name it. Not in this file.
    static func named() throws -> [String: String] {
        let tests = root.appending(path: "Tests")
        var found: [String: String] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: tests.path)
        where path.hasSuffix(".swift") && !path.hasSuffix("HostileRuleTests.swift") {
            let text = try String(contentsOf: tests.appending(path: path), encoding: .utf8)
            for match in text.matches(of: /\b([RU](?:-[A-Z0-9]+)*-[0-9]+)\b/) { found[String(match.1)] = path }
        }
        return found
    }

    /// The text of a file of the checkout.
    static func text(of path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// The Swift files under a folder of the checkout.
    static func sources(_ folder: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: folder).path)
            .filter { $0.hasSuffix(".swift") || $0.hasSuffix(".md") }.map { "\(folder)/\($0)" }
    }

    private static let urlauth = "URLAUTH (RFC 4467) is not built yet"

    /// Why no test names a rule. Take a reason out when what it waits for comes.
    static let reasons: [String: String] = [
        "R-AZ-4": urlauth,
        "R-AZ-5": "no session state is serialised: there is neither hibernation nor a hand-over",
        "U-T-2": "no mechanism that is built binds to the channel: SCRAM (RFC 7677) and its -PLUS are not built yet",
    ]
}

@Suite("HOSTILE-INPUT.md: a test for every rule")
struct HostileRuleTests {
    @Test(.enabled(if: HostileRules.areThere, "HOSTILE-INPUT.md is not beside this checkout"))
    func everyRuleHasATestOrAReason() throws {
        let rules = try HostileRules.all()
        let named = try HostileRules.named()
        #expect(rules.count >= 130)
        for rule in rules.sorted() {
            #expect(named[rule] != nil || HostileRules.reasons[rule] != nil, "\(rule) has neither a test nor a reason")
        }
    }

    @Test(.enabled(if: HostileRules.areThere, "HOSTILE-INPUT.md is not beside this checkout"))
    func noReasonOutlivesItsRuleAndNoTestNamesARuleThatIsNone() throws {
        let rules = try HostileRules.all()
        let named = try HostileRules.named()
        for (rule, reason) in HostileRules.reasons {
            #expect(rules.contains(rule), "\(rule): \(reason)")
            #expect(named[rule] == nil, "\(rule) has a test in \(named[rule] ?? ""), and a reason: \(reason)")
        }
        for (name, file) in named where !rules.contains(name) {
            Issue.record("\(name), named in \(file), is no rule")
        }
    }
}
