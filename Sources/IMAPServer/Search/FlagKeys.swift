import IMAPCodec
import IMAPHost
import IMAPParser
import IMAPTypes

/// A key that asks for a flag, and nothing else.
protocol FlagTestingKey: SearchKey {
    var flag: Flag { get }
    var isSet: Bool { get }
}

extension FlagTestingKey {
    var columns: MessageColumns { .flags }

    func matches(_ message: SearchedMessage) -> Bool { (message.record.flags ?? []).contains(flag) == isSet }
}

/// The keys that ask for a system flag.
struct FlagKey: FlagTestingKey {
    private static let flags: [Keyword: (flag: Flag, isSet: Bool)] = [
        "ANSWERED": (.answered, true), "UNANSWERED": (.answered, false), "DELETED": (.deleted, true),
        "UNDELETED": (.deleted, false), "DRAFT": (.draft, true), "UNDRAFT": (.draft, false),
        "FLAGGED": (.flagged, true), "UNFLAGGED": (.flagged, false), "SEEN": (.seen, true), "UNSEEN": (.seen, false),
    ]

    static let names: [Keyword] = Array(flags.keys)

    let flag: Flag
    let isSet: Bool

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        guard let meaning = FlagKey.flags[name] else { throw arguments.error(.unknown) }
        (flag, isSet) = meaning
    }
}

/// `KEYWORD` and `UNKEYWORD`
struct KeywordKey: FlagTestingKey {
    static let names: [Keyword] = ["KEYWORD", "UNKEYWORD"]

    let flag: Flag
    let isSet: Bool

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        guard let flag = Flag(try arguments.atom()) else { throw arguments.error(.limit) }
        self.flag = flag
        isSet = name == "KEYWORD"
    }
}

/// `RECENT`, `OLD` and `NEW`, which is `RECENT UNSEEN` (RFC 3501 section 6.4.4).
struct RecentKey: SearchKey {
    static let names: [Keyword] = ["RECENT", "OLD", "NEW"]

    private let name: Keyword

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        self.name = name
    }

    var columns: MessageColumns { name == "NEW" ? .flags : [] }

    func narrowing(in mailbox: MailboxView) -> SearchNarrowing {
        switch name {
        case "RECENT": .exactly(mailbox.recent)
        case "NEW": .atMost(mailbox.recent)
        default: .anything
        }
    }

    func matches(_ message: SearchedMessage) -> Bool {
        switch name {
        case "OLD": !message.isRecent
        case "NEW": message.isRecent && !(message.record.flags ?? []).contains(.seen)
        default: message.isRecent
        }
    }
}
