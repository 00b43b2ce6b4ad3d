import IMAPCodec
import IMAPHost
public import IMAPParser
public import IMAPServer
import IMAPSession
import IMAPTypes

extension CountLimit {
    /// Groups of one NOTIFY. More is BAD.
    public static let notifyGroups = CountLimit("notifyGroups", standard: 100)
    /// Events of one group of NOTIFY, as they are written. More is BAD.
    public static let notifyEvents = CountLimit("notifyEvents", standard: 100)
    /// Names of mailboxes in one NOTIFY, and mailboxes whose numbers or rights are told behind it. More is
    /// `NO [NOTIFICATIONOVERFLOW]` (RFC 5465 section 5.8).
    public static let notifyMailboxes = CountLimit("notifyMailboxes", standard: 1000)
    /// Octets of a NOTIFY, which is kept. More is `NO [NOTIFICATIONOVERFLOW]`.
    public static let notifyOctets = CountLimit("notifyOctets", standard: 1 << 19)
    /// Changes that are told at once, those that waited for a command among them. With more, `* OK
    /// [NOTIFICATIONOVERFLOW]`: nothing more is told.
    public static let notifyChanges = CountLimit("notifyChanges", standard: 1000)
}

extension IMAPExtension {
    /// NOTIFY, RFC 5465: the client says what it wants to be told unasked, of which mailboxes, and is told at any time.
    /// Needs accounts that are ``/IMAPHost/NotifyingAccount``.
    ///
    /// Its events of annotations are there where METADATA is.
    public static let notify = IMAPExtension("NOTIFY") { registry in
        registry.requireAccount("NOTIFY") { $0 is any NotifyingAccount.Type }
        registry.advertise("NOTIFY", in: .any)
        registry.add(state: NotifyRegistration.self)
        registry.add(mode: .contextItems)
        registry.add(NotifyCommand.self)
        registry.add(news: NotifyNews.self)
        registry.add(newsListener: NewMessageNews.self)
    }
}

/// What the client registered for. Ends with the account: nothing of it is told to whoever comes next.
struct NotifyRegistration: ConnectionState {
    static let scope = Scope.account

    /// What it wants to know, but for messages of the selected mailbox; `nil` before the first NOTIFY.
    var scope: NotifyScope?
    /// Up to where it was told; `nil` when nothing is to be told.
    var token: NewsToken?
    /// What is answered for each new message of the selected mailbox.
    var items: [any FetchItem] = []
    /// New messages for which that was answered, with what a search is kept up to date by.
    var answered = UIDSet()

    static func fresh() -> NotifyRegistration { NotifyRegistration() }

    /// The client is told nothing: after NOTIFY NONE, and after too much happened.
    static let nothing = NotifyRegistration(scope: NotifyScope([]))

    consuming func end() -> Ending { .drop }

    static func == (a: NotifyRegistration, b: NotifyRegistration) -> Bool {
        a.scope == b.scope && a.token == b.token && a.answered == b.answered
            && a.items.map { AnyHashable($0) } == b.items.map { AnyHashable($0) }
    }
}

extension Context {
    func notifyingAccount() throws(CommandFailure) -> any NotifyingAccount {
        guard let account = try account() as? any NotifyingAccount else { throw CommandFailure(.internalError) }
        return account
    }

    /// The events that this server can tell of in this session. What METADATA brings is there where METADATA is
    /// (RFC 5465 sections 5.6 and 5.7).
    var supportedEvents: NotifyEvents {
        var events: NotifyEvents = [.messageNew, .messageExpunge, .flagChange, .mailboxName, .subscriptionChange]
        let capabilities = capabilities
        if capabilities.contains("METADATA") { events.formUnion([.mailboxMetadataChange, .serverMetadataChange]) }
        if capabilities.contains("METADATA-SERVER") { events.insert(.serverMetadataChange) }
        return events
    }

    /// From now on the client is told nothing unasked, as after NOTIFY NONE.
    mutating func endNotify() async {
        write(NotifyRegistration.nothing)
        write(UnaskedNews.nothingSelected(.withCommands))
        // A store that goes on to wake the session wakes it for nothing: that is no reason to fail.
        do { _ = try await notifyingAccount().follow([]) } catch {}
    }
}

/// `NOTIFY` (RFC 5465 section 3.1)
///
/// ```abnf
/// notify      = "NOTIFY" SP (notify-set / notify-none)
/// notify-set  = "SET" [SP "STATUS"] SP event-group *(SP event-group)
/// notify-none = "NONE"
/// ```
struct NotifyCommand: Command {
    static let facts = CommandFacts(
        "NOTIFY", in: .loggedIn, forms: .plain, expunge: .permitted, right: .lookup, literals: .buffered)

    /// `nil`: NOTIFY NONE.
    let groups: [NotifyGroup]?
    let tellsStatus: Bool
    /// More mailboxes are named than may be.
    let isTooMuch: Bool

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        let word = try arguments.keyword()
        guard word == "SET" else {
            guard word == "NONE" else { throw arguments.error(.unexpected) }
            try arguments.end()
            (groups, tellsStatus, isTooMuch) = (nil, false, false)
            return
        }
        try arguments.space()
        var tellsStatus = false
        if arguments.next != ASCII.leftParenthesis {
            guard try arguments.keyword() == "STATUS" else { throw arguments.error(.unexpected) }
            tellsStatus = true
            try arguments.space()
        }
        var room = arguments.limits[.notifyMailboxes]
        var excess = 0
        var groups = [try NotifyGroup(&arguments, grammar, &room, excess: &excess)]
        while !arguments.isAtEnd {
            guard groups.count < arguments.limits[.notifyGroups] else { throw arguments.error(.limit) }
            try arguments.space()
            groups.append(try NotifyGroup(&arguments, grammar, &room, excess: &excess))
        }
        try arguments.end()
        self.groups = groups
        self.tellsStatus = tellsStatus
        isTooMuch = excess > 0
    }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        guard let groups else {
            await context.endNotify()
            return .ok("NOTIFY completed")
        }
        try check(groups, context.supportedEvents)
        guard !isTooMuch, context.commandOctets <= context.configuration.limits[.notifyOctets] else {
            throw NotifyCommand.overflow
        }
        let selected = groups.first { $0.mailboxes.isSelected }
        for item in selected?.items ?? [] { try item.begin(&context) }
        // As NOOP does, whatever was registered before.
        try await context.tellEverything()
        let scope = NotifyScope(groups)
        let account = try context.notifyingAccount()
        var survey = NotifySurvey(scope, tellsStatus: tellsStatus)
        try await survey.choose(&context)
        let token = try await ask { () async throws(StoreError) in try await account.follow(scope.topics) }
        try await survey.tell(&context)
        context.write(NotifyRegistration(scope: scope, token: token, items: selected?.items ?? []))
        context.write(UnaskedNews(selected))
        return .ok("NOTIFY completed")
    }

    static let overflow = CommandFailure.no(ResponseCode("NOTIFICATIONOVERFLOW"), "Too many mailboxes")

    /// What does not go together, and what this server knows nothing of (section 5).
    private func check(_ groups: [NotifyGroup], _ supported: NotifyEvents) throws(CommandFailure) {
        guard groups.allSatisfy({ !$0.hasUnknown && $0.events.isSubset(of: supported) }) else {
            throw .no(ResponseCode("BADEVENT", [.keywords(supported.keywords)]), "Unsupported event")
        }
        guard groups.allSatisfy({ $0.events.isComplete }) else {
            throw .bad(nil, "MessageNew and MessageExpunge go together, and with FlagChange")
        }
        let selected = groups.filter { $0.mailboxes.isSelected }
        guard selected.count <= 1 else { throw .bad(nil, "The selected mailbox can be named once") }
        guard selected.allSatisfy({ $0.events.isSubset(of: .ofMessages) }) else {
            throw .bad(nil, "Only events of messages go with the selected mailbox")
        }
    }
}

extension UnaskedNews {
    /// As the group of the selected mailbox says, if there is one (section 3.1).
    fileprivate init(_ selected: NotifyGroup?) {
        guard let selected, selected.events.contains(.messageNew) else {
            self = .nothingSelected(.atOnce)
            return
        }
        let isDelayed = selected.mailboxes == .selected(isDelayed: true)
        self = .ofSelected(
            tellsFlags: selected.events.contains(.flagChange), isDelayed ? .atOnceButExpunge : .atOnce)
    }
}

extension NotifyScope {
    /// What the store is to wake for.
    var topics: WakeTopics {
        var topics: WakeTopics = []
        // A mailbox that can no longer be seen, or that has another UIDVALIDITY, is news of its messages too.
        if !events.isDisjoint(with: .ofMessages) { topics.formUnion([.messages, .names]) }
        if events.contains(.mailboxName) { topics.insert(.names) }
        if events.contains(.subscriptionChange) { topics.insert(.subscriptions) }
        return topics
    }
}

/// What the client asked to be answered for each new message of the selected mailbox, but for those that it put there
/// itself (section 5.2): behind EXISTS, and behind what searches that are kept up to date have to say.
enum NewMessageNews: NewsListener {
    static func hear(_ news: MailboxNews, _ context: inout Context) async throws(CommandFailure) {
        guard case .appeared(let uids) = news else { return }
        var registration = context.read(NotifyRegistration.self)
        guard registration.token != nil, !registration.items.isEmpty else { return }
        let new = uids.subtracting(try context.selectedMailbox().ownArrivals)
        try await context.respondFetch(of: new.subtracting(registration.answered), registration.items)
        registration.answered = UIDSet()
        context.write(registration)
    }
}

extension GrammarMode {
    /// UPDATE takes a list of what is answered for each message that comes into the result (RFC 5465 section 7).
    static let contextItems = GrammarMode("NOTIFY")
}
