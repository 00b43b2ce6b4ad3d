/// Everything that the programs of one run share.
struct PropertyBench: Sendable {
    let property: NonInterference
    let templates: CompiledTemplates
    let separator: UInt8?
    let watchdog: Watchdog

    /// How often a program is run to make it short; and one that ends because nothing answers, in its own good time.
    private static let attempts = 2000
    private static let slowAttempts = 10

    /// The two runs of a program that are not as they should be.
    private struct Failure {
        let finding: String
        let record: ProgramRecord
    }

    func check(seed: UInt64) async throws -> Counterexample? {
        let steps = ProgramMaker.program(seed: seed, templates, property.users, separator: separator)
        guard let first = try await judge(steps) else { return nil }
        guard var failure = try await judge(steps) else {
            return counterexample(
                seed, steps, of: steps.count,
                Failure(
                    finding: "only the first time, not when it was run again: \(first.finding)", record: first.record))
        }
        var left = steps
        var attempts = failure.record.isUnanswered ? PropertyBench.slowAttempts : PropertyBench.attempts
        func holds(_ candidate: [ProgramStep]) async throws -> Bool {
            attempts -= 1
            guard attempts > 0, let found = try await judge(candidate) else { return false }
            failure = found
            left = candidate
            return true
        }
        try await shorten({ left }, holds)
        return counterexample(seed, left, of: steps.count, failure)
    }

    /// Takes away steps, many at a time and then one by one, and what need not be held back, while it still fails.
    private func shorten(
        _ current: () -> [ProgramStep], _ holds: ([ProgramStep]) async throws -> Bool
    ) async throws {
        var size = max(current().count / 2, 1)
        while true {
            var hasShortened = false
            var start = 0
            while start < current().count {
                var candidate = current()
                candidate.removeSubrange(start..<min(start + size, candidate.count))
                if try await holds(candidate) { hasShortened = true } else { start += size }
            }
            if size == 1, !hasShortened { break }
            size = max(size / 2, 1)
        }
        for index in current().indices {
            guard let sentAlone = current()[index].sentAlone else { continue }
            var candidate = current()
            candidate[index] = sentAlone
            _ = try await holds(candidate)
        }
    }

    private func counterexample(
        _ seed: UInt64, _ steps: [ProgramStep], of count: Int, _ failure: Failure
    ) -> Counterexample {
        var lines: [String] = []
        let exchanges = failure.record.exchanges
        for (index, exchange) in exchanges.enumerated() {
            let end = index + 1 < exchanges.count ? exchanges[index + 1].start : failure.record.stream.count
            lines.append("C: \(ProgramStep.shown(exchange.sent))")
            lines += PropertyBench.lines(failure.record.stream[exchange.start..<max(end, exchange.start)])
        }
        return Counterexample(
            seed: seed, finding: failure.finding, steps: steps.map(\.description),
            conversation: lines.joined(separator: "\n"), originalCount: count)
    }

    private static func lines(_ octets: ArraySlice<UInt8>) -> [String] {
        octets.split(separator: 0x0A).map { "S: \(ProgramStep.shown(Array($0.last == 0x0D ? $0.dropLast() : $0)))" }
    }

    // MARK: Judgement

    private func judge(_ steps: [ProgramStep]) async throws -> Failure? {
        let one = try await property.record(steps, renewing: nil, watchdog)
        if let finding = one.finding { return Failure(finding: finding, record: one) }
        let many = try await property.record(steps, renewing: one.resets, watchdog)
        if let finding = difference(one, many) ?? many.finding ?? trespass(one, steps) {
            return Failure(finding: finding, record: one)
        }
        return nil
    }

    /// Where the two say different things.
    private func difference(_ one: ProgramRecord, _ many: ProgramRecord) -> String? {
        if one.stream == many.stream {
            return one.wire == many.wire ? nil : "compressed answers differ in their octets"
        }
        let (a, b) = (property.variation.masked(one.stream), property.variation.masked(many.stream))
        if a == b { return nil }
        let common = zip(a, b).prefix { $0 == $1 }.count
        let begin = (a[..<common].lastIndex(of: 0x0A) ?? -1) + 1
        return "the connection that was used before says\n" + PropertyBench.excerpt(a, begin)
            + "\nand one of its own\n" + PropertyBench.excerpt(b, begin)
    }

    /// Some lines from `begin` on.
    private static func excerpt(_ octets: [UInt8], _ begin: Int) -> String {
        let found = lines(octets[begin...].prefix(600)).prefix(4)
        return found.isEmpty ? "nothing" : found.joined(separator: "\n")
    }

    /// A mark that was said to somebody who may not see it.
    private func trespass(_ record: ProgramRecord, _ steps: [ProgramStep]) -> String? {
        var owners: [Int: Int] = [:]
        for case .logIn(let login, _) in steps { owners[login.number] = login.user }
        let users = property.users
        let marks = users.users.indices.map { users.mark(of: $0) }
        var visible = users.users.indices.map { users.visible(to: $0) }
        var cuts = record.cuts[...]
        var sent = record.sent[...]
        var owner: Int?
        let stream = record.stream
        let login = Array("login".utf8)
        var index = 0
        while index < stream.count {
            while let cut = cuts.first, cut <= index {
                owner = nil
                cuts.removeFirst()
                sent.removeFirst()
            }
            switch stream[index] {
            case 0x6C where index == 0 || stream[index - 1] == 0x0A:
                guard stream[index...].starts(with: login) else { break }
                let digits = stream[(index + login.count)...].prefix { (0x30...0x39).contains($0) }
                guard stream[digits.endIndex...].starts(with: Array(" OK".utf8)),
                    let number = Int(String(decoding: digits, as: UTF8.self))
                else { break }
                owner = owners[number]
                // A client that was somebody else than the program meant may have left the other's mark in its mail.
                guard let owner, let said = sent.first else { break }
                let foreign = marks.indices.filter {
                    !visible[owner].contains($0) && said[...].firstRange(ofOctets: marks[$0]) != nil
                }
                for reader in visible[owner] { visible[reader].formUnion(foreign) }
            case 0x6D:
                for (user, mark) in marks.enumerated() where stream[index...].starts(with: mark) {
                    guard owner.map({ !visible[$0].contains(user) }) ?? true else { continue }
                    // The client said it itself, and it came back.
                    if sent.first?[...].firstRange(ofOctets: mark) != nil { continue }
                    let whom = owner.map { users.users[$0].name } ?? "nobody"
                    let begin = (stream[..<index].lastIndex(of: 0x0A) ?? -1) + 1
                    return "what belongs to \(users.users[user].name) was said to \(whom)\n"
                        + PropertyBench.excerpt(stream, begin)
                }
            default: break
            }
            index += 1
        }
        return nil
    }
}

extension ProgramStep {
    /// The step, not held back; `nil` when it is not.
    fileprivate var sentAlone: ProgramStep? {
        switch self {
        case .send(let octets, true): .send(octets, isHeldBack: false)
        case .logIn(let login, true): .logIn(login, isHeldBack: false)
        case .reset(let number, let end, true): .reset(number: number, end: end, isHeldBack: false)
        case .send, .logIn, .reset, .compress, .happen: nil
        }
    }
}

extension NonInterference.Variation {
    /// The octets, with one and the same value for everything that varies.
    func masked(_ octets: [UInt8]) -> [UInt8] {
        guard !isEmpty else { return octets }
        var words: [([UInt8], end: UInt8?)] = []
        if contains(.uidValidity) {
            for word in ["UIDVALIDITY ", "[APPENDUID ", "[COPYUID "] { words.append((Array(word.utf8), nil)) }
        }
        if contains(.objectIdentifiers) {
            for word in ["MAILBOXID (", "EMAILID (", "THREADID ("] { words.append((Array(word.utf8), 0x29)) }
        }
        if contains(.internalDate) { words.append((Array("INTERNALDATE \"".utf8), 0x22)) }
        var masked: [UInt8] = []
        masked.reserveCapacity(octets.count)
        var index = 0
        while index < octets.count {
            let found = words.first { octets[index] == $0.0[0] && octets[index...].starts(with: $0.0) }
            guard let (word, end) = found else {
                masked.append(octets[index])
                index += 1
                continue
            }
            masked += word
            index += word.count
            while index < octets.count, end.map({ octets[index] != $0 }) ?? (0x30...0x39).contains(octets[index]) {
                index += 1
            }
            masked.append(0x3F)
        }
        return masked
    }
}
