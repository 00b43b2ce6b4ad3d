package import IMAPHost
package import IMAPTypes

/// A mailbox that nobody asks anything, for what needs one that is open and not more.
package struct NoMailbox: Mailbox {
    package init() {}

    package func changes(since token: ChangeToken) async throws(StoreError) -> Changes { .none }
    package func messages(_ uids: UIDSet, _ columns: MessageColumns) async throws(StoreError) -> [MessageRecord] { [] }
    package func body(of uid: UID) async throws(StoreError) -> any MessageBody { throw .expunged }
    package func changeFlags(_ change: FlagChange, of uids: UIDSet) async throws(StoreError) -> [MessageRecord] { [] }
    package func copy(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
        throw .nonExistent
    }
    package func expunge(_ uids: UIDSet) async throws(StoreError) -> UIDSet { UIDSet() }
    package func close() async throws(StoreError) {}
}
