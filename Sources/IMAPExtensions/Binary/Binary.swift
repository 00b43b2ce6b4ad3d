import IMAPCodec
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// BINARY, RFC 3516: parts of messages without their content transfer encoding, and messages that hold NUL.
    ///
    /// The FETCH items are part of IMAP4rev2 (RFC 9051 section 6.4.5). That APPEND takes a `literal8` is not: APPEND
    /// reads one where this extension is on.
    public static let binary = IMAPExtension("BINARY") { registry in
        registry.advertise("BINARY", in: [.authenticated, .selected])
        registry.add(fetchItem: BinaryItem.self)
        registry.add(fetchItem: BinarySizeItem.self)
        registry.add(mode: .binaryMessages)
    }
}
