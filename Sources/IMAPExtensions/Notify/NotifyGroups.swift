import IMAPCodec
import IMAPHost
import IMAPParser
import IMAPServer
import IMAPTypes

/// What a client can be told of (RFC 5465 section 5).
struct NotifyEvents: OptionSet, Sendable, Hashable {
    let rawValue: UInt8

    static let messageNew = NotifyEvents(rawValue: 1 << 0)
    static let messageExpunge = NotifyEvents(rawValue: 1 << 1)
    static let flagChange = NotifyEvents(rawValue: 1 << 2)
    static let annotationChange = NotifyEvents(rawValue: 1 << 3)
    static let mailboxName = NotifyEvents(rawValue: 1 << 4)
    static let subscriptionChange = NotifyEvents(rawValue: 1 << 5)
    static let mailboxMetadataChange = NotifyEvents(rawValue: 1 << 6)
    static let serverMetadataChange = NotifyEvents(rawValue: 1 << 7)

    /// Those that happen to messages: `message-event`.
    static let ofMessages: NotifyEvents = [.messageNew, .messageExpunge, .flagChange, .annotationChange]

    /// In the order of the RFC.
    static let names: [(name: Keyword, event: NotifyEvents)] = [
        ("MessageNew", .messageNew), ("MessageExpunge", .messageExpunge), ("FlagChange", .flagChange),
        ("AnnotationChange", .annotationChange), ("MailboxName", .mailboxName),
        ("SubscriptionChange", .subscriptionChange), ("MailboxMetadataChange", .mailboxMetadataChange),
        ("ServerMetadataChange", .serverMetadataChange),
    ]

    /// `nil` for an event of another extension.
    init?(_ name: Keyword) {
        guard let known = NotifyEvents.names.first(where: { $0.name == name }) else { return nil }
        self = known.event
    }

    init(rawValue: UInt8) { self.rawValue = rawValue }

    var keywords: [Keyword] { NotifyEvents.names.filter { contains($0.event) }.map(\.name) }

    /// Whether those are together that must be (section 5): what comes with what goes, and both with every change.
    var isComplete: Bool {
        let ofMessages = intersection(.ofMessages)
        return ofMessages.isEmpty || ofMessages.isSuperset(of: [.messageNew, .messageExpunge])
    }
}

/// The mailboxes of a group (section 6).
enum NotifyMailboxes: Sendable, Hashable {
    /// The selected one; delayed, where EXPUNGE waits for a command that allows it.
    case selected(isDelayed: Bool)
    case inboxes
    case personal
    case subscribed
    /// These and all below them.
    case subtree([MailboxName])
    case mailboxes([MailboxName])

    var isSelected: Bool {
        if case .selected = self { return true }
        return false
    }
}

/// Mailboxes, and what the client wants to know of them.
struct NotifyGroup: Sendable {
    var mailboxes: NotifyMailboxes
    /// None: the client wants to know nothing of these mailboxes, whatever other groups say.
    var events: NotifyEvents = []
    /// Whether an event stands there that this server does not know.
    var hasUnknown = false
    /// What is answered for each new message of the selected mailbox.
    var items: [any FetchItem] = []
}

extension NotifyGroup: Hashable {
    static func == (a: NotifyGroup, b: NotifyGroup) -> Bool {
        a.mailboxes == b.mailboxes && a.events == b.events && a.hasUnknown == b.hasUnknown
            && a.items.map { AnyHashable($0) } == b.items.map { AnyHashable($0) }
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(mailboxes)
        hasher.combine(events)
    }
}

extension NotifyGroup {
    /// ```abnf
    /// event-group = "(" filter-mailboxes SP events ")"
    /// events      = ( "(" event *(SP event) ")" ) / "NONE"
    /// ```
    ///
    /// `room` is how many names of mailboxes there may still be; those beyond are left out and counted in `excess`.
    init(
        _ arguments: inout ArgumentReader, _ grammar: Grammar, _ room: inout Int, excess: inout Int
    ) throws(SyntaxError) {
        try arguments.openList()
        mailboxes = try NotifyGroup.mailboxes(&arguments, grammar, &room, excess: &excess)
        try arguments.space()
        if arguments.next == ASCII.leftParenthesis {
            try arguments.openList()
            try readEvent(&arguments, grammar)
            var count = 1
            while arguments.next == ASCII.space {
                guard count < arguments.limits[.notifyEvents] else { throw arguments.error(.limit) }
                try arguments.space()
                try readEvent(&arguments, grammar)
                count += 1
            }
            try arguments.closeList()
        } else {
            guard try arguments.keyword() == "NONE" else { throw arguments.error(.unexpected) }
        }
        try arguments.closeList()
    }

    /// ```abnf
    /// message-event =  ( "MessageNew" [SP "(" fetch-att *(SP fetch-att) ")" ] ) / ...
    /// ```
    private mutating func readEvent(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        let name = try arguments.keyword()
        guard let event = NotifyEvents(name) else {
            hasUnknown = true
            return
        }
        events.formUnion(event)
        guard event == .messageNew, arguments.hasList else { return }
        try arguments.space()
        let more = try arguments.fetchItems(grammar).compactMap { $0 as? any FetchItem }
        // The list may only be present for the selected mailbox.
        guard mailboxes.isSelected else { throw arguments.error(.unexpected) }
        let before = items.map { AnyHashable($0) }
        items += more.filter { !before.contains(AnyHashable($0)) }
    }

    private static func mailboxes(
        _ arguments: inout ArgumentReader, _ grammar: Grammar, _ room: inout Int, excess: inout Int
    ) throws(SyntaxError) -> NotifyMailboxes {
        switch try arguments.keyword() {
        case "SELECTED": return .selected(isDelayed: false)
        case "SELECTED-DELAYED": return .selected(isDelayed: true)
        case "INBOXES": return .inboxes
        case "PERSONAL": return .personal
        case "SUBSCRIBED": return .subscribed
        case "SUBTREE": return .subtree(try names(&arguments, grammar, &room, excess: &excess))
        case "MAILBOXES": return .mailboxes(try names(&arguments, grammar, &room, excess: &excess))
        default: throw arguments.error(.unknown)
        }
    }

    /// A name that no mailbox can have is one of a mailbox that does not exist: it is passed over (section 3.1).
    ///
    /// ```abnf
    /// one-or-more-mailbox = mailbox / many-mailboxes
    /// many-mailboxes      = "(" mailbox *(SP mailbox) ")"
    /// ```
    private static func names(
        _ arguments: inout ArgumentReader, _ grammar: Grammar, _ room: inout Int, excess: inout Int
    ) throws(SyntaxError) -> [MailboxName] {
        var names: [MailboxName] = []
        func note(_ name: MailboxName?, _ room: inout Int, _ excess: inout Int) {
            guard room > 0 else {
                excess += 1
                return
            }
            room -= 1
            if let name, !names.contains(name) { names.append(name) }
        }
        try arguments.space()
        guard arguments.next == ASCII.leftParenthesis else {
            note(try arguments.mailbox(grammar), &room, &excess)
            return names
        }
        try arguments.openList()
        note(try arguments.mailbox(grammar), &room, &excess)
        while arguments.next == ASCII.space {
            try arguments.space()
            note(try arguments.mailbox(grammar), &room, &excess)
        }
        try arguments.closeList()
        return names
    }
}

extension ArgumentReader {
    /// Whether a space and a list follow.
    var hasList: Bool {
        var ahead = self
        return ahead.take(ASCII.space) && ahead.next == ASCII.leftParenthesis
    }
}
