public import IMAPHost
public import IMAPTypes

/// Annotations, from outside any session.
extension MemoryStore {
    /// Sets a shared annotation of the server, `/shared/admin` too, or removes it.
    public func annotateServer(_ name: EntryName, _ value: [UInt8]?) {
        guard !name.isPrivate else { return }
        server.annotations.set(name, to: value)
        server.annotations.log.record([name], of: .server, by: UserIdentity(name: []), author: 0)
        server.wakeEveryone(.annotations)
    }

    /// Sets or removes annotations as `user`, all or none, but `/private/specialuse`, which follows from the attributes
    /// that the mailbox was made with. Throws ``/IMAPHost/StoreError/nonExistent``.
    @discardableResult
    public func annotate(
        _ mailbox: MailboxName, _ changes: [AnnotationChange], for user: UserIdentity
    ) throws(StoreError) -> AnnotationOutcome {
        let mail = try mail(with: mailbox, of: user)
        let annotated = try mail.mailbox(mailbox)
        let (outcome, changed) = try annotated.annotate(changes, by: user)
        mail.annotationLog.record(changed, of: .mailbox(annotated), by: user, author: 0)
        if !changed.isEmpty { annotated.wake(.annotations) }
        return outcome
    }
}
