import Foundation
import Testing

/// The rows of CONNECTION-STATE.md, which lies beside the checkout or is not there.
enum ConnectionStateRows {
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let file = root.deletingLastPathComponent().appending(path: "shared/CONNECTION-STATE.md")

    static var areThere: Bool { FileManager.default.fileExists(atPath: file.path) }

    /// The number of each row, and what it is about.
    static func all() throws -> [Int: String] {
        let text = try String(contentsOf: file, encoding: .utf8)
        var rows: [Int: String] = [:]
        for match in text.matches(of: #/(?m)^\| ([0-9]+) \| ([^|]*)/#) {
            rows[try #require(Int(match.1))] = String(match.2).trimmingCharacters(in: .whitespaces)
        }
        return rows
    }

    /// The rows that tests name, "Row 32" or `DirtyRow("32: ...`, each with a file that does.
    static func named() throws -> [Int: String] {
        let tests = root.appending(path: "Tests")
        var found: [Int: String] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: tests.path)
        where path.hasSuffix(".swift") && !path.hasSuffix("ConnectionStateRowTests.swift") {
            let text = try String(contentsOf: tests.appending(path: path), encoding: .utf8)
            for match in text.matches(of: #/\b[Rr]ows? ((?:[0-9]+(?:, | and )?)+)/#) {
                for number in match.1.matches(of: #/[0-9]+/#) { found[try #require(Int(number.0))] = path }
            }
            for match in text.matches(of: #/DirtyRow\(\s*"([0-9]+): /#) { found[try #require(Int(match.1))] = path }
        }
        return found
    }

    /// Why no test names a row. Take a reason out when what it waits for comes.
    static let reasons: [Int: String] = [
        8: "objectid-bis is not built: nothing activates OBJECTID, which answers the same to everyone",
        9: "ANNOTATE (RFC 5257) is not built",
        27: "the library drops no privilege and holds no credential: that is the host's, by the end of its account",
        28: "the library has no backend connection and no referral mode: RLIST and REMOTE are not built",
        30: "URLAUTH (RFC 4467) is not built",
        36: "JMAPACCESS (RFC 9698) is not built",
        37: "MESSAGELIMIT (RFC 9738) is not built; PARTIAL keeps no point to go on from",
        38: "UIDBATCHES (RFC 10022) is not built, and keeps nothing",
        45: "no ALERT waits: there is no way for a host to leave one",
        47: "PREVIEW and FUZZY are not built: no command leaves work behind its tagged reply",
    ]
}

@Suite("CONNECTION-STATE.md: a test for every row")
struct ConnectionStateRowTests {
    @Test(.enabled(if: ConnectionStateRows.areThere, "CONNECTION-STATE.md is not beside this checkout"))
    func everyRowHasATestOrAReason() throws {
        let rows = try ConnectionStateRows.all()
        let named = try ConnectionStateRows.named()
        #expect(rows.keys.sorted() == Array(1...49))
        for (row, state) in rows.sorted(by: { $0.key < $1.key }) {
            #expect(
                named[row] != nil || ConnectionStateRows.reasons[row] != nil,
                "row \(row), \(state), has neither a test nor a reason")
        }
    }

    @Test(.enabled(if: ConnectionStateRows.areThere, "CONNECTION-STATE.md is not beside this checkout"))
    func noReasonOutlivesItsRowAndNoTestNamesARowThatIsNone() throws {
        let rows = try ConnectionStateRows.all()
        let named = try ConnectionStateRows.named()
        for (row, reason) in ConnectionStateRows.reasons {
            #expect(rows[row] != nil, "\(row): \(reason)")
            #expect(named[row] == nil, "row \(row) has a test in \(named[row] ?? ""), and a reason: \(reason)")
        }
        for (row, file) in named where rows[row] == nil { Issue.record("\(row), named in \(file), is no row") }
    }
}
