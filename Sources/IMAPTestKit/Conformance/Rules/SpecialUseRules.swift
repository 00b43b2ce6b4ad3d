import IMAPHost
import IMAPTypes

/// Mailboxes made for a special use. They do not apply without ``SpecialUseAccount``.
enum SpecialUseRules {
    static let all = [kept, refused, taken, notInherited]

    /// An account that can make a mailbox for `\Trash`, and that mailbox.
    private static func trash(_ ground: Ground) async throws -> (account: any SpecialUseAccount, name: MailboxName) {
        let account = try account(ground)
        let name = try ground.name("bin")
        if try await storeError({ try await account.create(name, for: ["\\Trash"]) }) == .useAttribute {
            throw Inapplicable("no mailbox can be made for \\Trash")
        }
        return (account, name)
    }

    private static func account(_ ground: Ground) throws -> any SpecialUseAccount {
        guard let account = ground.account as? any SpecialUseAccount else {
            throw Inapplicable("the store has no SpecialUseAccount")
        }
        return account
    }

    static let kept = ConformanceRule(
        "special-use-kept", "A mailbox made for a use is listed with it by every session.", "RFC 6154 section 3"
    ) { ground in
        let (_, name) = try await trash(ground)
        for session in [ground.account, try await ground.session()] {
            let entry = try await ground.entry(name, in: session)
            try expect(entry?.attributes.contains("\\Trash") ?? false, "it has \(text(entry?.attributes ?? []))")
        }
        try await ground.append([Sample(1)], to: name)
        try expect("its messages", try await ground.picture(name).messages.count, is: 1)
    }

    static let refused = ConformanceRule(
        "special-use-refused", "A use that cannot be had is refused with useAttribute, and no mailbox is made.",
        "RFC 6154 section 3"
    ) { ground in
        let account = try account(ground)
        for uses in [["\\Noselect"], ["\\NonExistent"], ["\\Trash", "\\HasChildren"]] as [[MailboxAttribute]] {
            let name = try ground.name("odd")
            try await expectError(.useAttribute, from: "create for \(text(uses))") {
                try await account.create(name, for: uses)
            }
            try expect(try await ground.entry(name) == nil, "the refused call made \(name)")
        }
    }

    static let taken = ConformanceRule(
        "special-use-taken", "A name that has a mailbox cannot be made again for a use, and gets none.",
        "RFC 6154 section 3"
    ) { ground in
        let (account, _) = try await trash(ground)
        let name = try await ground.make("plain")
        let before = try await ground.entry(name)
        try await expectError(.alreadyExists, from: "create for \\Sent") {
            try await account.create(name, for: ["\\Sent"])
        }
        try expect("its attributes", try await ground.entry(name)?.attributes, is: before?.attributes)
    }

    static let notInherited = ConformanceRule(
        "special-use-not-inherited", "A use goes with its mailbox: the name made again has none.", "RFC 6154 section 3"
    ) { ground in
        let (account, name) = try await trash(ground)
        try await account.delete(name)
        try await account.create(name)
        let entry = try await ground.entry(name)
        try expect(entry?.attributes.contains("\\Trash") == false, "it has \(text(entry?.attributes ?? []))")
    }
}
