import IMAPCodec
import IMAPSession
import IMAPTypes

extension ExtensionRegistry {
    /// IMAP4rev1's own commands, put in by the mechanism that every extension uses.
    mutating func addBaseCommands() {
        advertise("IMAP4rev1", in: .any)
        advertise { session in
            guard session.phase == .notAuthenticated else { return [] }
            var list: [Capability] = []
            if session.connection.canStartTLS, session.connection.tls == nil { list.append("STARTTLS") }
            if !session.allowsPlaintext { list.append("LOGINDISABLED") }
            return list
        }
        add(state: EnabledModes.self)
        add(state: ActiveCollation.self)
        add(state: ActiveLanguage.self)
        add(state: UnaskedNews.self)
        add(state: CountedSession.self)
        add(CapabilityCommand.self)
        add(NoopCommand.self)
        add(LogoutCommand.self)
        add(StartTLSCommand.self)
        add(AuthenticateCommand.self)
        add(LoginCommand.self)
        add(ListCommand.self)
        add(LsubCommand.self)
        add(CreateCommand.self)
        add(DeleteCommand.self)
        add(RenameCommand.self)
        add(SubscribeCommand.self)
        add(UnsubscribeCommand.self)
        add(SelectCommand.self)
        add(ExamineCommand.self)
        add(StatusCommand.self)
        add(AppendCommand.self)
        add(CheckCommand.self)
        add(CloseCommand.self)
        add(ExpungeCommand.self)
        add(FetchCommand.self)
        add(StoreCommand.self)
        add(CopyCommand.self)
        add(SearchCommand.self)
        add(fetchItem: FlagsItem.self)
        add(fetchItem: UIDItem.self)
        add(fetchItem: InternalDateItem.self)
        add(fetchItem: SizeItem.self)
        add(fetchItem: EnvelopeItem.self)
        add(fetchItem: StructureItem.self)
        add(fetchItem: BodyItem.self)
        add(fetchItem: RFC822Item.self)
        add(searchKey: FlagKey.self)
        add(searchKey: KeywordKey.self)
        add(searchKey: RecentKey.self)
        add(searchKey: InternalDateKey.self)
        add(searchKey: SentDateKey.self)
        add(searchKey: TextKey.self)
        add(searchKey: SizeKey.self)
        add(fetchMacro: "FAST", for: ["FLAGS", "INTERNALDATE", "RFC822.SIZE"])
        add(fetchMacro: "ALL", for: ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"])
        add(fetchMacro: "FULL", for: ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"])
        for item in BaseStatusItem.all { add(statusItem: item) }
    }
}
