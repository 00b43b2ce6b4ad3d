import IMAPCodec
import IMAPServer
import IMAPTypes

/// `REFERENCES`: replies are below what they answer, and threads with one subject are put together (RFC 5256 section 3).
///
/// Messages are linked as they come; what is kept of each is its place in the forest, its date and a hash of its
/// subject. Then, as the six steps have it: the places without a message are taken out, threads are merged by subject,
/// and siblings are sorted. All of it linear, but for the links, which are logarithmic.
struct ReferencesAlgorithm: ThreadAlgorithm, ArgumentlessOption {
    static let name: Keyword = "REFERENCES"

    private struct Message: Sendable {
        let uid: UInt32
        /// In ``forest``.
        let node: Int32
        let isReplyOrForward: Bool
        /// Of the base subject; `nil` of an empty one.
        let subject: TextHash?
    }

    private var messages: [Message] = []
    private var dates: [UInt64] = []
    private var forest = ReferenceForest()
    private let hashing = TextHashing()

    init() {}

    // MARK: Step 1

    mutating func take(_ message: FoundMessage, _ collation: Collation) {
        var id: TextHash?
        message.withMessageID { id = hashing.hash(of: $0) }
        let node = forest.node(ofMessage: id)
        let (text, isReplyOrForward) = message.threadSubject
        let subject = text.isEmpty ? nil : hashing.hash(ofKey: text, collation)
        messages.append(
            Message(
                uid: message.record.uid.rawValue, node: node, isReplyOrForward: isReplyOrForward, subject: subject))
        dates.append(message.sentDate.ascending)
        var parent: Int32?
        message.forEachReference { reference in
            guard let next = forest.node(of: hashing.hash(of: reference)) else { return }
            if let parent, !forest.hasParent(next) { forest.link(next, below: parent) }
            parent = next
        }
        forest.setParent(parent, of: node)
    }

    // MARK: Steps 2 to 6

    mutating func threads() -> MessageThreads {
        var order = (0..<UInt32(truncatingIfNeeded: messages.count)).map { $0 }
        order.sort(by: dates)
        var top = ThreadTop(count: messages.count, order: order)
        top.build(forest.prunedParents(of: messages.map(\.node)))
        forest = ReferenceForest()
        mergeSubjects(&top)
        return top.threads(messages.map(\.uid))
    }

    /// Step 5: the threads with one subject become one.
    private func mergeSubjects(_ top: inout ThreadTop) {
        let roots = top.roots
        func subject(_ root: Int) -> TextHash? { messages[top.representative(of: root)].subject }
        func isReply(_ root: Int) -> Bool { !top.isDummy(root) && messages[root].isReplyOrForward }
        var table: [TextHash: Int] = [:]
        for root in roots {
            guard let subject = subject(root) else { continue }
            guard let there = table[subject] else {
                table[subject] = root
                continue
            }
            if !top.isDummy(there), top.isDummy(root) || (isReply(there) && !isReply(root)) { table[subject] = root }
        }
        for root in roots {
            guard let subject = subject(root), let there = table[subject], there != root else { continue }
            if top.isDummy(there) {
                if top.isDummy(root) { top.moveChildren(of: root, to: there) } else { top.move(root, below: there) }
            } else if isReply(root), !isReply(there) {
                top.move(root, below: there)
            } else {
                table[subject] = top.join(there, root)
            }
        }
    }
}

/// The upper part of the threads while they are merged: who is whose parent, now that all places with a parent have a
/// message. Messages are named by their index, places without one by what is above.
private struct ThreadTop {
    private let count: Int
    /// All messages, by date.
    private let order: [UInt32]
    /// Of messages and dummies; negative at the root.
    private var parents: [Int] = []
    /// Of each dummy its first message by date, which stands for it; negative of one that was emptied.
    private var firstOfDummy: [Int] = []
    /// By date.
    private(set) var roots: [Int] = []

    init(count: Int, order: [UInt32]) {
        self.count = count
        self.order = order
    }

    func isDummy(_ node: Int) -> Bool { node >= count }

    /// The message that stands for a place in comparing.
    func representative(of node: Int) -> Int { isDummy(node) ? firstOfDummy[node - count] : node }

    /// Takes over parents, and the order of the roots from it (steps 2 to 4).
    mutating func build(_ pruned: (parents: [Int], dummies: Int)) {
        parents = pruned.parents
        firstOfDummy = [Int](repeating: -1, count: pruned.dummies)
        parents += [Int](repeating: -1, count: pruned.dummies)
        for index in order {
            let message = Int(index)
            let parent = parents[message]
            if parent < 0 {
                roots.append(message)
            } else if isDummy(parent), firstOfDummy[parent - count] < 0 {
                firstOfDummy[parent - count] = message
                roots.append(parent)
            }
        }
    }

    mutating func move(_ root: Int, below parent: Int) { parents[root] = parent }

    /// Empties a dummy: its children are found to be the other's when they are asked for.
    mutating func moveChildren(of dummy: Int, to other: Int) { parents[dummy] = other }

    /// A new dummy above two roots.
    mutating func join(_ a: Int, _ b: Int) -> Int {
        let dummy = parents.count
        parents.append(-1)
        firstOfDummy.append(-1)
        parents[a] = dummy
        parents[b] = dummy
        return dummy
    }

    /// Step 6: messages in the order of their dates, each behind its siblings; a dummy where its first child is.
    func threads(_ uids: [UInt32]) -> MessageThreads {
        // Siblings are in order when they are appended by date, but a parent must be there before its children.
        var firstChild = [Int](repeating: -1, count: parents.count)
        var lastChild = firstChild
        var next = firstChild
        var roots: [Int] = []
        for index in order {
            let message = Int(index)
            var parent = parents[message]
            // An emptied dummy.
            while parent >= count, parents[parent] >= 0 { parent = parents[parent] }
            guard parent >= 0 else {
                roots.append(message)
                continue
            }
            if lastChild[parent] >= 0 {
                next[lastChild[parent]] = message
            } else {
                firstChild[parent] = message
                if isDummy(parent) { roots.append(parent) }
            }
            lastChild[parent] = message
        }
        var threads = MessageThreads()
        threads.reserve(parents.count)
        for root in roots {
            var stack = [(node: root, parent: -1)]
            while let (node, parent) = stack.popLast() {
                let place = threads.append(isDummy(node) ? 0 : uids[node], below: parent)
                // What is taken out last was put in first: the next sibling below the first child.
                if node != root, next[node] >= 0 { stack.append((next[node], parent)) }
                if firstChild[node] >= 0 { stack.append((firstChild[node], place)) }
            }
        }
        return threads
    }
}
