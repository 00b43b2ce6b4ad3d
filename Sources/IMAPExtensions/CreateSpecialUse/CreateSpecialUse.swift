import IMAPCodec
import IMAPHost
import IMAPParser
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// CREATE-SPECIAL-USE, RFC 6154 section 3: mailboxes made for a use.
    public static let createSpecialUse = IMAPExtension("CREATE-SPECIAL-USE") { registry in
        registry.advertise("CREATE-SPECIAL-USE", in: .any)
        registry.requireAccount("CREATE-SPECIAL-USE") { $0 is any SpecialUseAccount.Type }
        registry.add(createOption: UseOption.self)
    }
}

/// USE, of CREATE (RFC 6154 section 6)
///
/// ```abnf
/// create-param = "USE" SP "(" [use-attr *(SP use-attr)] ")"
/// use-attr     = "\All" / "\Archive" / "\Drafts" / "\Flagged" / "\Junk" / "\Sent" / "\Trash" / use-attr-ext
/// ```
struct UseOption: CreateOption {
    static let name: Keyword = "USE"

    /// Each once.
    let uses: [MailboxAttribute]

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        let named = try arguments.list(atMost: .options) { reader throws(SyntaxError) in try reader.mailboxAttribute() }
        uses = named.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// An attribute that is no registered use is refused here: `\Noselect` is none.
    func create(_ name: MailboxName, in account: any Account) async throws(StoreError) {
        guard !uses.isEmpty else { return try await account.create(name) }
        guard let account = account as? any SpecialUseAccount else { throw .useAttribute }
        guard uses.allSatisfy(\.isSpecialUse) else { throw .useAttribute }
        try await account.create(name, for: uses)
    }
}
