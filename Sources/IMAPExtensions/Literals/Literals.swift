public import IMAPServer
import IMAPSession

extension IMAPExtension {
    /// LITERAL-, RFC 7888: literals of up to 4,096 octets need not wait. Larger ones are answered with BAD [TOOBIG].
    public static let literalMinus = IMAPExtension("LITERAL-") { registry in
        registry.advertise("LITERAL-", in: .any)
        registry.accept(.upTo4096)
    }

    /// LITERAL+, RFC 7888: literals of any size need not wait. A host's choice in place of ``literalMinus``; both at
    /// once do not start.
    public static let literalPlus = IMAPExtension("LITERAL+") { registry in
        registry.advertise("LITERAL+", in: .any)
        registry.accept(.any)
    }
}
