/// Why a store did not do what was asked. Each becomes one tagged NO with its response code (RFC 5530).
public enum StoreError: Error, Hashable, Sendable {
    /// There is no such mailbox, or the user may not know of it: the same answer (R-AZ-2). `[NONEXISTENT]`
    case nonExistent
    /// There is one already. `[ALREADYEXISTS]`
    case alreadyExists
    /// The user may see it, not do this. `[NOPERM]`
    case noPermission
    /// It cannot be done at all, by anyone: a name the store cannot keep. `[CANNOT]`
    case cannot
    /// A name without a mailbox of its own cannot be deleted while there are some below it. `[HASCHILDREN]`
    case hasChildren
    /// The message is gone, expunged elsewhere. Never a tagged reply by itself.
    case expunged
    /// Another program holds it at the moment. `[INUSE]`
    case inUse
    /// `[OVERQUOTA]`
    case overQuota
    /// A message larger than the mailbox takes. `[TOOBIG]`
    case tooBig
    /// A mailbox cannot have the special use that was asked for. `[USEATTR]`
    case useAttribute
    /// Too much for one command, by the store's own limit. `[LIMIT]`
    case limit
    /// The store cannot be reached at the moment. `[UNAVAILABLE]`
    case unavailable
    /// The stored data are damaged. `[CORRUPTION]`. Of one message's octets it is not the end of a FETCH: the message is
    /// left out, the others are answered.
    case corrupt
    /// The store met a bug of its own. `[SERVERBUG]`
    case internalError
}
