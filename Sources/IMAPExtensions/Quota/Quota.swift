import IMAPCodec
import IMAPHost
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// QUOTA, RFC 9208: how much of what is in use, and how much may be.
    ///
    /// `QUOTA=RES-` follows for each of ``/IMAPHost/QuotaAccount/quotaResources``; a store that limits none cannot
    /// offer it. What a store refuses with ``/IMAPHost/StoreError/overQuota`` is answered with `[OVERQUOTA]`. Whom a
    /// store tells of a quota is its own decision; strangers should learn of none (section 8).
    public static let quota = IMAPExtension("QUOTA") { registry in
        registry.requireAccount("QUOTA") { account in
            (account as? any QuotaAccount.Type).map { !$0.quotaResources.isEmpty } ?? false
        }
        registry.advertise("QUOTA", in: .any)
        let resources = (registry.accountType as? any QuotaAccount.Type)?.quotaResources ?? []
        for resource in resources {
            guard let value = Capability(Array("QUOTA=RES-".utf8) + resource.name.octets) else { continue }
            registry.advertise(value, in: .any)
        }
        registry.add(GetQuotaCommand.self)
        registry.add(GetQuotaRootCommand.self)
        if resources.contains(.message) { registry.add(statusItem: DeletedStatusItem()) }
        if resources.contains(.storage) { registry.add(statusItem: DeletedStorageItem()) }
    }

    /// QUOTASET, RFC 9208: quotas can be set, by those whom the store lets.
    public static let quotaSet = IMAPExtension("QUOTASET", requiring: ["QUOTA"]) { registry in
        registry.requireAccount("QUOTASET") { $0 is any SettableQuotaAccount.Type }
        registry.advertise("QUOTASET", in: .any)
        registry.add(SetQuotaCommand.self)
    }
}

/// DELETED-STORAGE: the octets that EXPUNGE would free (RFC 9208 section 4.1.4).
struct DeletedStorageItem: StatusItem {
    let name: Keyword = "DELETED-STORAGE"

    func write(_ status: MailboxStatus, to writer: inout ResponseWriter) { writer.number63(status.deletedSize) }
}

extension Context {
    /// The account, where it is under quota. The server does not start with another.
    func quotaAccount() throws(CommandFailure) -> any QuotaAccount {
        guard let account = try account() as? any QuotaAccount else { throw CommandFailure(.internalError) }
        return account
    }

    /// `"*" SP "QUOTA" SP quota-root-name SP quota-list`
    ///
    /// ```abnf
    /// quota-list     = "(" quota-resource *(SP quota-resource) ")"
    /// quota-resource = resource-name SP resource-usage SP resource-limit
    /// ```
    mutating func respondQuota(of root: QuotaRoot, _ quota: [QuotaUsage]) {
        respond("QUOTA") { writer in
            writer.space()
            writer.astring(root.octets)
            writer.space()
            writer.list(quota) { writer, one in
                writer.itemName(one.resource.name)
                writer.number63(one.usage)
                writer.space()
                writer.number63(one.limit)
            }
        }
    }
    /// `* QUOTAROOT mailbox root ...`
    mutating func respondQuotaRoots(of mailbox: MailboxName, _ roots: [QuotaRoot]) {
        respond("QUOTAROOT") { writer in
            writer.space()
            writer.mailbox(mailbox)
            for root in roots {
                writer.space()
                writer.astring(root.octets)
            }
        }
    }
}
