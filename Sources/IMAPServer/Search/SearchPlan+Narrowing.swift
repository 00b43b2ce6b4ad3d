import IMAPCodec
import IMAPHost
import IMAPTypes

/// The messages of a mailbox, by sequence number, that may match, and those that do, before one was read.
struct SearchCandidates: Sendable {
    var possible: NumberRanges
    var certain: NumberRanges
}

extension SearchPlan {
    /// A node whose keys are not all looked at.
    private struct Open {
        let node: SearchProgram.Node
        var missing: Int
        var candidates: SearchCandidates
    }

    /// What sets of numbers and keys that know their matches say. In ranges, and each key's ranges are folded into its
    /// parent's at once, so a thousand keys hold no more of them than one for each level.
    func candidates(_ program: SearchProgram, in view: MailboxView) -> SearchCandidates {
        let all = view.count == 0 ? NumberRanges() : NumberRanges(merging: [.init(1, UInt32(clamping: view.count))])
        return candidates(program, Known(all: all, uids: nil, flags: []), in: view)
    }

    /// The same of a batch alone, when the mailbox said which of it exist and which have which of ``flags``.
    func candidates(
        _ program: SearchProgram, _ flagged: FlaggedMessages, in view: MailboxView
    ) -> SearchCandidates {
        var known = Known(all: view.numbers(of: flagged.existing), uids: nil, flags: [])
        if let first = flagged.existing.first, let last = flagged.existing.last { known.uids = UIDSet(first, last) }
        known.flags = flagged.having.map { view.numbers(of: $0) }
        return candidates(program, known, in: view)
    }

    /// What is known of the messages that are looked at.
    private struct Known {
        /// They themselves.
        let all: NumberRanges
        /// The part of the mailbox that they are in; `nil`: all of it.
        var uids: UIDSet?
        /// Those that have each of the plan's flags; none when that is not known.
        var flags: [NumberRanges]
    }

    private func candidates(
        _ program: SearchProgram, _ known: Known, in view: MailboxView
    ) -> SearchCandidates {
        let all = known.all
        var open: [Open] = []
        for (index, node) in program.nodes.enumerated() {
            if node.count > 0 {
                open.append(Open(node: node, missing: node.count, candidates: .beginning(node, all)))
                continue
            }
            var result = candidates(steps[index].test, known, view)
            while let last = open.indices.last {
                open[last].candidates.take(result, in: open[last].node, all)
                open[last].missing -= 1
                guard open[last].missing == 0 else { break }
                result = open[last].candidates
                open.removeLast()
            }
            if open.isEmpty { return result }
        }
        return SearchCandidates(possible: all, certain: NumberRanges())
    }

    private func candidates(_ test: Test, _ known: Known, _ view: MailboxView) -> SearchCandidates {
        let matching: NumberRanges
        switch test {
        case .always: matching = known.all
        case .pass: return SearchCandidates(possible: known.all, certain: NumberRanges())
        case .numbers(let set): matching = sets[set].intersection(known.all)
        case .leaf(let leaf):
            if let test = leaves[leaf].flag, test.place < known.flags.count {
                let having = known.flags[test.place]
                matching = test.isSet ? having : known.all.subtracting(having)
                break
            }
            switch leaves[leaf].narrowing {
            case .anything: return SearchCandidates(possible: known.all, certain: NumberRanges())
            case .atMost(let uids):
                return SearchCandidates(possible: numbers(of: uids, known, view), certain: NumberRanges())
            case .exactly(let uids): matching = numbers(of: uids, known, view)
            }
        }
        return SearchCandidates(possible: matching, certain: matching)
    }

    /// In the ranges of `uids` that are in that part of the mailbox.
    private func numbers(of uids: UIDSet, _ known: Known, _ view: MailboxView) -> NumberRanges {
        guard let part = known.uids else { return view.numbers(of: uids) }
        return view.numbers(of: uids.intersection(part)).intersection(known.all)
    }
}

extension SearchCandidates {
    /// Before the first key of `node`.
    fileprivate static func beginning(_ node: SearchProgram.Node, _ all: NumberRanges) -> SearchCandidates {
        switch node {
        case .any: SearchCandidates(possible: NumberRanges(), certain: NumberRanges())
        case .all, .not, .messages, .key: SearchCandidates(possible: all, certain: all)
        }
    }

    /// Takes a key that is directly inside `node`.
    fileprivate mutating func take(_ key: SearchCandidates, in node: SearchProgram.Node, _ all: NumberRanges) {
        switch node {
        case .any:
            guard certain != all else { return }
            possible = possible.union(key.possible)
            certain = certain.union(key.certain)
        case .not:
            possible = all.subtracting(key.certain)
            certain = all.subtracting(key.possible)
        case .all, .messages, .key:
            guard !possible.isEmpty else { return }
            possible = possible.intersection(key.possible)
            certain = certain.intersection(key.certain)
        }
    }
}
