import IMAPCodec
import IMAPHost
import IMAPParser
import IMAPSession
import IMAPTypes

/// Runs one connection, from the greeting to the end: one function, one task, no actor.
///
/// Commands run one at a time, in order. None is cancelled alone: a deadline, hang-up and shutdown end the connection.
struct Driver: Sendable {
    let channel: Channel
    let id: ConnectionID
    let observer: any ServerObserver
    let preauthenticated: PreauthenticatedUser?

    private var configuration: ServerConfiguration { channel.tables.configuration }

    func run() async {
        let survivors = Survivors(
            id: id, facts: channel.transport.facts, opened: channel.clock.now, observer: observer)
        observer.observe(.opened(survivors.facts), on: id)
        var context = Context(
            Connection(survivors, channel.tables, origin: .greeting, began: channel.clock.now), channel)
        let reason = await serve(&context)
        // Transition 8. The user's work ends before the socket does, or is cut off.
        if case .loggedOut(let endings) = context.connection.machine.logout() {
            let outcome = await channel.run(endings)
            switch outcome {
            case .finished: break
            case .failed: observer.observe(.fault("the end of a session failed"), on: id)
            case .abandoned: observer.observe(.workAbandoned, on: id)
            }
        }
        channel.transport.close()
        channel.inbox.detach()
        observer.observe(.closed(reason), on: id)
    }

    private func serve(_ context: inout Context) async -> CloseReason {
        do throws(CommandFailure) {
            try await greet(&context)
            while true {
                switch context.connection.next() {
                case .needsMore: try await awaitInput(&context)
                case .paused: try await context.flush()
                case .perform(let request):
                    if let reason = channel.inbox.gone { throw .closed(reason) }
                    try await perform(request, &context)
                    context.restartClock()
                    if channel.inbox.isShuttingDown {
                        context.connection.bye(.unavailable, "Server shutting down", .shutdown)
                    }
                case .close(let reason):
                    try await context.flush()
                    return reason
                }
            }
        } catch {
            return await lastWords(error, &context)
        }
    }

    /// What can still be said when the connection ends because of `failure`.
    private func lastWords(_ failure: CommandFailure, _ context: inout Context) async -> CloseReason {
        switch failure {
        case .closed(let reason): return reason
        case .bye(let code, let text, let reason):
            context.connection.bye(code, text, reason)
            // The peer may be gone; there is nobody left to tell.
            do { try await context.flush() } catch { return reason }
            return reason
        case .no, .bad: return .fault
        }
    }

    // MARK: The greeting

    private func greet(_ context: inout Context) async throws(CommandFailure) {
        guard let preauthenticated else {
            _ = context.connection.machine.greet()
            let code = ResponseCode.capability(context.capabilities)
            context.connection.writer.status(nil, .ok, code, "IMAP server ready")
            return
        }
        guard context.session.connection.isSecure || configuration.allowsInsecurePreauthentication else {
            _ = context.connection.machine.greetRejecting()
            throw .bye(.privacyRequired, "Preauthentication needs a secure connection", .fault)
        }
        let loggedIn = LoggedIn(
            authentication: preauthenticated.identity, user: preauthenticated.user,
            mayUnauthenticate: channel.tables.authenticator.mayUnauthenticate(preauthenticated.identity))
        let account: ActiveAccount
        channel.inbox.beginCommand(channel.transport, until: context.connection.loginDeadline)
        defer { channel.inbox.endCommand() }
        do {
            account = try await context.openAccount(of: preauthenticated.user)
        } catch {
            _ = context.connection.machine.greetRejecting()
            throw .bye(.unavailable, "Mail store unavailable", .fault)
        }
        _ = context.connection.machine.greetPreauthenticated(loggedIn, account: account)
        observer.observe(.authenticated(preauthenticated.identity, as: preauthenticated.user), on: id)
        let code = ResponseCode.capability(context.capabilities)
        context.connection.writer.status(nil, .preauth, code, "IMAP server ready")
    }

    // MARK: Waiting

    /// Writes what is waiting and waits for octets, or for the connection's end.
    private func awaitInput(_ context: inout Context) async throws(CommandFailure) {
        if try context.connection.pull() { return }
        if context.tellsBetweenCommands { return try await context.awaitCommand() }
        try await context.flush()
        context.watchCommand()
        context.noteHeld()
        channel.transport.read(max: configuration.limits.unreadInput, into: channel.inbox)
        while true {
            switch await channel.inbox.wait(for: .input, until: context.inputDeadline) {
            case .input(let octets):
                context.noteInput(octets.count)
                context.connection.receive(octets)
                return
            case .inputEnded: throw .closed(.hangUp)
            case .gone(let reason): throw .closed(reason)
            case .shutdown: throw .bye(.unavailable, "Server shutting down", .shutdown)
            case .ended: throw .closed(.fault)
            case .news: continue
            case .deadline:
                guard context.isStillInTime() else { throw .bye(nil, "Idle for too long", .timeout) }
            }
        }
    }

    // MARK: Commands

    private func perform(_ request: CommandRequest, _ context: inout Context) async throws(CommandFailure) {
        context.expunge = request.facts.expunge
        context.tag = request.tag
        context.noteHeld()
        channel.inbox.beginCommand(channel.transport, until: context.runDeadline)
        defer { channel.inbox.endCommand() }
        do {
            try await finish(request, try await request.command.perform(&context), &context)
        } catch {
            guard let outcome = error.outcome else { throw error }
            context.abandonCommand()
            context.connection.layers.withdraw()
            if outcome == .no {
                try await context.tellNews()
                context.informOfStanding()
            }
            context.connection.finish(request.tag, error)
            observe(request, outcome)
        }
        if let fault = context.fault {
            observer.observe(.fault(fault), on: id)
            throw .bye(.serverBug, "Internal error", .fault)
        }
    }

    private func observe(_ request: CommandRequest, _ outcome: CommandOutcome) {
        observer.observe(.command(request.facts.name, outcome: outcome), on: id)
    }

    private func finish(
        _ request: CommandRequest, _ completion: Completion, _ context: inout Context
    ) async throws(CommandFailure) {
        switch completion {
        case .ok(let code, let text):
            // A command that did not take all of its literal has its answer all the same.
            context.abandonCommand()
            try await context.tellNews()
            if code != nil { context.informOfStanding() }
            context.connection.ok(request.tag, code ?? context.standing(), text)
            observe(request, .ok)
            if context.connection.layers.isAnnounced {
                try await context.flush()
                context.connection.beginLayer()
            }
        case .logout:
            context.connection.logOut(request.tag)
            observe(request, .ok)
        case .unauthenticate: try await unauthenticate(request, &context)
        case .startTLS: try await startTLS(request, &context)
        }
    }

    // MARK: Transition 7

    /// Transition 7, in its order: the user's work ends and is awaited; the OK is written through the layers there
    /// are; and what goes on is a new connection, made from the survivors (RFC 8437 sections 3 and 4).
    private func unauthenticate(
        _ request: CommandRequest, _ context: inout Context
    ) async throws(CommandFailure) {
        switch context.connection.machine.unauthenticate() {
        case .bad: throw .bad(nil, "Not authenticated")
        case .reset(let endings):
            switch await channel.run(endings) {
            case .finished: break
            case .failed: throw .bye(.serverBug, "The session could not be ended", .fault)
            case .abandoned:
                observer.observe(.workAbandoned, on: id)
                throw .bye(.unavailable, "The session could not be ended", .fault)
            }
        }
        // Octets behind the line and inside a layer that ended with it mean nothing: there is no OK then.
        if let failure = context.connection.layers.violation(behind: context.connection.input) { throw failure.failure }
        context.connection.ok(request.tag, .capability(context.capabilities), "Not authenticated")
        observe(request, .ok)
        try await context.flush(.last)
        try context.connection.endLayers()
        observer.observe(.unauthenticated, on: id)
        context = context.beginAgain(.unauthenticate)
    }

    // MARK: STARTTLS

    private func startTLS(_ request: CommandRequest, _ context: inout Context) async throws(CommandFailure) {
        context.connection.ok(request.tag, nil, "Begin TLS negotiation now")
        observe(request, .ok)
        try await context.flush()
        guard case .renewed(let endings) = context.connection.machine.renew() else { throw .closed(.fault) }
        guard await channel.run(endings) == .finished else { throw .closed(.fault) }
        let leftover = context.connection.input.takeAll()
        // The time to log in goes on (R-TLS-8): when it is over, the transport is closed under the handshake.
        channel.inbox.beginWriting(channel.transport, until: context.connection.loginDeadline)
        let facts: TLSFacts
        do {
            facts = try await channel.transport.startTLS(leftover: leftover)
        } catch {
            channel.inbox.endWriting()
            throw .closed(.handshakeFailed)
        }
        channel.inbox.endWriting()
        context = context.beginAgain(.startTLS(facts))
    }
}

extension Context {
    /// The command at work has its answer. One that was not received to its end is not in progress, and EXPUNGE is not
    /// sent then (RFC 9051 section 7.5.1).
    mutating func abandonCommand() {
        if connection.isInsideCommand { expunge = .forbiddenWithSequenceNumbers }
        connection.abandonCommand()
    }

    enum Beginning: Sendable {
        case unauthenticate
        case startTLS(TLSFacts)
    }

    /// A new connection from what survives this one.
    consuming func beginAgain(_ beginning: Beginning) -> Context {
        let tables = connection.tables
        let channel = channel
        let began = connection.began
        var survivors = connection.takeSurvivors()
        switch beginning {
        case .unauthenticate:
            return Context(Connection(survivors, tables, origin: .unauthenticate, began: channel.clock.now), channel)
        case .startTLS(let facts):
            survivors = survivors.afterTLS(facts)
            return Context(Connection(survivors, tables, origin: .startTLS, began: began), channel)
        }
    }
}

extension Connection {
    mutating func logOut(_ tag: Tag) {
        writer.status(nil, .bye, nil, "Logging out")
        writer.status(tag, .ok, nil, "Logged out")
        close(.logout)
    }
}
