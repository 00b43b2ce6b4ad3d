public import IMAPCodec
import IMAPSession
public import IMAPTypes

/// What a session mode changes in the responses that tell of messages, whichever command they belong to.
///
///     registry.add(rewrite: ResponseRewrite(in: .uidOnly, fetch: "UIDFETCH", expunge: "VANISHED"))
public struct ResponseRewrite: Sendable {
    /// The mode in which it holds.
    public var mode: SessionMode
    /// Whether it holds only for mailboxes that keep mod-sequences.
    public var needsModSequences: Bool
    /// FETCH responses name the message by UID and are called this: `* 25 UIDFETCH (...)`.
    public var fetch: Keyword?
    /// EXPUNGE responses become one, of UIDs, that is called this: `* VANISHED 25,27:30`.
    public var expunge: Keyword?
    /// Items added to each FETCH response that tells of changed flags.
    public var addedItems: [any FetchItem]
    /// Whether the UID is added to each of them, where the response does not name the message by it anyway.
    public var addsUID: Bool
    /// Whether STORE with `.SILENT` is answered with the added items.
    public var answersSilentStore: Bool
    /// Untagged responses and response codes that are not sent: `RECENT`, `UNSEEN`.
    public var omitted: Set<Keyword>

    public init(
        in mode: SessionMode, needingModSequences needsModSequences: Bool = false, fetch: Keyword? = nil,
        expunge: Keyword? = nil, adding addedItems: [any FetchItem] = [], addingUID addsUID: Bool = false,
        answersSilentStore: Bool = false, omitting omitted: Set<Keyword> = []
    ) {
        self.mode = mode
        self.needsModSequences = needsModSequences
        self.fetch = fetch
        self.expunge = expunge
        self.addedItems = addedItems
        self.addsUID = addsUID
        self.answersSilentStore = answersSilentStore
        self.omitted = omitted
    }
}

/// The rewrites that hold in a session, merged: asked once for a command, not for a message.
struct MessageForms: Sendable {
    var fetch: Keyword?
    var expunge: Keyword?
    var addedItems: [any FetchItem] = []
    var addsUID = false
    var answersSilentStore = false
    var omitted: Set<Keyword> = []
}

extension Connection {
    /// How messages are told of in this session.
    var forms: MessageForms {
        var forms = MessageForms()
        guard !tables.rewrites.isEmpty else { return forms }
        let modes = machine.read(EnabledModes.self).modes
        guard !modes.isEmpty else { return forms }
        let keepsModSequences = machine.mailbox?.highestModSequence != nil
        for rewrite in tables.rewrites where modes.contains(rewrite.mode) {
            guard keepsModSequences || !rewrite.needsModSequences else { continue }
            forms.fetch = forms.fetch ?? rewrite.fetch
            forms.expunge = forms.expunge ?? rewrite.expunge
            forms.addedItems += rewrite.addedItems
            if rewrite.addsUID { forms.addsUID = true }
            if rewrite.answersSilentStore { forms.answersSilentStore = true }
            forms.omitted.formUnion(rewrite.omitted)
        }
        return forms
    }
}
