import IMAPCodec
import IMAPHost
import IMAPParser
import IMAPServer
import IMAPTypes

/// `SELECT mailbox (QRESYNC (...))` (RFC 7162 section 3.2.5)
///
/// ```abnf
/// select-param   =/ "QRESYNC" SP "(" uidvalidity SP mod-sequence-value [SP known-uids] [SP seq-match-data] ")"
/// seq-match-data =  "(" known-sequence-set SP known-uid-set ")"
/// uidvalidity    =  nz-number
/// known-uids     =  sequence-set
/// ```
struct ResynchronizeOption: SelectOption {
    static let name: Keyword = "QRESYNC"
    static let mode: SessionMode? = .qResync

    let uidValidity: UIDValidity
    /// The client knows of every change up to it. 0 is not in the grammar and means what it says.
    let since: ModSequence
    /// The messages that the client asks about; `nil` for all that ever were.
    let known: UIDSet?
    let match: SequenceMatch?

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        try arguments.openList()
        guard let uidValidity = UIDValidity(try arguments.nonZeroNumber()) else { throw arguments.error(.number) }
        self.uidValidity = uidValidity
        try arguments.space()
        since = try arguments.modSequence()
        var known: UIDSet?
        var match: SequenceMatch?
        if arguments.next == ASCII.space {
            try arguments.space()
            if arguments.next != ASCII.leftParenthesis {
                let set = try arguments.sequenceSet()
                guard set.namesNoLargest else { throw arguments.error(.unexpected) }
                known = UIDSet(ranges: set.resolved(largest: nil))
                if arguments.next == ASCII.space {
                    try arguments.space()
                    match = try SequenceMatch(&arguments, grammar)
                }
            } else {
                match = try SequenceMatch(&arguments, grammar)
            }
        }
        try arguments.closeList()
        self.known = known
        self.match = match
    }

    /// What changed and what vanished, if the client speaks of this mailbox and if the mailbox can tell.
    func opened(_ mailbox: OpenMailbox, _ context: inout Context) async throws(CommandFailure) {
        guard let highest = mailbox.highestModSequence, mailbox.uidValidity == uidValidity, since < highest,
            let last = UID(mailbox.uidNext.rawValue - 1)
        else { return }
        let view = try context.selectedMailbox()
        let all = UIDSet(.first, last)
        let asked = known.map { $0.intersection(all) } ?? all
        var doubtful = asked
        if let first = match?.firstDoubtful(in: view) {
            doubtful = first > last ? UIDSet() : asked.intersection(UIDSet(first, last))
        }
        try await context.respondVanished(since: since, of: doubtful, view)
        for batch in view.existing(asked).batches(of: context.configuration.limits.messageBatch) {
            let records = try await ask { () async throws(StoreError) in
                try await view.messages(batch, .modSequence)
            }
            try await context.respondFlags(
                of: UIDSet(records.lazy.filter { $0.modSequence ?? .zero > since }.map(\.uid)))
        }
    }
}
