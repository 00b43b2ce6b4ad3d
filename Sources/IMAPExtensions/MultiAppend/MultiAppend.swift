import IMAPCodec
public import IMAPServer
import IMAPSession

extension IMAPExtension {
    /// MULTIAPPEND, RFC 3502: many messages in one APPEND, all or none of them stored.
    public static let multiAppend = IMAPExtension("MULTIAPPEND") { registry in
        registry.advertise("MULTIAPPEND", in: .any)
        registry.add(mode: .manyMessages)
    }
}
