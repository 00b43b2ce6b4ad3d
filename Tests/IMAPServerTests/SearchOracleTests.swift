import Foundation
import IMAPHost
import IMAPMemoryStore
import IMAPTestKit
import IMAPTypes
import Testing

/// What a client may look for, as a tree.
private indirect enum Key {
    case all
    case flag(String, isSet: Bool)
    case keyword(String, isSet: Bool)
    case subject(String)
    case from(String)
    case hasField(String)
    case body(String)
    case text(String)
    case since(Int)
    case before(Int)
    case on(Int)
    case sentSince(Int)
    case larger(Int)
    case smaller(Int)
    case numbers(ClosedRange<Int>)
    case uids(ClosedRange<Int>)
    case saved
    case not(Key)
    case or(Key, Key)
    case and([Key])

    /// As a client writes it, in some way or other.
    func text(_ random: inout SeededGenerator) -> String {
        switch self {
        case .all: return "ALL"
        case .flag(let name, let isSet): return isSet ? name : "UN\(name)"
        case .keyword(let name, let isSet): return "\(isSet ? "KEYWORD" : "unkeyword") \(name)"
        case .subject(let text): return "SUBJECT \(quoted(text, &random))"
        case .from(let text): return "from \(quoted(text, &random))"
        case .hasField(let name): return "HEADER \(name) \"\""
        case .body(let text): return "BODY \(quoted(text, &random))"
        case .text(let text): return "TEXT \(quoted(text, &random))"
        case .since(let day): return "SINCE \(day)-Mar-2021"
        case .before(let day): return "BEFORE \"\(day)-mar-2021\""
        case .on(let day): return "ON \(day)-MAR-2021"
        case .sentSince(let day): return "SENTSINCE \(day)-Mar-2021"
        case .larger(let size): return "LARGER \(size)"
        case .smaller(let size): return "SMALLER \(size)"
        case .numbers(let range): return set(range, &random)
        case .uids(let range): return "UID \(set(range, &random))"
        case .saved: return Bool.random(using: &random) ? "$" : "UID $"
        case .not(let key): return "NOT \(key.text(&random))"
        case .or(let a, let b): return "OR \(a.text(&random)) \(b.text(&random))"
        case .and(let keys): return "(\(keys.map { $0.text(&random) }.joined(separator: " ")))"
        }
    }

    private func quoted(_ text: String, _ random: inout SeededGenerator) -> String {
        switch Int.random(in: 0..<3, using: &random) {
        case 0: "\"\(text.uppercased())\""
        case 1: "{\(text.utf8.count)+}\r\n\(text)"
        default: "\"\(text)\""
        }
    }

    private func set(_ range: ClosedRange<Int>, _ random: inout SeededGenerator) -> String {
        switch Int.random(in: 0..<3, using: &random) {
        case 0: "\(range.upperBound):\(range.lowerBound)"
        case 1: range.map(String.init).joined(separator: ",")
        default: "\(range.lowerBound):\(range.upperBound)"
        }
    }
}

/// A message, as its parts and as a store keeps it.
private struct Model {
    var uid = 0
    let flags: Set<String>
    let subject: String
    let from: String
    let hasReference: Bool
    /// The body's text, and the text of its second part, if there is one.
    let texts: [String]
    let day: Int
    let sentDay: Int?
    let mail: String

    var size: Int { mail.replacing("\n", with: "\r\n").utf8.count }

    static let words = ["alpha", "beta", "caf\u{E9}", "\u{3B4}elta", "na\u{EF}ve", "\u{44F}zyk", "zulu"]

    init(_ random: inout SeededGenerator) {
        func words(_ count: Int, _ random: inout SeededGenerator) -> String {
            (0..<count).map { _ in Model.words.randomElement(using: &random) ?? "" }.joined(separator: " ")
        }
        var flags: Set<String> = []
        for flag in ["\\Seen", "\\Flagged", "\\Deleted", "$Work"] where Int.random(in: 0..<3, using: &random) == 0 {
            flags.insert(flag)
        }
        self.flags = flags
        subject = words(Int.random(in: 1...3, using: &random), &random)
        from = words(1, &random)
        hasReference = Bool.random(using: &random)
        day = Int.random(in: 1...20, using: &random)
        sentDay = Int.random(in: 0..<4, using: &random) == 0 ? nil : Int.random(in: 1...20, using: &random)
        texts = (0..<Int.random(in: 1...2, using: &random)).map { _ in
            words(Int.random(in: 1...6, using: &random), &random)
        }
        var mail = "From: =?utf-8?b?\(base64(from))?= <x@example.com>\n"
        mail += "Subject: =?UTF-8?B?\(base64(subject))?=\n"
        if hasReference { mail += "References: <1@example.com>\n" }
        if let sentDay { mail += "Date: \(sentDay) Mar 2021 23:59:59 -1200\n" }
        let parts = texts.map { text in
            "Content-Type: text/plain; charset=utf-8\n"
                + (Bool.random(using: &random)
                    ? "Content-Transfer-Encoding: base64\n\n\(base64(text))\n" : "\n\(text)\n")
        }
        if parts.count == 1 {
            mail += parts[0]
        } else {
            mail +=
                "Content-Type: multipart/mixed; boundary=limit\n\nprologue\n--limit\n"
                + parts.joined(separator: "--limit\n") + "--limit--\n"
        }
        self.mail = mail
    }

    /// The slow and obvious way.
    func matches(_ key: Key, number: Int, saved: Set<Int>) -> Bool {
        func has(_ text: String, _ wanted: String) -> Bool { text.lowercased().contains(wanted.lowercased()) }
        switch key {
        case .all: return true
        case .flag(let name, let isSet): return flags.contains("\\" + name.capitalized) == isSet
        case .keyword(let name, let isSet): return flags.contains(name) == isSet
        case .subject(let text): return has(subject, text)
        case .from(let text): return has("\(from) <x@example.com>", text)
        case .hasField(let name): return name == "References" ? hasReference : name == "Date" ? sentDay != nil : false
        case .body(let text): return texts.contains { has($0, text) }
        case .text(let text): return texts.contains { has($0, text) } || has(subject, text) || has(from, text)
        case .since(let limit): return day >= limit
        case .before(let limit): return day < limit
        case .on(let wanted): return day == wanted
        case .sentSince(let limit): return sentDay ?? day >= limit
        case .larger(let limit): return size > limit
        case .smaller(let limit): return size < limit
        case .numbers(let range): return range.contains(number)
        case .uids(let range): return range.contains(uid)
        case .saved: return saved.contains(uid)
        case .not(let key): return !matches(key, number: number, saved: saved)
        case .or(let a, let b):
            return matches(a, number: number, saved: saved) || matches(b, number: number, saved: saved)
        case .and(let keys): return keys.allSatisfy { matches($0, number: number, saved: saved) }
        }
    }
}

@Suite("SEARCH against a slow and obvious evaluator")
struct SearchOracleTests {
    private static func key(_ depth: Int, _ random: inout SeededGenerator) -> Key {
        func range(_ upper: Int, _ random: inout SeededGenerator) -> ClosedRange<Int> {
            let a = Int.random(in: 1...upper, using: &random)
            return a...max(a, Int.random(in: 1...upper, using: &random))
        }
        func day(_ random: inout SeededGenerator) -> Int { Int.random(in: 1...21, using: &random) }
        func word(_ random: inout SeededGenerator) -> String {
            let word = Model.words.randomElement(using: &random) ?? "x"
            return String(word.dropFirst(Int.random(in: 0...2, using: &random)))
        }
        guard depth > 0, Int.random(in: 0..<3, using: &random) > 0 else {
            switch Int.random(in: 0..<18, using: &random) {
            case 0: return .all
            case 1, 2:
                let name = ["SEEN", "FLAGGED", "DELETED"].randomElement(using: &random) ?? "SEEN"
                return .flag(name, isSet: Bool.random(using: &random))
            case 3: return .keyword("$Work", isSet: Bool.random(using: &random))
            case 4: return .subject(word(&random))
            case 5: return .from(word(&random))
            case 6: return .hasField(["References", "Date", "X-None"].randomElement(using: &random) ?? "")
            case 7, 8: return .body(word(&random))
            case 9: return .text(word(&random))
            case 10: return .since(day(&random))
            case 11: return .before(day(&random))
            case 12: return .on(day(&random))
            case 13: return .sentSince(day(&random))
            case 14: return .larger(Int.random(in: 100...400, using: &random))
            case 15: return .smaller(Int.random(in: 100...400, using: &random))
            case 16: return .numbers(range(30, &random))
            default: return Bool.random(using: &random) ? .saved : .uids(range(60, &random))
            }
        }
        switch Int.random(in: 0..<3, using: &random) {
        case 0: return .not(key(depth - 1, &random))
        case 1: return .or(key(depth - 1, &random), key(depth - 1, &random))
        default:
            return .and((0..<Int.random(in: 1...3, using: &random)).map { _ in key(depth - 1, &random) })
        }
    }

    /// A mailbox with holes among its UIDs, and what is in it.
    private static func mailbox(_ random: inout SeededGenerator) async throws -> (SearchFixture, [Model]) {
        var models = (0..<40).map { _ in Model(&random) }
        for index in models.indices { models[index].uid = index + 1 }
        let mailbox = try await SearchFixture(
            models.map { model in
                SearchFixture.Mail(
                    text: model.mail, flags: model.flags.compactMap { Flag($0) },
                    date: SearchFixture.date(2021, 3, model.day, hour: 23, zone: -1100))
            })
        let gone = models.filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
        for model in gone {
            guard let uid = UID(UInt32(model.uid)) else { continue }
            _ = try mailbox.fixture.store.remove(UIDSet(uid), in: .inbox, for: user("alice"))
        }
        await mailbox.client.line("n NOOP")
        return (mailbox, models.filter { model in !gone.contains { $0.uid == model.uid } })
    }

    private static func set(_ numbers: [Int]) -> String {
        var runs: [(Int, Int)] = []
        for number in numbers {
            if let last = runs.last, last.1 + 1 == number {
                runs[runs.count - 1].1 = number
            } else {
                runs.append((number, number))
            }
        }
        return runs.map { $0.0 == $0.1 ? "\($0.0)" : "\($0.0):\($0.1)" }.joined(separator: ",")
    }

    @Test func randomProgramsFindWhatTheObviousEvaluatorFinds() async throws {
        // `SEARCH_PROGRAMS` and `SEARCH_SEED` make a long run of it.
        let environment = ProcessInfo.processInfo.environment
        let count = environment["SEARCH_PROGRAMS"].flatMap { Int($0) } ?? 1000
        let seed = environment["SEARCH_SEED"].flatMap { UInt64($0) } ?? 1
        var random = SeededGenerator(seed: seed)
        var (mailbox, models) = try await Self.mailbox(&random)
        var saved: Set<Int> = []
        for program in 0..<count {
            if program % 100 == 99 {
                (mailbox, models) = try await Self.mailbox(&random)
                saved = []
            }
            let key = Self.key(4, &random)
            let isUID = Bool.random(using: &random)
            let found = models.enumerated().filter { $0.element.matches(key, number: $0.offset + 1, saved: saved) }
            let numbers = found.map { isUID ? $0.element.uid : $0.offset + 1 }
            var line = isUID ? "UID SEARCH " : "SEARCH "
            var expected: String
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                line += "RETURN (MIN MAX SAVE) "
                expected = "* ESEARCH (TAG \"q\")\(isUID ? " UID" : "")"
                if let first = numbers.first, let last = numbers.last { expected += " MIN \(first) MAX \(last)" }
                saved = Set([found.first, found.last].compactMap { $0?.element.uid })
            case 1:
                line += "RETURN (ALL COUNT SAVE) "
                expected = "* ESEARCH (TAG \"q\")\(isUID ? " UID" : "")"
                if !numbers.isEmpty { expected += " ALL \(Self.set(numbers))" }
                expected += " COUNT \(numbers.count)"
                saved = Set(found.map(\.element.uid))
            default: expected = "* SEARCH" + numbers.map { " \($0)" }.joined()
            }
            line += key.text(&random)
            let answer = await mailbox.client.line("q \(line)")
            if answer != "\(expected)\r\nq OK SEARCH completed\r\n" {
                Issue.record("seed \(seed), program \(program): \(line)\nexpected: \(expected)\nfound:    \(answer)")
                return
            }
        }
    }
}
