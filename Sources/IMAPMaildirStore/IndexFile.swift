import IMAPHost
import IMAPTypes

/// The file `imap-index` of a mailbox: changes, one after the other, each record with its length and checksum.
///
/// A record that is not complete at the file's end was being written when its writer died: it never counted and is cut
/// off. Any other record that is not as it was written is damage.
struct IndexFile: Sendable {
    private(set) var path: Path
    private let files: Files
    /// Which file was read last; an index that was written anew is another one.
    private(set) var inode: UInt64 = 0
    /// Where the next record begins.
    private(set) var end: UInt64 = 0

    static let name: StaticString = "imap-index"
    private static let magic = Array("IMAPIDX1".utf8)
    /// The length and the checksum before each record.
    private static let headLength = 8
    /// The most octets of an index that is read: some ten million messages.
    private static let limit = 1 << 30

    init(in directory: Path, _ files: Files) {
        path = directory.entry(IndexFile.name)
        self.files = files
    }

    mutating func move(to directory: Path) { path = directory.entry(IndexFile.name) }

    /// Whether the file is as it was when it was read last.
    func isUnchanged() throws(Failure) -> Bool {
        guard let status = try files.statusIfPresent(path) else { return false }
        return status.inode == inode && status.size == end
    }

    /// Reads the whole index, from the beginning. Throws ``Failure/noEntry`` when there is none and
    /// ``Failure/damaged`` behind the last good record.
    mutating func readAll(_ apply: (IndexOperation) throws(Failure) -> Void) throws(Failure) {
        let file = try files.openForWriting(path)
        let status = try files.status(file)
        guard status.size <= UInt64(IndexFile.limit) else { throw .damaged }
        let octets = try files.read(file, at: 0, count: Int(status.size))
        guard octets.starts(with: IndexFile.magic) else { throw .damaged }
        inode = status.inode
        try read(octets, from: IndexFile.magic.count, at: 0, file, apply)
    }

    /// Reads what was written since the last reading. Returns `false` when the index is another one now and must be
    /// read from the beginning.
    mutating func readNew(_ apply: (IndexOperation) throws(Failure) -> Void) throws(Failure) -> Bool {
        let file = try files.openForWriting(path)
        let status = try files.status(file)
        guard status.inode == inode, status.size >= end, status.size <= UInt64(IndexFile.limit) else { return false }
        let octets = try files.read(file, at: end, count: Int(status.size - end))
        try read(octets, from: 0, at: end, file, apply)
        return true
    }

    private mutating func read(
        _ octets: [UInt8], from start: Int, at offset: UInt64, _ file: OpenFile,
        _ apply: (IndexOperation) throws(Failure) -> Void
    ) throws(Failure) {
        var position = start
        defer { end = offset + UInt64(position) }
        while position < octets.count {
            guard octets.count - position >= IndexFile.headLength else { break }
            let length = Int(IndexFile.word(octets, at: position))
            let begin = position + IndexFile.headLength
            guard length <= octets.count - begin else { break }
            guard Checksum.of(octets[begin..<(begin + length)]) == IndexFile.word(octets, at: position + 4) else {
                throw .damaged
            }
            var reader = OctetReader(octets, begin..<(begin + length))
            while !reader.isAtEnd { try apply(try IndexOperation(from: &reader)) }
            position = begin + length
        }
        if position < octets.count {
            // A length that is damaged may reach beyond the end, too: a good record behind it gives it away.
            guard !IndexFile.holdsRecord(octets, after: position) else { throw .damaged }
            try files.truncate(file, to: offset + UInt64(position))
        }
    }

    /// Whether a good record of at least two octets begins anywhere behind `position`, near the end of the octets.
    private static func holdsRecord(_ octets: [UInt8], after position: Int) -> Bool {
        var start = max(position + 1, octets.count - (1 << 16))
        while octets.count - start > headLength + 1 {
            let length = Int(word(octets, at: start))
            let begin = start + headLength
            if length > 1, begin + length == octets.count,
                Checksum.of(octets[begin...]) == word(octets, at: start + 4)
            {
                return true
            }
            start += 1
        }
        return false
    }

    /// Adds one record: all of `operations` or none. It lasts when this returns, if `lasting`.
    mutating func append(_ operations: [IndexOperation], lasting: Bool) throws(Failure) {
        let record = IndexFile.record(operations)
        let file = try files.openForWriting(path)
        do throws(Failure) {
            try files.write(record, to: file, at: end)
            if lasting { try files.sync(file) }
        } catch {
            // What reached the file must not count, also for whoever reads it next.
            try? files.truncate(file, to: end)
            throw error
        }
        end += UInt64(record.count)
    }

    /// Puts an index of `operations` in place of the one there is, if there is one.
    mutating func replace(with operations: [IndexOperation], in directory: Path) throws(Failure) {
        let temporary = directory.entry("imap-index.tmp")
        try files.remove(temporary)
        let file = try files.create(temporary)
        let octets = IndexFile.magic + IndexFile.record(operations)
        try files.write(octets, to: file, at: 0)
        try files.sync(file)
        try files.rename(temporary, to: path)
        try files.syncDirectory(directory)
        inode = try files.status(file).inode
        end = UInt64(octets.count)
    }

    private static func record(_ operations: [IndexOperation]) -> [UInt8] {
        var writer = OctetWriter()
        for operation in operations { operation.write(to: &writer) }
        let payload = writer.octets
        return octets(of: UInt32(truncatingIfNeeded: payload.count)) + octets(of: Checksum.of(payload)) + payload
    }

    private static func octets(of word: UInt32) -> [UInt8] {
        [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: word >> $0) }
    }

    private static func word(_ octets: [UInt8], at position: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(octets[position + $1]) << UInt32($1 * 8) }
    }
}
