import Testing

@testable import IMAPSession

@Suite("State machine (RFC 8437 section 5)")
struct MachineTests {
    /// The diagram as a table: what each event makes of each state. What is missing is refused and changes nothing.
    static let diagram: [SessionPhase: [Event: SessionPhase]] = [
        .greeting: [
            .greet: .notAuthenticated, .greetPreauthenticated: .authenticated, .greetRejecting: .logout,
            .logout: .logout,
        ],
        .notAuthenticated: [.authenticate: .authenticated, .renew: .notAuthenticated, .logout: .logout],
        .authenticated: [
            .select: .selected, .changeAccount: .authenticated, .unauthenticate: .notAuthenticated, .logout: .logout,
        ],
        .selected: [
            .select: .selected, .deselect: .authenticated, .changeAccount: .authenticated,
            .unauthenticate: .notAuthenticated, .logout: .logout,
        ],
        .logout: [:],
    ]

    /// Breadth-first search over all sequences of events: a state is what can be told of it from outside.
    @Test func everyReachableStateObeysTheDiagramAndItsInvariants() {
        struct Configuration: Hashable {
            let phase: SessionPhase
            let scopes: [Scope]
        }
        var seen: [Configuration: [Event]] = [:]
        var frontier: [[Event]] = [[]]
        let journal = Journal()
        while !frontier.isEmpty {
            var next: [[Event]] = []
            for path in frontier {
                for event in Event.allCases {
                    var machine = Machine(registry: registry())
                    for step in path {
                        _ = machine.apply(step, journal)
                        machine.mark("x", journal)
                    }
                    let before = machine.phase
                    let scopesBefore = machine.markedScopes
                    let endings = machine.apply(event, journal)
                    let expected = MachineTests.diagram[before]?[event]
                    #expect((endings != nil) == (expected != nil), "\(path) then \(event)")
                    #expect(machine.phase == expected ?? before, "\(path) then \(event)")
                    if endings == nil { #expect(machine.markedScopes == scopesBefore) }
                    checkInvariants(&machine)
                    machine.mark("x", journal)
                    let configuration = Configuration(phase: machine.phase, scopes: machine.markedScopes)
                    if seen[configuration] == nil {
                        seen[configuration] = path + [event]
                        next.append(path + [event])
                    }
                }
            }
            frontier = next
        }
        #expect(Set(seen.keys.map(\.phase)) == [.notAuthenticated, .authenticated, .selected, .logout, .greeting])
        #expect(seen.count == 5, "one configuration a state: what is remembered depends on the state alone")
    }

    private func checkInvariants(_ machine: inout Machine) {
        let isLoggedIn = machine.phase == .authenticated || machine.phase == .selected
        #expect((machine.identity != nil) == isLoggedIn)
        #expect((machine.account != nil) == isLoggedIn)
        #expect((machine.mailbox != nil) == (machine.phase == .selected))
        let allowed: [Scope] =
            switch machine.phase {
            case .greeting, .logout: []
            case .notAuthenticated: [.cycle]
            case .authenticated: [.cycle, .authentication, .account]
            case .selected: Scope.allCases
            }
        #expect(machine.markedScopes.allSatisfy { allowed.contains($0) })
        for states in [SessionStates.notAuthenticated, .authenticated, .selected, .loggedIn, .any] {
            #expect((machine.permits(states) == .permitted) == states.contains(machine.phase))
        }
    }

    @Test(arguments: [
        [Event.greet, .authenticate], [.greet, .authenticate, .select], [.greetPreauthenticated],
        [.greetPreauthenticated, .select], [.greet, .authenticate, .select, .select],
        [.greet, .authenticate, .changeAccount, .select],
    ])
    func unauthenticateLeavesAMachineAsFreshAsAfterTheGreeting(path: [Event]) {
        let journal = Journal()
        var machine = Machine(registry: registry())
        for event in path {
            _ = machine.apply(event, journal)
            machine.mark("alice", journal)
        }
        guard case .reset = machine.unauthenticate() else {
            Issue.record("not reset")
            return
        }
        #expect(machine.phase == .notAuthenticated)
        #expect(machine.remembered.isEmpty)
        #expect(machine.identity == nil)
        #expect(machine.account == nil)
        #expect(machine.mailbox == nil)
        #expect(machine.read(CycleState.self) == .fresh())
        #expect("\(machine.payload)" == "\(NotAuthenticated())")
        guard case .bad = machine.unauthenticate() else {
            Issue.record("the second one is BAD")
            return
        }
    }

    @Test func everyEndingOfTransition7RunsOnceFromTheInnermostScopeOutwards() async throws {
        let journal = Journal()
        var machine = Machine(registry: registry())
        for event in [Event.greet, .authenticate, .select] { _ = machine.apply(event, journal) }
        machine.mark("alice", journal)
        guard case .reset(let endings) = machine.unauthenticate() else {
            Issue.record("not reset")
            return
        }
        #expect(journal.take().isEmpty, "the machine runs nothing itself")
        try await run(endings)
        #expect(
            journal.take() == [
                "end selection alice", "end mailbox", "end account alice", "end account",
                "end authentication alice", "end identity", "end cycle alice",
            ])
    }

    @Test func deselectingEndsTheSelectionAlone() async throws {
        let journal = Journal()
        var machine = Machine(registry: registry())
        for event in [Event.greet, .authenticate, .select] { _ = machine.apply(event, journal) }
        machine.mark("alice", journal)
        guard case .deselected(let endings) = machine.deselect() else {
            Issue.record("not deselected")
            return
        }
        try await run(endings)
        #expect(journal.take() == ["end selection alice", "end mailbox"])
        #expect(machine.markedScopes == [.cycle, .authentication, .account])
    }

    @Test func anotherAccountEndsTheSelectionAndTheAccountAndKeepsTheLogin() async throws {
        let journal = Journal()
        var machine = Machine(registry: registry())
        for event in [Event.greet, .authenticate, .select] { _ = machine.apply(event, journal) }
        machine.mark("alice", journal)
        guard case .changed(let endings) = machine.changeAccount(Root(name: "second", journal: journal)) else {
            Issue.record("not changed")
            return
        }
        try await run(endings)
        #expect(journal.take() == ["end selection alice", "end mailbox", "end account alice", "end account"])
        #expect(machine.markedScopes == [.cycle, .authentication])
        #expect(machine.account?.name == "second")
        #expect(machine.phase == .authenticated)
    }

    @Test func cycleStateSetBeforeLoginSurvivesLoginAndDiesAtTransition7() {
        let journal = Journal()
        var machine = Machine(registry: registry())
        _ = machine.greet()
        #expect(machine.write(CycleState(mark: "de", journal: journal)) == .written)
        _ = machine.apply(.authenticate, journal)
        #expect(machine.read(CycleState.self).mark == "de")
        _ = machine.apply(.unauthenticate, journal)
        #expect(machine.read(CycleState.self).mark.isEmpty)
    }

    @Test func stateOutsideItsScopeOrWithoutDeclarationIsNotKept() {
        let journal = Journal()
        var machine = Machine(registry: registry())
        #expect(machine.write(CycleState(mark: "x", journal: journal)) == .noScope)
        _ = machine.greet()
        #expect(machine.write(SelectionState(mark: "x", journal: journal)) == .noScope)
        #expect(machine.write(AuthenticationState(mark: "x", journal: journal)) == .noScope)
        #expect(machine.write(UndeclaredState(mark: "x", journal: journal)) == .notRegistered)
        _ = machine.apply(.authenticate, journal)
        #expect(machine.write(SelectionState(mark: "x", journal: journal)) == .noScope)
        #expect(machine.remembered.isEmpty)
    }

    @Test func aTypeOfStateIsDeclaredOnce() {
        var registry = registry()
        let isNew = registry.register(CycleState.self)
        #expect(!isNew)
        #expect(registry.types.count == 4)
    }

    @Test func changingTheMailboxInPlaceKeepsTheRest() {
        struct Box: ScopeRoot {
            var uids: [UInt32]
            consuming func end() -> Ending { .drop }
        }
        enum Boxes: SessionRoots {
            typealias Identity = Root
            typealias Account = Root
            typealias Mailbox = Box
        }
        let journal = Journal()
        var machine = SessionMachine<Boxes>(registry: registry())
        _ = machine.greetPreauthenticated(
            Root(name: "identity", journal: journal), account: Root(name: "account", journal: journal))
        _ = machine.select(Box(uids: [1, 2, 3]))
        let count = machine.withMailbox { box in
            box.uids.append(4)
            return box.uids.count
        }
        #expect(count == 4)
        #expect(machine.mailbox?.uids == [1, 2, 3, 4])
        _ = machine.deselect()
        #expect(machine.withMailbox { _ in true } == nil)
    }
}
