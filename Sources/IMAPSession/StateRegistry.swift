/// The reset registry: every type of state that the enabled extensions declared, in the order they did.
///
/// Built once at start-up. State exists only behind a type that stands here.
public struct StateRegistry: Sendable {
    public private(set) var types: [any ConnectionState.Type] = []
    @usableFromInline var known: Set<ObjectIdentifier> = []

    public init() {}

    /// Declares a type of state. Returns false when it is declared already.
    public mutating func register(_ type: any ConnectionState.Type) -> Bool {
        guard known.insert(ObjectIdentifier(type)).inserted else { return false }
        types.append(type)
        return true
    }

    @inlinable public func contains(_ type: any ConnectionState.Type) -> Bool { known.contains(ObjectIdentifier(type)) }
}

/// The values of one scope. Empty until something is written, so an unused extension costs a connection nothing.
@usableFromInline struct ScopeValues: Sendable {
    @usableFromInline struct Entry: Sendable {
        @usableFromInline let type: ObjectIdentifier
        @usableFromInline var value: any ConnectionState

        @inlinable init(type: ObjectIdentifier, value: any ConnectionState) {
            self.type = type
            self.value = value
        }
    }

    @inlinable init() {}

    // One for each type at most, and there are few: looked through one by one.
    @usableFromInline var entries: [Entry] = []

    @inlinable
    func stored(_ type: any ConnectionState.Type) -> (any ConnectionState)? {
        let wanted = ObjectIdentifier(type)
        for entry in entries where entry.type == wanted { return entry.value }
        return nil
    }

    @inlinable mutating func write<State: ConnectionState>(_ state: State) {
        let type = ObjectIdentifier(State.self)
        for index in entries.indices where entries[index].type == type {
            entries[index].value = state
            return
        }
        entries.append(Entry(type: type, value: state))
    }

    var all: [any ConnectionState] { entries.map { $0.value } }

    /// Ends every value, once, in the registry's order.
    @inlinable consuming func end(_ registry: StateRegistry) -> [Ending] {
        guard !entries.isEmpty else { return [] }
        var endings: [Ending] = []
        for type in registry.types {
            for entry in entries where entry.type == ObjectIdentifier(type) { endings.append(entry.value.end()) }
        }
        return endings
    }
}

/// The work that the end of some scopes brings, innermost scope first. Run it, all of it, in this order, and await it
/// before anything is said to the next user.
public struct Endings: Sendable {
    @usableFromInline var list: [@Sendable () async throws -> Void] = []

    @inlinable init() {}

    @inlinable public var work: [@Sendable () async throws -> Void] { list }

    /// What the end of one value asks for.
    @inlinable public init(_ ending: Ending) { add(ending) }

    @inlinable mutating func add(_ ending: Ending) {
        switch ending {
        case .drop: break
        case .work(let body): list.append(body)
        }
    }

    @inlinable mutating func add(_ endings: [Ending]) {
        for ending in endings { add(ending) }
    }

    @inlinable public var isEmpty: Bool { list.isEmpty }
}
