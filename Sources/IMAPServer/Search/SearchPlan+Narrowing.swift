import IMAPCodec
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
        var open: [Open] = []
        for (index, node) in program.nodes.enumerated() {
            if node.count > 0 {
                open.append(Open(node: node, missing: node.count, candidates: .beginning(node, all)))
                continue
            }
            var result = candidates(steps[index].test, all, view)
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

    private func candidates(_ test: Test, _ all: NumberRanges, _ view: MailboxView) -> SearchCandidates {
        let known: NumberRanges
        switch test {
        case .always: known = all
        case .pass: return SearchCandidates(possible: all, certain: NumberRanges())
        case .numbers(let numbers): known = numbers.intersection(all)
        case .leaf(let leaf):
            switch leaves[leaf].narrowing {
            case .anything: return SearchCandidates(possible: all, certain: NumberRanges())
            case .atMost(let uids):
                return SearchCandidates(possible: view.numbers(of: uids), certain: NumberRanges())
            case .exactly(let uids): known = view.numbers(of: uids)
            }
        }
        return SearchCandidates(possible: known, certain: known)
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
