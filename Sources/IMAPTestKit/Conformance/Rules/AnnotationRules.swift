import IMAPHost
import IMAPTypes
import Synchronization

/// Annotations. They do not apply without ``AnnotatedAccount``; those on mailboxes not where the server alone has some.
enum AnnotationRules {
    static let all = [
        kept, octets, folded, removed, least, whole, absent, renamed, inboxRenamed, deleted, apart, shared, admin, news,
        newsOfOthers, restart,
    ]

    // MARK: Means

    private static func annotated(_ account: any Account) throws -> any AnnotatedAccount {
        guard let account = account as? any AnnotatedAccount else {
            throw Inapplicable("the store has no AnnotatedAccount")
        }
        return account
    }

    /// An account whose mailboxes can be annotated.
    private static func account(_ ground: Ground) throws -> any AnnotatedAccount {
        let account = try annotated(ground.account)
        guard type(of: account).annotatesMailboxes else { throw Inapplicable("mailboxes have no annotations") }
        return account
    }

    private static func name(_ text: String) throws -> EntryName {
        guard let name = EntryName(text) else { throw Breach("\(text) is no name") }
        return name
    }

    /// What can be annotated: a mailbox, where that is possible, and the server.
    private static func objects(_ ground: Ground) async throws -> [AnnotatedObject] {
        guard type(of: try annotated(ground.account)).annotatesMailboxes else { return [.server] }
        return [.mailbox(try await ground.make("box")), .server]
    }

    private static func set(
        _ values: [(String, String?)], of object: AnnotatedObject, in account: any AnnotatedAccount
    ) async throws {
        let changes = try values.map { AnnotationChange(try name($0.0), $0.1.map { Array($0.utf8) }) }
        switch try await account.annotate(object, changes) {
        case .done: return
        case .noPrivate: throw Inapplicable("no private annotations are kept")
        case .tooLarge(let limit): throw Breach("\(text(values)) is too large for \(object), of at most \(limit)")
        case .tooMany: throw Breach("\(text(values)) is too many for \(object)")
        }
    }

    /// Every annotation of an object, as it is asked for: the sizes have to be those of the values.
    private static func all(
        of object: AnnotatedObject, in account: any AnnotatedAccount
    ) async throws -> [String: String] {
        let sizes = try await account.annotations(of: object)
        try expect("names listed", Set(sizes.map(\.name)).count, is: sizes.count)
        let values = try await account.values(of: sizes.map(\.name), in: object)
        for one in sizes { try expect("the size of \(one.name)", one.size, is: values[one.name]?.count ?? -1) }
        return Dictionary(
            values.map { ($0.key.description, String(decoding: $0.value, as: UTF8.self)) }
        ) { first, _ in first }
    }

    /// A mailbox that both users see.
    private static func sharedMailbox(_ ground: Ground) async throws -> MailboxName {
        guard let prefix = ground.account.namespaces.shared.first?.prefix, let name = MailboxName(prefix + "common")
        else { throw Inapplicable("the users have no mailbox in common") }
        try await ground.account.create(name)
        return name
    }

    // MARK: Values

    static let kept = ConformanceRule(
        "annotation-kept", "An annotation has the value it was given last, in every session of the user.",
        "RFC 5464 section 4.3"
    ) { ground in
        for object in try await objects(ground) {
            let account = try annotated(ground.account)
            try await set([("/private/comment", "one"), ("/private/vendor/x/y", "two")], of: object, in: account)
            try await set([("/private/comment", "three")], of: object, in: account)
            for session in [account, try annotated(try await ground.session())] {
                try expect(
                    "the annotations of \(object)", try await all(of: object, in: session),
                    is: ["/private/comment": "three", "/private/vendor/x/y": "two"])
            }
            let unknown = try await account.values(of: [name("/private/none"), name("/private/comment")], in: object)
            try expect("values, of which one is there", unknown.count, is: 1)
        }
    }

    static let octets = ConformanceRule(
        "annotation-octets", "A value is any octets: none, NUL, lines, 8-bit.", "RFC 5464 section 3.2"
    ) { ground in
        let account = try annotated(ground.account)
        let name = try name("/private/comment")
        for object in try await objects(ground) {
            for value in [[], [0], Array("a\r\nb\r\n".utf8), [0xFF, 0x0A, 0x00, 0x80]] as [[UInt8]] {
                guard try await account.annotate(object, [AnnotationChange(name, value)]) == .done else {
                    throw Inapplicable("no private annotations are kept")
                }
                try expect("the value", try await account.values(of: [name], in: object)[name], is: value)
                try expect("its size", try await account.annotations(of: object).first?.size, is: value.count)
            }
        }
    }

    static let folded = ConformanceRule(
        "annotation-name-case", "Names are the same in any case: each is listed once.", "RFC 5464 section 3.2"
    ) { ground in
        let account = try annotated(ground.account)
        for object in try await objects(ground) {
            try await set([("/Private/Comment", "a")], of: object, in: account)
            try await set([("/PRIVATE/comment", "b")], of: object, in: account)
            try expect("values", try await Array(all(of: object, in: account).values), is: ["b"])
            let found = try await account.values(of: [name("/private/COMMENT")], in: object)
            try expect("values in another case", found.count, is: 1)
        }
    }

    static let removed = ConformanceRule(
        "annotation-removed", "A removed annotation is not listed; one that is not there can be removed.",
        "RFC 5464 section 4.3"
    ) { ground in
        let account = try annotated(ground.account)
        for object in try await objects(ground) {
            try await set([("/private/comment", "a"), ("/private/b", "b")], of: object, in: account)
            try await set([("/private/comment", nil), ("/private/none", nil)], of: object, in: account)
            try expect("what is left", try await all(of: object, in: account), is: ["/private/b": "b"])
        }
    }

    static let least = ConformanceRule(
        "annotation-minimum", "Ten annotations of 1,024 octets are kept.", "RFC 5464 section 4.1"
    ) { ground in
        let account = try annotated(ground.account)
        for object in try await objects(ground) {
            let value = String(repeating: "x", count: 1024)
            for number in 0..<10 { try await set([("/private/vendor/x/\(number)", value)], of: object, in: account) }
            try expect("annotations", try await all(of: object, in: account).count, is: 10)
        }
    }

    static let whole = ConformanceRule(
        "annotation-all-or-none", "When one change cannot be made, none is.", "RFC 5464 section 4.3"
    ) { ground in
        let account = try annotated(ground.account)
        for object in try await objects(ground) {
            try await set([("/private/a", "before")], of: object, in: account)
            let large = [UInt8](repeating: 0x78, count: 1 << 22)
            let outcome = try await account.annotate(
                object,
                [
                    AnnotationChange(name("/private/a"), Array("after".utf8)),
                    AnnotationChange(name("/private/b"), large), AnnotationChange(name("/private/c"), [0x63]),
                ])
            guard case .tooLarge(let limit) = outcome else { throw Inapplicable("a value of 4 MiB is \(outcome)") }
            try expect(limit >= 1024, "the largest value has \(limit) octets")
            try expect("the annotations", try await all(of: object, in: account), is: ["/private/a": "before"])
        }
    }

    static let absent = ConformanceRule(
        "annotation-absent", "A mailbox that does not exist is refused with nonExistent.", "RFC 5464 section 3.3"
    ) { ground in
        let account = try account(ground)
        let (object, name) = (AnnotatedObject.mailbox(try ground.name("absent")), try name("/private/comment"))
        try await expectError(.nonExistent, from: "annotations") { try await account.annotations(of: object) }
        try await expectError(.nonExistent, from: "values") { try await account.values(of: [name], in: object) }
        try await expectError(.nonExistent, from: "annotate") {
            try await account.annotate(object, [AnnotationChange(name, [0x61])])
        }
    }

    // MARK: Mailboxes

    static let renamed = ConformanceRule(
        "annotation-rename", "Annotations follow their mailbox when it is renamed, and those below it.",
        "RFC 5464 section 4.1"
    ) { ground in
        let account = try account(ground)
        var pairs = [(try await ground.make("old"), try ground.name("new"))]
        if account.separator != nil { pairs.append((try await ground.make("old/b"), try ground.name("new/b"))) }
        for (index, pair) in pairs.enumerated() {
            try await set([("/private/comment", "\(index)")], of: .mailbox(pair.0), in: account)
        }
        // Back and forth: a name that was used before.
        for (old, new) in [("old", "new"), ("new", "old"), ("old", "new")] {
            try await account.rename(try ground.name(old), to: try ground.name(new))
        }
        for (index, pair) in pairs.enumerated() {
            let found = try await all(of: .mailbox(pair.1), in: account)
            try expect("the annotations of \(pair.1)", found, is: ["/private/comment": "\(index)"])
        }
        try await account.create(pairs[0].0)
        try expect("of the old name", try await all(of: .mailbox(pairs[0].0), in: account), is: [:])
    }

    static let inboxRenamed = ConformanceRule(
        "annotation-rename-inbox", "RENAME of INBOX copies its annotations, and leaves them.", "RFC 5464 section 4.1"
    ) { ground in
        let account = try account(ground)
        try await set([("/private/comment", "mine")], of: .mailbox(.inbox), in: account)
        let new = try ground.name("new")
        try await account.rename(.inbox, to: new)
        for name in [.inbox, new] {
            let found = try await all(of: .mailbox(name), in: account)
            try expect("the annotations of \(name)", found, is: ["/private/comment": "mine"])
        }
        try await set([("/private/comment", "later")], of: .mailbox(new), in: account)
        let found = try await all(of: .mailbox(.inbox), in: account)
        try expect("those of INBOX", found, is: ["/private/comment": "mine"])
    }

    static let deleted = ConformanceRule(
        "annotation-delete", "Annotations go with their mailbox: the name made again has none.", "RFC 5464 section 4.1"
    ) { ground in
        let account = try account(ground)
        let name = try await ground.make("box")
        try await set([("/private/comment", "a"), ("/shared/comment", "b")], of: .mailbox(name), in: account)
        try await account.delete(name)
        try await account.create(name)
        try expect("the annotations", try await all(of: .mailbox(name), in: account), is: [:])
    }

    // MARK: Users

    static let apart = ConformanceRule(
        "annotation-users-apart", "What is private to one user no other sees, of the server neither.",
        "RFC 5464 section 3.2"
    ) { ground in
        let mine = try annotated(ground.account)
        let theirs = try annotated(try await ground.session(of: ground.secondUser))
        let objects: [AnnotatedObject] = type(of: mine).annotatesMailboxes ? [.mailbox(.inbox), .server] : [.server]
        for object in objects {
            try await set([("/private/comment", "mine")], of: object, in: mine)
            let found = try await theirs.values(of: [name("/private/comment")], in: object)
            try expect("what another sees of \(object)", found.count, is: 0)
            try expect(
                try await !theirs.annotations(of: object).contains { $0.name.isPrivate },
                "another has a private annotation")
        }
    }

    static let shared = ConformanceRule(
        "annotation-shared", "Of a mailbox in common, shared annotations are one value and private ones each user's.",
        "RFC 5464 section 3.3"
    ) { ground in
        let mine = try account(ground)
        let object = AnnotatedObject.mailbox(try await sharedMailbox(ground))
        let theirs = try annotated(try await ground.session(of: ground.secondUser))
        try await set([("/private/comment", "mine"), ("/shared/comment", "first")], of: object, in: mine)
        try await set([("/private/comment", "theirs"), ("/shared/comment", "ours")], of: object, in: theirs)
        try expect(
            "what the first sees", try await all(of: object, in: mine),
            is: ["/private/comment": "mine", "/shared/comment": "ours"])
        try expect(
            "what the second sees", try await all(of: object, in: theirs),
            is: ["/private/comment": "theirs", "/shared/comment": "ours"])
    }

    static let admin = ConformanceRule(
        "annotation-admin", "/shared/admin of the server cannot be changed by a user.", "RFC 5464 section 6.2.2"
    ) { ground in
        let account = try annotated(ground.account)
        let name = try name("/shared/admin")
        let before = try await account.values(of: [name], in: .server)
        for value in [Array("mailto:me@example.org".utf8), nil] {
            try await expectError(.noPermission, from: "annotate") {
                try await account.annotate(.server, [AnnotationChange(name, value)])
            }
        }
        try expect("the value", try await account.values(of: [name], in: .server)[name], is: before[name])
    }

    // MARK: News

    private final class Sleeper: WakeReceiver {
        private let topics = Mutex<WakeTopics>([])

        func wake(_ mailbox: MailboxName) {}

        func wake(_ topics: WakeTopics) { self.topics.withLock { $0.formUnion(topics) } }

        func take() -> WakeTopics {
            topics.withLock { topics in
                defer { topics = [] }
                return topics
            }
        }
    }

    /// The news of a session, by object.
    private static func news(of account: any AnnotatedAccount) async throws -> [AnnotatedObject: Set<EntryName>] {
        let news = try await account.annotationNews()
        try expect("objects told of", Set(news.map(\.object)).count, is: news.count)
        for one in news { try expect("names told of \(one.object)", Set(one.names).count, is: one.names.count) }
        return Dictionary(news.map { ($0.object, Set($0.names)) }) { first, _ in first }
    }

    static let news = ConformanceRule(
        "annotation-news", "A session is woken and told once of what others changed, removed too; not of its own.",
        "RFC 5464 section 4.4.2"
    ) { ground in
        let account = try annotated(ground.account)
        let objects = try await objects(ground)
        let other = try annotated(try await ground.session())
        let sleeper = Sleeper()
        try await account.watch(Wake(sleeper))
        try await set([("/private/mine", "a")], of: objects[0], in: account)
        try expect("the news of one's own change", try await news(of: account), is: [:])
        _ = sleeper.take()
        for (index, object) in objects.enumerated() {
            try await set([("/private/b", "\(index)"), ("/private/c", "d")], of: object, in: other)
            try expect(sleeper.take().contains(.annotations), "nobody was woken")
            let both = [object: Set([try name("/private/b"), try name("/private/c")])]
            try expect("the news", try await news(of: account), is: both)
            try expect("the news asked again", try await news(of: account), is: [:])
            try await set([("/private/c", nil)], of: object, in: other)
            try expect("a removal", try await news(of: account), is: [object: [try name("/private/c")]])
        }
    }

    static let newsOfOthers = ConformanceRule(
        "annotation-news-shared", "Of a mailbox in common others' shared changes are told, and no private ones.",
        "RFC 5464 section 4.4.2"
    ) { ground in
        let mine = try account(ground)
        let object = AnnotatedObject.mailbox(try await sharedMailbox(ground))
        let theirs = try annotated(try await ground.session(of: ground.secondUser))
        let sleeper = Sleeper()
        try await mine.watch(Wake(sleeper))
        try await set([("/shared/comment", "a"), ("/private/comment", "b")], of: object, in: theirs)
        try expect(sleeper.take().contains(.annotations), "nobody was woken")
        try expect("the news", try await news(of: mine), is: [object: [try name("/shared/comment")]])
    }

    static let restart = ConformanceRule(
        "restart-annotations", "Annotations are the same after a restart.", "AnnotatedAccount.annotate"
    ) { ground in
        let objects = try await objects(ground)
        for (index, object) in objects.enumerated() {
            let account = try annotated(ground.account)
            try await set(
                [("/private/a", "\(index)"), ("/private/b", ""), ("/private/c", "c")], of: object, in: account)
            try await set([("/private/c", nil)], of: object, in: account)
        }
        let later = try annotated(try await ground.reopened().account)
        for (index, object) in objects.enumerated() {
            let found = try await all(of: object, in: later)
            try expect("those of \(object)", found, is: ["/private/a": "\(index)", "/private/b": ""])
        }
    }
}
