import IMAPCodec
import IMAPHost
import IMAPParser
import IMAPServer
import IMAPTypes

/// `ARRIVAL`: INTERNALDATE, to the second and in UTC.
struct ArrivalKey: SortKey, ArgumentlessOption {
    static let name: Keyword = "ARRIVAL"

    var columns: MessageColumns { .internalDate }

    func value(of message: FoundMessage) -> SortValue { .number(message.record.internalDate?.secondsSince1970 ?? 0) }
}

/// `DATE`: when it was sent, or else INTERNALDATE.
struct DateKey: SentDateSortKey, ArgumentlessOption {
    static let name: Keyword = "DATE"
}

/// `SIZE`: in octets.
struct SizeKey: SortKey, ArgumentlessOption {
    static let name: Keyword = "SIZE"

    var columns: MessageColumns { .size }

    func value(of message: FoundMessage) -> SortValue { .number(Int64(clamping: message.record.size ?? 0)) }
}

/// `SUBJECT`: the base subject.
struct SubjectKey: SortKey, ArgumentlessOption {
    static let name: Keyword = "SUBJECT"

    var readsHeader: Bool { true }

    func value(of message: FoundMessage) -> SortValue { .text(message.baseSubject.text) }
}

/// `FROM`: the local part of the first From address, as ENVELOPE has it: of a group its name.
struct FromKey: SortKey, ArgumentlessOption {
    static let name: Keyword = "FROM"

    var readsHeader: Bool { true }

    func value(of message: FoundMessage) -> SortValue { .text(message.firstAddress(of: .from)?.members.mailbox ?? []) }
}

/// `TO`: alike.
struct ToKey: SortKey, ArgumentlessOption {
    static let name: Keyword = "TO"

    var readsHeader: Bool { true }

    func value(of message: FoundMessage) -> SortValue { .text(message.firstAddress(of: .to)?.members.mailbox ?? []) }
}

/// `CC`: alike.
struct CcKey: SortKey, ArgumentlessOption {
    static let name: Keyword = "CC"

    var readsHeader: Bool { true }

    func value(of message: FoundMessage) -> SortValue { .text(message.firstAddress(of: .cc)?.members.mailbox ?? []) }
}
