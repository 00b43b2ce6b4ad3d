import IMAPHost
package import IMAPTypes

/// The words that a list of extensions teaches a server, for programs that make commands up.
package struct Vocabulary: Sendable {
    /// Every command that is registered; one with two forms is there once.
    package let commands: [CommandFacts]
    /// What ENABLE knows.
    package let modes: [Keyword]
    /// The SASL mechanisms.
    package let mechanisms: [Keyword]
}

extension [IMAPExtension] {
    /// The words of the base commands and of these extensions, each list in the order of their octets.
    package func vocabulary(for store: any MailStore) -> Vocabulary {
        var registry = ExtensionRegistry(ServerConfiguration(), for: store)
        registry.addBaseCommands()
        for one in self { one.register(&registry) }
        var facts: [Keyword: CommandFacts] = [:]
        for command in registry.commands.values { facts[command.facts.name] = command.facts }
        for command in registry.uidCommands.values { facts[command.facts.name] = command.facts }
        func sorted(_ words: [Keyword]) -> [Keyword] {
            words.sorted { $0.octets.lexicographicallyPrecedes($1.octets) }
        }
        return Vocabulary(
            commands: sorted(Swift.Array(facts.keys)).compactMap { facts[$0] },
            modes: sorted(registry.modes.compactMap(\.enableName)),
            mechanisms: sorted(registry.mechanisms.map { $0.name }))
    }
}
