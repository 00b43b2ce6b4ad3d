import IMAPCodec
import IMAPHost
import IMAPTypes

/// The answer of one LIST or LSUB: the names, in order.
struct Listing {
    struct Name {
        fileprivate let walked: WalkedName
        let separator: UInt8?

        var entry: Int? { walked.entry }
        var hasSelectedBelow: Bool { walked.hasSelectedBelow }
    }

    let names: [Name]
    private let entries: [MailboxEntry]
    private let wireForms: [[UInt8]]
    private let utf8: Bool

    init(
        _ entries: [MailboxEntry], _ hierarchy: Hierarchy, utf8: Bool, patterns: [[UInt8]],
        criteria: [any ListSelectionOption], isRecursive: Bool
    ) {
        self.entries = entries
        self.utf8 = utf8
        let wireForms = entries.map { MailboxWireForm.encode($0.name, utf8: utf8) }
        self.wireForms = wireForms
        // Namespaces may have separators of their own: what `%` stops at is then another matter in each.
        let separators = hierarchy.separators
        names = separators.flatMap { separator in
            let order =
                separators.count == 1
                ? Array(entries.indices)
                : entries.indices.filter { hierarchy.separator(of: wireForms[$0]) == separator }
            return ListWalk.walk(
                entries, wireForms, order: order, ListPatterns(patterns, separator: separator), separator: separator,
                criteria: criteria, isRecursive: isRecursive
            ).map { Name(walked: $0, separator: separator) }
        }
    }

    /// What is known of a name; `nil` for a level that no mailbox can be called.
    func mailbox(_ name: Name) -> ListedMailbox? {
        let walked = name.walked
        guard let index = walked.entry else {
            let wire = wireForms[walked.within].prefix(walked.length)
            return MailboxWireForm.decode(Array(wire), utf8: utf8).map { name in
                ListedMailbox(
                    name: name, attributes: [], isSubscribed: false, exists: false, hasChildren: walked.hasChildren,
                    isSelected: false)
            }
        }
        let entry = entries[index]
        return ListedMailbox(
            name: entry.name, attributes: entry.attributes, isSubscribed: entry.isSubscribed,
            exists: !entry.attributes.contains(.nonExistent), hasChildren: walked.hasChildren,
            isSelected: walked.isSelected)
    }
}
