import IMAPHost
import IMAPTypes

/// LIST as RFC 5258 and RFC 3501 describe it, name by name: slow, and obvious.
struct ListModel {
    /// A response: its attributes in any order, and what stands behind them.
    struct Line: Hashable, CustomStringConvertible {
        let attributes: Set<String>
        let rest: String

        var description: String { "(\(attributes.sorted().joined(separator: " "))) \(rest)" }
    }

    /// One command.
    struct Command {
        /// `nil` where there are no parentheses.
        var selection: Set<String>?
        var reference: String
        var patterns: [String]
        var hasPatternList: Bool
        var returns: Set<String>?
        var isLsub = false

        var isExtended: Bool { selection != nil || hasPatternList || returns != nil }

        /// What is sent behind the tag.
        func text(_ random: inout some RandomNumberGenerator) -> String {
            func options(_ names: Set<String>) -> String {
                "(" + names.shuffled(using: &random).joined(separator: " ") + ")"
            }
            func quoted(_ text: String) -> String { "\"\(text)\"" }
            var text = isLsub ? "LSUB " : "LIST "
            if let selection { text += options(selection) + " " }
            text += quoted(reference) + " "
            text += hasPatternList ? "(\(patterns.map(quoted).joined(separator: " ")))" : quoted(patterns[0])
            if let returns { text += " RETURN " + options(returns) }
            return Bool.random(using: &random) ? text : text.replacing("LIST", with: "list")
        }
    }

    let entries: [MailboxEntry]

    /// The responses, or `nil` where the command is BAD.
    func answer(_ command: Command) -> Set<Line>? {
        let selection = command.selection ?? []
        let criteria = selection.intersection(["SUBSCRIBED", "SPECIAL-USE"])
        let isRecursive = selection.contains("RECURSIVEMATCH")
        if isRecursive && criteria.isEmpty { return nil }
        if !command.isExtended, !command.isLsub, command.patterns == [""] {
            return [Line(attributes: ["\\Noselect"], rest: "\"/\" \"\"")]
        }
        let visible = entries.filter { entry in
            if command.isLsub { return entry.isSubscribed && !has(entry, .remote) }
            if has(entry, .nonExistent), !selection.contains("SUBSCRIBED") { return false }
            return selection.contains("REMOTE") || !has(entry, .remote)
        }
        let returns =
            command.isExtended
            ? (command.returns ?? []).union(criteria) : command.isLsub ? [] : ["CHILDREN", "SPECIAL-USE"]
        var names = Set(visible.map(\.name))
        for entry in visible { names.formUnion(above(entry.name)) }

        func entry(_ name: MailboxName) -> MailboxEntry? { visible.first { $0.name == name } }
        func exists(_ name: MailboxName) -> Bool {
            guard let entry = entry(name) else { return false }
            return command.isLsub || !has(entry, .nonExistent)
        }
        func below(_ name: MailboxName) -> Set<MailboxName> { names.filter { above($0).contains(name) } }
        func meets(_ name: MailboxName) -> Bool {
            guard let entry = entry(name) else { return false }
            if criteria.isEmpty { return exists(name) }
            return criteria.allSatisfy {
                $0 == "SUBSCRIBED" ? entry.isSubscribed : entry.attributes.contains { isUse($0) }
            }
        }
        func matches(_ name: MailboxName, _ patterns: [String]) -> Bool {
            patterns.contains { pattern in
                guard !pattern.isEmpty else { return false }
                let whole = Array((command.reference + pattern).utf8)
                guard name.isInbox else { return Self.matches(wire(name)[...], whole[...]) }
                return Self.matches(Array("INBOX".utf8)[...], whole.map { $0 >= 97 && $0 <= 122 ? $0 - 32 : $0 }[...])
            }
        }

        var lines: Set<Line> = []
        for name in names where matches(name, command.patterns) {
            let hasChildren = below(name).contains(where: exists)
            let hasSelectedBelow = below(name).contains(where: meets)
            let isLevel =
                criteria.isEmpty && !exists(name) && hasChildren
                && matches(name, command.patterns.filter { $0.hasSuffix("%") })
            if !meets(name) {
                let isParent =
                    isRecursive && below(name).contains { meets($0) && !matches($0, command.patterns) }
                guard isParent || isLevel else { continue }
            }
            let own = entry(name)?.attributes ?? []
            var attributes: Set<String> = []
            if !exists(name) || (command.isLsub && own.contains(.nonExistent)) {
                attributes.insert(command.isExtended ? "\\NonExistent" : "\\Noselect")
                if isLevel, command.isExtended { attributes.insert("\\HasChildren") }
            } else if own.contains(.noSelect) {
                attributes.insert("\\Noselect")
            } else if own.contains(.marked) {
                attributes.insert("\\Marked")
            }
            if !(command.isLsub && own.contains(.nonExistent)) {
                if own.contains(.noInferiors) { attributes.insert("\\Noinferiors") }
                if own.contains(.remote) { attributes.insert("\\Remote") }
            }
            if returns.contains("SUBSCRIBED"), entry(name)?.isSubscribed == true { attributes.insert("\\Subscribed") }
            if returns.contains("SPECIAL-USE"), own.contains(.sent) { attributes.insert("\\Sent") }
            if returns.contains("CHILDREN"), !own.contains(.noInferiors) {
                attributes.insert(hasChildren ? "\\HasChildren" : "\\HasNoChildren")
            }
            var rest = "\"/\" \(String(decoding: wire(name), as: UTF8.self))"
            if isRecursive, hasSelectedBelow {
                let options = criteria.sorted().map { "\"\($0)\"" }.joined(separator: " ")
                rest += " (\"CHILDINFO\" (\(options)))"
            }
            lines.insert(Line(attributes: attributes, rest: rest))
        }
        return lines
    }

    private func has(_ entry: MailboxEntry, _ attribute: MailboxAttribute) -> Bool {
        entry.attributes.contains(attribute)
    }

    private func isUse(_ attribute: MailboxAttribute) -> Bool { attribute == .sent }

    private func above(_ name: MailboxName) -> [MailboxName] { name.ancestors(separator: 0x2F) }

    /// The one character beyond ASCII in these names is U+E9.
    private func wire(_ name: MailboxName) -> [UInt8] {
        Array(name.description.replacing("\u{E9}", with: "&AOk-").utf8)
    }

    /// By going back, as one would by hand.
    private static func matches(_ name: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
        guard let first = pattern.first else { return name.isEmpty }
        let isWildcard = first == 0x2A || first == 0x25
        if isWildcard, matches(name, pattern.dropFirst()) { return true }
        guard let octet = name.first else { return false }
        if first == 0x2A || (first == 0x25 && octet != 0x2F) { return matches(name.dropFirst(), pattern) }
        return first == octet && matches(name.dropFirst(), pattern.dropFirst())
    }
}
