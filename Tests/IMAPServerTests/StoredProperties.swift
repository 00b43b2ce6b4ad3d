import Foundation

/// The stored properties of the first type in a source file, by name: lines of one indent that begin with `let`, `var`
/// or `private var` and open no body.
func storedProperties(of path: String) throws -> [String] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    let text = try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    var names: [String] = []
    var isInside = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
        if line.contains("struct "), line.hasSuffix("~Copyable, Sendable {") { isInside = true }
        if isInside, line == "}" { break }
        guard isInside, line.hasPrefix("    "), !line.hasPrefix("     ") else { continue }
        let words = line.split(separator: " ").filter {
            !["private", "private(set)", "public", "package"].contains($0)
        }
        guard words.count >= 2, ["let", "var"].contains(words[0]), !line.contains("{") else { continue }
        names.append(String(words[1].split(separator: ":")[0]))
    }
    return names
}
