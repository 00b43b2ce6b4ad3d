/// What a response says, as far as a rule about the order of responses needs it.
enum ServerResponse: Equatable, Sendable {
    case continuation(text: [UInt8])
    /// `tag` is `nil` for an untagged one.
    case status(StatusKind, tag: [UInt8]?, code: Code?)
    case exists(UInt32)
    case recent(UInt32)
    case expunge(UInt32)
    case fetch(Fetched)
    case vanished(isEarlier: Bool, uids: [ClosedRange<UInt32>])
    case flags
    /// SEARCH, SORT and THREAD, and the largest number they name.
    case numbers(name: String, largest: UInt32)
    case search(Searched)
    case capability
    case enabled([String])
    /// The tags of LANGUAGE, in upper case.
    case language([String])
    /// Any other, by its name.
    case other(String)

    enum StatusKind: String, Sendable {
        case ok = "OK"
        case no = "NO"
        case bad = "BAD"
        case bye = "BYE"
        case preauth = "PREAUTH"
    }

    /// A response code and the numbers in it.
    struct Code: Equatable, Sendable {
        let name: String
        var numbers: [UInt32] = []
    }

    struct Fetched: Equatable, Sendable {
        let number: UInt32
        let isByUID: Bool
        var uid: UInt32?
        /// The names of the items, in upper case, without sections.
        var items: [String] = []
    }

    struct Searched: Equatable, Sendable {
        var tag: [UInt8]?
        /// Whether the numbers are UIDs.
        var isByUID = false
        /// Whether the results are of a mailbox that it names.
        var namesMailbox = false
        var largest: UInt32 = 0
    }
}
