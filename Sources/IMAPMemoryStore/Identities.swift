import IMAPHost
import IMAPTypes
import Synchronization

/// What the mailboxes, messages and threads of a user's mail are called (RFC 8474). Every lock of a mailbox may be held
/// while it is asked.
///
/// Messages are numbered as they are asked about. A thread is called after the first of its messages that
/// somebody asked about: a message belongs to the thread of the first Message-ID that it names and that is known.
final class Identities: Sendable {
    /// What no other run of the program puts into its identifiers: the first UIDVALIDITY of the store.
    private let run: UInt32
    private let numbers: MessageNumbers
    /// The thread that each Message-ID seen so far belongs to.
    private let threads = Mutex<[[UInt8]: UInt64]>([:])

    /// The most Message-IDs that are remembered.
    private static let mostThreadIDs = 200_000

    init(run: UInt32, _ numbers: MessageNumbers) {
        self.run = run
        self.numbers = numbers
    }

    /// The mailbox that began with this UIDVALIDITY.
    static func mailbox(_ first: UIDValidity) -> ObjectID? { ObjectID("F\(first.rawValue)") }

    func email(_ content: MessageContent) -> ObjectID? { ObjectID("M\(run)-\(numbers.number(of: content))") }

    /// The message's thread. Asked again, it is the same: copies share what they are copies of, wherever they are.
    func thread(_ content: MessageContent) -> ObjectID? {
        ObjectID("T\(run)-\(numbers.thread(of: content) { begin(content, $0) })")
    }

    private func begin(_ content: MessageContent, _ number: UInt64) -> UInt64 {
        let names = content.relatedMessageIDs
        return threads.withLock { threads in
            let known = names.first { threads[$0] != nil }
            let found = known.flatMap { threads[$0] } ?? number
            // A thread that goes on after so many begins anew.
            if threads.count >= Identities.mostThreadIDs { threads = [:] }
            for name in names where threads[name] == nil { threads[name] = found }
            return found
        }
    }
}

extension MessageContent {
    /// The most Message-IDs of one message that count: the first and the last of a longer list.
    private static let mostIDs = 50

    /// The message's own Message-ID, and those it refers to, as far as its header can be read without waiting.
    var relatedMessageIDs: [[UInt8]] {
        guard let octets = (body as? OctetBody)?.octets else { return [] }
        var ids: [[UInt8]] = []
        var isRelated = false
        var rest = octets[...]
        while let end = rest.firstIndex(of: ASCII.lf) {
            var line = rest[..<end]
            rest = rest[(end + 1)...]
            if line.last == ASCII.cr { line = line.dropLast() }
            guard let first = line.first else { break }
            if first != ASCII.space, first != MessageContent.tab {
                let name = line.prefix { $0 != ASCII.colon }
                isRelated = MessageContent.relating.contains { ASCII.equalFolded(Array(name), $0) }
                line = line.dropFirst(name.count)
            }
            if isRelated { MessageContent.add(line, to: &ids) }
        }
        return ids
    }

    /// Adds what stands between `<` and `>`.
    private static func add(_ line: ArraySlice<UInt8>, to ids: inout [[UInt8]]) {
        var line = line
        while let open = line.firstIndex(of: ASCII.less) {
            line = line[(open + 1)...]
            guard let close = line.firstIndex(of: MessageContent.greater) else { return }
            if ids.count == mostIDs { ids.remove(at: 1) }
            ids.append(Array(line[..<close]))
            line = line[(close + 1)...]
        }
    }

    private static let relating = ["Message-ID", "In-Reply-To", "References"].map { Array($0.utf8) }
    private static let tab: UInt8 = 0x09
    private static let greater: UInt8 = 0x3E
}
