package import IMAPCodec
import IMAPHost
import IMAPSession
import IMAPText
import IMAPTypes

extension StartTLSCommand: Command {
    package static let facts = CommandFacts(
        "STARTTLS", in: .notAuthenticated, forms: .plain, expunge: .permitted, right: .none, literals: .none)

    package static func refusal(in session: SessionFacts) -> CommandFailure? {
        session.connection.canStartTLS && session.connection.tls == nil ? nil : .bad(nil, "STARTTLS is not available")
    }

    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion { .startTLS }
}

extension LoginCommand: Command {
    package static let facts = CommandFacts(
        "LOGIN", in: .notAuthenticated, forms: .plain, expunge: .permitted, right: .none, literals: .buffered)

    package static func refusal(in session: SessionFacts) -> CommandFailure? {
        session.allowsPlaintext ? nil : .no(.privacyRequired, "LOGIN needs a secure connection")
    }

    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        try await context.logIn(.password(name: name, password: password), as: nil)
    }
}

extension AuthenticateCommand: Command {
    package static let facts = CommandFacts(
        "AUTHENTICATE", in: .notAuthenticated, forms: .plain, expunge: .permitted, right: .none, literals: .none,
        overlongLine: .holdsSASLResponse)

    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        guard let (type, offer) = context.mechanism(mechanism) else {
            throw .no(.cannot, "Unsupported authentication mechanism")
        }
        switch offer {
        case .offered: break
        case .needsPrivacy: throw .no(.privacyRequired, "That mechanism needs a secure connection")
        case .unavailable: throw .no(.cannot, "Unsupported authentication mechanism")
        }
        var response = try initialResponse?.take().map { octets throws(CommandFailure) in
            octets.exposed == [0x3D] ? Redacted([]) : try AuthenticateCommand.decode(octets)
        }
        // The exchange lives in this function alone: however the command ends, it is gone (R-AUTH-2).
        var exchange = type.init(facts: context.session.connection)
        let most = context.configuration.limits.saslSteps
        for challenges in 0...most {
            let step: SASLStep
            do {
                step = try await exchange.respond(to: response)
            } catch {
                throw .bad(nil, "Authentication response is not the mechanism's")
            }
            // The mechanism has it, if it has a use for it.
            response = nil
            switch step {
            case .finished(let credential, let requested):
                do throws(CommandFailure) {
                    let completion = try await context.logIn(credential, as: requested)
                    if let layer = exchange.securityLayer { context.install(layer) }
                    return completion
                } catch .no(let code, let text) {
                    if let challenge = exchange.failureChallenge {
                        // Whatever the client answers, the exchange has failed.
                        _ = try await context.challenge(Base64.encode(challenge.span))
                    }
                    throw .no(code, text)
                }
            case .challenge(let octets):
                guard challenges < most else { continue }
                let line = try await context.challenge(Base64.encode(octets.span))
                guard line.exposed != [0x2A] else { throw .bad(nil, "Authentication cancelled") }
                response = try AuthenticateCommand.decode(line)
            }
        }
        throw .bad(.limit, "Too many steps")
    }

    private static func decode(_ text: Redacted<[UInt8]>) throws(CommandFailure) -> Redacted<[UInt8]> {
        guard let octets = Base64.decode(text.exposed.span) else { throw .bad(nil, "Not base64") }
        return Redacted(octets)
    }
}
