import IMAPHost
import IMAPTypes

/// The file `imap-index` of a mailbox: changes, one after the other, each record with its length and checksum.
///
/// A record that is not complete at the file's end was being written when its writer died: it never counted and is cut
/// off. Any other record that is not as it was written is damage. The length has a checksum of its own, so that the two
/// cannot be taken for each other.
struct IndexFile: Sendable {
    private(set) var path: Path
    private let files: Files
    /// Which file was read last; an index that was written anew is another one.
    private(set) var inode: UInt64 = 0
    /// Where the next record begins.
    private(set) var end: UInt64 = 0
    /// How that file begins: an inode is used again, and the first record's checksum is not.
    private var beginning: [UInt8] = []

    static let name: StaticString = "imap-index"
    private static let magic = Array("IMAPIDX1".utf8)
    /// The record's length, its checksum, and the checksum of these two, before each record.
    private static let headLength = 12
    private static let beginningLength = magic.count + headLength
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
        beginning = Array(octets.prefix(IndexFile.beginningLength))
        try read(octets, from: IndexFile.magic.count, at: 0, file, apply)
    }

    /// Reads what was written since the last reading. Returns `false` when the index is another one now and must be
    /// read from the beginning.
    mutating func readNew(_ apply: (IndexOperation) throws(Failure) -> Void) throws(Failure) -> Bool {
        let file = try files.openForWriting(path)
        let status = try files.status(file)
        guard status.inode == inode, status.size >= end, status.size <= UInt64(IndexFile.limit) else { return false }
        guard try files.read(file, at: 0, count: beginning.count) == beginning else { return false }
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
            let begin = position + IndexFile.headLength
            guard begin <= octets.count else { break }
            guard Checksum.of(octets[position..<(begin - 4)]) == IndexFile.word(octets, at: begin - 4) else {
                // Where a file grew and its octets did not arrive, there are zeros.
                guard octets[position...].allSatisfy({ $0 == 0 }) else { throw .damaged }
                break
            }
            let length = Int(IndexFile.word(octets, at: position))
            guard length <= octets.count - begin else { break }
            guard Checksum.of(octets[begin..<(begin + length)]) == IndexFile.word(octets, at: position + 4) else {
                throw .damaged
            }
            var reader = OctetReader(octets, begin..<(begin + length))
            while !reader.isAtEnd { try apply(try IndexOperation(from: &reader)) }
            position = begin + length
        }
        if position < octets.count { try files.truncate(file, to: offset + UInt64(position)) }
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
        beginning = Array(octets.prefix(IndexFile.beginningLength))
        end = UInt64(octets.count)
    }

    private static func record(_ operations: [IndexOperation]) -> [UInt8] {
        var writer = OctetWriter()
        for operation in operations { operation.write(to: &writer) }
        let payload = writer.octets
        let head = octets(of: UInt32(truncatingIfNeeded: payload.count)) + octets(of: Checksum.of(payload))
        return head + octets(of: Checksum.of(head)) + payload
    }

    private static func octets(of word: UInt32) -> [UInt8] {
        [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: word >> $0) }
    }

    private static func word(_ octets: [UInt8], at position: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(octets[position + $1]) << UInt32($1 * 8) }
    }
}
