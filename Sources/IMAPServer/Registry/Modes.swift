public import IMAPCodec
import IMAPSession
public import IMAPTypes

/// A session mode as its extension declares it.
struct DeclaredMode: Sendable {
    let mode: SessionMode
    let traits: ModeTraits
    /// Modes that are on when this one is.
    let implied: [SessionMode]
    /// The word ENABLE knows it by; `nil` when only commands imply it.
    let enableName: Keyword?
}

/// The modes a client switched on. Part of the authentication: transition 7 drops it with everything else.
struct EnabledModes: ConnectionState {
    static let scope = Scope.authentication
    var modes: Set<SessionMode>
    var traits: ModeTraits

    static func fresh() -> EnabledModes { EnabledModes(modes: [], traits: []) }

    consuming func end() -> Ending { .drop }
}

extension ExtensionRegistry {
    /// Declares a session mode: what it changes, what it implies, and the word by which ENABLE knows it, if it does.
    public mutating func add(
        mode: SessionMode, traits: ModeTraits = [], implying implied: [SessionMode] = [], enabledAs name: Keyword? = nil
    ) {
        guard !modes.contains(where: { $0.mode == mode }) else {
            problems.append(.duplicateMode(mode.name))
            return
        }
        modes.append(DeclaredMode(mode: mode, traits: traits, implied: implied, enableName: name))
    }
}

extension Context {
    /// Whether a mode is on in this session.
    public func isEnabled(_ mode: SessionMode) -> Bool {
        connection.machine.read(EnabledModes.self).modes.contains(mode)
    }

    /// Switches a mode on, with those it implies, until the authentication ends. Returns what was not on before.
    @discardableResult
    public mutating func enable(_ mode: SessionMode) -> [SessionMode] {
        let (state, new) = connection.enabling(mode)
        if !new.isEmpty {
            write(state)
            connection.writer.usesUTF8 = state.traits.contains(.utf8)
        }
        return new
    }

    /// The mode that ENABLE knows by this word.
    public func mode(enabledAs name: Keyword) -> SessionMode? {
        channel.tables.modes.first { $0.enableName == name }?.mode
    }

    /// What the session's modes change.
    public var traits: ModeTraits { connection.machine.read(EnabledModes.self).traits }
}

extension Connection {
    /// The modes that are on once `mode` is, and which of them were not before.
    func enabling(_ mode: SessionMode) -> (state: EnabledModes, new: [SessionMode]) {
        var state = machine.read(EnabledModes.self)
        var new: [SessionMode] = []
        var next = [mode]
        while let one = next.popLast() {
            guard !state.modes.contains(one), let declared = tables.modes.first(where: { $0.mode == one }) else {
                continue
            }
            state.modes.insert(one)
            state.traits.formUnion(declared.traits)
            new.append(one)
            next += declared.implied
        }
        return (state, new)
    }
}
