public import IMAPHost
public import IMAPTypes

/// One capability: its syntax, its connection state, its behaviour, put into the tables by one closure.
///
///     extension IMAPExtension {
///         /// UNSELECT, RFC 3691.
///         public static let unselect = IMAPExtension("UNSELECT") { registry in
///             registry.advertise("UNSELECT", in: .any)
///             registry.add(UnselectCommand.self)
///         }
///     }
///
/// A host hands a list of them to ``Server``. What is not in the list is neither advertised nor accepted.
public struct IMAPExtension: Sendable {
    public let name: Keyword
    /// The extensions this one does not work without.
    public let requirements: [Keyword]
    let register: @Sendable (inout ExtensionRegistry) -> Void

    public init(
        _ name: Keyword, requiring requirements: [Keyword] = [],
        _ register: @escaping @Sendable (inout ExtensionRegistry) -> Void
    ) {
        self.name = name
        self.requirements = requirements
        self.register = register
    }
}

extension [IMAPExtension] {
    /// The list without the extensions that need more than `store` can do, and without those that need them.
    public func supported(by store: any MailStore) -> [IMAPExtension] {
        leavingOut(
            Set(
                filter { one in
                    var registry = ExtensionRegistry(ServerConfiguration(), for: store)
                    one.register(&registry)
                    return !registry.storeRequirements.allSatisfy { $0.isMet(store) }
                }.map(\.name)))
    }

    /// The list without the extensions called `names`, and without those that do not work without them.
    public func leavingOut(_ names: Set<Keyword>) -> [IMAPExtension] {
        var gone = names
        var kept = self
        while true {
            let next = kept.filter { !gone.contains($0.name) && gone.isDisjoint(with: $0.requirements) }
            if next.count == kept.count { return kept }
            gone.formUnion(kept.map(\.name))
            gone.subtract(next.map(\.name))
            kept = next
        }
    }
}
