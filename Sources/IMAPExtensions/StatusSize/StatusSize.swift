public import IMAPServer
import IMAPSession

extension IMAPExtension {
    /// STATUS=SIZE, RFC 8438: the octets of a mailbox.
    public static let statusSize = IMAPExtension("STATUS=SIZE") { registry in
        registry.advertise("STATUS=SIZE", in: .any)
        registry.add(statusItem: SizeStatusItem())
    }
}
