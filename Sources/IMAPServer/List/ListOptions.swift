public import IMAPCodec
public import IMAPHost
public import IMAPTypes

// What extensions bring into LIST: options that choose names, and options that say more about each (RFC 5258).

/// What all options of LIST may do.
///
/// One type may stand in both places, under one name: what it says of a name as a selection option it then says
/// without being asked for it behind RETURN.
public protocol ListOption: OptionSyntax {
    /// Before anything is answered: a mode that asking switches on.
    func begin(_ context: inout Context) async throws(CommandFailure)

    /// Says more about one name, before its response is written: attributes, extended data, and responses behind it.
    /// May ask the store; what it refuses about one mailbox is best left out.
    func describe(
        _ mailbox: ListedMailbox, in response: inout ListResponse, _ context: inout Context
    ) async throws(CommandFailure)
}

extension ListOption {
    public func begin(_ context: inout Context) async throws(CommandFailure) {}
    public func describe(
        _ mailbox: ListedMailbox, in response: inout ListResponse, _ context: inout Context
    ) async throws(CommandFailure) {}
}

/// An option behind RETURN. It adds to the names that are listed, never to their number.
public protocol ListReturnOption: ListOption {}

/// An option before the reference.
public protocol ListSelectionOption: ListOption {
    static var kind: ListSelectionKind { get }

    /// Widens what is chosen from.
    func widen(_ request: inout ListRequest)

    /// Whether a name meets it, if it is a criterion. All criteria of a command must be met.
    func selects(_ mailbox: MailboxEntry) -> Bool
}

extension ListSelectionOption {
    public func widen(_ request: inout ListRequest) {}
    public func selects(_ mailbox: MailboxEntry) -> Bool { true }
}

/// How a selection option goes together with others (RFC 5258 section 6).
public enum ListSelectionKind: Sendable, Hashable {
    /// It chooses by itself: `list-select-base-opt`. RECURSIVEMATCH looks for names below that meet it.
    case criterion
    /// It changes what the others choose from: `list-select-independent-opt`, REMOTE.
    case independent
    /// It needs a criterion beside it: `list-select-mod-opt`, RECURSIVEMATCH.
    case modifier
}

/// What a LIST chooses from.
public struct ListRequest: Sendable, Hashable {
    /// Subscriptions whose mailbox does not exist are among the names (SUBSCRIBED).
    public var includesNonExistent = false
    /// Mailboxes on other servers, `\Remote`, are among them (REMOTE).
    public var includesRemote = false
    /// Names above those that meet the criteria are listed too (RECURSIVEMATCH).
    public var isRecursive = false

    init() {}
}

/// A name that a LIST answers with.
public struct ListedMailbox: Sendable {
    public let name: MailboxName
    /// As the store knows them; none for a level of hierarchy that is no mailbox.
    public let attributes: [MailboxAttribute]
    public let isSubscribed: Bool
    /// False for a subscription without a mailbox, and for a level of hierarchy.
    public let exists: Bool
    /// Whether mailboxes exist below it.
    public let hasChildren: Bool
    /// Whether it meets the selection itself. One that does not is listed for the names below it.
    public let isSelected: Bool

    /// Whether it can be selected, as far as is known.
    public var isSelectable: Bool { exists && !attributes.contains(.noSelect) }
}

/// CHILDREN: `\HasChildren` or `\HasNoChildren` (RFC 3348, RFC 5258 section 4).
public struct ListChildrenOption: ArgumentlessOption, ListReturnOption {
    public static let name: Keyword = "CHILDREN"

    public init() {}

    /// `\Noinferiors` says it already, and more strongly.
    public func describe(
        _ mailbox: ListedMailbox, in response: inout ListResponse, _ context: inout Context
    ) async throws(CommandFailure) {
        guard !mailbox.attributes.contains(.noInferiors), !response.attributes.contains(.hasChildren) else { return }
        response.add(mailbox.hasChildren ? .hasChildren : .hasNoChildren)
    }
}

extension ExtensionRegistry {
    /// Adds an option that stands before LIST's reference.
    public mutating func add(listSelectionOption: any ListSelectionOption.Type) {
        add(option: listSelectionOption, in: .listSelection)
    }

    /// Adds an option that stands behind LIST's RETURN.
    public mutating func add(listReturnOption: any ListReturnOption.Type) {
        add(option: listReturnOption, in: .listReturn)
    }

    /// Has every LIST in its first form, without anything of the extended syntax, answered as if `option` had been
    /// given.
    public mutating func add(plainListOption option: some ListReturnOption) { plainListOptions.append(option) }
}
