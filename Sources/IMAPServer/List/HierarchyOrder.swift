import IMAPTypes

/// The order of names in which each stands directly behind those above it: INBOX and what is below it first, then by
/// octets, with the separator before every other octet. `a`, `a/b`, `a-b`.
struct HierarchyOrder {
    let separator: UInt8?

    /// Whether a name, in its wire form, is INBOX or a name below it. INBOX is a name in any case, and so above all
    /// that begins with it in any case.
    func isRootedInInbox(_ wire: [UInt8]) -> Bool {
        let inbox = MailboxName.inbox.octets
        guard wire.count >= inbox.count, wire.count == inbox.count || wire[inbox.count] == separator else {
            return false
        }
        for index in inbox.indices where ASCII.upper(wire[index]) != inbox[index] { return false }
        return true
    }

    private func precedes(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        let a = a.span
        let b = b.span
        var index = 0
        let length = min(a.count, b.count)
        while index < length {
            let (x, y) = (a[index], b[index])
            if x != y { return x == separator || (y != separator && x < y) }
            index += 1
        }
        return a.count < b.count
    }

    /// The indices in `order`, sorted by the names they stand for.
    func sorted(_ order: [Int], _ names: [[UInt8]]) -> [Int] {
        var first: [Int] = []
        var rest: [Int] = []
        for index in order {
            if isRootedInInbox(names[index]) { first.append(index) } else { rest.append(index) }
        }
        first.sort { precedes(names[$0], names[$1]) }
        rest.sort { precedes(names[$0], names[$1]) }
        return first + rest
    }
}
