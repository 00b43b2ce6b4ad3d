/// What a client asks for.
enum ModelCommand {
    case noop
    case check
    case idle
    case select(Int, isReadOnly: Bool, condStore: Bool)
    case unselect
    case close
    case expunge(ModelSet?)
    case store(ModelSet, isByUID: Bool, ModelFlagChange, isSilent: Bool, unchangedSince: UInt64?)
    case copy(ModelSet, isByUID: Bool, to: Int, isMove: Bool)
    case fetch(ModelSet, isByUID: Bool, [String], changedSince: UInt64?)
    case search(ModelKey, isByUID: Bool, options: [String]?)
    case status(Int, [String])
    case append(Int, [(text: String, flags: Set<String>, date: ModelDate)])

    /// The command without its tag; `names` are the mailboxes'.
    func text(_ names: [String]) -> String {
        switch self {
        case .noop: return "NOOP"
        case .check: return "CHECK"
        case .idle: return "IDLE"
        case .select(let mailbox, let isReadOnly, let condStore):
            return "\(isReadOnly ? "EXAMINE" : "SELECT") \(names[mailbox])\(condStore ? " (CONDSTORE)" : "")"
        case .unselect: return "UNSELECT"
        case .close: return "CLOSE"
        case .expunge(let set): return set.map { "UID EXPUNGE \($0.text)" } ?? "EXPUNGE"
        case .store(let set, let isByUID, let change, let isSilent, let since):
            let (sign, flags) =
                switch change {
                case .add(let flags): ("+", flags)
                case .remove(let flags): ("-", flags)
                case .replace(let flags): ("", flags)
                }
            let modifier = since.map { " (UNCHANGEDSINCE \($0))" } ?? ""
            let list = flags.sorted().joined(separator: " ")
            return
                "\(isByUID ? "UID " : "")STORE \(set.text)\(modifier) \(sign)FLAGS\(isSilent ? ".SILENT" : "") (\(list))"
        case .copy(let set, let isByUID, let mailbox, let isMove):
            return "\(isByUID ? "UID " : "")\(isMove ? "MOVE" : "COPY") \(set.text) \(names[mailbox])"
        case .fetch(let set, let isByUID, let items, let since):
            let modifier = since.map { " (CHANGEDSINCE \($0))" } ?? ""
            return "\(isByUID ? "UID " : "")FETCH \(set.text) (\(items.joined(separator: " ")))\(modifier)"
        case .search(let key, let isByUID, let options):
            let wanted = options.map { " RETURN (\($0.joined(separator: " ")))" } ?? ""
            return "\(isByUID ? "UID " : "")SEARCH\(wanted) \(key.text)"
        case .status(let mailbox, let items): return "STATUS \(names[mailbox]) (\(items.joined(separator: " ")))"
        case .append(let mailbox, let messages):
            return messages.reduce("APPEND \(names[mailbox])") { text, message in
                "\(text)\(ModelCommand.head(message)) {\(message.text.utf8.count)+}\r\n\(message.text)"
            }
        }
    }

    /// Whether what it leaves behind in its session is known whatever happens in the middle of it.
    var isForetold: Bool {
        switch self {
        case .select: false
        case .search(_, _, let options): !(options ?? []).contains("SAVE")
        default: true
        }
    }

    static func head(_ message: (text: String, flags: Set<String>, date: ModelDate)) -> String {
        let flags = message.flags.isEmpty ? "" : " (\(message.flags.sorted().joined(separator: " ")))"
        return flags + (message.date == .none ? "" : " \"\(message.date.text)\"")
    }
}

/// A search key, and what it asks.
indirect enum ModelKey {
    case all
    case flag(String, Bool)
    case recent
    case new
    case old
    case uids(ModelSet)
    case numbers(ModelSet)
    case subject(String)
    case larger(UInt64)
    case smaller(UInt64)
    case late(Bool)
    case modSequence(UInt64)
    case not(ModelKey)
    case or(ModelKey, ModelKey)
    case and([ModelKey])

    private static let words = [
        "\\Seen": "SEEN", "\\Answered": "ANSWERED", "\\Flagged": "FLAGGED", "\\Deleted": "DELETED", "\\Draft": "DRAFT",
    ]

    var text: String {
        switch self {
        case .all: "ALL"
        case .flag(let flag, let isSet):
            ModelKey.words[flag].map { "\(isSet ? "" : "UN")\($0)" } ?? "\(isSet ? "" : "UN")KEYWORD \(flag)"
        case .recent: "RECENT"
        case .new: "NEW"
        case .old: "OLD"
        case .uids(let set): if case .saved = set { "$" } else { "UID \(set.text)" }
        case .numbers(let set): set.text
        case .subject(let text): "SUBJECT \(text)"
        case .larger(let size): "LARGER \(size)"
        case .smaller(let size): "SMALLER \(size)"
        case .late(let isLate): isLate ? "SINCE \(ModelDate.middle)" : "BEFORE \(ModelDate.middle)"
        case .modSequence(let least): "MODSEQ \(least)"
        case .not(let key): "NOT \(key.inner)"
        case .or(let a, let b): "OR \(a.inner) \(b.inner)"
        case .and(let keys): keys.map(\.inner).joined(separator: " ")
        }
    }

    private var inner: String {
        if case .and = self { return "(\(text))" }
        return text
    }

    /// Whether any key is one that `test` accepts.
    func contains(_ test: (ModelKey) -> Bool) -> Bool {
        if test(self) { return true }
        switch self {
        case .not(let key): return key.contains(test)
        case .or(let a, let b): return a.contains(test) || b.contains(test)
        case .and(let keys): return keys.contains { $0.contains(test) }
        default: return false
        }
    }

    /// Whether a message that exists matches, seen by a session that has it as `number` of its view.
    func matches(_ message: ModelMessage, number: UInt32, _ session: ModelSession) -> Bool {
        switch self {
        case .all: return true
        case .flag(let flag, let isSet): return message.flags.contains(flag) == isSet
        case .recent: return session.recent.contains(message.uid)
        case .old: return !session.recent.contains(message.uid)
        case .new: return session.recent.contains(message.uid) && !message.flags.contains("\\Seen")
        case .uids(let set): return session.uids(set, isByUID: true).contains(message.uid)
        case .numbers(let set):
            let count = UInt32(session.slots.count)
            return set.indices(upTo: count, star: count).contains(number)
        case .subject(let text): return message.text.prefix { $0 != "\r\n" }.contains(text)
        case .larger(let size): return message.text.utf8.count > size
        case .smaller(let size): return message.text.utf8.count < size
        case .late(let isLate): return message.date.isLate == isLate
        case .modSequence(let least): return message.modSequence >= least
        case .not(let key): return !key.matches(message, number: number, session)
        case .or(let a, let b):
            return a.matches(message, number: number, session) || b.matches(message, number: number, session)
        case .and(let keys): return keys.allSatisfy { $0.matches(message, number: number, session) }
        }
    }
}
