import IMAPCodec
import IMAPHost
import IMAPParser
import IMAPSession
import IMAPTypes
import Synchronization

/// Runs one connection, from the greeting to the end: one task at a time, no actor.
///
/// While the connection waits for a command there is no task: what it knows rests here, and the next octets begin a new
/// one. So a client that says nothing costs what is known of it, and no stack (the frames of a task are kept as long as
/// the task is).
///
/// Commands run one at a time, in order. None is cancelled alone: a deadline, hang-up and shutdown end the connection.
final class Driver: RestingReader {
    let channel: Channel
    let id: ConnectionID
    let observer: any ServerObserver
    let preauthenticated: PreauthenticatedUser?
    /// Called once, when the connection is over.
    private let whenOver: @Sendable () -> Void
    /// The connection while it rests.
    private let resting = Mutex<Context?>(nil)

    init(
        channel: Channel, id: ConnectionID, observer: any ServerObserver, preauthenticated: PreauthenticatedUser?,
        whenOver: @escaping @Sendable () -> Void
    ) {
        self.channel = channel
        self.id = id
        self.observer = observer
        self.preauthenticated = preauthenticated
        self.whenOver = whenOver
    }

    private var configuration: ServerConfiguration { channel.tables.configuration }

    /// Begins the connection, in a task of its own. Called once.
    func begin() { beginTask(isFirst: true) }

    /// Something happened to the connection that rests.
    func wake() { beginTask(isFirst: false) }

    /// No task-local value of whoever woke the connection comes with it (U-A-3).
    private func beginTask(isFirst: Bool) {
        let ended = channel.inbox.tasksEnded
        let task = Task.detached(executorPreference: channel.executor) { await self.work(isFirst: isFirst) }
        channel.inbox.attach(task, behind: ended)
    }

    // MARK: A task's work

    /// Until the connection rests or is over. There is one place for it here, and none is moved while it is at work.
    private func work(isFirst: Bool) async {
        var slot: Context?
        if isFirst { slot = makeContext() } else { resting.withLock { slot = $0.take() } }
        var pause = isFirst ? await slot?.open(self) : await slot?.serve(self, behind: channel.inbox.takeSignal())
        while case .rests(let rest) = pause {
            resting.withLock { $0 = slot.take() }
            if channel.inbox.rest(self, for: rest.interest, until: rest.end) { return }
            // Something happened meanwhile.
            resting.withLock { slot = $0.take() }
            let signal = channel.inbox.takeSignal()
            // Whoever is told again and again lets others be served between.
            if case .news = signal { await Task.yield() }
            pause = await slot?.serve(self, behind: signal)
        }
        if case .over(let reason) = pause { await slot?.finish(self, reason) }
    }

    fileprivate func open(_ context: inout Context) async -> Pause {
        do throws(CommandFailure) {
            try admit(&context)
            try await greet(&context)
        } catch {
            return .over(await lastWords(error, &context))
        }
        return await serve(&context)
    }

    private func makeContext() -> Context {
        let now = channel.clock.now
        let survivors = Survivors(id: id, facts: channel.transport.facts, opened: now, observer: observer)
        observer.observe(.opened(survivors.facts), on: id)
        return Context(Connection(survivors, channel.tables, origin: .greeting, began: now), channel, now: now)
    }

    /// Where a task's work comes to an end.
    fileprivate enum Pause {
        /// Everything was said; octets are asked for.
        case rests(Rest)
        case over(CloseReason)
    }

    /// Transition 8. The user's work ends before the socket does, or is cut off.
    fileprivate func finish(_ context: inout Context, _ reason: CloseReason) async {
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
        if let facts = context.connection.survivors.admitted { configuration.connectionLimiter?.release(id, on: facts) }
        observer.observe(.closed(reason), on: id)
        whenOver()
    }

    /// Goes on with what happened while the connection waited. Its octets are not kept while a command is at work.
    fileprivate func serve(_ context: inout Context, behind signal: consuming Inbox.Signal) async -> Pause {
        do throws(CommandFailure) {
            try take(signal, &context)
        } catch {
            return .over(await lastWords(error, &context))
        }
        return await serve(&context)
    }

    private func serve(_ context: inout Context) async -> Pause {
        do throws(CommandFailure) {
            while true {
                if context.isListening, context.listening?.command != nil {
                    if let rest = try await listen(&context) { return .rests(rest) }
                    continue
                }
                switch context.connection.next() {
                case .needsMore: if let rest = try await awaitInput(&context) { return .rests(rest) }
                case .paused: try await context.flushBeforeInput()
                case .perform(let request):
                    if let reason = channel.inbox.gone { throw .closed(reason) }
                    try await perform(request, &context)
                    context.restartClock()
                    if channel.inbox.isShuttingDown {
                        context.connection.bye(.unavailable, "Server shutting down", .shutdown)
                    }
                case .close(let reason):
                    try await context.flush()
                    return .over(reason)
                }
            }
        } catch {
            return .over(await lastWords(error, &context))
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

    /// Asks the host whether the connection is served.
    private func admit(_ context: inout Context) throws(CommandFailure) {
        guard let limiter = configuration.connectionLimiter else { return }
        let facts = context.session.connection
        guard limiter.admit(id, on: facts) else {
            _ = context.connection.machine.greetRejecting()
            throw .bye(.limit, "Too many connections", .limitExceeded)
        }
        context.connection.survivors.admitted = facts
    }

    private func greet(_ context: inout Context) async throws(CommandFailure) {
        guard let preauthenticated else {
            _ = context.connection.machine.greet()
            let code = ResponseCode.capability(context.connection.capabilityList)
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
        let place: CountedSession.Place?
        do {
            place = try context.place(for: preauthenticated.user)
        } catch {
            _ = context.connection.machine.greetRejecting()
            throw .bye(.limit, "Too many sessions of this user", .limitExceeded)
        }
        let account: ActiveAccount
        channel.inbox.beginCommand(until: context.connection.loginDeadline)
        defer { channel.inbox.endCommand() }
        do {
            account = try await context.openAccount(of: preauthenticated.user)
        } catch {
            place?.release()
            _ = context.connection.machine.greetRejecting()
            throw .bye(.unavailable, "Mail store unavailable", .fault)
        }
        _ = context.connection.machine.greetPreauthenticated(loggedIn, account: account)
        context.keep(place)
        observer.observe(.authenticated(preauthenticated.identity, as: preauthenticated.user), on: id)
        let code = ResponseCode.capability(context.connection.capabilityList)
        context.connection.writer.status(nil, .preauth, code, "IMAP server ready")
    }

    // MARK: Waiting

    /// Writes what is waiting and asks for octets, unless there are some.
    private func awaitInput(_ context: inout Context) async throws(CommandFailure) -> Rest? {
        if try context.connection.pull() { return nil }
        if context.tellsBetweenCommands {
            if !context.isListening {
                context.watchCommand()
                context.setListening(Listening(nil, now: channel.clock.now))
            }
            return try await context.tellAndRest()
        }
        try await context.flush()
        context.watchCommand()
        context.askForOctets()
        return Rest(interest: .input, end: context.inputDeadline)
    }

    /// Goes on with a command that listens, or ends it when the client's line is there.
    // Seldom, and much to keep: not in the frame of what runs commands.
    @inline(never)
    private func listen(_ context: inout Context) async throws(CommandFailure) -> Rest? {
        guard let command = context.listening?.command else { return nil }
        do {
            guard let line = try context.takeLine() else {
                return try context.connection.pull() ? nil : try await context.tellAndRest()
            }
            context.stopListening()
            try await perform(command.request, &context) { () throws(CommandFailure) in try command.then(line) }
        } catch {
            context.stopListening()
            try await fail(command.request, error, &context)
        }
        context.restartClock()
        return nil
    }

    /// Takes what a wait for octets brought.
    private func take(_ signal: consuming Inbox.Signal, _ context: inout Context) throws(CommandFailure) {
        switch signal {
        case .input(let octets):
            context.isReading = false
            if !context.isListening || context.listening?.command == nil {
                context.stopListening()
                context.noteInput(octets.count)
            }
            context.connection.receive(octets)
        case .inputEnded: throw .closed(.hangUp)
        case .gone(let reason): throw .closed(reason)
        case .shutdown: throw .bye(.unavailable, "Server shutting down", .shutdown)
        case .ended: throw .closed(.fault)
        case .news: return
        case .deadline:
            // Who listens looks at its own end.
            guard context.isListening || context.isStillInTime() else {
                throw .bye(nil, "Idle for too long", .timeout)
            }
        }
    }

    // MARK: Commands

    /// Performs a command, or what is left of it behind the line that it listened for.
    private func perform(
        _ request: CommandRequest, _ context: inout Context,
        behind line: (@Sendable () throws(CommandFailure) -> Completion)? = nil
    ) async throws(CommandFailure) {
        context.expunge = request.facts.expunge
        context.tag = request.tag
        context.commandOctets = request.octets
        context.noteHeld()
        // The server was ready for its last octet just now: the clock begins anew behind each command. Not for one that
        // listened until now.
        let began = line == nil ? context.time.lastOctet : channel.clock.now
        channel.inbox.beginCommand(until: context.runDeadline(from: began))
        defer {
            channel.inbox.endCommand()
            // What is told between commands is no part of one.
            context.selection = .none
        }
        do {
            let completion = if let line { try line() } else { try await request.command.perform(&context) }
            try await finish(request, completion, &context)
        } catch {
            try await fail(request, error, &context)
        }
        if let fault = context.fault {
            observer.observe(.fault(fault), on: id)
            throw .bye(.serverBug, "Internal error", .fault)
        }
    }

    private func fail(
        _ request: CommandRequest, _ failure: CommandFailure, _ context: inout Context
    ) async throws(CommandFailure) {
        guard let outcome = failure.outcome else { throw failure }
        context.abandonCommand()
        context.connection.layers.withdraw()
        if outcome == .no {
            try await context.tellNews()
            context.informOfStanding()
        }
        context.connection.finish(request.tag, failure)
        observe(request, outcome)
    }

    func observe(_ request: CommandRequest, _ outcome: CommandOutcome) {
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
            if context.selection == .lost { throw CommandFailure(.nonExistent) }
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
        case .listen(let text, let then): context.listen(request, inviting: text, then: then)
        }
    }
}

/// The driver's work with a context that is where it is.
extension Context {
    fileprivate mutating func open(_ driver: Driver) async -> Driver.Pause { await driver.open(&self) }

    fileprivate mutating func serve(_ driver: Driver, behind signal: consuming Inbox.Signal) async -> Driver.Pause {
        await driver.serve(&self, behind: signal)
    }

    fileprivate mutating func finish(_ driver: Driver, _ reason: CloseReason) async {
        await driver.finish(&self, reason)
    }
}
