import IMAPHost
import IMAPTypes

/// A small file that is replaced as a whole: who reads it sees the old one or the new one.
enum SmallFile {
    static let limit = 1 << 24

    /// The octets, or `nil` when there is no such file.
    static func read(_ path: Path, _ files: Files, limit: Int = limit) throws(Failure) -> [UInt8]? {
        do throws(Failure) {
            return try files.contents(path, limit: limit)
        } catch .noEntry {
            return nil
        }
    }

    /// The lines, or `nil` when there is no such file.
    static func lines(_ path: Path, _ files: Files) throws(Failure) -> [[UInt8]]? {
        try read(path, files)?.split(separator: ASCII.lf).map { Array($0) }
    }

    /// Returns when it would outlast a loss of power. Throws ``StoreError/limit`` for more than would be read again.
    static func write(_ octets: [UInt8], at path: Path, in directory: Path, _ files: Files) throws(Failure) {
        guard octets.count <= limit else { throw .refused(.limit) }
        let temporary = directory.entry(Array(path.name) + Array(".tmp".utf8))
        try files.remove(temporary)
        let file = try files.create(temporary)
        try files.write(octets, to: file, at: 0)
        try files.sync(file)
        try files.rename(temporary, to: path)
        try files.syncDirectory(directory)
    }
}

/// The file `imap-attributes` of a mailbox: its special uses, one a line.
enum MailboxAttributes {
    private static let name: StaticString = "imap-attributes"

    static func read(in directory: Path, _ files: Files) -> [MailboxAttribute] {
        guard let lines = try? SmallFile.lines(directory.entry(name), files) else { return [] }
        return lines.compactMap { MailboxAttribute($0) }
    }

    static func write(_ attributes: [MailboxAttribute], in directory: Path, _ files: Files) throws(Failure) {
        let octets = attributes.map { $0.octets + [ASCII.lf] }.joined()
        try SmallFile.write(Array(octets), at: directory.entry(name), in: directory, files)
    }
}
