import IMAPHost
import IMAPTypes

/// A change of more than one mailbox: enough to end it, or to leave nothing of it, after a crash anywhere within.
enum JournalEntry: Equatable {
    /// Messages of one mailbox become messages of another one: those whose files in its `tmp` are called so.
    case move(from: MailboxName, validity: UIDValidity, uids: UIDSet, to: MailboxName, names: [[UInt8]])
    /// Mailboxes get other names, in this order; some get another UIDVALIDITY.
    case rename([Renaming])
    /// The messages of INBOX become those of a new mailbox, which is made under another name first.
    case renameInbox(uids: UIDSet, validity: UIDValidity, directory: [UInt8], to: MailboxName)

    struct Renaming: Equatable {
        let old: MailboxName
        let new: MailboxName
        let validity: UIDValidity?
    }

    var octets: [UInt8] {
        var writer = OctetWriter()
        func put(_ uids: UIDSet) {
            writer.put(number: UInt64(uids.ranges.runs.count))
            for run in uids.ranges.runs {
                writer.put(number: UInt64(run.lower))
                writer.put(number: UInt64(run.upper))
            }
        }
        switch self {
        case .move(let source, let validity, let uids, let target, let names):
            writer.put(1)
            writer.put(string: source.octets)
            writer.put(number: UInt64(validity.rawValue))
            put(uids)
            writer.put(string: target.octets)
            writer.put(number: UInt64(names.count))
            for name in names { writer.put(string: name) }
        case .rename(let renamings):
            writer.put(2)
            writer.put(number: UInt64(renamings.count))
            for renaming in renamings {
                writer.put(string: renaming.old.octets)
                writer.put(string: renaming.new.octets)
                writer.put(number: UInt64(renaming.validity?.rawValue ?? 0))
            }
        case .renameInbox(let uids, let validity, let directory, let target):
            writer.put(3)
            put(uids)
            writer.put(number: UInt64(validity.rawValue))
            writer.put(string: directory)
            writer.put(string: target.octets)
        }
        return writer.octets
    }

    init(_ octets: [UInt8]) throws(Failure) {
        var reader = OctetReader(octets)
        switch try reader.octet() {
        case 1:
            self = .move(
                from: try JournalEntry.name(&reader), validity: try JournalEntry.validity(&reader),
                uids: try JournalEntry.uids(&reader), to: try JournalEntry.name(&reader),
                names: try JournalEntry.strings(&reader))
        case 2:
            var renamings: [Renaming] = []
            for _ in 0..<(try reader.count()) {
                renamings.append(
                    Renaming(
                        old: try JournalEntry.name(&reader), new: try JournalEntry.name(&reader),
                        validity: UIDValidity(try reader.number32())))
            }
            self = .rename(renamings)
        case 3:
            self = .renameInbox(
                uids: try JournalEntry.uids(&reader), validity: try JournalEntry.validity(&reader),
                directory: try reader.string(), to: try JournalEntry.name(&reader))
        default: throw .damaged
        }
    }

    private static func name(_ reader: inout OctetReader) throws(Failure) -> MailboxName {
        guard let name = MailboxName(try reader.string()) else { throw .damaged }
        return name
    }

    private static func validity(_ reader: inout OctetReader) throws(Failure) -> UIDValidity {
        guard let validity = UIDValidity(try reader.number32()) else { throw .damaged }
        return validity
    }

    private static func strings(_ reader: inout OctetReader) throws(Failure) -> [[UInt8]] {
        var strings: [[UInt8]] = []
        for _ in 0..<(try reader.count()) { strings.append(try reader.string()) }
        return strings
    }

    private static func uids(_ reader: inout OctetReader) throws(Failure) -> UIDSet {
        var runs: [NumberRanges.Run] = []
        for _ in 0..<(try reader.count()) {
            runs.append(NumberRanges.Run(try reader.number32(), try reader.number32()))
        }
        return UIDSet(ranges: NumberRanges(merging: runs))
    }
}

/// The file `imap-journal` of a user: the one change of several mailboxes that is going on, or nothing.
///
/// Written and read with the user's lock: what is in it when the lock has just been taken was left by a process that
/// died. An entry that is not complete was never begun.
struct Journal {
    private let path: Path
    private let root: Path
    private let files: Files
    private static let headLength = 4
    /// The most octets of an entry that is read: a move of some ten million messages.
    private static let limit = 1 << 30

    init(in root: Path, _ files: Files) {
        path = root.entry("imap-journal")
        self.root = root
        self.files = files
    }

    func isPending() throws(Failure) -> Bool { try (files.statusIfPresent(path)?.size ?? 0) > 0 }

    func pending() throws(Failure) -> JournalEntry? {
        guard try isPending(), let octets = try SmallFile.read(path, files, limit: Journal.limit),
            octets.count > Journal.headLength
        else { return nil }
        let payload = Array(octets[Journal.headLength...])
        let checksum = (0..<Journal.headLength).reduce(UInt32(0)) { $0 | UInt32(octets[$1]) << UInt32($1 * 8) }
        guard checksum == Checksum.of(payload) else { return nil }
        return try? JournalEntry(payload)
    }

    func write(_ entry: JournalEntry) throws(Failure) {
        let isNew = try !files.exists(path)
        let file = try files.openOrCreate(path)
        let payload = entry.octets
        let checksum = Checksum.of(payload)
        let octets = [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: checksum >> $0) } + payload
        guard octets.count <= Journal.limit else { throw .refused(.limit) }
        try files.truncate(file, to: 0)
        do throws(Failure) {
            try files.write(octets, to: file, at: 0)
            try files.sync(file)
            if isNew { try files.syncDirectory(root) }
        } catch {
            try? files.truncate(file, to: 0)
            throw error
        }
    }

    func clear() throws(Failure) {
        guard try isPending() else { return }
        try files.truncate(files.openForWriting(path), to: 0)
    }
}
