import IMAPCodec
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// UIDONLY, RFC 9586: a session without sequence numbers.
    ///
    /// Once enabled, a command that takes sequence numbers is `BAD [UIDREQUIRED]`, FETCH responses are UIDFETCH, and
    /// EXPUNGE is VANISHED. What other commands and extensions answer changes with it; none of them knows.
    public static let uidOnly = IMAPExtension("UIDONLY", requiring: ["ENABLE"]) { registry in
        registry.advertise("UIDONLY", in: .any)
        registry.add(mode: .uidOnly, traits: .uidsOnly, enabledAs: "UIDONLY")
        // The UNSEEN code of SELECT is a sequence number.
        registry.add(
            rewrite: ResponseRewrite(in: .uidOnly, fetch: "UIDFETCH", expunge: "VANISHED", omitting: ["UNSEEN"]))
    }
}

extension SessionMode {
    static let uidOnly = SessionMode("UIDONLY")
}
