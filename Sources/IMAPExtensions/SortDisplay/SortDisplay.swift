import IMAPCodec
import IMAPParser
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// SORT=DISPLAY, RFC 5957: SORT by the names that are shown for addresses.
    public static let sortDisplay = IMAPExtension("SORT=DISPLAY", requiring: ["SORT"]) { registry in
        registry.advertise("SORT=DISPLAY", in: .any)
        registry.add(sortKey: DisplayFromKey.self)
        registry.add(sortKey: DisplayToKey.self)
    }
}

/// `DISPLAYFROM`
struct DisplayFromKey: SortKey, ArgumentlessOption {
    static let name: Keyword = "DISPLAYFROM"

    var readsHeader: Bool { true }

    func value(of message: FoundMessage) -> SortValue { .text(message.displayName(of: .from)) }
}

/// `DISPLAYTO`
struct DisplayToKey: SortKey, ArgumentlessOption {
    static let name: Keyword = "DISPLAYTO"

    var readsHeader: Bool { true }

    func value(of message: FoundMessage) -> SortValue { .text(message.displayName(of: .to)) }
}

extension FoundMessage {
    /// What is compared of the first address (RFC 5957 section 3): its name, decoded, or else `local@host`, or the
    /// local part alone where ENVELOPE has no host.
    fileprivate func displayName(of list: AddressList) -> [UInt8] {
        guard let address = firstAddress(of: list) else { return [] }
        let members = address.members
        let name = members.name.map { decoded($0) } ?? []
        guard name.isEmpty else { return name }
        guard let local = members.mailbox else { return [] }
        return members.host.map { local + [0x40] + $0 } ?? local
    }
}
