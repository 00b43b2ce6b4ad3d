import IMAPCodec
package import IMAPHost
package import IMAPParser
import IMAPSession
package import IMAPTypes

/// The protocol of one connection, in a state of the test's choice, whose commands are read and not performed: for
/// tests of reading. Each is answered with OK, in the words of NOOP, which have translations.
package struct CommandProbe: ~Copyable {
    package enum Phase: Sendable {
        case notAuthenticated
        case authenticated
        case selected
    }

    /// A command that would be performed.
    package struct Request: Sendable {
        package let tag: Tag
        package let name: Keyword
        package let command: any Command
        /// What was sent as the literal that the command takes in pieces.
        package var streamed: [UInt8] = []
    }

    package enum Event: Sendable {
        case request(Request)
        case needsMore
        /// Much was written: take it, and ask again.
        case paused
        case closed
    }

    private struct NoObserver: ServerObserver {
        func observe(_ event: ServerEvent, on connection: ConnectionID) {}
    }

    private var connection: Connection
    /// Takes the rest of its literal.
    private var atWork: Request?

    /// A connection of `server` before login.
    package init(_ server: Server, _ facts: ConnectionFacts) {
        let survivors = Survivors(id: ConnectionID(1), facts: facts, opened: .zero, observer: NoObserver())
        connection = Connection(survivors, server.tables, origin: .greeting, began: .zero)
        _ = connection.machine.greet()
    }

    /// A connection of `server` in `phase`, with the modes on that ENABLE knows by these words.
    ///
    /// `account` and `mailbox` are asked for nothing.
    package init(
        _ server: Server, _ facts: ConnectionFacts, _ phase: Phase, account: any Account, mailbox: OpenMailbox,
        enabling words: [Keyword] = []
    ) {
        self.init(server, facts)
        guard phase != .notAuthenticated else { return }
        let user = LoggedIn(
            authentication: AuthenticationIdentity(name: []), user: UserIdentity(name: []), mayUnauthenticate: true)
        let active = ActiveAccount(account: account, changes: ChangedMailboxes(limit: 1))
        _ = connection.machine.authenticate(user, account: active)
        for word in words {
            guard let declared = server.tables.modes.first(where: { $0.enableName == word }) else { continue }
            let (state, _) = connection.enabling(declared.mode)
            _ = connection.machine.write(state)
            connection.writer.usesUTF8 = state.traits.contains(.utf8)
        }
        guard phase == .selected else { return }
        _ = connection.machine.select(MailboxView(mailbox, name: .inbox))
    }

    package var held: HeldOctets { connection.held }

    package mutating func receive(_ octets: [UInt8]) { connection.receive(octets) }

    /// What was written since this was asked last.
    package mutating func takeOutput() -> [UInt8] { connection.writer.takeAll() }

    package mutating func next() -> Event {
        if let request = atWork { return goOn(request) }
        switch connection.next() {
        case .needsMore: return .needsMore
        case .paused: return .paused
        case .close: return .closed
        case .perform(let request):
            let found = Request(tag: request.tag, name: request.facts.name, command: request.command)
            guard connection.announcedLiteral != nil else {
                connection.ok(request.tag, nil, "NOOP completed")
                return .request(found)
            }
            let limit = min(connection.configuration.limits.append, 4096)
            if let failure = connection.acceptStream(atMost: limit) {
                connection.abandonCommand()
                connection.finish(request.tag, failure)
                return .request(found)
            }
            return goOn(found)
        }
    }

    /// Takes the literal, and what stands behind it without looking at it.
    private mutating func goOn(_ begun: Request) -> Event {
        var request = begun
        atWork = nil
        while true {
            switch connection.nextStreamed() {
            case .octets(let octets): request.streamed += octets
            case .needsMore:
                atWork = request
                return .needsMore
            case .end:
                switch connection.nextRest() {
                case .needsMore:
                    atWork = request
                    return .needsMore
                case .failed(let failure):
                    connection.abandonCommand()
                    connection.finish(request.tag, failure)
                case .literal:
                    connection.abandonCommand()
                    connection.finish(request.tag, .bad(nil, "One message at a time"))
                case .end: connection.ok(request.tag, nil, "NOOP completed")
                }
                return .request(request)
            }
        }
    }

    /// Reads the front of a command that takes a literal in pieces, whatever the state permits. `nil`: it takes none so.
    package func streamingCommand(
        _ frame: Frame, nesting: NestingLimits
    ) throws(SyntaxError) -> (any Command)? {
        let head = frame.head
        guard let (type, numbering) = connection.entry(head), let type = type as? any StreamingCommand.Type else {
            return nil
        }
        var arguments = ArgumentReader(frame, head: head, nesting: nesting)
        arguments.quotesUTF8 = connection.traits.contains(.utf8)
        return try type.init(front: &arguments, connection.grammar(numbering))
    }

    /// Reads the arguments of a whole command, whatever the state permits. `nil`: no such command.
    package func command(
        _ frame: Frame, nesting: NestingLimits
    ) throws(SyntaxError) -> (any Command)? {
        let head = frame.head
        guard let (type, numbering) = connection.entry(head) else { return nil }
        let enabled = connection.machine.read(EnabledModes.self)
        var arguments = ArgumentReader(frame, head: head, nesting: nesting)
        arguments.quotesUTF8 = enabled.traits.contains(.utf8)
        return try type.init(&arguments, connection.grammar(numbering, enabled))
    }
}

extension Server {
    /// The names of its commands, its FETCH and STATUS data items, its modes and mechanisms: words for those who make up
    /// commands.
    package var words: [Keyword] {
        let names = Array(tables.commands.keys) + tables.uidCommands.keys + tables.grammar.fetchItems.keys
        let more = Array(tables.grammar.fetchSections.keys) + tables.grammar.statusItems.keys
        let modes = tables.modes.compactMap(\.enableName) + tables.mechanisms.map { type in type.name }
        let options = tables.grammar.options.values.flatMap { Array($0.keys) } + tables.grammar.searchKeys.keys
        return Set(names + more + modes + options).sorted { one, other in
            one.octets.lexicographicallyPrecedes(other.octets)
        }
    }
}
