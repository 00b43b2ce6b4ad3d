import Testing

@testable import IMAPSession

/// What can happen to a machine: an event, or something that a command leaves in a scope.
private enum Step: Hashable, CustomStringConvertible {
    case event(Event)
    case write(Scope)

    static let all: [Step] = Event.allCases.map { .event($0) } + Scope.allCases.map { .write($0) }

    var description: String {
        switch self {
        case .event(let event): "\(event)"
        case .write(let scope): "write \(scope)"
        }
    }
}

/// What can be told of a machine from outside.
private struct Configuration: Hashable {
    let phase: SessionPhase
    let written: Set<Scope>
}

/// A machine that came along a path, with what ran on the way.
private struct Walk: ~Copyable {
    var machine = Machine(registry: registry())
    let journal = Journal()

    init(_ path: [Step]) {
        for step in path { _ = take(step) }
    }

    /// Returns whether it was permitted, and what it asks to be run.
    mutating func take(_ step: Step) -> Endings? {
        switch step {
        case .event(let event): return machine.apply(event, journal)
        case .write(let scope): return write("x", scope) == .written ? Endings(.drop) : nil
        }
    }

    mutating func write(_ mark: String, _ scope: Scope) -> Machine.WriteOutcome {
        switch scope {
        case .cycle: machine.write(CycleState(mark: mark, journal: journal))
        case .authentication: machine.write(AuthenticationState(mark: mark, journal: journal))
        case .account: machine.write(AccountState(mark: mark, journal: journal))
        case .selection: machine.write(SelectionState(mark: mark, journal: journal))
        }
    }

    var configuration: Configuration { Configuration(phase: machine.phase, written: Set(machine.markedScopes)) }
}

/// Every reachable state of the machine, by breadth-first search over events and writes, and every step from it.
@Suite("State machine: every reachable state and every event (RFC 8437 section 5)")
struct MachineSearchTests {
    /// The scopes that are there in a phase.
    private static func scopes(_ phase: SessionPhase) -> Set<Scope> {
        switch phase {
        case .greeting, .logout: []
        case .notAuthenticated: [.cycle]
        case .authenticated: [.cycle, .authentication, .account]
        case .selected: [.cycle, .authentication, .account, .selection]
        }
    }

    /// What an event leaves of what was written.
    private static func kept(_ event: Event, _ written: Set<Scope>) -> Set<Scope> {
        switch event {
        case .greet, .greetPreauthenticated, .greetRejecting, .authenticate: written
        case .select, .deselect: written.subtracting([.selection])
        case .changeAccount: written.subtracting([.selection, .account])
        case .unauthenticate, .renew, .logout: []
        }
    }

    /// The shortest path to each configuration.
    private static func search() -> [Configuration: [Step]] {
        var paths: [Configuration: [Step]] = [Walk([]).configuration: []]
        var frontier: [[Step]] = [[]]
        while !frontier.isEmpty {
            var next: [[Step]] = []
            for path in frontier {
                for step in Step.all where paths[Walk(path + [step]).configuration] == nil {
                    paths[Walk(path + [step]).configuration] = path + [step]
                    next.append(path + [step])
                }
            }
            frontier = next
        }
        return paths
    }

    /// One greeting, two subsets of the cycle, eight of a login, sixteen of a selection, one end; no other is reachable.
    @Test func thereAreAsManyStatesAsScopesGive() {
        let found = Set(Self.search().keys)
        var expected: Set<Configuration> = []
        for phase in SessionPhase.allCases {
            let scopes = Array(Self.scopes(phase))
            for bits in 0..<(1 << scopes.count) {
                let written = scopes.indices.filter { bits >> $0 & 1 == 1 }.map { scopes[$0] }
                expected.insert(Configuration(phase: phase, written: Set(written)))
            }
        }
        #expect(found == expected)
        #expect(found.count == 28)
    }

    /// From each of them, each event does what the diagram says and leaves of what was written what it must, or is
    /// refused and changes nothing; and what it asks to be run is the end of what it does not leave, once.
    @Test func everyEventInEveryStateDoesWhatTheDiagramSays() async throws {
        for (before, path) in Self.search() {
            for event in Event.allCases {
                var walk = Walk(path)
                let endings = walk.take(.event(event))
                let after = MachineTests.diagram[before.phase]?[event]
                let place = "\(path), then \(event)"
                #expect((endings != nil) == (after != nil), "\(place)")
                guard let after, let endings else {
                    #expect(walk.configuration == before, "\(place)")
                    continue
                }
                let kept = Self.kept(event, before.written)
                #expect(walk.configuration == Configuration(phase: after, written: kept), "\(place)")
                try await run(endings)
                let ended = walk.journal.take().filter { $0.hasSuffix(" x") }
                #expect(ended.sorted() == before.written.subtracting(kept).map { "end \($0) x" }.sorted(), "\(place)")
            }
        }
    }

    /// A write is kept where its scope is, and nowhere else.
    @Test func aWriteIsKeptWhereItsScopeIs() {
        for (before, path) in Self.search() {
            for scope in Scope.allCases {
                var walk = Walk(path)
                let isThere = Self.scopes(before.phase).contains(scope)
                #expect(walk.write("y", scope) == (isThere ? .written : .noScope), "\(path), \(scope)")
                #expect(walk.configuration.written == (isThere ? before.written.union([scope]) : before.written))
            }
        }
    }

    /// Transition 7 from each of them: no identity, no account, no mailbox, no value, and the very payload of a machine
    /// that was just greeted. Another time it is BAD; and what follows is what follows a greeting.
    @Test func transition7LandsInAFreshState() {
        for (before, path) in Self.search() {
            var walk = Walk(path)
            guard case .reset = walk.machine.unauthenticate() else {
                #expect(before.phase != .authenticated && before.phase != .selected, "\(path)")
                continue
            }
            var fresh = Walk([.event(.greet)])
            #expect(String(reflecting: walk.machine.payload) == String(reflecting: fresh.machine.payload), "\(path)")
            #expect(walk.machine.identity == nil && walk.machine.account == nil && walk.machine.mailbox == nil)
            #expect(walk.machine.remembered.isEmpty, "\(path)")
            for step in Step.all {
                var used = Walk(path + [.event(.unauthenticate)])
                fresh = Walk([.event(.greet)])
                let (found, expected) = (used.take(step), fresh.take(step))
                #expect((found == nil) == (expected == nil), "\(path), then \(step)")
                #expect(used.configuration == fresh.configuration, "\(path), then \(step)")
                #expect(found?.work.count == expected?.work.count, "\(path), then \(step)")
            }
        }
    }
}
