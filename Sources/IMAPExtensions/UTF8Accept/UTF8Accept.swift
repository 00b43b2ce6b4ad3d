import IMAPCodec
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// UTF8=ACCEPT, RFC 9755 and RFC 6855 before it: a client that enables it reads and writes UTF-8 in quoted strings
    /// and in mailbox names, and appends messages with UTF-8 in their headers. IMAP4rev2 has most of it built in.
    ///
    /// Enabled, a SEARCH that names a charset is BAD, and so is a SORT or THREAD in another than UTF-8 or its
    /// part US-ASCII. APPEND takes
    /// messages also in `UTF8 (~{n}...)`, which RFC 9755 has no longer and clients of RFC 6855 send. Before it is
    /// enabled, APPEND refuses headers that are not ASCII, as both RFCs ask: leave the extension out where clients copy
    /// old mail with such headers.
    ///
    /// Messages are not downgraded for other clients: what is stored is sent as it is, in literals. A server that
    /// demands UTF-8 (`UTF8=ONLY`) is not offered.
    public static let utf8Accept = IMAPExtension("UTF8=ACCEPT", requiring: ["ENABLE"]) { registry in
        registry.advertise("UTF8=ACCEPT", in: .any)
        registry.add(mode: .utf8Accept, traits: [.utf8, .searchesUTF8], enabledAs: "UTF8=ACCEPT")
        registry.add(mode: .utf8Messages)
    }
}

extension SessionMode {
    /// The client takes UTF-8 (RFC 9755 section 3).
    static let utf8Accept = SessionMode("UTF8=ACCEPT")
}
