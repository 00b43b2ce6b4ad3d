public import IMAPCodec
public import IMAPHost
public import IMAPSession
public import IMAPTypes

/// The literals a client may send without waiting (RFC 7888).
public enum NonSynchronizingLiterals: Sendable, Hashable {
    /// None: a base server without LITERAL- and LITERAL+.
    case none
    /// LITERAL-: up to 4,096 octets.
    case upTo4096
    /// LITERAL+: of any size within the limits.
    case any
}

/// Where an extension puts what it adds. Built once, at start-up, and then only read.
public struct ExtensionRegistry: Sendable {
    /// What says whether a capability holds.
    enum CapabilitySource: Sendable {
        /// In these states, whatever the session.
        case states(Capability, SessionStates)
        /// Asked each time the list is made.
        case session(@Sendable (SessionFacts) -> [Capability])
    }

    var commands = KeywordTable<any Command.Type>()
    var uidCommands = KeywordTable<any Command.Type>()
    var capabilities: [CapabilitySource] = []
    var states = StateRegistry()
    var grammar = GrammarTables()
    var mechanisms: [any SASLMechanism.Type] = []
    var nonSynchronizingLiterals = NonSynchronizingLiterals.none
    var announcesClosed = false
    var modes: [DeclaredMode] = []
    var rewrites: [ResponseRewrite] = []
    var replyCodes: [@Sendable (FinishedWork) -> ResponseCode?] = []
    var selectResponses: [@Sendable (OpenMailbox, inout Context) -> Void] = []
    var setAtoms: [UInt8: @Sendable (borrowing Context) -> UIDSet] = [:]
    var storeRequirements: [StoreRequirement] = []
    var newsListeners: [any NewsListener.Type] = []
    var plainListOptions: [any ListReturnOption] = []
    var newsSources: [any NewsSource.Type] = []
    var languages: [TextLanguage] = []
    var preferredLanguage: TextLanguage?
    var problems: [ConfigurationError] = []
    /// What the server says of itself to a client that asks by ID.
    public var serverID: ClientIdentification?

    /// The host's own decisions, for what an extension advertises.
    public let configuration: ServerConfiguration

    /// The types that the server's store hands out, for what an extension advertises: the resources of a
    /// ``/IMAPHost/QuotaAccount``.
    public let accountType: any Account.Type
    public let mailboxType: any Mailbox.Type

    init(_ configuration: ServerConfiguration, for store: any MailStore) {
        self.configuration = configuration
        accountType = store.accountType
        mailboxType = store.mailboxType
    }

    // MARK: What an extension adds

    /// Advertises a capability in these states.
    public mutating func advertise(_ capability: Capability, in states: SessionStates) {
        capabilities.append(.states(capability, states))
    }

    /// Advertises what `source` says, asked each time the list is made.
    public mutating func advertise(_ source: @escaping @Sendable (SessionFacts) -> [Capability]) {
        capabilities.append(.session(source))
    }

    /// Adds a command. Two commands of one name are a problem at start-up.
    public mutating func add(_ command: any Command.Type) {
        let facts = command.facts
        var before: [(any Command.Type)?] = []
        if facts.forms != .uidOnly { before.append(commands.updateValue(command, forKey: facts.name)) }
        if facts.forms != .plain { before.append(uidCommands.updateValue(command, forKey: facts.name)) }
        // Two extensions may add the same one.
        for case let other? in before where other != command { problems.append(.duplicateCommand(facts.name)) }
    }

    /// Declares a type of connection state: the reset registry of transition 7. State that is not declared is not
    /// kept.
    public mutating func add(state: any ConnectionState.Type) {
        if !states.register(state) { problems.append(.duplicateState) }
    }

    /// Whether a type of state is declared: two extensions may share one.
    public func has(state: any ConnectionState.Type) -> Bool { states.contains(state) }

    /// Adds a FETCH data item.
    public mutating func add(fetchItem: any FetchItem.Type) {
        for name in fetchItem.names {
            let before =
                fetchItem.takesSection
                ? grammar.fetchSections.updateValue(fetchItem, forKey: name)
                : grammar.fetchItems.updateValue(fetchItem, forKey: name)
            if before != nil { problems.append(.duplicateFetchItem(name)) }
        }
    }

    /// Adds a FETCH macro: a word for several items.
    public mutating func add(fetchMacro name: Keyword, for items: [Keyword]) {
        grammar.fetchMacros.updateValue(items, forKey: name)
    }

    /// Adds a STATUS data item. Two extensions may add the same one.
    public mutating func add<Item: StatusItem>(statusItem: Item) {
        if let before = grammar.statusItems.updateValue(statusItem, forKey: statusItem.name), !(before is Item) {
            problems.append(.duplicateStatusItem(statusItem.name))
        }
    }

    /// Adds a SASL mechanism. `AUTH=` follows where it can succeed.
    public mutating func add(mechanism: any SASLMechanism.Type) {
        if mechanisms.contains(where: { $0.name == mechanism.name }) {
            problems.append(.duplicateMechanism(mechanism.name))
        }
        mechanisms.append(mechanism)
    }

    /// Switches on a way of reading.
    public mutating func add(mode: GrammarMode) { grammar.modes.insert(mode) }

    /// Has a SELECT say `[CLOSED]` where the mailbox selected before ends, whatever the client enabled (RFC 7162 section
    /// 3.2.11).
    public mutating func announceClosed() { announcesClosed = true }

    /// Accepts literals that do not wait. Two extensions that say so are a problem: at most one of LITERAL- and
    /// LITERAL+ is advertised (RFC 7888 section 6).
    public mutating func accept(_ literals: NonSynchronizingLiterals) {
        if nonSynchronizingLiterals != .none { problems.append(.conflictingLiterals) }
        nonSynchronizingLiterals = literals
    }
}

/// Why a server does not start: the host's mistake, in its list of extensions or its configuration.
public enum ConfigurationError: Error, Hashable, Sendable {
    case duplicateCommand(Keyword)
    case duplicateState
    case duplicateFetchItem(Keyword)
    case duplicateStatusItem(Keyword)
    case duplicateMechanism(Keyword)
    case duplicateExtension(Keyword)
    case duplicateOption(Keyword)
    case duplicateMode(Keyword)
    case duplicateSearchKey(Keyword)
    case duplicateSetAtom(UInt8)
    /// LITERAL- and LITERAL+ together.
    case conflictingLiterals
    /// The second extension is needed by the first and is not in the list.
    case missingRequirement(Keyword, Keyword)
    /// The extension needs a store that can do more: see ``/IMAPHost/MailStore/accountType``.
    case unsupportedByStore(Keyword)
}
