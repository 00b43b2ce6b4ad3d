public import IMAPHost

/// A user's quota, from outside any session.
extension MemoryStore {
    /// Sets the limits that the user's mail is under; a resource that is not named has none then. What is there stays,
    /// be it too much. Throws ``/IMAPHost/StoreError/cannot`` for a resource other than STORAGE, MESSAGE and MAILBOX.
    public func setQuota(_ limits: [QuotaLimit], for user: UserIdentity) throws(StoreError) {
        try mail(of: user).ledger.limit(limits)
    }

    /// The limits that the user's mail is under, each with what is in use.
    public func quota(of user: UserIdentity) throws(StoreError) -> [QuotaUsage] {
        try mail(of: user).ledger.usage
    }
}
