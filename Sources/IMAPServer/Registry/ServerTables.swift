import IMAPCodec
import IMAPHost
import IMAPSession
import IMAPTypes

/// Everything that is the same for all connections, made once at start-up.
final class ServerTables: Sendable {
    let commands: KeywordTable<any Command.Type>
    let uidCommands: KeywordTable<any Command.Type>
    let states: StateRegistry
    let grammar: GrammarTables
    let sharedGrammar: SharedGrammar
    let mechanisms: [any SASLMechanism.Type]
    let nonSynchronizingLiterals: NonSynchronizingLiterals
    let configuration: ServerConfiguration
    let serverID: ClientIdentification?
    let announcesClosed: Bool
    let modes: [DeclaredMode]
    let rewrites: [ResponseRewrite]
    let replyCodes: [@Sendable (FinishedWork) -> ResponseCode?]
    let selectResponses: [@Sendable (OpenMailbox, inout Context) -> Void]
    let setAtoms: [UInt8: @Sendable (borrowing Context) -> UIDSet]
    let newsListeners: [any NewsListener.Type]
    let plainListOptions: [any ListReturnOption]
    let newsSources: [any NewsSource.Type]
    let languages: [TextLanguage]
    let preferredLanguage: TextLanguage?
    private let capabilities: [ExtensionRegistry.CapabilitySource]
    /// `AUTH=` of each mechanism.
    private let mechanismCapabilities: [Capability?]
    let authenticator: any Authenticator

    init(
        _ extensions: [IMAPExtension], _ configuration: ServerConfiguration, authenticator: any Authenticator,
        store: any MailStore
    ) throws(ConfigurationError) {
        let configuration = configuration.usable
        var registry = ExtensionRegistry(configuration, for: store)
        registry.addBaseCommands()
        var names: Set<Keyword> = []
        for one in extensions {
            guard names.insert(one.name).inserted else { throw .duplicateExtension(one.name) }
            one.register(&registry)
        }
        for one in extensions {
            for requirement in one.requirements where !names.contains(requirement) {
                throw .missingRequirement(one.name, requirement)
            }
        }
        for requirement in registry.storeRequirements where !requirement.isMet(store) {
            throw .unsupportedByStore(requirement.name)
        }
        if let problem = registry.problems.first { throw problem }
        commands = registry.commands
        uidCommands = registry.uidCommands
        states = registry.states
        grammar = registry.grammar
        sharedGrammar = SharedGrammar(registry.grammar)
        mechanisms = registry.mechanisms
        nonSynchronizingLiterals = registry.nonSynchronizingLiterals
        capabilities = registry.capabilities.withoutRepetition
        mechanismCapabilities = registry.mechanisms.map { Capability(Array("AUTH=".utf8) + $0.name.octets) }
        serverID = registry.serverID
        announcesClosed = registry.announcesClosed
        modes = registry.modes
        rewrites = registry.rewrites
        replyCodes = registry.replyCodes
        selectResponses = registry.selectResponses
        setAtoms = registry.setAtoms
        newsListeners = registry.newsListeners
        plainListOptions = registry.plainListOptions
        newsSources = registry.newsSources
        languages = registry.languages
        preferredLanguage = registry.preferredLanguage
        self.configuration = configuration
        self.authenticator = authenticator
    }

    /// What holds in this session now, in the order the extensions were listed, each once.
    func capabilities(of session: SessionFacts) -> [Capability] {
        var list: [Capability] = []
        list.reserveCapacity(capabilities.count + mechanisms.count)
        // What was not known at start-up is compared with the others; there is little of it.
        var asked: [Capability] = []
        for source in capabilities {
            switch source {
            case .states(let capability, let states):
                if states.contains(session.phase), !asked.contains(capability) { list.append(capability) }
            case .session(let source):
                for capability in source(session) where !list.contains(capability) {
                    list.append(capability)
                    asked.append(capability)
                }
            }
        }
        guard session.phase == .notAuthenticated else { return list }
        for (mechanism, capability) in zip(mechanisms, mechanismCapabilities) {
            guard let capability, isOffered(mechanism, in: session) == .offered, !list.contains(capability) else {
                continue
            }
            list.append(capability)
        }
        return list
    }

    enum MechanismOffer {
        case offered
        case needsPrivacy
        case unavailable
    }

    func isOffered(_ mechanism: any SASLMechanism.Type, in session: SessionFacts) -> MechanismOffer {
        guard mechanism.isAvailable(on: session.connection),
            authenticator.accepts(mechanism.credential, on: session.connection)
        else { return .unavailable }
        return mechanism.needsPrivacy && !session.allowsPlaintext ? .needsPrivacy : .offered
    }
}

extension [ExtensionRegistry.CapabilitySource] {
    /// Each capability of states once, where it stands first, in all the states in which it holds.
    fileprivate var withoutRepetition: Self {
        var states: [Capability: SessionStates] = [:]
        for case .states(let capability, let more) in self { states[capability, default: []].formUnion(more) }
        var seen: Set<Capability> = []
        return compactMap { source in
            guard case .states(let capability, _) = source else { return source }
            guard seen.insert(capability).inserted else { return nil }
            return .states(capability, states[capability] ?? [])
        }
    }
}
