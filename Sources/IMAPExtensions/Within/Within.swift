import IMAPCodec
import IMAPHost
import IMAPParser
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// WITHIN, RFC 5032: the search keys `OLDER` and `YOUNGER`, in seconds before now.
    ///
    /// Now is what the store says it is: its clock dates the messages, too. Needs ``/IMAPHost/DatingAccount``.
    public static let within = IMAPExtension("WITHIN") { registry in
        registry.advertise("WITHIN", in: .any)
        registry.requireAccount("WITHIN") { $0 is any DatingAccount.Type }
        registry.add(searchKey: AgeKey.self)
    }
}

/// `OLDER` and `YOUNGER` (RFC 5032 section 3)
///
/// ```abnf
/// search-key =/ ("OLDER" / "YOUNGER") SP nz-number
/// ```
struct AgeKey: SearchKey {
    static let names: [Keyword] = ["OLDER", "YOUNGER"]

    private let isOlder: Bool
    private let interval: UInt32
    /// Seconds since 1970: a message of this moment is both older and younger.
    private var limit: Int64 = 0

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        interval = try arguments.nonZeroNumber()
        isOlder = name == "OLDER"
    }

    var columns: MessageColumns { .internalDate }

    mutating func begin(_ context: inout Context) async throws(CommandFailure) {
        guard let account = try context.account() as? any DatingAccount else {
            throw .no(.cannot, "The mail store does not tell the time")
        }
        limit = account.now.secondsSince1970 - Int64(interval)
    }

    func matches(_ message: SearchedMessage) -> Bool {
        guard let date = message.record.internalDate else { return false }
        return isOlder ? date.secondsSince1970 <= limit : date.secondsSince1970 >= limit
    }
}
