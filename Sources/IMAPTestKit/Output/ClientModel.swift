/// What a client may expect, from what it sent and what the server answered: the rules that no grammar has.
///
/// The rules are those of RFC 9051 and RFC 3501 sections 3 and 7, of RFC 7162 for VANISHED, of RFC 9586 for UIDONLY
/// and of the draft for LISTA. A rule that needs the command in progress holds as long as that is known.
struct ClientModel: Sendable {
    enum Login: Sendable { case no, yes }

    private enum Selection: Sendable {
        case none
        case selected(SelectedMailbox)
    }

    private(set) var commands = CommandReader()
    private let isFollowed: Bool
    private var login = Login.no
    private var selection = Selection.none
    /// The mailbox that a SELECT or an EXAMINE in progress opens.
    private var opening: SelectedMailbox?
    private var enabled: Set<String> = []
    private var isTranslated = false
    /// What the last NOTIFY that succeeded asks for; `nil` before the first.
    private var notified: SelectedNotifications?
    private var isGreeted = false
    /// The names of the responses since the last tagged one.
    private var seen: Set<String> = []
    private var saidBye = false
    private var isOver = false

    /// Without commands, only the rules that need none hold.
    init(isFollowed: Bool) { self.isFollowed = isFollowed }

    var place: ResponseGrammar.Place { isGreeted ? .later : .greeting }

    /// Whether texts may be in UTF-8: not in `i-default` (RFC 5255 section 3.5).
    var allowsUTF8InText: Bool { isTranslated || allowsUTF8 }

    /// Whether the client said that it takes UTF-8.
    var allowsUTF8: Bool {
        !enabled.isDisjoint(with: ["UTF8=ACCEPT", "UTF8=ONLY", "IMAP4REV2"])
    }

    /// Whether what follows is compressed.
    private(set) var isBehindLayer = false

    /// The server's compression ended.
    mutating func leaveLayer() { isBehindLayer = false }

    private var follows: Bool { isFollowed && commands.isCertain }

    var current: SentCommand? { isFollowed ? commands.current : nil }

    mutating func sent(_ octets: [UInt8]) {
        if isFollowed { commands.sent(octets) }
    }

    /// The server waits for its client.
    mutating func quiet() -> String? {
        guard follows, !saidBye, commands.owesAnswer, let current = commands.current else { return nil }
        return "\(current.display) was not answered"
    }

    /// A response came that cannot be read. It answers what its tag says.
    mutating func skip(_ response: FramedResponse) {
        isGreeted = true
        let words = response.octets.split(separator: 0x20, maxSplits: 2)
        guard words.count > 1, words[0] != [0x2A], words[0] != [0x2B] else { return }
        let kind = ServerResponse.StatusKind(rawValue: ASCIIWord.upper(words[1]))
        _ = tagged(kind ?? .bad, Array(words[0]), nil)
    }

    /// What is wrong with `response` coming now.
    mutating func observe(_ response: ServerResponse) -> String? {
        if isOver { return "a response after the last one" }
        if saidBye { return afterBye(response) }
        if !isGreeted {
            isGreeted = true
            if case .status(.preauth, _, _) = response { login = .yes }
            if case .status(.bye, _, _) = response { saidBye = true }
            return nil
        }
        if follows, isOpening, opening == nil { opening = SelectedMailbox() }
        seen.insert(ClientModel.name(response))
        switch response {
        case .continuation(let text): return continuation(text)
        case .status(let kind, let tag, let code):
            guard let tag else { return untagged(kind, code) }
            return tagged(kind, tag, code)
        case .enabled(let names):
            enabled.formUnion(names)
            if follows, current?.name != "ENABLE" { return "ENABLED without ENABLE" }
            return mail("ENABLED")
        case .capability: return nil
        case .language(let tags):
            // Several tags are what there is, and change nothing (RFC 5255 section 3.3).
            if tags.count == 1 { isTranslated = tags[0] != "I-DEFAULT" }
            if follows, current?.name != "LANGUAGE" { return "LANGUAGE without LANGUAGE" }
            return nil
        case .other(let name): return mail(name)
        case .exists, .recent, .expunge, .fetch, .vanished, .flags, .numbers, .search: return selected(response)
        }
    }

    // MARK: Status

    private mutating func afterBye(_ response: ServerResponse) -> String? {
        isOver = true
        guard case .status(.ok, let tag?, _) = response else { return "a response after BYE" }
        guard follows else { return nil }
        let command = commands.answered(tag, succeeds: true)
        return command?.name == "LOGOUT" ? nil : "a response after BYE"
    }

    private mutating func untagged(_ kind: ServerResponse.StatusKind, _ code: ServerResponse.Code?) -> String? {
        if kind == .bye { saidBye = true }
        if kind == .bad { commands.untaggedBad() }
        guard follows, let code else { return nil }
        switch code.name {
        case "CLOSED":
            // Transition 6 of RFC 9051 section 3 has an unsolicited CLOSED.
            guard isOpening || enabled.contains("IMAP4REV2") else { return "CLOSED without SELECT and EXAMINE" }
            guard case .selected = selection else { return "CLOSED, and nothing is selected" }
            selection = .none
            if isOpening { opening = SelectedMailbox() }
        case "NOTIFICATIONOVERFLOW":
            guard notified != nil else { return "NOTIFICATIONOVERFLOW without NOTIFY" }
            notified = .never
        case "UIDNEXT", "UNSEEN", "PERMANENTFLAGS", "NOMODSEQ", "HIGHESTMODSEQ":
            if code.name == "NOMODSEQ" { opening?.keepsModSequences = false }
            if code.name == "HIGHESTMODSEQ" { seen.insert(code.name) }
            guard case .none = selection, opening == nil else { return nil }
            return "\(code.name), and nothing is selected"
        default: break
        }
        return nil
    }

    private mutating func continuation(_ text: [UInt8]) -> String? {
        guard follows else { return nil }
        let isExchange = current?.name == "AUTHENTICATE" && current?.isComplete == true
        guard commands.continued() else { return "a continuation request that nothing waits for" }
        if isExchange { return isBase64(text) ? nil : "a challenge that is not base64" }
        return text.isEmpty ? "no text" : nil
    }

    /// `base64 = *(4base64-char) [base64-terminal]`
    private func isBase64(_ text: [UInt8]) -> Bool {
        let data = text.prefix { octet in
            switch octet {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2F: true
            default: false
            }
        }
        let padding = text.dropFirst(data.count)
        return text.count % 4 == 0 && padding.count <= 2 && padding.allSatisfy { $0 == 0x3D }
    }

    /// Responses of which one must come before the OK.
    private static let required: [String: Set<String>] = [
        "CAPABILITY": ["CAPABILITY"], "ID": ["ID"], "STATUS": ["STATUS"], "NAMESPACE": ["NAMESPACE"],
        "SEARCH": ["SEARCH", "ESEARCH"], "UID SEARCH": ["SEARCH", "ESEARCH"], "SORT": ["SORT", "ESEARCH"],
        "UID SORT": ["SORT", "ESEARCH"], "THREAD": ["THREAD"], "UID THREAD": ["THREAD"], "GETACL": ["ACL"],
        "LISTRIGHTS": ["LISTRIGHTS"], "MYRIGHTS": ["MYRIGHTS"], "GETQUOTA": ["QUOTA"],
        "GETQUOTAROOT": ["QUOTAROOT"], "LANGUAGE": ["LANGUAGE"], "ENABLE": ["ENABLED"],
    ]

    private mutating func tagged(
        _ kind: ServerResponse.StatusKind, _ tag: [UInt8], _ code: ServerResponse.Code?
    ) -> String? {
        guard follows else { return nil }
        guard let command = commands.answered(tag, succeeds: kind == .ok) else {
            commands.lose()
            if commands.isAmbiguous { return nil }
            return "a tagged reply to no command in progress"
        }
        defer {
            opening = nil
            seen = []
        }
        if kind == .ok, !command.savesResult, let required = ClientModel.required[command.name],
            seen.isDisjoint(with: required)
        {
            return "\(command.name) without \(required.sorted().joined(separator: " or "))"
        }
        if kind == .ok, let flaw = misplaced(code, behind: command.name) { return flaw }
        switch command.name {
        case "SELECT", "EXAMINE":
            if kind == .no || (kind == .bad && isClosed) { selection = .none }
            guard kind == .ok else { return nil }
            guard let opening, opening.count != nil, opening.hasFlags else {
                selection = .selected(opening ?? SelectedMailbox())
                return "\(command.name) without FLAGS and EXISTS"
            }
            selection = .selected(opening)
            if command.name == "EXAMINE", code?.name != "READ-ONLY" { return "EXAMINE without READ-ONLY" }
        case "LOGIN", "AUTHENTICATE": if kind == .ok { login = .yes }
        case "CLOSE", "UNSELECT": if kind == .ok { selection = .none }
        case "SELECTA":
            guard kind == .ok else { return nil }
            selection = .none
            notified = nil
        case "UNAUTHENTICATE":
            guard kind == .ok else { return nil }
            selection = .none
            login = .no
            enabled = []
            isTranslated = false
            notified = nil
        case "STARTTLS": if kind == .ok { isTranslated = false }
        case "NOTIFY": if kind == .ok { notified = command.notifies }
        case "COMPRESS": isBehindLayer = kind == .ok
        case "LOGOUT": return kind == .ok ? "LOGOUT without BYE" : nil
        default: break
        }
        return nil
    }

    /// HIGHESTMODSEQ where RFC 7162 forbids it, or missing where it asks for it (sections 3.2.7 to 3.2.9; RFC 6851
    /// section 4.4).
    private func misplaced(_ code: ServerResponse.Code?, behind command: String) -> String? {
        let isThere = code?.name == "HIGHESTMODSEQ"
        switch command {
        case "CLOSE": return isThere ? "CLOSE with HIGHESTMODSEQ" : nil
        case "EXPUNGE", "UID EXPUNGE", "MOVE", "UID MOVE":
            let mayBeUntagged = command.hasSuffix("MOVE") && seen.contains("HIGHESTMODSEQ")
            let needs = enabled.contains("QRESYNC") && seen.contains("VANISHED") && keepsModSequences
            return needs && !isThere && !mayBeUntagged ? "\(command) without HIGHESTMODSEQ" : nil
        default: return nil
        }
    }

    /// Whether the mailbox that is open, or that is being opened, keeps mod-sequences, as far as is known.
    private var keepsModSequences: Bool {
        if let opening { return opening.keepsModSequences }
        guard case .selected(let mailbox) = selection else { return true }
        return mailbox.keepsModSequences
    }

    /// Whether CLOSED ended the old mailbox: then a SELECT in progress has none to go back to.
    private var isClosed: Bool {
        if case .none = selection { return true }
        return false
    }

    // MARK: Mail

    private var isOpening: Bool { current?.name == "SELECT" || current?.name == "EXAMINE" }

    /// Responses that say nothing about mail, and may come before login.
    private static let plain: Set<String> = ["ID", "COMPARATOR"]

    /// A response about a user's mail.
    private func mail(_ name: String) -> String? {
        guard follows, login == .no, !ClientModel.plain.contains(name) else { return nil }
        return "\(name) before login"
    }

    /// A response about the selected mailbox, or the one that is being opened.
    private mutating func selected(_ response: ServerResponse) -> String? {
        guard follows else { return nil }
        if let flaw = refused(response) { return flaw }
        if case .search(let found) = response, found.namesMailbox { return mail("ESEARCH") }
        if var mailbox = opening, belongsToOpening(response, mailbox) {
            let flaw = apply(response, to: &mailbox)
            opening = mailbox
            return flaw
        }
        guard case .selected(var mailbox) = selection else {
            if case .exists = response, current?.name == "LISTA" { return nil }
            return "\(ClientModel.name(response)), and nothing is selected"
        }
        let flaw = apply(response, to: &mailbox)
        selection = .selected(mailbox)
        return flaw
    }

    private func belongsToOpening(_ response: ServerResponse, _ mailbox: SelectedMailbox) -> Bool {
        if case .none = selection { return true }
        switch response {
        case .expunge, .vanished(false, _), .fetch, .numbers, .search: return mailbox.count != nil
        case .exists, .recent, .flags, .vanished: return true
        case .continuation, .status, .capability, .enabled, .language, .other: return false
        }
    }

    /// Whether it tells what happened to messages.
    private func isNews(_ response: ServerResponse) -> Bool {
        switch response {
        case .exists, .expunge, .fetch, .vanished(false, _): true
        default: false
        }
    }

    /// What must not come whatever the mailbox holds.
    private func refused(_ response: ServerResponse) -> String? {
        let name = ClientModel.name(response)
        if notified == .never, isNews(response), current.map({ ["NOOP", "CHECK", "IDLE"].contains($0.name) }) ?? true {
            return "\(name), which NOTIFY did not ask for"
        }
        switch response {
        case .expunge, .vanished(false, _):
            let isVanished = enabled.contains("UIDONLY") || (enabled.contains("QRESYNC") && keepsModSequences)
            if isVanished != (name == "VANISHED") {
                return isVanished ? "EXPUNGE where VANISHED belongs" : "VANISHED where EXPUNGE belongs"
            }
            guard notified != .always, notified != .unknown, !enabled.contains("UIDONLY") else { return nil }
            guard let current, current.isComplete else { return "\(name) while no command is in progress" }
            let refusing = ["FETCH", "STORE", "SEARCH", "SORT", "THREAD"]
            return refusing.contains(current.name) ? "\(name) during \(current.name)" : nil
        case .fetch(let fetched):
            let isUIDOnly = enabled.contains("UIDONLY")
            if fetched.isByUID != isUIDOnly { return isUIDOnly ? "FETCH under UIDONLY" : "UIDFETCH without UIDONLY" }
            let isData = fetched.items.contains { $0 != "FLAGS" && $0 != "MODSEQ" }
            if current?.name == "UID FETCH", isData, !isUIDOnly, fetched.uid == nil {
                return "FETCH without the UID during UID FETCH"
            }
            return nil
        case .vanished(true, _):
            guard enabled.contains("QRESYNC") else { return "VANISHED (EARLIER) without QRESYNC" }
            guard let current, !isOpening, current.name != "UID FETCH" else { return nil }
            return "VANISHED (EARLIER) during \(current.name)"
        case .recent, .numbers("SEARCH", _):
            return enabled.contains("IMAP4REV2") ? "\(name) after IMAP4rev2 was enabled" : nil
        case .continuation, .status, .exists, .vanished, .flags, .numbers, .search, .capability, .enabled, .language,
            .other:
            return nil
        }
    }

    private func apply(_ response: ServerResponse, to mailbox: inout SelectedMailbox) -> String? {
        switch response {
        case .exists(let number): return mailbox.exists(number)
        case .recent(let number): return mailbox.found(number, by: "RECENT")
        case .expunge(let number): return mailbox.expunge(number)
        case .fetch(let fetched):
            return fetched.isByUID ? nil : mailbox.fetch(fetched.number, uid: fetched.uid)
        case .vanished(let isEarlier, let uids): return isEarlier ? nil : mailbox.vanished(uids)
        case .flags:
            mailbox.hasFlags = true
            return nil
        case .numbers(let name, let largest):
            let isByUID = current?.name.hasPrefix("UID ") ?? true
            return isByUID ? nil : mailbox.found(largest, by: name)
        case .search(let found):
            let isOwn = found.tag == nil || found.tag == current?.tag
            if isOwn, let name = current?.name, name.hasPrefix("UID ") != found.isByUID {
                return found.isByUID ? "ESEARCH with UID during \(name)" : "ESEARCH without UID during \(name)"
            }
            return found.isByUID ? nil : mailbox.found(found.largest, by: "ESEARCH")
        case .continuation, .status, .capability, .enabled, .language, .other: return nil
        }
    }

    private static func name(_ response: ServerResponse) -> String {
        switch response {
        case .continuation: "+"
        case .status(let kind, _, _): kind.rawValue
        case .exists: "EXISTS"
        case .recent: "RECENT"
        case .expunge: "EXPUNGE"
        case .fetch(let fetched): fetched.isByUID ? "UIDFETCH" : "FETCH"
        case .vanished: "VANISHED"
        case .flags: "FLAGS"
        case .numbers(let name, _): name
        case .search: "ESEARCH"
        case .capability: "CAPABILITY"
        case .enabled: "ENABLED"
        case .language: "LANGUAGE"
        case .other(let name): name
        }
    }
}
