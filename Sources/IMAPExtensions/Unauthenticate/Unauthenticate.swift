import IMAPCodec
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// UNAUTHENTICATE, RFC 8437: back to not authenticated, with nothing of the user left on the connection.
    ///
    /// Offered to the identities for which the host's authenticator says
    /// ``/IMAPHost/Authenticator/mayUnauthenticate(_:)``, after login alone (section 3 allows it, section 8 suggests
    /// administrators). To all others it is an unknown command: not advertised, and BAD.
    ///
    /// What it resets is not listed here. The command ends the cycle, and every scope in it ends with it: state is
    /// reset because it is not among the connection's survivors. An effect that fails closes the connection; a NO
    /// does not exist.
    ///
    /// Do not offer it behind a proxy that passes octets through after login: the next login would bypass what the
    /// proxy checks (section 8).
    public static let unauthenticate = IMAPExtension("UNAUTHENTICATE") { registry in
        let offer: [Capability] = ["UNAUTHENTICATE"]
        registry.advertise { session in session.mayUnauthenticate ? offer : [] }
        registry.add(UnauthenticateCommand.self)
    }
}

/// `UNAUTHENTICATE` (RFC 8437 sections 3 and 6)
///
/// ```abnf
/// command-auth   =/ "UNAUTHENTICATE"
/// command-select =/ "UNAUTHENTICATE"
/// ```
struct UnauthenticateCommand: ArgumentlessSyntax, Command {
    static let facts = CommandFacts(
        "UNAUTHENTICATE", in: .loggedIn, forms: .plain, expunge: .forbiddenWithSequenceNumbers, right: .none,
        literals: .none)

    static func refusal(in session: SessionFacts) -> CommandFailure? {
        session.mayUnauthenticate ? nil : .bad(nil, "Unknown command")
    }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion { .unauthenticate }
}
