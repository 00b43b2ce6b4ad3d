import Foundation
import IMAPCodec
import IMAPMemoryStore
import IMAPParser
import IMAPTypes
import Testing

@testable import IMAPExtensions
@testable import IMAPServer

/// A client command as an RFC prints it: a line of `vectors.jsonl`.
struct CommandVector: Sendable {
    let rfc: String
    let wire: [UInt8]

    /// The words behind the tag, in upper case, as far as the command's front and its plain arguments go.
    var words: [String] {
        String(decoding: wire, as: UTF8.self).split(separator: "\r\n").first.map { line in
            line.split(separator: " ").dropFirst().map { $0.uppercased() }
        } ?? []
    }

    /// `FETCH`, or `UID FETCH`.
    var name: String { words.first == "UID" ? words.prefix(2).joined(separator: " ") : words.first ?? "" }

    /// What stands behind the command's name.
    var arguments: String { words.dropFirst(words.first == "UID" ? 2 : 1).joined(separator: " ") }

    /// The standards library beside the checkout, which not every checkout has. This file is three levels below the
    /// package's root.
    static let file = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "shared/standards/vectors.jsonl")

    static var isThere: Bool { FileManager.default.fileExists(atPath: file.path) }

    private struct Line: Decodable {
        let rfc: JSONValue
        let dir: String
        let kind: String
        let wire: String
    }

    /// An RFC's number, or a draft's name.
    private enum JSONValue: Decodable {
        case text(String)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
                self = .text("RFC \(number)")
            } else {
                self = .text(try container.decode(String.self))
            }
        }
    }

    static func all() throws -> [CommandVector] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { text in
            let line = try JSONDecoder().decode(Line.self, from: Data(text.utf8))
            guard line.dir == "C", line.kind == "command", case .text(let rfc) = line.rfc else { return nil }
            return CommandVector(rfc: rfc, wire: Array(line.wire.utf8))
        }
    }
}

/// Why a vector of a command that exists is left out: grammar of an extension that does not exist yet.
///
/// The rules look at the command's text and at what is registered, never at whether it was decoded. Take a rule out
/// when its grammar comes.
private struct LeavingOut {
    let tables: ServerTables

    func reason(_ vector: CommandVector) -> String? {
        let arguments = vector.arguments
        switch vector.name {
        case "SELECT", "EXAMINE": return options(.select, in: arguments.drop { $0 != "(" })
        case "STORE", "UID STORE", "COPY", "UID COPY", "MOVE", "UID MOVE":
            if let setAtom, arguments.hasPrefix("$") { return setAtom }
            if arguments.contains(" ANNOTATION") { return "STORE ANNOTATION" }
            let rest = arguments.drop { $0 != " " }.dropFirst()
            return rest.hasPrefix("(") ? options(.store, in: rest) : nil
        case "CREATE": return arguments.contains(" (") ? options(.create, in: arguments.drop { $0 != "(" }) : nil
        case "LIST":
            if arguments.hasPrefix("("), !arguments.hasPrefix("()"), let reason = options(.listSelection, in: arguments)
            {
                return reason
            }
            guard let behind = arguments.range(of: "RETURN (") else { return nil }
            let list = arguments[behind.upperBound...]
            guard list.hasPrefix("STATUS ") else { return options(.listReturn, in: list) }
            for item in atoms(list.dropFirst(7)) where !isStatusItem(item) { return "LIST STATUS \(item)" }
            return options(.listReturn, in: list)
        case "APPEND": return arguments.contains("CATENATE (") ? "APPEND CATENATE (RFC 4469)" : nil
        case "STATUS":
            for item in atoms(arguments.drop { $0 != "(" }) where !isStatusItem(item) { return "STATUS \(item)" }
            return nil
        case "FETCH", "UID FETCH": return fetchReason(arguments)
        case "SEARCH", "UID SEARCH": return searchReason(arguments)
        case "SORT", "UID SORT": return searchReason(arguments) ?? sortReason(arguments)
        case "AUTHENTICATE": return arguments.hasPrefix("\"") ? "quoted mechanism, the RFC's own error" : nil
        default: return nil
        }
    }

    private var setAtom: String? { tables.grammar.setAtoms.isEmpty ? "$ (RFC 5182)" : nil }

    /// The first option that is not known, in a list that begins here.
    private func options(_ place: OptionPlace, in list: some StringProtocol) -> String? {
        guard let first = atoms(list).first else { return nil }
        let known = keyword(first).map { tables.grammar.options[place]?[$0] != nil } ?? false
        return known ? nil : "\(place) option \(first)"
    }

    private func atoms(_ text: some StringProtocol) -> [String] {
        text.split(whereSeparator: { $0 == " " || $0 == "(" || $0 == ")" }).map { String($0) }
    }

    private func keyword(_ text: String) -> Keyword? {
        let octets = octets(text)
        return Keyword(octets.span)
    }

    private func isStatusItem(_ name: String) -> Bool {
        keyword(name).map { tables.grammar.statusItems[$0] != nil } ?? false
    }

    /// The text with nothing between brackets.
    private func withoutSections(_ text: String) -> String {
        var kept = ""
        var isInside = false
        for character in text {
            if character == "]" { isInside = false }
            if !isInside { kept.append(character) }
            if character == "[" { isInside = true }
        }
        return kept
    }

    /// Keys and options of extensions that do not exist yet.
    private func searchReason(_ arguments: String) -> String? {
        let keys: [String] = [
            "MODSEQ", "ANNOTATION", "FILTER", "FUZZY", "EMAILID", "THREADID", "SAVEDON", "SAVEDSINCE", "SAVEDBEFORE",
            "UIDAFTER", "UIDBEFORE",
        ]
        let options = ["CONTEXT", "UPDATE", "PARTIAL", "RELEVANCY"]
        let words = atoms(arguments)
        for name in keys where words.contains(name) && keyword(name).flatMap({ tables.grammar.searchKeys[$0] }) == nil {
            return "SEARCH \(name)"
        }
        let known = tables.grammar.options[.searchReturn] ?? KeywordTable()
        for name in options where words.contains(name) && keyword(name).flatMap({ known[$0] }) == nil {
            return "SEARCH RETURN \(name)"
        }
        return nil
    }

    /// RFC 5267 prints two SORT commands without their criteria.
    private func sortReason(_ arguments: String) -> String? {
        let list = arguments.hasPrefix("RETURN ") ? arguments.drop { $0 != ")" }.dropFirst(2) : arguments[...]
        guard list.hasPrefix("(") else { return "SORT without criteria, the RFC's own error" }
        let known = tables.grammar.options[.sort] ?? KeywordTable()
        for name in atoms(list.prefix { $0 != ")" }) where name != "REVERSE" {
            if keyword(name).map({ known[$0] == nil }) ?? true { return "SORT \(name)" }
        }
        return nil
    }

    private func fetchReason(_ arguments: String) -> String? {
        if let setAtom, arguments.hasPrefix("$") { return setAtom }
        var arguments = withoutSections(arguments)
        // Behind a list of items, or behind the one that stands without parentheses.
        let isList = arguments.drop { $0 != " " }.hasPrefix(" (")
        if let modifiers = arguments.range(of: isList ? ") (" : " (") {
            if let reason = options(.fetch, in: arguments[modifiers.upperBound...]) { return reason }
            arguments = String(arguments[..<modifiers.lowerBound])
        }
        for item in atoms(arguments).dropFirst() {
            guard let name = keyword(String(item.prefix { $0 != "[" })) else { return "FETCH \(item)" }
            let isKnown =
                item.contains("[")
                ? tables.grammar.fetchSections[name] != nil
                : tables.grammar.fetchItems[name] != nil || tables.grammar.fetchMacros[name] != nil
            if !isKnown { return "FETCH \(item)" }
        }
        return nil
    }
}

@Suite("The examples of the RFCs")
struct VectorsTests {
    /// How many vectors are covered now. It grows with the commands; change it when the count printed below is right.
    static let covered = 536

    private func decode(_ vector: CommandVector, _ tables: ServerTables) -> SyntaxError.Kind? {
        var framer = Framer(limits: tables.configuration.limits.afterLogin)
        var input = InputBuffer(vector.wire)
        while true {
            switch framer.next(&input) {
            case .literal:
                let head = framer.head
                do throws(SyntaxError) {
                    guard try streams(framer.partialFrame, head, tables) else {
                        if !framer.buffer() { return .limit }
                        continue
                    }
                } catch {
                    return error.kind
                }
                _ = framer.stream()
                while case .octets = framer.readStream(&input, max: 100) {}
            case .command(let frame) where frame.tailStart != nil:
                let tail = ArgumentReader(tailOf: frame, nesting: tables.configuration.limits.nestingAfterLogin)
                return tail.isAtEnd && input.isEmpty ? nil : .trailing
            case .needsMore, .overLimit, .skipped, .lost: return .missing
            case .command(let frame):
                guard input.isEmpty, frame.flaws.isEmpty, frame.head.tag != nil else { return .trailing }
                let uid = frame.head.uidCommand.flatMap { tables.uidCommands[$0] }
                guard let found = uid ?? frame.head.name.flatMap({ tables.commands[$0] }) else { return .unknown }
                let numbering: MessageNumbering = uid == nil ? .sequenceNumbers : .uids
                var arguments = ArgumentReader(
                    frame, head: frame.head, nesting: tables.configuration.limits.nestingAfterLogin)
                do throws(SyntaxError) {
                    _ = try found.init(&arguments, Grammar(tables.grammar, numbering: numbering, modes: [.qResync]))
                    return arguments.isAtEnd ? nil : .trailing
                } catch {
                    return error.kind
                }
            }
        }
    }

    /// Whether the literal that was announced is a message on its way to a mailbox.
    private func streams(_ frame: Frame, _ head: CommandHead, _ tables: ServerTables) throws(SyntaxError) -> Bool {
        guard let type = head.name.flatMap({ tables.commands[$0] }) as? any StreamingCommand.Type else { return false }
        let nesting = tables.configuration.limits.nestingAfterLogin
        var arguments = ArgumentReader(frame, head: head, nesting: nesting)
        if frame.tailStart != nil {
            arguments = ArgumentReader(tailOf: frame, nesting: nesting)
            _ = try AppendCommand.Message(&arguments, takesUTF8: true)
            try arguments.end()
            return true
        }
        return try type.init(front: &arguments, Grammar(tables.grammar, numbering: .sequenceNumbers)) != nil
    }

    private func exists(_ vector: CommandVector, _ tables: ServerTables) -> Bool {
        let name = octets(vector.words.dropFirst(vector.words.first == "UID" ? 1 : 0).first ?? "")
        guard let keyword = Keyword(name.span) else { return false }
        return (vector.words.first == "UID" ? tables.uidCommands : tables.commands)[keyword] != nil
    }

    /// Skipped, and said so, where the standards library is not beside the checkout.
    @Test(.enabled(if: CommandVector.isThere, "../shared/standards/vectors.jsonl is not there"))
    func everyClientCommandOfTheCommandsThatExistIsDecoded() throws {
        let tables = try ServerTables(
            IMAPExtension.standard, ServerConfiguration(), authenticator: TestUsers(), store: MemoryStore())
        let rules = LeavingOut(tables: tables)
        var covered: [String: Int] = [:]
        var leftOut: [String: Int] = [:]
        var missing: [String: Int] = [:]
        for vector in try CommandVector.all() {
            guard exists(vector, tables) else {
                missing[vector.name, default: 0] += 1
                continue
            }
            if let reason = rules.reason(vector) {
                leftOut[reason, default: 0] += 1
                continue
            }
            let error = decode(vector, tables)
            #expect(error == nil, "\(vector.rfc): \(String(decoding: vector.wire, as: UTF8.self))")
            if error == nil { covered[vector.name, default: 0] += 1 }
        }
        let total = covered.values.reduce(0, +)
        report("covered", covered)
        report("left out", leftOut)
        report("no such command yet", missing)
        #expect(
            total == VectorsTests.covered,
            "vectors covered: \(total). More is progress, or a new vectors.jsonl: set it. Fewer is a regression.")
    }

    private func report(_ title: String, _ counts: [String: Int]) {
        let names = counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        print("vectors \(title): \(counts.values.reduce(0, +)): \(names.joined(separator: "; "))")
    }
}
