package import IMAPCodec
import IMAPHost
import IMAPMessage
import IMAPTypes

/// A search program made ready to be asked: its keys begun, its tree made into steps.
///
/// A step says where to go on when its key matches and where when it does not, so a message is judged by a walk from
/// step to step, without a stack: NOT swaps the two ways, AND and OR make one of them the next key.
struct SearchPlan: Sendable {
    enum Test: Sendable {
        /// No test: what is inside follows.
        case pass
        /// Matches everything.
        case always
        /// One of ``sets``.
        case numbers(Int)
        /// One of ``leaves``.
        case leaf(Int)
    }

    struct Step: Sendable {
        var test: Test
        var onMatch = SearchPlan.accept
        var otherwise = SearchPlan.reject
        /// Below an odd number of NOTs.
        var isNegated = false
    }

    /// A key, and what was found out about it.
    struct Leaf: Sendable {
        let key: any SearchKey
        let narrowing: SearchNarrowing
        /// Its texts are all it asks: it matches once they are found.
        let isText: Bool
        /// The place of its flag among ``SearchPlan/flags`` and whether it must be set, when a flag is all it asks.
        let flag: (place: Int, isSet: Bool)?
    }

    /// What of a leaf is looked at for every message: nothing that it would cost to copy.
    struct Probe: Sendable {
        let needs: MessageNeed
        /// Its matches are known: ``SearchNarrowing/exactly(_:)``.
        let isExact: Bool
        let firstText: Int
        /// What it asks of a digest, which may know it without the message; `nil`: nothing.
        let digested: DigestTest?
    }

    /// What a digest may know.
    enum DigestTest: Sendable {
        /// Whether the key's text is in the fields of this name.
        case text(DigestField)
        /// Whether the key matches by when the message was sent.
        case sent
    }

    /// A key other than one of texts needs the whole message.
    private(set) var readsStructure = false
    /// The flags that keys ask for and that a mailbox is asked for.
    private(set) var flags: [Flag] = []
    /// A mailbox is asked for no more of them: each is a set for every batch.
    private static let mostFlags = 16

    static let accept = -1
    static let reject = -2

    private(set) var steps: [Step]
    private(set) var leaves: [Leaf] = []
    /// One of each of ``leaves``.
    private(set) var probes: [Probe] = []
    /// Messages that the program names, by their sequence numbers.
    private(set) var sets: [NumberRanges] = []
    /// The texts of all leaves.
    private(set) var texts: [SearchText] = []
    private(set) var columns: MessageColumns = []
    /// The most that a key needs of a message's octets.
    private(set) var needs = MessageNeed.nothing
    private(set) var items: [any SearchResultItem.Type] = []

    /// Begins the program's keys. Numbers get their meaning here, once.
    init(_ program: SearchProgram, _ context: inout Context) async throws(CommandFailure) {
        // Before a key begins: a command that is refused changes nothing.
        if context.traits.contains(.uidsOnly), program.namesSequenceNumbers {
            throw .bad(.uidRequired, "Sequence numbers are not used in this session")
        }
        steps = SearchPlan.links(program.nodes)
        let view = try context.selectedMailbox()
        var atoms: [UInt8: Int] = [:]
        for (index, node) in program.nodes.enumerated() {
            switch node {
            case .all(let count): steps[index].test = count == 0 ? .always : .pass
            case .any, .not: steps[index].test = .pass
            case .messages(.atom(let octet), _):
                // Found out once, and shared by all keys that name it.
                let set: Int
                if let there = atoms[octet] {
                    set = there
                } else {
                    set = add(view.numbers(of: try context.messages(named: octet)))
                    atoms[octet] = set
                }
                steps[index].test = .numbers(set)
            case .messages(.numbers(let set), let numbering):
                switch numbering {
                case .uids:
                    let uids = UIDSet(ranges: set.resolved(largest: view.largestUID))
                    steps[index].test = .numbers(add(view.numbers(of: uids)))
                case .sequenceNumbers:
                    let largest = UInt32(clamping: view.count)
                    steps[index].test = .numbers(add(set.resolved(largest: largest == 0 ? nil : largest)))
                }
            case .key(let syntax):
                guard let key = syntax as? any SearchKey else { throw .bad(nil, "Unknown item") }
                steps[index].test = .leaf(leaves.count)
                try await add(key, &context)
            }
        }
    }

    private mutating func add(_ key: any SearchKey, _ context: inout Context) async throws(CommandFailure) {
        var key = key
        try await key.begin(&context)
        let keyTexts = key.texts
        let needs = keyTexts.reduce(key.needs) { max($0, $1.place.needs) }
        let narrowing = key.narrowing(in: try context.selectedMailbox())
        let digested = SearchPlan.digested(key, keyTexts)
        var isExact = false
        if case .exactly = narrowing { isExact = true }
        leaves.append(Leaf(key: key, narrowing: narrowing, isText: key is TextKey, flag: place(of: key)))
        probes.append(Probe(needs: needs, isExact: isExact, firstText: texts.count, digested: digested))
        texts += keyTexts
        columns.formUnion(key.columns)
        if needs == .structure, !(key is TextKey) { readsStructure = true }
        // What is known of the message need not be read out of it.
        if digested != nil || needs == .structure { columns.formUnion([.digest, .size]) }
        self.needs = max(self.needs, needs)
        if let item = type(of: key).resultItem, !items.contains(where: { $0 == item }) { items.append(item) }
    }

    /// The place of a set among ``sets``.
    private mutating func add(_ set: NumberRanges) -> Int {
        sets.append(set)
        return sets.count - 1
    }

    private static func digested(_ key: any SearchKey, _ texts: [SearchText]) -> DigestTest? {
        if key is SentDateKey { return .sent }
        guard key is TextKey, let text = texts.first, case .field(let name) = text.place else { return nil }
        return DigestField(name).map { .text($0) }
    }

    private mutating func place(of key: any SearchKey) -> (place: Int, isSet: Bool)? {
        guard let key = key as? any FlagTestingKey else { return nil }
        if let place = flags.firstIndex(of: key.flag) { return (place, key.isSet) }
        guard flags.count < SearchPlan.mostFlags else { return nil }
        flags.append(key.flag)
        return (flags.count - 1, key.isSet)
    }

    /// Where each node goes on. The nodes inside one stand behind it, so one pass back finds where each ends, and one
    /// pass forth hands the ways down.
    private static func links(_ nodes: [SearchProgram.Node]) -> [Step] {
        var ends = [Int](repeating: 0, count: nodes.count)
        for index in nodes.indices.reversed() {
            var end = index + 1
            for _ in 0..<nodes[index].count { end = ends[end] }
            ends[index] = end
        }
        var steps = [Step](repeating: Step(test: .pass), count: nodes.count)
        for (index, node) in nodes.enumerated() {
            var child = index + 1
            let count = node.count
            for number in 0..<count {
                let isLast = number == count - 1
                steps[child].isNegated = steps[index].isNegated
                switch node {
                case .all:
                    steps[child].onMatch = isLast ? steps[index].onMatch : ends[child]
                    steps[child].otherwise = steps[index].otherwise
                case .any:
                    steps[child].onMatch = steps[index].onMatch
                    steps[child].otherwise = isLast ? steps[index].otherwise : ends[child]
                case .not:
                    steps[child].onMatch = steps[index].otherwise
                    steps[child].otherwise = steps[index].onMatch
                    steps[child].isNegated = !steps[index].isNegated
                case .messages, .key: break
                }
                child = ends[child]
            }
        }
        return steps
    }
}

extension SearchProgram.Node {
    /// How many nodes are directly inside.
    var count: Int {
        switch self {
        case .all(let count), .any(let count): count
        case .not: 1
        case .messages, .key: 0
        }
    }
}

extension SearchText.Place {
    var needs: MessageNeed {
        switch self {
        case .field: .header
        case .text, .body: .structure
        }
    }
}

extension Context {
    /// The messages that an octet stands for, there or not.
    public func messages(named octet: UInt8) throws(CommandFailure) -> UIDSet {
        guard let messages = channel.tables.setAtoms[octet] else { throw .bad(nil, "Syntax error") }
        return messages(self)
    }

    /// The program with every set of messages as it is now, in UIDs, for those who ask it again later: numbers mean
    /// what they meant when the command came (RFC 5267 section 4.3). With the octets that the sets take; `nil` when they are
    /// more than `most`, which a few words are enough for: each is in as many ranges as the mailbox has.
    package func frozen(
        _ program: SearchProgram, atMost most: Int
    ) throws(CommandFailure) -> (program: SearchProgram, octets: Int)? {
        let view = try selectedMailbox()
        var nodes: [SearchProgram.Node] = []
        var octets = 0
        for node in program.nodes {
            guard case .messages(let set, let numbering) = node else {
                nodes.append(node)
                continue
            }
            let uids: UIDSet
            switch (set, numbering) {
            case (.atom(let octet), _): uids = try messages(named: octet)
            case (.numbers(let numbers), .uids): uids = UIDSet(ranges: numbers.resolved(largest: view.largestUID))
            case (.numbers(let numbers), .sequenceNumbers):
                let all = UInt32(clamping: view.count)
                uids = view.uids(
                    at: SequenceNumberSet(ranges: numbers.resolved(largest: all == 0 ? nil : all)))
            }
            octets += uids.bounds.count * MemoryLayout<SequenceSet.Element>.stride
            guard octets <= most else { return nil }
            let elements = uids.bounds.map {
                SequenceSet.Element(.number($0.lower.rawValue), .number($0.upper.rawValue))
            }
            // An empty set is nothing: not everything.
            guard let frozen = SequenceSet(elements) else {
                nodes += [.not, .all(of: 0)]
                continue
            }
            nodes.append(.messages(.numbers(frozen), .uids))
        }
        return (SearchProgram(nodes: nodes, charset: program.charset), octets)
    }
}

extension SearchProgram {
    /// Whether a key names messages by their numbers.
    fileprivate var namesSequenceNumbers: Bool {
        nodes.contains { node in
            if case .messages(.numbers, .sequenceNumbers) = node { true } else { false }
        }
    }
}
