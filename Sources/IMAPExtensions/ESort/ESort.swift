import IMAPCodec
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// ESORT, RFC 5267 section 3: `SORT RETURN (MIN MAX ALL COUNT)`, answered in one ESEARCH response in the order of
    /// the SORT. Options that others bring for SEARCH are options of SORT with it.
    public static let esort = IMAPExtension("ESORT", requiring: ["SORT", "ESEARCH"]) { registry in
        registry.advertise("ESORT", in: .any)
        registry.add(mode: .sortReturn)
    }
}
