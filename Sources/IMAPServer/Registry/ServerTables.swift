import IMAPCodec
import IMAPHost
import IMAPSession
import IMAPTypes

/// Everything that is the same for all connections, made once at start-up.
final class ServerTables: Sendable {
    let commands: KeywordTable<any Command.Type>
    let uidCommands: KeywordTable<any Command.Type>
    let states: StateRegistry
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
    let capabilities: AdvertisedCapabilities
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
        sharedGrammar = SharedGrammar(registry.grammar)
        mechanisms = registry.mechanisms
        nonSynchronizingLiterals = registry.nonSynchronizingLiterals
        capabilities = AdvertisedCapabilities(registry.capabilities, registry.mechanisms, authenticator)
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

    var grammar: GrammarTables { sharedGrammar.tables }
}
