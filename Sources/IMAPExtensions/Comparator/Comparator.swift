import IMAPCodec
public import IMAPParser
public import IMAPServer
import IMAPSession
import IMAPTypes

extension CountLimit {
    /// Comparators that one COMPARATOR names. More is BAD.
    public static let comparators = CountLimit("comparators", standard: 100)
}

extension IMAPExtension {
    /// I18NLEVEL=2, RFC 5255 section 4: clients choose how SEARCH, SORT and THREAD compare texts, by COMPARATOR.
    ///
    /// There are `i;unicode-casemap`, which is the default, `i;ascii-casemap` and `i;octet`. A choice lasts until the
    /// login ends. Searches that are kept up to date stay with the comparator they began with.
    public static let i18nLevel2 = IMAPExtension("I18NLEVEL") { registry in
        registry.advertise("I18NLEVEL=2", in: .any)
        registry.add(ComparatorCommand.self)
    }

    /// I18NLEVEL=1, in place of ``i18nLevel2``: texts are compared by `i;unicode-casemap`, and there is no choice. A
    /// server advertises one level (RFC 5255 section 4.3), so the two have one name and cannot be in one list.
    public static let i18nLevel1 = IMAPExtension("I18NLEVEL") { registry in
        registry.advertise("I18NLEVEL=1", in: .any)
    }
}

/// `COMPARATOR` (RFC 5255 section 4.7)
///
/// ```abnf
/// comparator-cmd  = "COMPARATOR" *(SP comp-order-quoted)
/// comparator-data = "COMPARATOR" SP comp-sel-quoted [SP "(" comp-id-quoted *(SP comp-id-quoted) ")"]
/// ```
struct ComparatorCommand: Command {
    static let facts = CommandFacts(
        "COMPARATOR", in: .loggedIn, forms: .plain, expunge: .permitted, right: .none, literals: .buffered)

    /// What the client would have, the best first. Without any it asks for the active comparator.
    let choices: [ComparatorChoice]

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        var choices: [ComparatorChoice] = []
        while arguments.take(ASCII.space) {
            guard choices.count < arguments.limits[.comparators] else { throw arguments.error(.limit) }
            guard let choice = ComparatorChoice(try arguments.astring()) else { throw arguments.error(.unexpected) }
            choices.append(choice)
        }
        self.choices = choices
        try arguments.end()
    }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let matches = choices.map { $0.matches }
        if !choices.isEmpty {
            guard let first = matches.first(where: { !$0.isEmpty }) else {
                throw .no(ResponseCode("BADCOMPARATOR"), "No such comparator")
            }
            context.collation = first[0]
        }
        let active = context.collation
        let all = Collation.all.filter { one in matches.joined().contains { $0.name == one.name } }
        context.respondComparator(
            Array(((active.isReversed ? "-" : "") + active.name).utf8),
            matches: all.count > 1 ? all.map { Array($0.name.utf8) } : [])
        return .ok("COMPARATOR completed")
    }
}

extension Context {
    /// `* COMPARATOR active (match match)` (section 4.8)
    mutating func respondComparator(_ active: [UInt8], matches: [[UInt8]]) {
        respond("COMPARATOR") { writer in
            writer.space()
            writer.astring(active)
            guard !matches.isEmpty else { return }
            writer.space()
            writer.list(matches) { writer, name in writer.astring(name) }
        }
    }
}

/// One argument of COMPARATOR: a comparator's name, perhaps with wildcards (RFC 4790 section 3).
///
/// ```abnf
/// collation-order = ["+" / "-"] collation-wild
/// collation-wild  = ("*" / (ALPHA ["*"])) *(collation-char ["*"])   ; at most 254 octets
/// collation-char  = ALPHA / DIGIT / "-" / ";" / "=" / "."
/// ```
struct ComparatorChoice: Sendable, Hashable {
    /// The octets between the wildcards.
    private let pieces: [[UInt8]]
    private let isReversed: Bool

    private static let longest = 254
    private static let special: Set<UInt8> = [0x2D, 0x3B, 0x3D, 0x2E]

    /// `nil` where the grammar is not followed.
    init?(_ argument: [UInt8]) {
        var pattern = argument[...]
        isReversed = pattern.first == ASCII.minus
        if isReversed || pattern.first == ASCII.plus { pattern = pattern.dropFirst() }
        guard let first = pattern.first, pattern.count <= ComparatorChoice.longest,
            first == ASCII.asterisk || ASCII.isAlpha(first)
        else { return nil }
        var last: UInt8?
        for octet in pattern {
            if octet == ASCII.asterisk {
                guard last != ASCII.asterisk else { return nil }
            } else {
                guard
                    ASCII.isAlpha(octet) || ASCII.isDigit(octet)
                        || ComparatorChoice.special.contains(octet)
                else { return nil }
            }
            last = octet
        }
        pieces = pattern.split(separator: ASCII.asterisk, omittingEmptySubsequences: false).map { Array($0) }
    }

    /// The comparators it may be, the most useful first.
    var matches: [Collation] {
        var found = Collation.all.filter { matches(Array($0.name.utf8)) }
        if pieces.count == 1, ASCII.equalFolded(pieces[0], Array("default".utf8)) { found = [.unicodeCasemap] }
        for index in found.indices { found[index].isReversed = isReversed }
        return found
    }

    /// Whether the pieces stand in `name`, in order: the first at its beginning and the last at its end.
    private func matches(_ name: [UInt8]) -> Bool {
        guard pieces.count > 1 else { return ASCII.equalFolded(pieces[0], name) }
        var position = 0
        for (index, piece) in pieces.enumerated() {
            let last = name.count - piece.count
            guard last >= position else { return false }
            switch index {
            case 0: guard ASCII.equalFolded(Array(name.prefix(piece.count)), piece) else { return false }
            case pieces.count - 1: return ASCII.equalFolded(Array(name.suffix(piece.count)), piece)
            default:
                let found = (position...last).first { ASCII.equalFolded(Array(name[$0..<$0 + piece.count]), piece) }
                guard let found else { return false }
                position = found
            }
            position += piece.count
        }
        return true
    }
}
