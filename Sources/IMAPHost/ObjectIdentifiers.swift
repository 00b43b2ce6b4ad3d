public import IMAPTypes

/// An account whose mailboxes have identifiers (OBJECTID, RFC 8474 section 4): ``MailboxStatus/mailboxID`` and
/// ``OpenMailbox/mailboxID`` are never `nil`.
///
/// A name with one UIDVALIDITY always has the same identifier, and a mailbox that is renamed keeps it, even where it
/// gets another UIDVALIDITY. No two mailboxes of an account have the same one at a time, and none gets that of another
/// mailbox whose messages it does not have: the mailbox that RENAME makes of INBOX is a new one.
public protocol IdentifiedAccount: Account {
    /// The identifier of a mailbox, of one with `\Noselect` too. Throws ``StoreError/nonExistent``.
    func mailboxID(of name: MailboxName) async throws(StoreError) -> ObjectID
}

/// A mailbox whose messages have identifiers (OBJECTID, RFC 8474 section 5).
///
/// ``MessageRecord/emailID`` is not `nil` when asked for. It names what cannot change of a message, its octets and its
/// date: a message keeps it, a copy has that of its original, and so has a message that was moved. Two messages with
/// the same one are the same but for flags.
///
/// ``MessageRecord/threadID`` is `nil` for every message, or never: messages that belong together have the same one, in
/// whatever mailboxes of the account they are. It never changes once it was told; messages with the same
/// ``MessageRecord/emailID`` have the same one. No thread is called as a message is.
///
/// Identifiers outlive sessions and restarts.
public protocol IdentifiedMailbox: Mailbox {}
