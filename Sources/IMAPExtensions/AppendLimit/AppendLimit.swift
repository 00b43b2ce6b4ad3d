import IMAPCodec
import IMAPHost
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// APPENDLIMIT, RFC 7889: how large a message may be.
    ///
    /// The value advertised is the server's limit. A host whose mailboxes have limits of their own
    /// (``/IMAPHost/MailboxStatus/appendLimit``) passes `perMailbox: true`: then no value is advertised and clients ask
    /// by STATUS (section 3).
    public static func appendLimit(perMailbox: Bool = false) -> IMAPExtension {
        IMAPExtension("APPENDLIMIT") { registry in
            let limit = UInt32(clamping: registry.configuration.limits.append)
            if !perMailbox, let value = Capability(Array("APPENDLIMIT=\(limit)".utf8)) {
                registry.advertise(value, in: .any)
            } else {
                registry.advertise("APPENDLIMIT", in: .any)
            }
            registry.add(statusItem: AppendLimitItem(serverLimit: limit))
        }
    }
}

/// `APPENDLIMIT` (RFC 7889 section 3.1)
///
/// ```abnf
/// status-att-val =/ "APPENDLIMIT" SP (number / nil)
/// ```
struct AppendLimitItem: StatusItem {
    let name: Keyword = "APPENDLIMIT"
    let serverLimit: UInt32

    func write(_ status: MailboxStatus, to writer: inout ResponseWriter) {
        writer.number(min(serverLimit, UInt32(clamping: status.appendLimit ?? UInt64(serverLimit))))
    }
}
