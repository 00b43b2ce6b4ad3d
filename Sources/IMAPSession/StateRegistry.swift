/// The reset registry: every type of state that the enabled extensions declared, in the order they did.
///
/// Built once at start-up. State exists only behind a type that stands here.
public struct StateRegistry: Sendable {
    public private(set) var types: [any ConnectionState.Type] = []
    private var known: Set<ObjectIdentifier> = []

    public init() {}

    /// Declares a type of state. Returns false when it is declared already.
    public mutating func register(_ type: any ConnectionState.Type) -> Bool {
        guard known.insert(ObjectIdentifier(type)).inserted else { return false }
        types.append(type)
        return true
    }

    public func contains(_ type: any ConnectionState.Type) -> Bool { known.contains(ObjectIdentifier(type)) }
}

/// The values of one scope. Empty until something is written, so an unused extension costs a connection nothing.
struct ScopeValues: Sendable {
    private var values: [ObjectIdentifier: any ConnectionState] = [:]

    func read<State: ConnectionState>(_ type: State.Type) -> State {
        // A value is stored under its own type alone, so the cast finds it or there is none.
        values[ObjectIdentifier(type)] as? State ?? State.fresh()
    }

    mutating func write<State: ConnectionState>(_ state: State) {
        values[ObjectIdentifier(State.self)] = state
    }

    var all: [any ConnectionState] { Array(values.values) }

    /// Ends every value, once, in the registry's order.
    consuming func end(_ registry: StateRegistry) -> [Ending] {
        var endings: [Ending] = []
        for type in registry.types {
            guard let value = values.removeValue(forKey: ObjectIdentifier(type)) else { continue }
            endings.append(value.end())
        }
        return endings
    }
}

/// The work that the end of some scopes brings, innermost scope first. Run it, all of it, in this order, and await it
/// before anything is said to the next user.
public struct Endings: Sendable {
    public private(set) var work: [@Sendable () async throws -> Void] = []

    init() {}

    /// What the end of one value asks for.
    public init(_ ending: Ending) { add(ending) }

    mutating func add(_ ending: Ending) {
        switch ending {
        case .drop: break
        case .work(let body): work.append(body)
        }
    }

    mutating func add(_ endings: [Ending]) {
        for ending in endings { add(ending) }
    }

    public var isEmpty: Bool { work.isEmpty }
}
