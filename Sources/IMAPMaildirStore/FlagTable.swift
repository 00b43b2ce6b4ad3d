import IMAPTypes

/// The flags of one message: a bit for each row of its mailbox's ``FlagTable``.
typealias FlagBits = UInt64

/// The flags known in one mailbox, and how many messages have each.
///
/// The five of RFC 9051 come first and stay; they are in the files' names. A keyword gets a row when it is first set;
/// when all are taken, one that no message has any more gives up its own.
struct FlagTable: Sendable {
    private(set) var flags: [Flag] = FlagTable.system
    private var rows: [Flag: Int] = FlagTable.systemRows
    private var counts = [Int](repeating: 0, count: FlagBits.bitWidth)

    static let answered: FlagBits = 1 << 0
    static let flagged: FlagBits = 1 << 1
    static let deleted: FlagBits = 1 << 2
    static let seen: FlagBits = 1 << 3
    static let draft: FlagBits = 1 << 4
    /// The flags that a file's name says.
    static let inName: FlagBits = 0x1F

    /// The rows there can be: 5 and 59 keywords.
    static let capacity = FlagBits.bitWidth
    static let system: [Flag] = [.answered, .flagged, .deleted, .seen, .draft]
    private static let systemRows = Dictionary(system.enumerated().map { ($1, $0) }) { first, _ in first }

    var deletedCount: Int { counts[2] }
    var seenCount: Int { counts[3] }

    /// Whether a keyword that is not known can still be set.
    var hasRoom: Bool { flags.count < FlagTable.capacity || freeRow(except: 0) != nil }

    /// The bits of those of `flags` that are known.
    func known(_ flags: [Flag]) -> FlagBits {
        flags.reduce(0) { bits, flag in bits | (rows[flag].map { 1 << FlagBits($0) } ?? 0) }
    }

    /// The flags of `bits`, in the table's order.
    func flags(of bits: FlagBits) -> [Flag] {
        var result: [Flag] = []
        result.reserveCapacity(bits.nonzeroBitCount)
        var rest = bits
        while rest != 0 {
            let row = rest.trailingZeroBitCount
            if row < flags.count { result.append(flags[row]) }
            rest &= rest - 1
        }
        return result
    }

    /// Notes that a message with the flags `old` has the flags `new` now.
    mutating func recount(from old: FlagBits, to new: FlagBits) {
        var rest = old ^ new
        while rest != 0 {
            let row = rest.trailingZeroBitCount
            counts[row] += (new >> FlagBits(row)) & 1 == 1 ? 1 : -1
            rest &= rest - 1
        }
    }

    /// The row for a keyword that is not known: the next one, or one that no message uses and that is not in
    /// `reserved`.
    func row(forNew keyword: Flag, reserved: FlagBits) -> Int? {
        flags.count < FlagTable.capacity ? flags.count : freeRow(except: reserved)
    }

    func row(of flag: Flag) -> Int? { rows[flag] }

    /// Gives a row to a keyword. Throws ``Failure/damaged`` for a row that cannot be one.
    mutating func set(_ keyword: Flag, at row: Int) throws(Failure) {
        guard row >= FlagTable.system.count, row <= flags.count, row < FlagTable.capacity, !keyword.isSystem,
            rows[keyword] == nil
        else { throw .damaged }
        if row == flags.count {
            flags.append(keyword)
        } else {
            rows[flags[row]] = nil
            flags[row] = keyword
        }
        rows[keyword] = row
    }

    private func freeRow(except reserved: FlagBits) -> Int? {
        (FlagTable.system.count..<flags.count).first { counts[$0] == 0 && (reserved >> FlagBits($0)) & 1 == 0 }
    }
}
