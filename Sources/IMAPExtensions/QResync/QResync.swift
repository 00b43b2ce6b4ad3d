import IMAPCodec
import IMAPHost
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// QRESYNC, RFC 7162 section 3.2: a client that was away is told what changed, and what was expunged, since the
    /// mod-sequence that it knows. Needs mailboxes that are ``/IMAPHost/ResynchronizableMailbox``.
    ///
    /// Once enabled, EXPUNGE is VANISHED in every mailbox that keeps mod-sequences, and the client never believes that
    /// it knows a change that it was not told: behind each command the store is asked for news, and where messages
    /// vanished or cannot be told of yet, HIGHESTMODSEQ says how far it may trust what it saw.
    public static let qResync = IMAPExtension("QRESYNC", requiring: ["CONDSTORE", "ENABLE"]) { registry in
        registry.advertise("QRESYNC", in: .any)
        registry.requireMailbox("QRESYNC") { $0 is any ResynchronizableMailbox.Type }
        registry.add(mode: .qResync, traits: .resynchronizes, implying: [.condStore], enabledAs: "QRESYNC")
        registry.add(rewrite: ResponseRewrite(in: .qResync, needingModSequences: true, expunge: "VANISHED"))
        registry.add(selectOption: ResynchronizeOption.self)
        registry.add(fetchModifier: VanishedModifier.self)
        registry.add(replyCode: code)
        registry.announceClosed()
    }

    /// `HIGHESTMODSEQ` behind EXPUNGE, UID EXPUNGE and MOVE (sections 3.2.7 and 3.2.9; RFC 6851 section 4.4), and
    /// wherever else the client would not know it (section 6). Never behind CLOSE, which tells of nothing.
    private static func code(_ work: FinishedWork) -> ResponseCode? {
        switch work {
        case .told(let modSequence): .highestModSequence(modSequence)
        case .appended, .copied, .created: nil
        }
    }
}

extension SessionMode {
    /// The client resynchronises (RFC 7162 section 3.2.3).
    static let qResync = SessionMode("QRESYNC")
}

extension Context {
    /// The most ranges that one VANISHED (EARLIER) response names.
    private static var earlierRanges: Int { 1000 }

    /// `VANISHED (EARLIER)`: those of `uids` that went after `since` and that this session does not see (section
    /// 3.2.10.1). What it sees and what is gone all the same is news, told without EARLIER.
    mutating func respondVanished(
        since: ModSequence, of uids: UIDSet, _ view: MailboxView
    ) async throws(CommandFailure) {
        guard let mailbox = view.mailbox as? any ResynchronizableMailbox else { throw CommandFailure(.internalError) }
        let asked = uids.subtracting(view.existing(uids))
        guard !asked.isEmpty else { return }
        let gone = try await ask { () async throws(StoreError) in try await mailbox.vanished(since: since, of: asked) }
        let bounds = view.checked(gone, of: asked, "vanished: a message that was not asked for").bounds
        var start = 0
        while start < bounds.count {
            let end = min(start + Context.earlierRanges, bounds.count)
            respondVanishedEarlier(UIDSet(bounds: bounds[start..<end]))
            try await drain()
            start = end
        }
    }

    /// ```abnf
    /// expunged-resp = "VANISHED" [SP "(EARLIER)"] SP known-uids
    /// ```
    mutating func respondVanishedEarlier(_ uids: UIDSet) {
        respond("VANISHED") { writer in
            writer.space()
            writer.openList()
            writer.keyword("EARLIER")
            writer.closeList()
            writer.space()
            writer.uids(uids)
        }
    }
}
