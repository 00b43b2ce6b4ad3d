import IMAPCodec
import IMAPHost
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// SPECIAL-USE, RFC 6154: what mailboxes are for. LIST in its first form says it too, as section 2 allows.
    public static let specialUse = IMAPExtension("SPECIAL-USE", requiring: ["LIST-EXTENDED"]) { registry in
        registry.advertise("SPECIAL-USE", in: .any)
        registry.add(listSelectionOption: SpecialUseOption.self)
        registry.add(listReturnOption: SpecialUseOption.self)
        registry.add(plainListOption: SpecialUseOption())
    }
}

/// SPECIAL-USE (RFC 6154 section 2): mailboxes with a use alone; behind RETURN, their uses. The first implies the
/// second.
///
/// By the ABNF of section 6 it is an option that RECURSIVEMATCH cannot stand beside alone; by the text of RFC 5258
/// section 3.1 it is one that can, as it chooses. It is taken for that.
struct SpecialUseOption: ArgumentlessOption, ListSelectionOption, ListReturnOption {
    static let name: Keyword = "SPECIAL-USE"
    static let kind = ListSelectionKind.criterion

    func selects(_ mailbox: MailboxEntry) -> Bool { mailbox.attributes.contains { $0.isSpecialUse } }

    func describe(
        _ mailbox: ListedMailbox, in response: inout ListResponse, _ context: inout Context
    ) async throws(CommandFailure) {
        for attribute in mailbox.attributes where attribute.isSpecialUse { response.add(attribute) }
    }
}
