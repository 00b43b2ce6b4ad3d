import IMAPCodec
import IMAPHost
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// LIST-EXTENDED, RFC 5258: LIST chooses by more than a pattern, by several patterns, and says more.
    public static let listExtended = IMAPExtension("LIST-EXTENDED") { registry in
        registry.advertise("LIST-EXTENDED", in: .any)
        registry.add(mode: .patternLists)
        registry.add(listSelectionOption: SubscribedOption.self)
        registry.add(listSelectionOption: RemoteOption.self)
        registry.add(listSelectionOption: RecursiveMatchOption.self)
        registry.add(listReturnOption: SubscribedOption.self)
        registry.add(listReturnOption: ListChildrenOption.self)
    }
}

/// SUBSCRIBED (RFC 5258 section 3.1 and 3.2): subscriptions in place of mailboxes; behind RETURN, `\Subscribed`. The
/// first implies the second.
struct SubscribedOption: ArgumentlessOption, ListSelectionOption, ListReturnOption {
    static let name: Keyword = "SUBSCRIBED"
    static let kind = ListSelectionKind.criterion

    func widen(_ request: inout ListRequest) { request.includesNonExistent = true }

    func selects(_ mailbox: MailboxEntry) -> Bool { mailbox.isSubscribed }

    func describe(
        _ mailbox: ListedMailbox, in response: inout ListResponse, _ context: inout Context
    ) async throws(CommandFailure) {
        if mailbox.isSubscribed { response.add(.subscribed) }
    }
}

/// REMOTE (RFC 5258 section 3.1): mailboxes on other servers too.
struct RemoteOption: ArgumentlessOption, ListSelectionOption {
    static let name: Keyword = "REMOTE"
    static let kind = ListSelectionKind.independent

    func widen(_ request: inout ListRequest) { request.includesRemote = true }
}

/// RECURSIVEMATCH (RFC 5258 section 3.1): names above those that meet the criteria too, with CHILDINFO.
struct RecursiveMatchOption: ArgumentlessOption, ListSelectionOption {
    static let name: Keyword = "RECURSIVEMATCH"
    static let kind = ListSelectionKind.modifier

    func widen(_ request: inout ListRequest) { request.isRecursive = true }
}
