public import IMAPCodec
public import IMAPHost
public import IMAPTypes

// What extensions bring into the base commands: options behind a name, items, and codes.

/// An option of SELECT and EXAMINE.
public protocol SelectOption: OptionSyntax {
    /// Before the mailbox is opened.
    func begin(_ context: inout Context) async throws(CommandFailure)

    /// Behind the mailbox's own responses, before the tagged OK.
    func opened(_ mailbox: OpenMailbox, _ context: inout Context) async throws(CommandFailure)
}

extension SelectOption {
    public func begin(_ context: inout Context) async throws(CommandFailure) {}
    public func opened(_ mailbox: OpenMailbox, _ context: inout Context) async throws(CommandFailure) {}
}

/// An option of CREATE: it makes the mailbox in its own way.
public protocol CreateOption: OptionSyntax {
    func create(_ name: MailboxName, in account: any Account) async throws(StoreError)
}

/// What a FETCH is about to answer.
public struct FetchRequest: Sendable {
    /// The messages that are in the mailbox.
    public var uids: UIDSet
    public var items: [any FetchItem]
    public let numbering: MessageNumbering
    /// The messages as the client named them, there or not.
    public let set: MessageSet
    /// Everything that the command asks for behind its items.
    public let modifiers: [any FetchModifier]
}

/// A modifier of FETCH.
public protocol FetchModifier: OptionSyntax {
    /// What must be read of each message.
    var columns: MessageColumns { get }

    /// Before anything is answered. May narrow the messages and add items.
    func begin(_ request: inout FetchRequest, _ context: inout Context) async throws(CommandFailure)

    /// Whether this message is answered.
    func admits(_ record: MessageRecord) -> Bool
}

extension FetchModifier {
    public var columns: MessageColumns { [] }
    public func begin(_ request: inout FetchRequest, _ context: inout Context) async throws(CommandFailure) {}
    public func admits(_ record: MessageRecord) -> Bool { true }
}

/// A modifier of STORE: it changes the flags in its own way.
public protocol StoreModifier: OptionSyntax {
    /// Before anything is changed.
    func begin(_ context: inout Context) async throws(CommandFailure)

    /// Changes the flags in place of ``/IMAPHost/Mailbox/changeFlags(_:of:)``.
    func change(_ change: FlagChange, of uids: UIDSet, in mailbox: any Mailbox) async throws(StoreError)
        -> ConditionalChange

    /// The code of the tagged OK when messages were left alone, named as the client named them.
    func code(refusedNumbers: SequenceNumberSet) -> ResponseCode
    func code(refusedUIDs: UIDSet) -> ResponseCode
}

/// Work that is done, for codes in the tagged reply.
public enum FinishedWork: Sendable {
    case appended(AppendedMessages)
    /// Copied or moved.
    case copied(CopiedMessages)
    /// Everything that happened in the selected mailbox up to this mod-sequence was told. Asked for in a mode with
    /// ``/IMAPCodec/ModeTraits/resynchronizes``, where messages vanished and where the client may know a greater one.
    case told(upTo: ModSequence)
    /// A mailbox was made. What an account that is an ``/IMAPHost/IdentifiedAccount`` calls it.
    case created(ObjectID?)
}

extension ExtensionRegistry {
    /// Adds an option of SELECT and EXAMINE.
    public mutating func add(selectOption: any SelectOption.Type) { add(option: selectOption, in: .select) }

    /// Adds an option of CREATE.
    public mutating func add(createOption: any CreateOption.Type) { add(option: createOption, in: .create) }

    /// Adds a modifier of FETCH.
    public mutating func add(fetchModifier: any FetchModifier.Type) { add(option: fetchModifier, in: .fetch) }

    /// Adds a modifier of STORE.
    public mutating func add(storeModifier: any StoreModifier.Type) { add(option: storeModifier, in: .store) }

    mutating func add(option: any OptionSyntax.Type, in place: OptionPlace) {
        // Two extensions may add the same one.
        if let before = grammar.options.add(option, in: place), before != option {
            problems.append(.duplicateOption(option.name))
        }
    }

    /// Adds responses to those of SELECT and EXAMINE.
    public mutating func add(
        selectResponses: @escaping @Sendable (OpenMailbox, inout Context) -> Void
    ) {
        self.selectResponses.append(selectResponses)
    }

    /// Changes the responses that tell of messages while a mode is on.
    public mutating func add(rewrite: ResponseRewrite) { rewrites.append(rewrite) }

    /// Adds a code to the tagged OK behind finished work. The first that has one gives it.
    public mutating func add(replyCode: @escaping @Sendable (FinishedWork) -> ResponseCode?) {
        replyCodes.append(replyCode)
    }

    /// Gives an octet the meaning of a set of messages, wherever a set of numbers may stand.
    public mutating func add(setAtom octet: UInt8, _ messages: @escaping @Sendable (borrowing Context) -> UIDSet) {
        if !grammar.setAtoms.contains(octet) { grammar.setAtoms.append(octet) }
        if setAtoms.updateValue(messages, forKey: octet) != nil { problems.append(.duplicateSetAtom(octet)) }
    }

    /// Needs accounts that conform to a refinement: `requireAccount("QUOTA") { $0 is any QuotaAccount.Type }`.
    public mutating func requireAccount(
        _ name: Keyword, _ holds: @escaping @Sendable (any Account.Type) -> Bool
    ) {
        storeRequirements.append(StoreRequirement(name: name, isMet: { holds($0.accountType) }))
    }

    /// Needs mailboxes that conform to a refinement: `requireMailbox("MOVE") { $0 is any MovableMailbox.Type }`.
    public mutating func requireMailbox(
        _ name: Keyword, _ holds: @escaping @Sendable (any Mailbox.Type) -> Bool
    ) {
        storeRequirements.append(StoreRequirement(name: name, isMet: { holds($0.mailboxType) }))
    }
}

/// Something a store must be able to do.
struct StoreRequirement: Sendable {
    let name: Keyword
    let isMet: @Sendable (any MailStore) -> Bool
}

extension Context {
    /// The code that an extension puts behind finished work.
    public mutating func replyCode(for work: FinishedWork) -> ResponseCode? {
        noteOwnArrivals(work)
        for code in channel.tables.replyCodes {
            if let found = code(work) { return found }
        }
        return nil
    }

    /// Remembers which messages this session put into the selected mailbox itself.
    private mutating func noteOwnArrivals(_ work: FinishedWork) {
        let (uidValidity, uids): (UIDValidity, UIDSet)
        switch work {
        case .appended(let appended): (uidValidity, uids) = (appended.uidValidity, appended.uids)
        case .copied(let copied): (uidValidity, uids) = (copied.uidValidity, copied.destination)
        case .created, .told: return
        }
        change { if $0.uidValidity == uidValidity { $0.noteOwnArrivals(uids) } }
    }
}
