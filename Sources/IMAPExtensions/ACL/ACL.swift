import IMAPCodec
import IMAPHost
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// ACL, RFC 4314: who may do what with a mailbox. Needs accounts that are ``/IMAPHost/ControlledAccount`` with
    /// mailboxes that are ``/IMAPHost/ControlledMailbox``.
    ///
    /// The store decides, at each call; nothing of a user's rights is kept here, but for what a client was told of the
    /// flags of its selected mailbox. `RIGHTS=` follows from ``/IMAPHost/ControlledAccount/knownRights``.
    public static let acl = IMAPExtension("ACL") { registry in
        registry.requireAccount("ACL") { $0 is any ControlledAccount.Type }
        registry.requireMailbox("ACL") { $0 is any ControlledMailbox.Type }
        registry.advertise("ACL", in: .any)
        let known = (registry.accountType as? any ControlledAccount.Type)?.knownRights ?? .standard
        if let value = Capability(Array("RIGHTS=".utf8) + newRights(known)) { registry.advertise(value, in: .any) }
        registry.add(SetACLCommand.self)
        registry.add(DeleteACLCommand.self)
        registry.add(GetACLCommand.self)
        registry.add(ListRightsCommand.self)
        registry.add(MyRightsCommand.self)
        registry.add(state: ToldFlags.self)
        registry.add(selectResponses: ToldFlags.note)
        registry.add(news: ChangedRights.self)
    }

    /// LIST-MYRIGHTS, RFC 8440: LIST answers the user's rights in each mailbox.
    public static let listMyRights = IMAPExtension("LIST-MYRIGHTS", requiring: ["LIST-EXTENDED", "ACL"]) { registry in
        registry.advertise("LIST-MYRIGHTS", in: .any)
        registry.add(listReturnOption: MyRightsOption.self)
    }

    /// What RFC 2086 does not define, `t`, `e`, `x` and `k` among it (sections 2.2 and 5.1.1).
    private static func newRights(_ known: AccessRights) -> [UInt8] {
        let needed = Array("texk".utf8)
        let old = Array("lrswipacd0123456789".utf8)
        return needed + known.octets.filter { !needed.contains($0) && !old.contains($0) }
    }
}

/// The flags that a client was told of the selected mailbox (section 5.1.1).
struct ToldFlags: ConnectionState {
    static let scope = Scope.selection

    var flags: MailboxFlags?

    static func fresh() -> ToldFlags { ToldFlags(flags: nil) }

    consuming func end() -> Ending { .drop }

    static func note(_ mailbox: OpenMailbox, _ context: inout Context) {
        context.write(
            ToldFlags(
                flags: MailboxFlags(
                    flags: mailbox.flags, permanentFlags: mailbox.permanentFlags,
                    acceptsNewKeywords: mailbox.acceptsNewKeywords)))
    }
}

/// FLAGS and PERMANENTFLAGS of the selected mailbox, when the user's rights changed them (section 5.1.1).
enum ChangedRights: NewsSource {
    static let topics: WakeTopics = .rights

    static func isWanted(_ context: borrowing Context) -> Bool { context.session.phase == .selected }

    static func tell(_ topics: WakeTopics, _ context: inout Context) async throws(CommandFailure) {
        guard let mailbox = try context.selectedMailbox().mailbox as? any ControlledMailbox,
            let told = context.read(ToldFlags.self).flags
        else { return }
        let now: MailboxFlags
        do {
            now = try await mailbox.currentFlags()
        } catch .nonExistent {
            // What that means for the session, the changes of the mailbox say.
            return
        } catch {
            throw CommandFailure(error)
        }
        // A keyword that came into use is no right.
        guard
            Set(now.permanentFlags).symmetricDifference(told.permanentFlags).contains(where: told.flags.contains)
                || now.acceptsNewKeywords != told.acceptsNewKeywords
        else { return }
        context.respond("FLAGS") { writer in
            writer.space()
            writer.flags(now.flags)
        }
        context.inform(
            .permanentFlags(now.permanentFlags, newKeywords: now.acceptsNewKeywords), "Flags that can be kept")
        context.write(ToldFlags(flags: now))
    }
}

// MARK: Rights on the wire

/// Rights with `c` and `d` of RFC 2086, which stand for others (section 2.1.1): here `c` for `k` and `x`, `d` for `t`
/// and `e`.
enum WireRights {
    private static let virtual: [(octet: UInt8, members: AccessRights)] = [
        (0x63, [.createMailboxes, .deleteMailbox]), (0x64, [.deleteMessages, .expunge]),
    ]

    /// The rights that a client wrote, or `nil` where an octet is no right.
    static func read(_ octets: some Sequence<UInt8>) -> AccessRights? {
        var rights = AccessRights()
        for octet in octets {
            if let one = virtual.first(where: { $0.octet == octet }) {
                rights.formUnion(one.members)
            } else {
                guard let right = AccessRights(octet: octet) else { return nil }
                rights.formUnion(right)
            }
        }
        return rights
    }

    /// With `c` and `d` where one that they stand for is there.
    static func octets(_ rights: AccessRights) -> [UInt8] {
        rights.octets + virtual.filter { !rights.isDisjoint(with: $0.members) }.map(\.octet)
    }

    /// The sets of LISTRIGHTS, each right in one of them. `c` and `d` are where those are that are always there, or are
    /// tied to others; else they stand by themselves.
    static func sets(_ grantable: GrantableRights) -> [[UInt8]] {
        var sets = [grantable.always.octets] + grantable.optional.map(\.octets)
        let rights = [grantable.always] + grantable.optional
        for one in virtual where rights.contains(where: { !$0.isDisjoint(with: one.members) }) {
            if !grantable.always.isDisjoint(with: one.members) {
                sets[0].append(one.octet)
            } else if let tied = rights.firstIndex(where: { set in
                !set.isDisjoint(with: one.members) && !set.isSubset(of: one.members)
            }) {
                sets[tied].append(one.octet)
            } else {
                sets.append([one.octet])
            }
        }
        return sets
    }
}

extension Context {
    /// The account, where it has access control lists. The server does not start with another.
    func controlledAccount() throws(CommandFailure) -> any ControlledAccount {
        guard let account = try account() as? any ControlledAccount else { throw CommandFailure(.internalError) }
        return account
    }

    /// ```abnf
    /// acl-data = "ACL" SP mailbox *(SP identifier SP rights)
    /// ```
    mutating func respondACL(of mailbox: MailboxName, _ entries: [(identifier: AccessIdentifier, rights: [UInt8])]) {
        respond("ACL") { writer in
            writer.space()
            writer.mailbox(mailbox)
            for entry in entries {
                writer.space()
                writer.astring(entry.identifier.octets)
                writer.space()
                writer.astring(entry.rights)
            }
        }
    }

    /// ```abnf
    /// listrights-data = "LISTRIGHTS" SP mailbox SP identifier SP rights *(SP rights)
    /// ```
    mutating func respondListRights(of identifier: AccessIdentifier, in mailbox: MailboxName, _ sets: [[UInt8]]) {
        respond("LISTRIGHTS") { writer in
            writer.space()
            writer.mailbox(mailbox)
            writer.space()
            writer.astring(identifier.octets)
            for set in sets {
                writer.space()
                writer.astring(set)
            }
        }
    }

    /// ```abnf
    /// myrights-data = "MYRIGHTS" SP mailbox SP rights
    /// ```
    mutating func respondMyRights(in mailbox: MailboxName, _ rights: [UInt8]) {
        respond("MYRIGHTS") { writer in
            writer.space()
            writer.mailbox(mailbox)
            writer.space()
            writer.astring(rights)
        }
    }
}
