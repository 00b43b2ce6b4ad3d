import Foundation
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

/// One thing a host may say that is not so.
struct FaultLie: Sendable {
    let name: String
    /// Whether the library can know, and says so to the observer.
    let isReported: Bool
    let tell: @Sendable (any Sendable) -> any Sendable

    init<Answer: Sendable>(
        _ name: String, isReported: Bool = false, _ tell: @escaping @Sendable (Answer) -> Answer
    ) {
        self.name = name
        self.isReported = isReported
        self.tell = { answer in (answer as? Answer).map { tell($0) as any Sendable } ?? answer }
    }
}

extension FaultyStore.Method {
    private static let strange = UIDSet([1, 2, 4, 90, .max].compactMap { UID($0) })
    private static let one = UIDSet(.first)
    private static let names = ["INBOX", "nowhere/below", "\u{E9}", "a b", "\"", "*"].compactMap { MailboxName($0) }
    private static let entries = ["/private/comment", "/shared/none", "/private/x"].compactMap { EntryName($0) }

    private static func records(_ change: @escaping @Sendable ([MessageRecord]) -> [MessageRecord]) -> FaultLie {
        FaultLie("records", isReported: true, change)
    }

    /// What it can return that is not so. Empty: it returns nothing, or an object whose own calls are here.
    var lies: [FaultLie] {
        switch self {
        case .account, .append, .body: []
        case .create, .createForUse, .delete, .rename, .subscribe, .unsubscribe, .watch, .closeAccount, .setQuota,
            .closeMailbox, .begin, .write, .end, .cancel:
            []
        case .mailboxes:
            [
                FaultLie("none") { (_: [MailboxEntry]) in [] },
                FaultLie("doubles") { (entries: [MailboxEntry]) in
                    entries + entries.reversed()
                        + Self.names.map { MailboxEntry($0, attributes: [.noSelect, .noSelect]) }
                },
            ]
        case .status:
            [
                FaultLie("limits") { (status: MailboxStatus) in
                    var status = status
                    (status.messages, status.unseen, status.size) = (.max, .max, .max)
                    return status
                }
            ]
        case .open:
            [
                FaultLie("UIDNEXT", isReported: true) { (open: OpenMailbox) in
                    var open = open
                    open.uidNext = .first
                    return open
                },
                FaultLie("recent", isReported: true) { (open: OpenMailbox) in
                    var open = open
                    open.recent = Self.strange
                    open.firstUnseen = UID(.max)
                    return open
                },
                FaultLie("mod-sequence", isReported: true) { (open: OpenMailbox) in
                    var open = open
                    open.highestModSequence = .zero
                    return open
                },
            ]
        case .quotaRoots:
            [
                FaultLie("many") { (roots: [QuotaRoot]) in
                    roots + roots + ["a\"b\\", "{5}", "\u{E9}", ")"].compactMap { QuotaRoot(octets($0)) }
                }
            ]
        case .quota:
            [
                FaultLie("too much, twice") { (usage: [QuotaUsage]) in
                    usage + usage.map { QuotaUsage($0.resource, usage: .max, limit: 0) }
                }
            ]
        case .mailboxID: [FaultLie("another") { (id: ObjectID) in ObjectID(octets("other")) ?? id }]
        case .rights: [FaultLie("none") { (_: AccessRights) in AccessRights(rawValue: 0) }]
        case .accessList:
            [
                FaultLie("doubles") { (list: [AccessEntry]) in
                    list + list
                        + ["a\"b\\", "{5}", "-", "\u{E9}", "a b"].compactMap { AccessIdentifier($0) }.map {
                            AccessEntry($0, .standard)
                        }
                }
            ]
        case .grantableRights:
            [
                FaultLie("overlapping") { (_: GrantableRights) in
                    GrantableRights(always: .standard, optional: [.standard, .standard, []])
                }
            ]
        case .changeRights, .removeRights: [FaultLie("others") { (names: [MailboxName]) in names + Self.names }]
        case .annotations:
            [
                FaultLie("sizes") { (sizes: [AnnotationSize]) in
                    sizes + sizes + Self.entries.map { AnnotationSize($0, size: .min) }
                        + Self.entries.map { AnnotationSize($0, size: .max) }
                }
            ]
        case .values:
            [
                FaultLie("others") { (values: [EntryName: [UInt8]]) in
                    values.merging(Self.entries.map { ($0, [0, 13, 10, 0xFF]) }) { _, new in new }
                },
                FaultLie("none") { (_: [EntryName: [UInt8]]) in [:] },
            ]
        case .annotate:
            [
                FaultLie("a limit") { (_: AnnotationOutcome) in .tooLarge(limit: .min) },
                FaultLie("too many") { (_: AnnotationOutcome) in .tooMany },
                FaultLie("none") { (_: AnnotationOutcome) in .noPrivate },
            ]
        case .annotationNews:
            [
                FaultLie("of nothing") { (news: [AnnotationNews]) in
                    news + [AnnotationNews(.server, [])] + Self.names.map { AnnotationNews(.mailbox($0), []) }
                        + Self.names.map { AnnotationNews(.mailbox($0), Self.entries + Self.entries) }
                }
            ]
        case .follow: [FaultLie("a token") { (_: NewsToken) in NewsToken([.max, .max, .max]) }]
        case .news:
            [
                FaultLie("unknown") { (_: AccountNews) in .unknown },
                FaultLie("of others") { (_: AccountNews) in
                    let events: [AccountEvent] = Self.names.flatMap { name in
                        [
                            .messages(name, .all), .created(name), .deleted(name), .renamed(name, to: name),
                            .subscription(name), .visibility(name, from: .hidden, to: .hidden),
                        ]
                    }
                    return .events(events + events, token: NewsToken([]))
                },
            ]
        case .visibility: [FaultLie("hidden") { (_: MailboxVisibility) in .hidden }]
        case .changes:
            [
                FaultLie("none") { (_: Changes) in .none },
                FaultLie("unknown") { (_: Changes) in .unknown(uids: Self.strange, token: ChangeToken(.max)) },
                FaultLie("old UIDs") { (_: Changes) in
                    .some(
                        appeared: UIDSet([2, 90, .max].compactMap { UID($0) }), vanished: UIDSet(),
                        flagsChanged: Self.strange, token: ChangeToken(0))
                },
            ]
        case .messages:
            [
                Self.records { $0.reversed() + $0 }, Self.records { $0 + [MessageRecord(uid: UID(.max) ?? .first)] },
                Self.records { $0.map { MessageRecord(uid: $0.uid) } },
                Self.records { records in
                    records.map { record in
                        var record = record
                        record.size = record.size.map { _ in .max }
                        return record
                    }
                },
                Self.records { records in
                    records.map { record in
                        var record = record
                        record.modSequence = .zero
                        return record
                    }
                },
                FaultLie("none") { (_: [MessageRecord]) in [] },
                // Another size than the body's.
                FaultLie("size", isReported: true) { (records: [MessageRecord]) in
                    records.map { record in
                        var record = record
                        record.size = record.size.map { $0 + 1 }
                        return record
                    }
                },
            ]
        case .changeFlags: [Self.records { $0 + $0 }]
        case .changeFlagsUnchangedSince:
            [
                FaultLie("others", isReported: true) { (change: ConditionalChange) in
                    ConditionalChange(changed: change.changed + change.changed, refused: Self.strange)
                }
            ]
        case .copy, .move:
            [
                FaultLie("others", isReported: true) { (copied: CopiedMessages) in
                    CopiedMessages(uidValidity: copied.uidValidity, source: Self.strange, destination: Self.strange)
                },
                FaultLie("too few", isReported: true) { (copied: CopiedMessages) in
                    CopiedMessages(uidValidity: copied.uidValidity, source: copied.source, destination: UIDSet())
                },
            ]
        case .expunge: [FaultLie("others", isReported: true) { (_: UIDSet) in Self.strange }]
        case .claimRecent: [FaultLie("others") { (_: UIDSet) in Self.strange }]
        case .flagged:
            [
                FaultLie("others", isReported: true) { (_: FlaggedMessages) in
                    FlaggedMessages(existing: Self.strange, having: [Self.strange])
                },
                FaultLie("of none", isReported: true) { (flagged: FlaggedMessages) in
                    FlaggedMessages(existing: UIDSet(), having: flagged.having.map { _ in Self.strange })
                },
                FaultLie("too few sets", isReported: true) { (flagged: FlaggedMessages) in
                    FlaggedMessages(existing: flagged.existing, having: [])
                },
                FaultLie("too many sets", isReported: true) { (flagged: FlaggedMessages) in
                    FlaggedMessages(existing: flagged.existing, having: flagged.having + [flagged.existing])
                },
                FaultLie("none") { (flagged: FlaggedMessages) in
                    FlaggedMessages(existing: UIDSet(), having: flagged.having.map { _ in UIDSet() })
                },
            ]
        case .vanished: [FaultLie("others", isReported: true) { (_: UIDSet) in Self.strange }]
        case .highestModSequence: [FaultLie("0") { (_: ModSequence) in .zero }]
        case .currentFlags:
            [
                FaultLie("none") { (_: MailboxFlags) in
                    MailboxFlags(flags: [], permanentFlags: [.seen], acceptsNewKeywords: true)
                }
            ]
        case .read:
            [
                FaultLie("nothing", isReported: true) { (_: [UInt8]) in [] },
                FaultLie("too much") { (octets: [UInt8]) in octets + octets },
            ]
        case .commit:
            [
                FaultLie("too few", isReported: true) { (appended: AppendedMessages) in
                    AppendedMessages(uidValidity: appended.uidValidity, uids: UIDSet())
                },
                FaultLie("too many", isReported: true) { (appended: AppendedMessages) in
                    AppendedMessages(uidValidity: appended.uidValidity, uids: Self.strange)
                },
            ]
        }
    }
}

@Suite("Faults: a host that says what is not so, in every answer it has (R-SW-6, R-OUT-2)")
struct FaultLiesTests {
    /// Every method of every protocol that a store implements is one of ``FaultyStore/Method``, by its name.
    @Test func everyMethodOfTheHostIsHere() throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Sources/IMAPHost")
        // Not a store's: what a client is, how octets travel, what time it is, who listens.
        let others: Set<String> = [
            "Authenticator", "ByteTransport", "ConnectionLimiter", "InputSink", "SASLMechanism", "SecurityLayer",
            "ServerClock",
            "ServerObserver", "WakeReceiver",
        ]
        let known = Set(FaultyStore.Method.allCases.map(\.rawValue))
        // Those that have a name of their own there.
        let renamed = ["closeMailbox", "closeAccount", "createForUse", "changeFlagsUnchangedSince"]
        var found: Set<String> = ["close"]
        for file in try FileManager.default.contentsOfDirectory(atPath: sources.path) where file.hasSuffix(".swift") {
            var isStore = false
            for line in try String(contentsOf: sources.appendingPathComponent(file), encoding: .utf8).split(
                separator: "\n")
            {
                if line.hasPrefix("public protocol ") {
                    let name = line.dropFirst("public protocol ".count).prefix { $0.isLetter }
                    isStore = !others.contains(String(name))
                }
                if line.hasPrefix("}") { isStore = false }
                guard isStore, line.hasPrefix("    func ") else { continue }
                let name = String(line.dropFirst("    func ".count).prefix { $0 != "(" })
                found.insert(name)
                #expect(known.contains(name) || name == "close", "no fault in \(name) of \(file)")
            }
        }
        #expect(found.count > 35)
        #expect(known.subtracting(renamed).subtracting(found) == [])
    }

    /// Every lie, told from beginning to end and told once: what is written is well formed, the sessions end as they
    /// should, everything is released; and what can be known is reported.
    @Test(arguments: FaultyStore.Method.allCases.filter { !$0.lies.isEmpty })
    func aLie(_ method: FaultyStore.Method) async throws {
        let session = FaultSession(compresses: false)
        for lie in method.lies {
            let lab = try FaultLab()
            lab.store.lie(in: method, lie.tell)
            let transport = ScriptedTransport()
            transport.send(session.octets)
            lab.lab.server.accept(transport)
            guard await eventually({ transport.isClosed }) else {
                Issue.record("\(method), \(lie.name): silent")
                return
            }
            let output = String(decoding: transport.takeOutput(), as: UTF8.self)
            guard await lab.expectTheEnd([.logout, .fault, .tooManyFailures], "\(method), \(lie.name)") else { return }
            let faults = lab.lab.witness.all.filter { if case .fault = $0 { true } else { false } }
            #expect(!lie.isReported || !faults.isEmpty, "\(method), \(lie.name): \(output)")
            // No event shows what is in a message, or what a client sent.
            let shown = faults.map { "\($0)" }.joined()
            #expect(!shown.contains(FaultSession.mark) && !shown.contains("root"), "\(shown)")
            // Nothing of the first user is told to the second.
            let parts = output.components(separatedByTag: session.steps[session.index(of: "UNAUTHENTICATE")].tag)
            #expect(!parts.1.contains("mail of \(FaultSession.mark)"), "\(method), \(lie.name)")
        }
    }

    /// The truth is no lie.
    @Test func nothingIsReportedOfAnHonestHost() async throws {
        let session = FaultSession()
        let lab = try FaultLab()
        let transport = ScriptedTransport()
        transport.send(session.octets)
        lab.lab.server.accept(transport)
        #expect(await eventually { lab.isEmpty && transport.isClosed })
        #expect(!lab.lab.witness.story.contains("fault"))
    }
}
