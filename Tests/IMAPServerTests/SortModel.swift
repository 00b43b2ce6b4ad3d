import Foundation
import IMAPHost
import IMAPMemoryStore
import IMAPTestKit
import IMAPTypes

/// A message for SORT and THREAD, and what it is compared by, said outright.
struct SortModel {
    var uid = 0
    var subject: String
    /// What is left of ``subject``, in the form that is compared.
    var base: String
    var isReply: Bool
    var from: (name: String?, local: String)?
    var to: String?
    var cc: String?
    /// Seconds since 1970; `nil` without a Date field.
    var sent: Int?
    var arrived: Int
    var id: String?
    var references: [String]
    /// In-Reply-To, when there are no references.
    var inReplyTo: String?
    var padding: Int

    var date: Int { sent ?? arrived }

    static let subjects = ["alpha", "Beta", "GAMMA", "caf\u{E9}", "CAFE\u{301}", "\u{3B4}\u{3AD}lta", "", "zulu"]
    static let keys = ["ALPHA", "BETA", "GAMMA", "CAFE\u{301}", "CAFE\u{301}", "\u{394}\u{395}\u{301}LTA", "", "ZULU"]
    static let markers = ["", "", "", "Re: ", "[list] ", "Fwd: [x] ", "re[2]: re: "]

    init(_ random: inout SeededGenerator, ids: Int) {
        let which = Int.random(in: 0..<SortModel.subjects.count, using: &random)
        let marker = SortModel.markers.randomElement(using: &random) ?? ""
        subject = marker + SortModel.subjects[which]
        base = SortModel.keys[which]
        isReply = marker.lowercased().contains("re") || marker.contains("Fwd")
        // A tag that alone is left stays.
        if base.isEmpty, marker == "[list] " { base = "[LIST]" }
        if base.isEmpty, marker == "Fwd: [x] " { base = "[X]" }
        func name(_ random: inout SeededGenerator) -> String {
            ["ann", "Bob", "bob", "carl"].randomElement(using: &random) ?? ""
        }
        from =
            Int.random(in: 0..<8, using: &random) == 0
            ? nil : (["Zed", "Adam", "\u{E9}mile", nil].randomElement(using: &random) ?? nil, name(&random))
        to = Bool.random(using: &random) ? name(&random) : nil
        cc = Bool.random(using: &random) ? name(&random) : nil
        sent =
            Int.random(in: 0..<5, using: &random) == 0
            ? nil : Int.random(in: 0..<20, using: &random) * 3600 + 1_000_000_000
        arrived = Int.random(in: 0..<20, using: &random) * 3600 + 1_000_000_000
        func anyID(_ random: inout SeededGenerator) -> String { "\(Int.random(in: 0..<ids, using: &random))@X" }
        id = Int.random(in: 0..<10, using: &random) == 0 ? nil : anyID(&random)
        references =
            Int.random(in: 0..<3, using: &random) == 0
            ? [] : (0..<Int.random(in: 1...4, using: &random)).map { _ in anyID(&random) }
        inReplyTo = Int.random(in: 0..<4, using: &random) == 0 ? anyID(&random) : nil
        padding = Int.random(in: 0..<200, using: &random)
    }

    var parents: [String] { references.isEmpty ? [inReplyTo].compactMap { $0 } : references }

    func mail(_ random: inout SeededGenerator) -> String {
        var mail = ""
        if !subject.isEmpty { mail += "Subject: =?utf-8?b?\(base64(subject))?=\n" }
        if let from {
            let name = from.name.map { "=?UTF-8?B?\(base64($0))?= " } ?? ""
            mail += "From: \(name)<\(from.local)@example.com>\n"
        }
        if let to { mail += "To: \(to)@example.org, other@example.org\n" }
        if let cc { mail += "Cc: \(cc)@example.org\n" }
        if let sent {
            // The same moment in one zone or another.
            let hours = Int.random(in: -11...11, using: &random)
            let date = InternalDate(secondsSince1970: Int64(sent + hours * 3600))
            let month = String(decoding: InternalDate.monthNames[date.month - 1], as: UTF8.self)
            let zone = (hours < 0 ? "-" : "+") + (abs(hours) < 10 ? "0" : "") + "\(abs(hours))00"
            mail += "Date: \(date.day) \(month) \(date.year) \(date.hour):\(date.minute):\(date.second) \(zone)\n"
        }
        if let id {
            mail +=
                Bool.random(using: &random)
                ? "Message-ID: <\(id)>\n" : "Message-ID: <\"\(id.prefix { $0 != "@" })\"@X>\n"
        }
        if !references.isEmpty { mail += "References: " + references.map { "<\($0)>" }.joined(separator: "\n ") + "\n" }
        if let inReplyTo { mail += "In-Reply-To: your message <\(inReplyTo)> of <today@X>\n" }
        return mail + "\n" + String(repeating: "x", count: padding) + "\n"
    }

    // MARK: SORT

    enum Value: Equatable {
        case number(Int)
        case text(String)

        static func < (a: Value, b: Value) -> Bool {
            switch (a, b) {
            case (.number(let a), .number(let b)): a < b
            case (.text(let a), .text(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
            default: false
            }
        }
    }

    func value(_ key: String, size: Int) -> Value {
        switch key {
        case "ARRIVAL": .number(arrived)
        case "DATE": .number(date)
        case "SIZE": .number(size)
        case "SUBJECT": .text(base)
        case "FROM": .text((from?.local ?? "").uppercased())
        case "TO": .text((to ?? "").uppercased())
        case "CC": .text((cc ?? "").uppercased())
        case "DISPLAYFROM":
            .text(
                from.map { $0.name ?? "\($0.local)@example.com" }.map {
                    $0.uppercased().decomposedStringWithCanonicalMapping
                } ?? "")
        default: .text(to.map { "\($0)@example.org".uppercased() } ?? "")
        }
    }
}

/// Step by step as RFC 5256 section 3 has it, with walks through every tree.
final class SlowThreads {
    final class Node {
        let message: SortModel?
        let number: Int
        weak var parent: Node?
        var children: [Node] = []

        init(_ message: SortModel?, _ number: Int) {
            self.message = message
            self.number = number
        }

        var isReply: Bool { message?.isReply ?? false }
        var subject: String { message?.base ?? children.first?.subject ?? "" }
        /// When it was sent, and its place in the mailbox.
        var key: (Int, Int) { message.map { ($0.date, number) } ?? children.first?.key ?? (0, 0) }

        func isBelow(_ other: Node) -> Bool {
            var node: Node? = self
            while let one = node {
                if one === other { return true }
                node = one.parent
            }
            return false
        }

        func add(_ child: Node) {
            guard !isBelow(child) else { return }
            child.parent?.children.removeAll { $0 === child }
            child.parent = self
            children.append(child)
        }

        func sort() {
            for child in children { child.sort() }
            children.sort { $0.key < $1.key }
        }

        func prune() {
            for child in children { child.prune() }
            children = children.flatMap { child -> [Node] in
                guard child.message == nil else { return [child] }
                return parent == nil && number < 0 && child.children.count > 1 ? [child] : child.children
            }
            for child in children { child.parent = self }
        }

        func written(_ name: (Node) -> Int) -> String {
            var text = message == nil ? "" : "\(name(self))"
            if children.count == 1 { return text + (text.isEmpty ? "" : " ") + children[0].written(name) }
            if !children.isEmpty { text += text.isEmpty ? "" : " " }
            return text + children.map { "(\($0.written(name)))" }.joined()
        }
    }

    static func references(_ models: [SortModel], uid: Bool) -> String {
        var byID: [String: Node] = [:]
        // All messages before any reference.
        let nodes = models.enumerated().map { number, model -> Node in
            let node = Node(model, number + 1)
            if let id = model.id, byID[id] == nil { byID[id] = node }
            return node
        }
        for node in nodes {
            var parent: Node?
            for id in node.message?.parents ?? [] {
                let next = byID[id] ?? Node(nil, 0)
                byID[id] = next
                if let parent, next.parent == nil { parent.add(next) }
                parent = next
            }
            node.parent?.children.removeAll { $0 === node }
            node.parent = nil
            parent?.add(node)
        }
        let root = Node(nil, -1)
        var seen: Set<ObjectIdentifier> = []
        for node in nodes + Array(byID.values) where node.parent == nil && seen.insert(ObjectIdentifier(node)).inserted
        {
            root.children.append(node)
        }
        root.prune()
        root.sort()
        var table: [String: Node] = [:]
        for node in root.children where !node.subject.isEmpty {
            guard let there = table[node.subject] else {
                table[node.subject] = node
                continue
            }
            if there.message != nil, node.message == nil || (there.isReply && !node.isReply) {
                table[node.subject] = node
            }
        }
        for node in root.children where !node.subject.isEmpty {
            guard let there = table[node.subject], there !== node else { continue }
            if there.message == nil, node.message == nil {
                for child in node.children { there.add(child) }
                root.children.removeAll { $0 === node }
            } else if there.message == nil || (node.isReply && !there.isReply) {
                root.children.removeAll { $0 === node }
                there.add(node)
            } else {
                let subject = node.subject
                let dummy = Node(nil, 0)
                root.children.removeAll { $0 === node || $0 === there }
                dummy.add(there)
                dummy.add(node)
                root.children.append(dummy)
                table[subject] = dummy
            }
        }
        root.sort()
        return root.children.map { "(\($0.written { uid ? $0.message?.uid ?? 0 : $0.number }))" }.joined()
    }

    static func orderedSubject(_ models: [SortModel], uid: Bool) -> String {
        let nodes = models.enumerated().map { Node($0.element, $0.offset + 1) }.sorted { $0.key < $1.key }
        var threads: [Node] = []
        for node in nodes {
            if let thread = threads.first(where: { $0.subject == node.subject }) {
                thread.children.append(node)
            } else {
                threads.append(node)
            }
        }
        return threads.map { "(\($0.written { uid ? $0.message?.uid ?? 0 : $0.number }))" }.joined()
    }
}
