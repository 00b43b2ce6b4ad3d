import IMAPCodec
import IMAPHost
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// IMAP4rev2, RFC 9051: a bundle of extensions, and a mode that a client of both revisions enables.
    ///
    /// Enabled, mailbox names travel as UTF-8, SEARCH is answered with ESEARCH, RECENT is not sent, SELECT names its
    /// mailbox in a LIST response, and `[CLOSED]` says that a selected mailbox ceased to be. Leaving out one of the
    /// extensions that the revision includes (appendix E) leaves out IMAP4rev2.
    public static let imap4rev2 = IMAPExtension(
        "IMAP4rev2",
        requiring: [
            "ENABLE", "IDLE", "NAMESPACE", "UNSELECT", "UIDPLUS", "ESEARCH", "SEARCHRES", "SASL-IR", "LIST-EXTENDED",
            "LIST-STATUS", "MOVE", "BINARY", "CHILDREN", "SPECIAL-USE", "STATUS=SIZE",
        ]
    ) { registry in
        registry.advertise("IMAP4rev2", in: .any)
        registry.add(
            mode: .imap4rev2, traits: [.utf8, .announcesClosed, .extendedSearch], enabledAs: "IMAP4rev2")
        registry.add(
            rewrite: ResponseRewrite(in: .imap4rev2, addingUID: true, omitting: ["RECENT", "UNSEEN"]))
        registry.add(selectResponses: respondList)
        registry.add(statusItem: DeletedStatusItem())
    }

    /// `* LIST () "/" mailbox` (section 6.3.2)
    private static func respondList(_ mailbox: OpenMailbox, _ context: inout Context) {
        guard context.isEnabled(.imap4rev2), let account = try? context.account(),
            let name = try? context.selectedMailbox().name
        else { return }
        context.respond("LIST") { writer in
            writer.space()
            writer.openList()
            writer.closeList()
            writer.space()
            writer.nstring(account.separator.map { [$0] })
            writer.space()
            writer.mailbox(name)
        }
    }
}

extension SessionMode {
    static let imap4rev2 = SessionMode("IMAP4rev2")
}
