import Synchronization

/// Numbers the messages of one store as they are asked about, from 1: what happens in another store of the process
/// changes nothing here.
///
/// A content is numbered once, and copies of it share the number. One that two stores share has a number in each.
final class MessageNumbers: Sendable {
    /// What a message is called after.
    struct Entry: Sendable {
        let owner: MessageNumbers
        let number: UInt64
        /// The number of the thread it belongs to, once somebody asked.
        var thread: UInt64?
    }

    private struct Foreign: Sendable {
        let content: MessageContent
        var entry: Entry
    }

    private let last = Atomic<UInt64>(0)
    /// Of contents that another store has numbered.
    private let foreign = Mutex<[ObjectIdentifier: Foreign]>([:])

    /// The number of a message.
    func number(of content: MessageContent) -> UInt64 { withEntry(of: content) { $0.number } }

    /// The thread of a message; `begin` says which, the first time.
    func thread(of content: MessageContent, _ begin: (UInt64) -> UInt64) -> UInt64 {
        withEntry(of: content) { entry in
            let thread = entry.thread ?? begin(entry.number)
            entry.thread = thread
            return thread
        }
    }

    private func withEntry(of content: MessageContent, _ body: (inout Entry) -> UInt64) -> UInt64 {
        let known = content.entry.withLock { known -> UInt64? in
            guard known?.owner === self || known == nil else { return nil }
            var entry = known ?? next()
            let result = body(&entry)
            known = entry
            return result
        }
        return known
            ?? foreign.withLock { foreign in
                var entry = foreign[ObjectIdentifier(content)]?.entry ?? next()
                let result = body(&entry)
                foreign[ObjectIdentifier(content)] = Foreign(content: content, entry: entry)
                return result
            }
    }

    private func next() -> Entry { Entry(owner: self, number: last.add(1, ordering: .relaxed).newValue) }
}
