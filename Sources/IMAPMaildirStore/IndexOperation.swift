import IMAPTypes

/// What an index says of a message.
struct IndexedMessage: Hashable, Sendable {
    var uid: UID
    var flags: FlagBits
    var modSequence: UInt64
    /// See ``StoredDate``.
    var date: UInt64
    /// The octets with CRLF at every line's end.
    var size: UInt64
    /// The octets of the file.
    var fileSize: UInt64
    /// The part of the file's name that never changes.
    var base: [UInt8]
    /// Where the digest stands in the mailbox's file of digests.
    var digest: DigestPlace?
}

/// Where a message was first: the mailbox, by its first UIDVALIDITY, and the UID. No two messages of a maildir were
/// ever there, so it is what a message and its copies are called.
struct MessageOrigin: Hashable, Sendable {
    let mailbox: UIDValidity
    let uid: UID

    var emailID: ObjectID? { ObjectID("M\(mailbox.rawValue)-\(uid.rawValue)") }
}

/// One change of a mailbox, as its index keeps it. Applying all of them in order gives the mailbox.
enum IndexOperation: Sendable {
    /// The mailbox's UIDVALIDITY: the first operation of an index, and again when the mailbox gets another one.
    case uidValidity(UIDValidity)
    /// A row of the table of flags.
    case keyword(Flag, row: Int)
    /// New messages, with UIDs from UIDNEXT on. Their files are in `tmp` until they are in `cur`.
    case appeared([IndexedMessage])
    /// These messages have these flags now.
    case flags(FlagBits, UIDSet, modSequence: UInt64)
    /// These messages were removed by us: their files, where one is still there, are to be removed.
    case expunged(UIDSet, modSequence: UInt64)
    /// The files of these messages are gone.
    case vanished(UIDSet, modSequence: UInt64)
    /// The files of all messages expunged before are removed.
    case filesRemoved
    /// No message before this one is recent.
    case recentFrom(UID)
    /// A message that is there already, in an index written anew.
    case kept(IndexedMessage)
    /// What happened, in an index written anew.
    case history(ChangeLog.Row)
    /// Where an index written anew goes on.
    case position(uidNext: UID, highestModSequence: UInt64, floor: UInt64)
    /// The UIDVALIDITY that the mailbox had at first: by it, it is called whatever its name (RFC 8474).
    case identity(UIDValidity)
    /// A message of this mailbox is a copy, and is called as its original.
    case origin(UID, MessageOrigin)

    private enum Code {
        static let uidValidity: UInt8 = 1
        static let keyword: UInt8 = 2
        static let appeared: UInt8 = 3
        static let flags: UInt8 = 4
        static let expunged: UInt8 = 5
        static let vanished: UInt8 = 6
        static let filesRemoved: UInt8 = 7
        static let recentFrom: UInt8 = 8
        static let kept: UInt8 = 9
        static let history: UInt8 = 10
        static let position: UInt8 = 11
        static let identity: UInt8 = 12
        static let origin: UInt8 = 13
    }

    func write(to writer: inout OctetWriter) {
        switch self {
        case .uidValidity(let value):
            writer.put(Code.uidValidity)
            writer.put(number: UInt64(value.rawValue))
        case .keyword(let flag, let row):
            writer.put(Code.keyword)
            writer.put(number: UInt64(row))
            writer.put(string: flag.octets)
        case .appeared(let messages):
            writer.put(Code.appeared)
            writer.put(number: UInt64(messages.count))
            for message in messages { IndexOperation.write(message, to: &writer) }
        case .flags(let bits, let uids, let modSequence):
            writer.put(Code.flags)
            writer.put(number: bits)
            IndexOperation.write(uids, modSequence, to: &writer)
        case .expunged(let uids, let modSequence):
            writer.put(Code.expunged)
            IndexOperation.write(uids, modSequence, to: &writer)
        case .vanished(let uids, let modSequence):
            writer.put(Code.vanished)
            IndexOperation.write(uids, modSequence, to: &writer)
        case .filesRemoved: writer.put(Code.filesRemoved)
        case .recentFrom(let uid):
            writer.put(Code.recentFrom)
            writer.put(number: UInt64(uid.rawValue))
        case .kept(let message):
            writer.put(Code.kept)
            IndexOperation.write(message, to: &writer)
        case .history(let row):
            writer.put(Code.history)
            writer.put(row.kind.rawValue)
            writer.put(number: row.modSequence)
            writer.put(number: UInt64(row.run.lower))
            writer.put(number: UInt64(row.run.upper))
        case .position(let uidNext, let highest, let floor):
            writer.put(Code.position)
            writer.put(number: UInt64(uidNext.rawValue))
            writer.put(number: highest)
            writer.put(number: floor)
        case .identity(let value):
            writer.put(Code.identity)
            writer.put(number: UInt64(value.rawValue))
        case .origin(let uid, let origin):
            writer.put(Code.origin)
            writer.put(number: UInt64(uid.rawValue))
            writer.put(number: UInt64(origin.mailbox.rawValue))
            writer.put(number: UInt64(origin.uid.rawValue))
        }
    }

    init(from reader: inout OctetReader) throws(Failure) {
        switch try reader.octet() {
        case Code.uidValidity:
            self = .uidValidity(try IndexOperation.validity(from: &reader))
        case Code.keyword:
            let row = try reader.number32()
            guard let flag = Flag(try reader.string()) else { throw .damaged }
            self = .keyword(flag, row: Int(row))
        case Code.appeared:
            var messages: [IndexedMessage] = []
            for _ in 0..<(try reader.count()) { messages.append(try IndexOperation.message(from: &reader)) }
            self = .appeared(messages)
        case Code.flags:
            let bits = try reader.number()
            let (uids, modSequence) = try IndexOperation.change(from: &reader)
            self = .flags(bits, uids, modSequence: modSequence)
        case Code.expunged:
            let (uids, modSequence) = try IndexOperation.change(from: &reader)
            self = .expunged(uids, modSequence: modSequence)
        case Code.vanished:
            let (uids, modSequence) = try IndexOperation.change(from: &reader)
            self = .vanished(uids, modSequence: modSequence)
        case Code.filesRemoved: self = .filesRemoved
        case Code.recentFrom: self = .recentFrom(try IndexOperation.uid(from: &reader))
        case Code.kept: self = .kept(try IndexOperation.message(from: &reader))
        case Code.history:
            guard let kind = ChangeLog.Kind(rawValue: try reader.octet()) else { throw .damaged }
            let modSequence = try reader.number()
            let run = NumberRanges.Run(try reader.number32(), try reader.number32())
            self = .history(ChangeLog.Row(modSequence: modSequence, run: run, kind: kind))
        case Code.position:
            let uidNext = try IndexOperation.uid(from: &reader)
            self = .position(
                uidNext: uidNext, highestModSequence: try reader.number(), floor: try reader.number())
        case Code.identity: self = .identity(try IndexOperation.validity(from: &reader))
        case Code.origin:
            let uid = try IndexOperation.uid(from: &reader)
            let mailbox = try IndexOperation.validity(from: &reader)
            self = .origin(uid, MessageOrigin(mailbox: mailbox, uid: try IndexOperation.uid(from: &reader)))
        default: throw .damaged
        }
    }

    private static func validity(from reader: inout OctetReader) throws(Failure) -> UIDValidity {
        guard let value = UIDValidity(try reader.number32()) else { throw .damaged }
        return value
    }

    private static func write(_ message: IndexedMessage, to writer: inout OctetWriter) {
        writer.put(number: UInt64(message.uid.rawValue))
        writer.put(number: message.flags)
        writer.put(number: message.modSequence)
        writer.put(number: message.date)
        writer.put(number: message.size)
        writer.put(number: message.fileSize)
        writer.put(string: message.base)
        writer.put(number: UInt64(message.digest?.length ?? 0))
        if let digest = message.digest { writer.put(number: digest.offset) }
    }

    private static func message(from reader: inout OctetReader) throws(Failure) -> IndexedMessage {
        let uid = try uid(from: &reader)
        var message = IndexedMessage(
            uid: uid, flags: try reader.number(), modSequence: try reader.number(), date: try reader.number(),
            size: try reader.number(), fileSize: try reader.number(), base: try reader.string())
        let length = try reader.number32()
        if length > 0 { message.digest = DigestPlace(offset: try reader.number(), length: length) }
        return message
    }

    private static func uid(from reader: inout OctetReader) throws(Failure) -> UID {
        guard let uid = UID(try reader.number32()) else { throw .damaged }
        return uid
    }

    private static func write(_ uids: UIDSet, _ modSequence: UInt64, to writer: inout OctetWriter) {
        writer.put(number: modSequence)
        let runs = uids.ranges.runs
        writer.put(number: UInt64(runs.count))
        for run in runs {
            writer.put(number: UInt64(run.lower))
            writer.put(number: UInt64(run.upper - run.lower))
        }
    }

    private static func change(from reader: inout OctetReader) throws(Failure) -> (UIDSet, UInt64) {
        let modSequence = try reader.number()
        var runs: [NumberRanges.Run] = []
        for _ in 0..<(try reader.count()) {
            let lower = try reader.number32()
            let (upper, overflow) = lower.addingReportingOverflow(try reader.number32())
            guard lower > 0, !overflow else { throw .damaged }
            runs.append(NumberRanges.Run(lower, upper))
        }
        return (UIDSet(ranges: NumberRanges(merging: runs)), modSequence)
    }
}
