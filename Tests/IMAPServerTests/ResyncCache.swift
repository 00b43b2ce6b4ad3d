/// What a client that resynchronises keeps of a mailbox, by the rules of RFC 7162 section 6 alone. It shares nothing with
/// the library.
struct ResyncCache: Sendable {
    struct Message: Equatable, Sendable {
        var flags: Set<String>
        var modSequence: UInt64
    }

    var uidValidity: UInt32 = 0
    /// Good for QRESYNC when it is not 0.
    var highest: UInt64 = 0
    var messages: [UInt32: Message] = [:]
    /// Every message up to this UID was fetched.
    var completeTo: UInt32 = 0

    // What is known of the session alone.
    var count: UInt32 = 0
    /// After a SELECT without QRESYNC: the mod-sequence counts when the messages were synchronised.
    var awaited: UInt64?
    /// Since the last tagged response.
    private var told: UInt64?
    private var greatest: UInt64 = 0
    /// What a STORE with .SILENT does to the flags of messages that are answered with MODSEQ.
    var silentChange: (flag: String, isAdded: Bool)?

    /// Every UID that the client may have heard of.
    var known: UInt32 { max(completeTo, messages.keys.max() ?? 0) }

    /// The messages are to be fetched anew.
    mutating func forget() {
        messages = [:]
        highest = 0
        completeTo = 0
        awaited = 0
    }

    /// The connection is over: what was not committed is lost.
    mutating func disconnect() {
        awaited = nil
        beginSession()
    }

    mutating func beginSession() {
        count = 0
        told = nil
        greatest = 0
        silentChange = nil
    }

    /// Takes one line. Returns what stands behind the tag, if it was tagged; throws what no server may say.
    mutating func take(_ line: String) throws(ResyncFailure) -> String? {
        let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard words.count > 1 else { throw ResyncFailure("not a response: \(line)") }
        guard words[0] == "*" else {
            guard words[0] != "+" else { return nil }
            noteCodes(line)
            commit()
            return words.dropFirst().joined(separator: " ")
        }
        if let number = UInt32(words[1]), words.count > 2 {
            if words[2] == "EXISTS" { count = number }
            if words[2] == "EXPUNGE" { throw ResyncFailure("EXPUNGE") }
            if words[2].hasPrefix("FETCH (") { try fetched(words[2], uid: nil) }
            if words[2].hasPrefix("UIDFETCH (") { try fetched(words[2], uid: number) }
            return nil
        }
        switch words[1] {
        case "VANISHED":
            let isEarlier = words[2].hasPrefix("(EARLIER) ")
            try vanished(String(isEarlier ? words[2].dropFirst(10) : words[2][...]), isEarlier: isEarlier)
        case "OK":
            if let validity = ResyncCache.number(behind: "[UIDVALIDITY ", in: line), UInt32(validity) != uidValidity {
                uidValidity = UInt32(validity)
                forget()
            }
            noteCodes(line)
        case "BYE": throw ResyncFailure(line)
        default: break
        }
        return nil
    }

    private mutating func noteCodes(_ line: String) {
        if let value = ResyncCache.number(behind: "[HIGHESTMODSEQ ", in: line) { told = value }
    }

    /// Behind a tagged response: HIGHESTMODSEQ is taken as it is, or else the greatest MODSEQ if it is greater.
    private mutating func commit() {
        let before = awaited ?? highest
        let after = told ?? max(before, greatest)
        if awaited != nil { awaited = after } else { highest = after }
        told = nil
        greatest = 0
    }

    /// The messages are synchronised: what SELECT said counts from now on.
    mutating func endSynchronisation() {
        if let awaited { highest = awaited }
        awaited = nil
    }

    private mutating func fetched(_ text: String, uid: UInt32?) throws(ResyncFailure) {
        let own = ResyncCache.number(behind: "UID ", in: text).map { UInt32($0) }
        let modSequence = ResyncCache.number(behind: "MODSEQ (", in: text)
        if let modSequence { greatest = max(greatest, modSequence) }
        guard let uid = uid ?? own else { return }
        guard let flags = text.firstRange(of: "FLAGS (") else {
            guard let modSequence, let change = silentChange, messages[uid] != nil else { return }
            if change.isAdded {
                messages[uid]?.flags.insert(change.flag)
            } else {
                messages[uid]?.flags.remove(change.flag)
            }
            messages[uid]?.modSequence = modSequence
            return
        }
        guard let modSequence else { throw ResyncFailure("flags without MODSEQ") }
        let names = text[flags.upperBound...].prefix { $0 != ")" }.split(separator: " ").map(String.init)
        messages[uid] = Message(flags: Set(names).subtracting(["\\Recent"]), modSequence: modSequence)
    }

    private mutating func vanished(_ set: String, isEarlier: Bool) throws(ResyncFailure) {
        for range in set.split(separator: ",") {
            let bounds = range.split(separator: ":").compactMap { UInt32($0) }
            guard let lower = bounds.first, let upper = bounds.last, lower <= upper, upper - lower < 100_000 else {
                throw ResyncFailure("not a set of UIDs: \(range)")
            }
            for uid in lower...upper {
                messages[uid] = nil
                guard !isEarlier else { continue }
                guard count > 0 else { throw ResyncFailure("VANISHED of more than there was") }
                count -= 1
            }
        }
    }

    private static func number(behind prefix: String, in text: String) -> UInt64? {
        guard let range = text.firstRange(of: prefix) else { return nil }
        return UInt64(String(text[range.upperBound...].prefix { $0.isNumber }))
    }

    /// Numbers and the UIDs that belong to them, of messages below which the client knows every one.
    func sample(_ random: inout SeededGenerator) -> (numbers: [UInt32], uids: [UInt32]) {
        let all = messages.keys.sorted().prefix { $0 <= completeTo }
        var numbers: [UInt32] = []
        var uids: [UInt32] = []
        for (index, uid) in all.enumerated() where Int.random(in: 0..<3, using: &random) == 0 {
            numbers.append(UInt32(index + 1))
            uids.append(uid)
        }
        return (numbers, uids)
    }
}

struct ResyncFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
