/// Message IDs and which is below which, while links are made and broken (RFC 5256 section 3, step 1 of REFERENCES).
///
/// Whether a link would make a loop is asked of a link-cut tree, in logarithmic time on average, so no chain of
/// references costs more than its length (R-NEST-3: nothing here is recursive).
struct ReferenceForest: Sendable {
    /// Places without a message that there may be: these, and some for each message. References to more are passed
    /// over, as those are that were cut off on the way.
    private static let spareDummies = 10_000
    private static let dummiesPerMessage = 4

    private var ids = TextHashTable()
    /// Of each node; negative at a root.
    private var parents: [Int32] = []
    private var childCounts: [Int32] = []
    private var hasMessage: [Bool] = []
    private var messages = 0
    private var tree = LinkCutTree()

    init() {}

    // MARK: Nodes

    /// The node of a message: that of its ID, unless it has none or another message was there before it.
    mutating func node(ofMessage id: TextHash?) -> Int32 {
        messages += 1
        if let id {
            let (node, isNew) = ids.find(id, orInsert: Int32(truncatingIfNeeded: parents.count))
            if isNew {
                append(hasMessage: true)
                return node
            }
            if !hasMessage[Int(node)] {
                hasMessage[Int(node)] = true
                return node
            }
        }
        append(hasMessage: true)
        return Int32(truncatingIfNeeded: parents.count - 1)
    }

    /// The node of an ID that is referred to, or `nil` where there is no room for another.
    mutating func node(of id: TextHash) -> Int32? {
        if let node = ids.find(id) { return node }
        let room = ReferenceForest.spareDummies + (ReferenceForest.dummiesPerMessage + 1) * messages
        guard parents.count < room else { return nil }
        let (node, _) = ids.find(id, orInsert: Int32(truncatingIfNeeded: parents.count))
        append(hasMessage: false)
        return node
    }

    private mutating func append(hasMessage: Bool) {
        parents.append(-1)
        childCounts.append(0)
        self.hasMessage.append(hasMessage)
        tree.append()
    }

    // MARK: Links

    func hasParent(_ node: Int32) -> Bool { parents[Int(node)] >= 0 }

    /// Puts `node`, which has no parent, below another; not if it were below itself then.
    mutating func link(_ node: Int32, below parent: Int32) {
        guard node != parent else { return }
        // Who has no children is above nobody, and a root is below nobody.
        if childCounts[Int(node)] > 0, parents[Int(parent)] >= 0, tree.root(of: parent) == node { return }
        parents[Int(node)] = parent
        childCounts[Int(parent)] += 1
        tree.link(node, below: parent)
    }

    /// Makes `parent` the parent, whatever it was before; nobody, where that would be a loop.
    mutating func setParent(_ parent: Int32?, of node: Int32) {
        let before = parents[Int(node)]
        guard before != parent ?? -1 else { return }
        if before >= 0 {
            parents[Int(node)] = -1
            childCounts[Int(before)] -= 1
            tree.cut(node)
        }
        if let parent { link(node, below: parent) }
    }

    // MARK: Pruning

    /// Steps 2 and 3: for each message the message it is below, or, from the number of messages on, a place without
    /// one at the root, which has at least two children; or -1. `nodes` are those of the messages.
    consuming func prunedParents(of nodes: [Int32]) -> (parents: [Int], dummies: Int) {
        var messageOf = [Int](repeating: -1, count: parents.count)
        for (message, node) in nodes.enumerated() { messageOf[Int(node)] = message }
        // The nearest place above each node that stays if it has children enough: a message, or a root.
        var above = [Int32](repeating: -1, count: parents.count)
        var children = [Int32](repeating: 0, count: parents.count)
        var path: [Int] = []
        for node in nodes {
            var index = Int(node)
            // Up, through places without a message, to one that is known or stays.
            var found = parents[index]
            while found >= 0, messageOf[Int(found)] < 0, parents[Int(found)] >= 0 {
                path.append(index)
                index = Int(found)
                guard above[index] < 0 else {
                    found = above[index]
                    break
                }
                found = parents[index]
            }
            above[index] = found
            for passed in path { above[passed] = found }
            path.removeAll(keepingCapacity: true)
            if found >= 0 { children[Int(found)] += 1 }
        }
        var dummies: [Int32: Int] = [:]
        let parents = nodes.map { node -> Int in
            let place = above[Int(node)]
            guard place >= 0 else { return -1 }
            if messageOf[Int(place)] >= 0 { return messageOf[Int(place)] }
            guard children[Int(place)] > 1 else { return -1 }
            let number = dummies[place] ?? dummies.count
            dummies[place] = number
            return nodes.count + number
        }
        return (parents, dummies.count)
    }
}

/// Rooted trees with links made and broken (Sleator and Tarjan): each path from a root that was asked for last is a
/// splay tree ordered by depth. Nodes are counted from 0; inside, 0 is none.
struct LinkCutTree: Sendable {
    private struct Node: Sendable {
        var left: Int32 = 0
        var right: Int32 = 0
        /// The parent in the splay tree; of its root, the parent of the path's upper end.
        var up: Int32 = 0
    }

    private var nodes: [Node] = [Node()]

    mutating func append() { nodes.append(Node()) }

    /// `node` is a root.
    mutating func link(_ node: Int32, below parent: Int32) {
        let node = Int(node + 1)
        if nodes[node].up != 0 || nodes[node].left != 0 { expose(node) }
        nodes[node].up = parent + 1
    }

    /// Makes `node` a root.
    mutating func cut(_ node: Int32) {
        let node = Int(node + 1)
        expose(node)
        let above = Int(nodes[node].left)
        guard above != 0 else { return }
        nodes[node].left = 0
        nodes[above].up = 0
    }

    mutating func root(of node: Int32) -> Int32 {
        var root = Int(node + 1)
        expose(root)
        while nodes[root].left != 0 { root = Int(nodes[root].left) }
        splay(root)
        return Int32(truncatingIfNeeded: root - 1)
    }

    /// Makes the path from the root to `node` one splay tree with `node` on top.
    private mutating func expose(_ node: Int) {
        splay(node)
        nodes[node].right = 0
        while nodes[node].up != 0 {
            let above = Int(nodes[node].up)
            splay(above)
            nodes[above].right = Int32(truncatingIfNeeded: node)
            splay(node)
        }
    }

    private func isTop(_ node: Int) -> Bool {
        let up = nodes[Int(nodes[node].up)]
        return nodes[node].up == 0 || (Int(up.left) != node && Int(up.right) != node)
    }

    private mutating func splay(_ node: Int) {
        while !isTop(node) {
            let parent = Int(nodes[node].up)
            if !isTop(parent) {
                let above = Int(nodes[parent].up)
                let isStraight = (Int(nodes[parent].left) == node) == (Int(nodes[above].left) == parent)
                rotate(isStraight ? parent : node)
            }
            rotate(node)
        }
    }

    /// Puts `node` where its parent in the splay tree is.
    private mutating func rotate(_ node: Int) {
        let parent = Int(nodes[node].up)
        let above = Int(nodes[parent].up)
        let parentIsTop = isTop(parent)
        let moved: Int
        if Int(nodes[parent].left) == node {
            moved = Int(nodes[node].right)
            nodes[parent].left = Int32(truncatingIfNeeded: moved)
            nodes[node].right = Int32(truncatingIfNeeded: parent)
        } else {
            moved = Int(nodes[node].left)
            nodes[parent].right = Int32(truncatingIfNeeded: moved)
            nodes[node].left = Int32(truncatingIfNeeded: parent)
        }
        if moved != 0 { nodes[moved].up = Int32(truncatingIfNeeded: parent) }
        nodes[parent].up = Int32(truncatingIfNeeded: node)
        nodes[node].up = Int32(truncatingIfNeeded: above)
        guard !parentIsTop else { return }
        if Int(nodes[above].left) == parent {
            nodes[above].left = Int32(truncatingIfNeeded: node)
        } else {
            nodes[above].right = Int32(truncatingIfNeeded: node)
        }
    }
}
