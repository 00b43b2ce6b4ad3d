/// One thing a store does wrong, and the rule that has to say so.
enum Fault: String, CaseIterable, Sendable {
    // Names
    case foldsNames = "name-case"
    case makesMissing = "missing-mailbox"
    case deletesChildren = "delete-keeps-children"
    case repeatsUIDValidity = "recreate-uidvalidity"
    case losesSubscriptions = "subscription-survives-delete"
    case losesRenamedSubscriptions = "subscription-survives-rename"
    case forgetsSpecialUse = "special-use-kept"
    // Arrivals
    case reusesUIDs = "uid-not-reused"
    case showsUncommitted = "append-invisible"
    case keepsCancelled = "append-cancelled"
    case losesZones = "append-date"
    case datesByAnotherClock = "append-store-date"
    case mixesUpDigests = "digest-own"
    case claimsRecentReadOnly = "recent-readonly"
    case claimsRecentTwice = "recent-claimed"
    // Reading
    case ordersRecordsBackwards = "messages-ascending"
    case countsNoCarriageReturns = "body-size"
    case readsTooMuch = "body-pieces"
    case readsBeyondTheEnd = "body-end"
    // Changing
    case returnsUnchanged = "flags-returned"
    case readsThenReplaces = "concurrent-flags"
    case expungesWithoutDeleted = "expunge-deleted-only"
    case expungesUnnamed = "expunge-named-only"
    case forgetsKeywordsInCopies = "copy-same"
    case copiesBackwards = "copy-order"
    case copiesPartially = "copy-all-or-none"
    case movesByCopyAndExpunge = "move-whole"
    case keepsModSequence = "modseq-flags"
    case ignoresUnchangedSince = "unchanged-since"
    case checksUnchangedSinceFirst = "unchanged-since-race"
    // Telling
    case missesFlagChanges = "changes-flags"
    case missesExpunges = "changes-vanished"
    case trustsTokens = "changes-unknown-token"
    case wakesNobody = "wake-on-change"
    case wakesTheEnded = "wake-not-after-close"
    // Quota
    case ignoresQuota = "quota-messages"
    case appendsPartially = "quota-all-or-none"
    case keepsOldLimits = "quota-set"
    // Identifiers
    case callsMailboxesByName = "mailboxid-rename"
    case callsNewMailboxesAsOld = "mailboxid-distinct"
    case callsByFlags = "emailid-same"
    case callsByUID = "emailid-distinct"
    case callsCopiesAnew = "emailid-copy"
    case callsThreadsAsMessages = "threadid-own"
    case callsAnewAtRestart = "restart-objectids"
    // Annotations
    case dropsAnnotationsOnRename = "annotation-rename"
    case keepsAnnotationsOfDeleted = "annotation-delete"
    case forgetsAnnotationsOfInbox = "annotation-rename-inbox"
    case showsPrivateAnnotations = "annotation-users-apart"
    case mixesPrivateAndShared = "annotation-shared"
    case annotatesPartially = "annotation-all-or-none"
    case foldsNoEntryNames = "annotation-name-case"
    case keepsRemovedAnnotations = "annotation-removed"
    case cutsValuesAtNUL = "annotation-octets"
    case letsAnybodyBeAdmin = "annotation-admin"
    case tellsOwnAnnotations = "annotation-news"
    case tellsPrivateAnnotations = "annotation-news-shared"
    case forgetsAnnotationsAtRestart = "restart-annotations"
    // Sessions
    case staysOpen = "closed-account-refuses"
    case leaksMailboxes = "users-apart"
    case forgetsAtRestart = "restart-subscriptions"

    /// The identifier of the rule that convicts it.
    var rule: String { rawValue }
}
