import IMAPCodec
import IMAPHost
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// CONDSTORE, RFC 7162 section 3.1: modification sequences. Needs mailboxes that are
    /// ``/IMAPHost/ConditionalMailbox``.
    ///
    /// Any of the commands that enable it switches the mode on until the authentication ends.
    public static let condStore = IMAPExtension("CONDSTORE") { registry in
        registry.advertise("CONDSTORE", in: .any)
        registry.requireMailbox("CONDSTORE") { $0 is any ConditionalMailbox.Type }
        registry.announceClosed()
        registry.add(mode: .condStore, enabledAs: "CONDSTORE")
        // Section 3.2.4 asks for the UID too.
        registry.add(
            rewrite: ResponseRewrite(
                in: .condStore, needingModSequences: true, adding: [ModSequenceItem()], addingUID: true,
                answersSilentStore: true))
        registry.add(selectOption: CondStoreOption.self)
        registry.add(selectResponses: respondHighest)
        registry.add(fetchItem: ModSequenceItem.self)
        registry.add(fetchModifier: ChangedSince.self)
        registry.add(storeModifier: UnchangedSince.self)
        registry.add(statusItem: HighestModSequenceItem())
        registry.add(searchKey: ModSequenceKey.self)
    }

    /// `HIGHESTMODSEQ` or `NOMODSEQ`, in every SELECT and EXAMINE (section 3.1.2).
    private static func respondHighest(_ mailbox: OpenMailbox, _ context: inout Context) {
        if let highest = mailbox.highestModSequence {
            context.inform(.highestModSequence(highest), "Highest")
        } else {
            context.inform(ResponseCode("NOMODSEQ"), "The mailbox keeps no modification sequences")
        }
    }
}

extension SessionMode {
    /// The client wants modification sequences (RFC 7162 section 3.1).
    static let condStore = SessionMode("CONDSTORE")
}

extension ResponseCode {
    static func highestModSequence(_ value: ModSequence) -> ResponseCode {
        ResponseCode("HIGHESTMODSEQ", [.number(max(value.rawValue, 1))])
    }
}

extension Context {
    /// What every command that enables CONDSTORE with a mailbox selected does: the first of them is told where the
    /// client stands. BAD where the mailbox keeps no modification sequences (section 3.1.2.2).
    mutating func enableCondStore() throws(CommandFailure) {
        guard let highest = try selectedMailbox().highestModSequence else {
            throw .bad(nil, "The mailbox keeps no modification sequences")
        }
        guard enable(.condStore).contains(.condStore) else { return }
        inform(.highestModSequence(highest), "Highest")
    }
}

/// `SELECT mailbox (CONDSTORE)` (section 3.1.8)
///
/// ```abnf
/// condstore-param = "CONDSTORE"
/// ```
struct CondStoreOption: SelectOption, ArgumentlessOption {
    static let name: Keyword = "CONDSTORE"

    func begin(_ context: inout Context) async throws(CommandFailure) { context.enable(.condStore) }
}

/// `HIGHESTMODSEQ` (section 3.1.7); 0 where the mailbox keeps none
///
/// ```abnf
/// status-att-val =/ "HIGHESTMODSEQ" SP mod-sequence-valzer
/// ```
struct HighestModSequenceItem: StatusItem {
    let name: Keyword = "HIGHESTMODSEQ"

    func begin(_ context: inout Context) throws(CommandFailure) {
        // Whether a mailbox is selected that keeps none says nothing of the one that is asked about.
        guard context.session.phase == .selected, try context.selectedMailbox().highestModSequence != nil else {
            context.enable(.condStore)
            return
        }
        try context.enableCondStore()
    }

    func write(_ status: MailboxStatus, to writer: inout ResponseWriter) {
        writer.number(status.highestModSequence.rawValue)
    }
}
