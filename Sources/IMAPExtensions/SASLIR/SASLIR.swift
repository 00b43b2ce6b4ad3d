import IMAPCodec
public import IMAPServer
import IMAPSession

extension IMAPExtension {
    /// SASL-IR, RFC 4959: AUTHENTICATE with an initial response, and so login, or login again, in one round trip.
    public static let saslIR = IMAPExtension("SASL-IR") { registry in
        registry.advertise("SASL-IR", in: .any)
        registry.add(mode: .initialResponse)
    }
}
