import IMAPCodec
import IMAPHost
import IMAPParser
import IMAPSession
import IMAPTypes

/// Commands after which the connection is another: only what survives goes on.
extension Driver {
    // MARK: Transition 7

    /// Transition 7, in its order: the user's work ends and is awaited; the OK is written through the layers there
    /// are; and what goes on is a new connection, made from the survivors (RFC 8437 sections 3 and 4).
    func unauthenticate(
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
        context.connection.ok(request.tag, .capability(context.connection.capabilityList), Driver.notAuthenticated)
        observe(request, .ok)
        // U-Z-3: what this user was told is out of our hands before the next one begins, whatever was sent at once.
        try await context.flush(.last)
        // Octets behind the line and inside a layer that ended with it mean nothing, whenever they come: the OK was for
        // the line, and the connection ends, as one of nobody's.
        let violation = context.connection.endLayers()
        observer.observe(.unauthenticated, on: id)
        context = context.beginAgain(.unauthenticate)
        if let violation { context.connection.finish(nil, violation.failure) }
    }

    private static let notAuthenticated: ResponseText = "Not authenticated"

    // MARK: STARTTLS

    func startTLS(_ request: CommandRequest, _ context: inout Context) async throws(CommandFailure) {
        context.connection.ok(request.tag, nil, "Begin TLS negotiation now")
        observe(request, .ok)
        try await context.flush()
        guard case .renewed(let endings) = context.connection.machine.renew() else { throw .closed(.fault) }
        guard await channel.run(endings) == .finished else { throw .closed(.fault) }
        let leftover = context.connection.input.takeAll()
        // The time to log in goes on (R-TLS-8): when it is over, the transport is closed under the handshake.
        channel.inbox.beginWriting(until: context.connection.loginDeadline)
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
            let now = channel.clock.now
            return Context(Connection(survivors, tables, origin: .unauthenticate, began: now), channel, now: now)
        case .startTLS(let facts):
            survivors = survivors.afterTLS(facts)
            let now = channel.clock.now
            return Context(Connection(survivors, tables, origin: .startTLS, began: began), channel, now: now)
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
