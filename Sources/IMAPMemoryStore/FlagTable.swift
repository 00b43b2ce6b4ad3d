import IMAPHost
import IMAPTypes

/// The flags of one message: a bit for each row of its mailbox's ``FlagTable``.
typealias FlagBits = UInt64

/// The flags known in one mailbox, and how many messages have each.
///
/// The five of RFC 9051 come first and stay. A keyword gets the next row when it is first set; when all rows are
/// taken, one that no message has any more gives up its row, and when there is none the store's limit is reached.
struct FlagTable: Sendable {
    private(set) var flags: [Flag] = FlagTable.system
    private var rows: [Flag: Int] = FlagTable.systemRows
    private var counts = [Int](repeating: 0, count: FlagTable.system.count)

    /// The rows there can be: 5 and 59 keywords.
    static let capacity = FlagBits.bitWidth

    static let deleted: FlagBits = 1 << 2
    static let seen: FlagBits = 1 << 3
    private static let system: [Flag] = [.answered, .flagged, .deleted, .seen, .draft]
    /// Shared by all tables without keywords.
    private static let systemRows: [Flag: Int] = [.answered: 0, .flagged: 1, .deleted: 2, .seen: 3, .draft: 4]

    /// The messages that have `\Deleted`.
    var deletedCount: Int { counts[2] }
    /// The messages that have `\Seen`.
    var seenCount: Int { counts[3] }

    /// The bits that may be changed with these rights (RFC 4314 section 4).
    static func bits(permittedBy rights: AccessRights) -> FlagBits {
        var bits: FlagBits = rights.contains(.write) ? ~(deleted | seen) : 0
        if rights.contains(.deleteMessages) { bits |= deleted }
        if rights.contains(.seen) { bits |= seen }
        return bits
    }

    /// Whether a keyword that is not known can still be set.
    var hasRoom: Bool { flags.count < FlagTable.capacity || unusedRow(except: 0) != nil }

    /// The bits of those of `flags` that are known.
    func known(_ flags: [Flag]) -> FlagBits {
        var bits: FlagBits = 0
        for flag in flags {
            if let row = rows[flag] { bits |= 1 << FlagBits(row) }
        }
        return bits
    }

    /// The bits of `flags`; unknown keywords get a row, unknown backslash flags are left out.
    ///
    /// Rows of `reserved` are in use though no message has them yet. Throws ``StoreError/limit`` when no row is free.
    mutating func bits(_ flags: [Flag], reserved: FlagBits = 0) throws(StoreError) -> FlagBits {
        var bits: FlagBits = 0
        for flag in flags {
            if let row = rows[flag] {
                bits |= 1 << FlagBits(row)
            } else if !flag.isSystem {
                bits |= 1 << FlagBits(try add(flag, reserved: reserved | bits))
            }
        }
        return bits
    }

    /// The flags of `bits`, in the table's order.
    func flags(of bits: FlagBits) -> [Flag] {
        var result: [Flag] = []
        result.reserveCapacity(bits.nonzeroBitCount)
        var rest = bits
        while rest != 0 {
            result.append(flags[rest.trailingZeroBitCount])
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

    private mutating func add(_ keyword: Flag, reserved: FlagBits) throws(StoreError) -> Int {
        let row: Int
        if flags.count < FlagTable.capacity {
            row = flags.count
            flags.append(keyword)
            counts.append(0)
        } else if let unused = unusedRow(except: reserved) {
            row = unused
            rows[flags[row]] = nil
            flags[row] = keyword
        } else {
            throw .limit
        }
        rows[keyword] = row
        return row
    }

    private func unusedRow(except reserved: FlagBits) -> Int? {
        (FlagTable.system.count..<flags.count).first { row in
            counts[row] == 0 && (reserved >> FlagBits(row)) & 1 == 0
        }
    }
}

/// The last sets of flags of one table that were spelled out: few are different ones among many messages.
struct SpelledFlags {
    private var last: (bits: FlagBits, flags: [Flag]) = (0, [])
    /// Made for the second set.
    private var slots: [(bits: FlagBits, flags: [Flag])] = []

    mutating func flags(of bits: FlagBits, _ table: FlagTable) -> [Flag] {
        guard bits != 0 else { return [] }
        if bits == last.bits { return last.flags }
        if last.bits == 0 {
            last = (bits, table.flags(of: bits))
            return last.flags
        }
        if slots.isEmpty { slots = Array(repeating: (0, []), count: 64) }
        let hash = bits &* 0x9E37_79B9_7F4A_7C15  // Of a hash, what overflows is not wanted.
        let slot = Int(truncatingIfNeeded: hash >> 58)
        if slots[slot].bits != bits { slots[slot] = (bits, table.flags(of: bits)) }
        last = slots[slot]
        return last.flags
    }
}

extension FlagChange {
    /// What is left of the change with these rights; `nil` when that is nothing of something.
    func permitted(by rights: AccessRights) -> FlagChange? {
        func permitted(_ flags: [Flag]) -> [Flag]? {
            let left = flags.filter(rights.permits)
            return left.isEmpty && !flags.isEmpty ? nil : left
        }
        switch self {
        case .add(let flags): return permitted(flags).map { .add($0) }
        case .remove(let flags): return permitted(flags).map { .remove($0) }
        case .replace(let flags):
            // All flags are named by it, those that go and those that come.
            guard FlagTable.bits(permittedBy: rights) != 0 else { return nil }
            return permitted(flags).map { .replace($0) }
        }
    }
}
