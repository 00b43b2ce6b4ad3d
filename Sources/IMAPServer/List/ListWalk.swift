import IMAPCodec
import IMAPHost
import IMAPTypes

/// A name that a walk found to be part of the answer.
struct WalkedName: Sendable {
    /// The index of its entry; `nil` for a level of hierarchy that the store knows nothing of.
    let entry: Int?
    /// The entry whose name it is the beginning of, and how much of it, in the wire form.
    let within: Int
    let length: Int
    var hasChildren = false
    /// It meets the selection itself.
    var isSelected = false
    /// A name below meets the selection.
    var hasSelectedBelow = false
    /// It is part of the answer: known when everything below it was seen.
    var isListed = false
}

/// One pass over an account's names, each directly behind the names above it.
///
/// The names above the one at hand are kept on a stack, each with the patterns' state behind it, so no octet that two
/// names share is matched twice, and what a name learns from those below it goes up the stack once. The work is the
/// length of the names; what is kept is what matches.
struct ListWalk {
    private struct Level {
        /// Where it ends in the names that share it. 0 for INBOX, whose spelling they may not share.
        let end: Int
        /// Where it is in `found`; `nil` when it can be no part of the answer.
        var slot: Int?
        var match: ListPatterns.Match
        var entry: Int?
        var exists = false
        var isSelected = false
        var hasChildren = false
        var hasSelectedBelow = false
        /// A name below meets the selection and is not listed by itself.
        var hasUnmatchedBelow = false
    }

    private let patterns: ListPatterns
    private let separator: UInt8?
    private let entries: [MailboxEntry]
    private let wireForms: [[UInt8]]
    /// The criteria, as far as there are any. Without them every mailbox that exists is chosen.
    private let criteria: [any ListSelectionOption]
    private let isRecursive: Bool

    private var levels: [Level] = []
    /// The patterns' states behind the levels, one after the other.
    private var states: [UInt64] = []
    private var found: [WalkedName] = []

    private init(
        _ entries: [MailboxEntry], _ wireForms: [[UInt8]], _ patterns: ListPatterns, separator: UInt8?,
        criteria: [any ListSelectionOption], isRecursive: Bool
    ) {
        self.entries = entries
        self.wireForms = wireForms
        self.patterns = patterns
        self.separator = separator
        self.criteria = criteria
        self.isRecursive = isRecursive
    }

    /// The names of the answer in order: INBOX first, and each name before those below it.
    ///
    /// `order` holds the entries to look at, by index.
    static func walk(
        _ entries: [MailboxEntry], _ wireForms: [[UInt8]], order: [Int], _ patterns: ListPatterns, separator: UInt8?,
        criteria: [any ListSelectionOption], isRecursive: Bool
    ) -> [WalkedName] {
        var walk = ListWalk(
            entries, wireForms, patterns, separator: separator, criteria: criteria, isRecursive: isRecursive)
        for index in HierarchyOrder(separator: separator).sorted(order, wireForms) { walk.visit(index) }
        while !walk.levels.isEmpty { walk.leave() }
        return walk.found.filter(\.isListed)
    }

    // MARK: Down

    private mutating func visit(_ index: Int) {
        let wire = wireForms[index]
        let isBelowInbox = HierarchyOrder(separator: separator).isRootedInInbox(wire)
        leaveLevels(notAbove: wire, isBelowInbox: isBelowInbox)
        if isBelowInbox, levels.isEmpty { enterInbox(index) }
        if entries[index].name.isInbox { return note(index) }
        var position = levels.last?.end ?? 0
        var state = levels.isEmpty ? patterns.start : Array(states.suffix(patterns.words))
        let top = position
        while position < wire.count {
            let octet = wire[position]
            if octet == separator, position > top {
                // The first level below INBOX is INBOX's own name, in some case.
                let isInbox = isBelowInbox && levels.count == 1
                enter(index, end: position, isInbox ? [] : patterns.match(state), state)
            }
            patterns.step(&state, octet)
            position += 1
        }
        if position > top || levels.isEmpty { enter(index, end: position, patterns.match(state), state) }
        note(index)
    }

    private mutating func enterInbox(_ index: Int) {
        enter(index, end: 0, patterns.matchOfInbox(), patterns.start)
    }

    private mutating func enter(_ index: Int, end: Int, _ match: ListPatterns.Match, _ state: [UInt64]) {
        var level = Level(end: end, match: match)
        // A level that no mailbox is at is listed for a pattern that ends in `%`, or for a name below it.
        if isRecursive ? !match.isEmpty : criteria.isEmpty && match.contains(.level) {
            let length = end > 0 ? end : MailboxName.inbox.octets.count
            level.slot = found.count
            found.append(WalkedName(entry: nil, within: index, length: length))
        }
        levels.append(level)
        states += state
    }

    /// The level on top is this entry.
    private mutating func note(_ index: Int) {
        let top = levels.count - 1
        let entry = entries[index]
        // A store that lists a name twice: the mailbox counts.
        if levels[top].entry != nil, levels[top].exists || entry.attributes.contains(.nonExistent) { return }
        levels[top].entry = index
        levels[top].exists = !entry.attributes.contains(.nonExistent)
        guard isRecursive || !levels[top].match.isEmpty else { return }
        levels[top].isSelected =
            criteria.isEmpty ? levels[top].exists : criteria.allSatisfy { $0.selects(entry) }
        guard !levels[top].match.isEmpty else { return }
        let name = WalkedName(entry: index, within: index, length: wireForms[index].count)
        if let slot = levels[top].slot {
            found[slot] = name
        } else {
            found.append(name)
            levels[top].slot = found.count - 1
        }
    }

    // MARK: Up

    /// Takes the levels off the stack that are not above `wire`.
    private mutating func leaveLevels(notAbove wire: [UInt8], isBelowInbox: Bool) {
        guard let previous = last else {
            last = wire
            return
        }
        var shared = 0
        let length = min(previous.count, wire.count)
        while shared < length, previous[shared] == wire[shared] { shared += 1 }
        while let level = levels.last {
            if level.end == 0 {
                if isBelowInbox { break }
            } else if level.end <= shared, level.end == wire.count || wire[level.end] == separator {
                break
            }
            leave()
        }
        last = wire
    }

    /// The name visited before.
    private var last: [UInt8]?

    /// Everything below the level on top was seen.
    private mutating func leave() {
        let level = levels.removeLast()
        states.removeLast(patterns.words)
        let isMatched = !level.match.isEmpty
        if let slot = level.slot {
            found[slot].hasChildren = level.hasChildren
            found[slot].isSelected = level.isSelected
            found[slot].hasSelectedBelow = level.hasSelectedBelow
            if level.isSelected {
                found[slot].isListed = true
            } else if isRecursive {
                // A name below that is listed itself says as much (RFC 5258 section 3.3, 2B).
                found[slot].isListed = level.hasUnmatchedBelow
            } else {
                found[slot].isListed = criteria.isEmpty && level.match.contains(.level) && level.hasChildren
            }
        }
        guard !levels.isEmpty else { return }
        let above = levels.count - 1
        if level.exists || level.hasChildren { levels[above].hasChildren = true }
        if level.isSelected || level.hasSelectedBelow { levels[above].hasSelectedBelow = true }
        if level.isSelected && !isMatched || level.hasUnmatchedBelow { levels[above].hasUnmatchedBelow = true }
    }
}
