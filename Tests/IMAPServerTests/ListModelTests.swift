import IMAPHost
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("LIST against a slow and obvious model (RFC 3501 section 6.3.8, RFC 5258)")
struct ListModelTests {
    private static let parts = ["a", "b", "ab", "a-b", "a b", "INBOX", "inbox", "InboX", "\u{E9}", "a\u{E9}", "z"]
    private static let pieces = ["*", "%", "a", "b", "/", "-", "INBOX", "inbox", "&AOk-", "&AOk", "z", "*a", "%/%"]

    private static func tree(_ random: inout SeededGenerator) -> [MailboxEntry] {
        var names: Set<MailboxName> = []
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            let depth = Int.random(in: 1...4, using: &random)
            let path = (0..<depth).compactMap { _ in parts.randomElement(using: &random) }.joined(separator: "/")
            if let name = MailboxName(path) { names.insert(name) }
        }
        // A set's order is not the seed's.
        return names.sorted { $0.octets.lexicographicallyPrecedes($1.octets) }.map { name in
            var attributes: [MailboxAttribute] = []
            var isSubscribed = Bool.random(using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0, 1:
                attributes = [.nonExistent]
                isSubscribed = true
            case 2: attributes = [.remote]
            case 3: attributes = [.noSelect, .marked]
            case 4: attributes = [.noInferiors]
            case 5, 6: attributes = [.sent]
            case 7: attributes = [.marked, .unmarked, .sent, .hasChildren, .subscribed]
            default: break
            }
            return MailboxEntry(name, attributes: attributes, isSubscribed: isSubscribed)
        }.shuffled(using: &random)
    }

    private static func some(_ names: [String], _ random: inout SeededGenerator) -> Set<String>? {
        guard Int.random(in: 0..<3, using: &random) > 0 else { return nil }
        return Set(names.filter { _ in Bool.random(using: &random) })
    }

    private static func command(_ random: inout SeededGenerator) -> ListModel.Command {
        func pattern() -> String {
            (0..<Int.random(in: 0...4, using: &random)).compactMap { _ in pieces.randomElement(using: &random) }
                .joined()
        }
        let kind = Int.random(in: 0..<6, using: &random)
        let reference = ["", "", "", "a/", "inbox", "INBOX/", "*"].randomElement(using: &random) ?? ""
        guard kind > 1 else {
            return ListModel.Command(
                selection: nil, reference: reference, patterns: [pattern()], hasPatternList: false, returns: nil,
                isLsub: kind == 0)
        }
        let hasList = Bool.random(using: &random)
        return ListModel.Command(
            selection: some(["SUBSCRIBED", "REMOTE", "RECURSIVEMATCH", "SPECIAL-USE"], &random), reference: reference,
            patterns: (0..<(hasList ? Int.random(in: 1...4, using: &random) : 1)).map { _ in pattern() },
            hasPatternList: hasList, returns: some(["SUBSCRIBED", "CHILDREN", "SPECIAL-USE"], &random))
    }

    /// A response, taken apart.
    private static func line(_ text: Substring) -> ListModel.Line? {
        guard let open = text.firstIndex(of: "("), let close = text.firstIndex(of: ")") else { return nil }
        let attributes = text[text.index(after: open)..<close].split(separator: " ").map { String($0) }
        guard Set(attributes).count == attributes.count else { return nil }
        return ListModel.Line(attributes: Set(attributes), rest: String(text[text.index(close, offsetBy: 2)...]))
    }

    @Test func randomTreesAndCommandsAreAnsweredAsTheModelDoes() async throws {
        let lab = try await ListLab([])
        var random = SeededGenerator(seed: 5258)
        for round in 1...6000 {
            if round % 3 == 1 { lab.store.entries = Self.tree(&random) }
            let model = ListModel(entries: lab.store.entries)
            let command = Self.command(&random)
            let text = command.text(&random)
            let answer = await lab.client.line("a \(text)")
            var lines = answer.split(separator: "\r\n")
            let tagged = lines.popLast() ?? ""
            guard let expected = model.answer(command) else {
                #expect(tagged.hasPrefix("a BAD "), "round \(round): \(text)\n\(answer)")
                await lab.client.line("n NOOP")
                continue
            }
            // Names with a space are quoted; the order of CHILDINFO's options is free.
            let found = lines.compactMap { Self.line($0) }.map { line in
                ListModel.Line(
                    attributes: line.attributes,
                    rest: Self.unquoted(line.rest).replacing(
                        "(\"SUBSCRIBED\" \"SPECIAL-USE\")", with: "(\"SPECIAL-USE\" \"SUBSCRIBED\")"))
            }
            guard Set(found) == expected, found.count == expected.count, tagged.hasPrefix("a OK ") else {
                let names = lab.store.entries.map {
                    "\($0.name) \($0.attributes.map { String(decoding: $0.octets, as: UTF8.self) }) \($0.isSubscribed)"
                }
                Issue.record(
                    """
                    round \(round): \(text)
                    \(names.sorted().joined(separator: "\n"))
                    --- missing: \(expected.subtracting(found).map(\.description).sorted().joined(separator: "\n"))
                    --- too much: \(Set(found).subtracting(expected).map(\.description).sorted().joined(separator: "\n"))
                    \(answer)
                    """)
                return
            }
        }
    }

    /// The mailbox's name without quotes.
    private static func unquoted(_ rest: String) -> String {
        guard rest.hasPrefix("\"/\" \""), !rest.hasPrefix("\"/\" \"\"") else { return rest }
        let name = rest.dropFirst(5)
        guard let end = name.firstIndex(of: "\"") else { return rest }
        return "\"/\" " + name[..<end] + name[name.index(after: end)...]
    }
}
