public import IMAPCodec
package import IMAPHost
import IMAPText
public import IMAPTypes

/// A way to put messages into threads (RFC 5256): the name that THREAD knows it by, and what it makes of messages.
///
/// One value is made for each THREAD.
public protocol ThreadAlgorithm: OptionSyntax {
    /// Takes a message that was found. They come in the order of the mailbox.
    mutating func take(_ message: FoundMessage, _ collation: Collation)

    /// All were taken: their threads.
    mutating func threads() -> MessageThreads
}

/// Messages in threads, in the order they are answered.
public struct MessageThreads: Sendable {
    /// A message, or a place where one is missing whose children belong together.
    struct Node: Sendable {
        /// 0 where the message is missing.
        var uid: UInt32
        var firstChild = -1
        var next = -1
    }

    private(set) var nodes: [Node] = []
    /// The last child of each.
    private var lastChild: [Int] = []
    private(set) var firstRoot = -1
    private var lastRoot = -1

    public init() {}

    /// Adds a message behind the children of another, or behind the threads so far; `nil` is a message that is missing.
    /// Returns the name by which it can be a parent.
    @discardableResult
    public mutating func append(_ uid: UID?, below parent: Int? = nil) -> Int {
        append(uid?.rawValue ?? 0, below: parent ?? -1)
    }

    package mutating func append(_ uid: UInt32, below parent: Int) -> Int {
        let node = nodes.count
        nodes.append(Node(uid: uid))
        lastChild.append(-1)
        guard nodes.indices.contains(parent), parent != node else {
            if lastRoot >= 0 { nodes[lastRoot].next = node } else { firstRoot = node }
            lastRoot = node
            return node
        }
        if lastChild[parent] >= 0 { nodes[lastChild[parent]].next = node } else { nodes[parent].firstChild = node }
        lastChild[parent] = node
        return node
    }

    package mutating func reserve(_ count: Int) {
        nodes.reserveCapacity(count)
        lastChild.reserveCapacity(count)
    }
}

/// Hands the messages of a search to a thread algorithm.
package struct ThreadCollector: SearchCollector {
    private var algorithm: any ThreadAlgorithm
    private let collation: Collation
    private var reading: FoundMessageReading

    package init(_ algorithm: any ThreadAlgorithm, _ context: borrowing Context) {
        self.algorithm = algorithm
        collation = context.collation
        reading = FoundMessageReading(readsHeader: true, readsTexts: true, context)
    }

    package var columns: MessageColumns { reading.columns.union(.internalDate) }

    package mutating func take(_ records: [MessageRecord], of mailbox: any Mailbox) async throws(StoreError) {
        for record in records {
            if let message = reading.message(record) {
                algorithm.take(message, collation)
            } else if let message = try await reading.read(record, from: mailbox) {
                algorithm.take(message, collation)
            }
        }
    }

    package mutating func order(_ found: UIDSet) -> OrderedMessages { OrderedMessages(found) }

    package mutating func threads() -> MessageThreads { algorithm.threads() }
}

extension Context {
    /// Numbers written before the client must take some.
    private static var piece: Int { 1000 }

    /// `* THREAD (2)(3 6 (4 23)(44 7 96))`, however deep, without recursion.
    package mutating func respond(
        _ threads: MessageThreads, _ numbering: MessageNumbering, in view: MailboxView
    ) async throws(CommandFailure) {
        connection.writer.untagged()
        connection.writer.keyword("THREAD")
        if threads.firstRoot >= 0 { connection.writer.space() }
        var root = threads.firstRoot
        var written = 0
        while root >= 0 {
            var walk = ThreadWalk(threads.nodes, from: root)
            while walk.write(to: &connection.writer, { view.number(of: $0, numbering) }) {
                written += 1
                if written % Context.piece == 0 { try await drain() }
            }
            root = threads.nodes[root].next
        }
        connection.writer.lineEnd()
    }
}

/// Writes one thread, a message at a time.
///
/// ```abnf
/// thread-list    = "(" (thread-members / thread-nested) ")"
/// thread-members = nz-number *(SP nz-number) [SP thread-nested]
/// thread-nested  = 2*thread-list
/// ```
private struct ThreadWalk {
    private let nodes: [MessageThreads.Node]
    /// What comes next; negative at the end.
    private var node: Int
    /// The list that is open has a number in it.
    private var hasNumber = false
    private var isOpen = false
    /// The next thread of every list of threads that is not ended.
    private var siblings: [Int] = []

    init(_ nodes: [MessageThreads.Node], from root: Int) {
        self.nodes = nodes
        node = root
    }

    /// Writes the next message and what follows it. Returns whether there was one.
    mutating func write(to writer: inout ResponseWriter, _ number: (UInt32) -> UInt32) -> Bool {
        guard node >= 0 else { return false }
        if !isOpen {
            writer.openList()
            isOpen = true
            hasNumber = false
        }
        if nodes[node].uid > 0 {
            if hasNumber { writer.space() }
            hasNumber = true
            writer.number(number(nodes[node].uid))
        }
        let child = nodes[node].firstChild
        guard child < 0 else {
            if nodes[child].next >= 0 {
                if hasNumber { writer.space() }
                siblings.append(nodes[child].next)
                isOpen = false
            }
            node = child
            return true
        }
        writer.closeList()
        isOpen = false
        while let sibling = siblings.last {
            if sibling >= 0 {
                siblings[siblings.count - 1] = nodes[sibling].next
                node = sibling
                return true
            }
            siblings.removeLast()
            writer.closeList()
        }
        node = -1
        return true
    }
}

extension ExtensionRegistry {
    /// Adds an algorithm of THREAD.
    public mutating func add(threadAlgorithm: any ThreadAlgorithm.Type) { add(option: threadAlgorithm, in: .thread) }
}
