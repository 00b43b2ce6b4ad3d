import IMAPCodec
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// SEARCHRES, RFC 5182: `SEARCH RETURN (SAVE)` keeps what it found, and `$` stands for it in every set of messages.
    public static let searchResult = IMAPExtension("SEARCHRES", requiring: ["ESEARCH"]) { registry in
        registry.advertise("SEARCHRES", in: .any)
        registry.add(state: SavedResult.self)
        registry.add(searchReturnOption: SaveOption.self)
        registry.add(setAtom: 0x24) { context in context.read(SavedResult.self).uids }
    }
}

/// The search result variable. It ends with the selection: a mailbox selected anew, or with a new UIDVALIDITY, has an
/// empty one (RFC 5182 section 2.1).
///
/// Of UIDs, so that no expunge shifts it; one that is gone names nothing.
struct SavedResult: ConnectionState {
    static let scope = Scope.selection
    var uids: UIDSet

    static func fresh() -> SavedResult { SavedResult(uids: UIDSet()) }

    consuming func end() -> Ending { .drop }
}

/// `SAVE`: what the other options return, or everything that was found when they return nothing (RFC 5182 section 2.4).
struct SaveOption: SearchReturnOption, ArgumentlessOption {
    static let name: Keyword = "SAVE"

    var extent: SearchExtent { .nothing }
    var isAnswered: Bool { false }

    func finish(_ result: SearchResult, _ context: inout Context) async throws(CommandFailure) {
        context.write(SavedResult(uids: result.returned))
    }

    func fail(_ context: inout Context) { context.write(SavedResult.fresh()) }
}
