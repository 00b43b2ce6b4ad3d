import IMAPHost
import IMAPSession
import IMAPTypes
import Synchronization

/// What a server advertises. Made once at start-up.
final class AdvertisedCapabilities: Sendable {
    /// Everything that a list depends on.
    private struct Key: Equatable, Sendable {
        let phase: SessionPhase
        /// What was not known at start-up.
        let asked: [[Capability]]
        /// Before login, which mechanisms can succeed.
        let offered: [Bool]
    }

    private let sources: [ExtensionRegistry.CapabilitySource]
    /// Those of ``sources`` that must be asked.
    private let asking: [@Sendable (SessionFacts) -> [Capability]]
    private let mechanisms: [(type: any SASLMechanism.Type, capability: Capability)]
    private let authenticator: any Authenticator
    /// Lists that were made. There are few, and arrays that are the same one are equal at once. What a host's own source
    /// says otherwise each time is not kept.
    private let made = Mutex<[(key: Key, list: CapabilityList)]>([])
    private static let mostKept = 32

    init(
        _ sources: [ExtensionRegistry.CapabilitySource], _ mechanisms: [any SASLMechanism.Type],
        _ authenticator: any Authenticator
    ) {
        self.sources = sources.withoutRepetition
        asking = self.sources.compactMap { source in
            if case .session(let source) = source { source } else { nil }
        }
        self.mechanisms = mechanisms.compactMap { type in
            Capability(Array("AUTH=".utf8) + type.name.octets).map { (type, $0) }
        }
        self.authenticator = authenticator
    }

    /// What holds in this session now, in the order the extensions were listed, each once.
    func list(for session: SessionFacts) -> CapabilityList {
        let asked = asking.map { $0(session) }
        let offers = session.phase == .notAuthenticated
        let offered = offers ? mechanisms.map { isOffered($0.type, in: session) == .offered } : []
        let key = Key(phase: session.phase, asked: asked, offered: offered)
        if let list = made.withLock({ $0.first { $0.key == key }?.list }) { return list }
        let list = CapabilityList(list(key))
        made.withLock { made in
            if made.count < AdvertisedCapabilities.mostKept { made.append((key, list)) }
        }
        return list
    }

    private func list(_ key: Key) -> [Capability] {
        var seen: Set<Capability> = []
        var list: [Capability] = []
        var asked = key.asked.makeIterator()
        for source in sources {
            switch source {
            case .states(let capability, let states):
                if states.contains(key.phase), seen.insert(capability).inserted { list.append(capability) }
            case .session:
                for capability in asked.next() ?? [] where seen.insert(capability).inserted { list.append(capability) }
            }
        }
        for (isOffered, mechanism) in zip(key.offered, mechanisms) where isOffered {
            if seen.insert(mechanism.capability).inserted { list.append(mechanism.capability) }
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
