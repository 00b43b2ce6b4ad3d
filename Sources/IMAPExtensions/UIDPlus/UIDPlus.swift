import IMAPCodec
import IMAPHost
import IMAPParser
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// UIDPLUS, RFC 4315: UID EXPUNGE, and the UIDs that APPEND, COPY and MOVE gave.
    public static let uidPlus = IMAPExtension("UIDPLUS") { registry in
        registry.advertise("UIDPLUS", in: .any)
        registry.add(UIDExpungeCommand.self)
        registry.add(replyCode: code)
    }

    /// `APPENDUID` and `COPYUID` (RFC 4315 section 3). Nothing copied has no code.
    ///
    /// ```abnf
    /// resp-code-apnd = "APPENDUID" SP nz-number SP append-uid
    /// resp-code-copy = "COPYUID" SP nz-number SP uid-set SP uid-set
    /// ```
    private static func code(_ work: FinishedWork) -> ResponseCode? {
        switch work {
        case .appended(let messages):
            guard !messages.uids.isEmpty else { return nil }
            return ResponseCode(
                "APPENDUID", [.number(UInt64(messages.uidValidity.rawValue)), .uids(messages.uids)])
        case .copied(let messages):
            guard !messages.source.isEmpty, messages.source.count == messages.destination.count else { return nil }
            return ResponseCode(
                "COPYUID",
                [
                    .number(UInt64(messages.uidValidity.rawValue)), .uids(messages.source),
                    .uids(messages.destination),
                ])
        case .told, .created: return nil
        }
    }
}

/// `UID EXPUNGE` (RFC 4315 section 2.1)
///
/// ```abnf
/// uid-expunge = "UID" SP "EXPUNGE" SP sequence-set
/// ```
struct UIDExpungeCommand: Command {
    static let facts = CommandFacts(
        "EXPUNGE", in: .selected, forms: .uidOnly, expunge: .permitted, right: .expunge, literals: .none)

    let set: MessageSet

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        set = try arguments.messageSet(grammar)
        try arguments.end()
    }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let uids = try context.messages(set, .uids)
        try await context.expunge(uids)
        return .ok("UID EXPUNGE completed")
    }
}
