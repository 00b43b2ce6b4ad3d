import IMAPHost
import IMAPTypes

/// The annotations of one mailbox, in the file `imap-annotations` of its directory, or of the server as the user sees
/// it, in `imap-server-annotations` of the user's: replaced as a whole.
///
/// A maildir is one user's, so shared annotations and private ones are together. A file that is not as it was written
/// is put aside, and there are none.
struct AnnotationFile {
    /// The most octets of a value.
    static let maximumSize = 65_536
    /// The most annotations of one object, and the most octets of them all.
    static let maximumCount = 1_000
    private static let maximumTotal = 1 << 21
    private static let magic = Array("IMAPANN1".utf8)

    let path: Path
    private let directory: Path
    private let files: Files

    init(ofMailboxIn directory: Path, _ files: Files) { self.init(directory, "imap-annotations", files) }

    init(ofServerIn directory: Path, _ files: Files) { self.init(directory, "imap-server-annotations", files) }

    private init(_ directory: Path, _ name: StaticString, _ files: Files) {
        path = directory.entry(name)
        self.directory = directory
        self.files = files
    }

    func read() throws(Failure) -> [EntryName: [UInt8]] {
        guard let octets = try SmallFile.read(path, files) else { return [:] }
        do throws(Failure) {
            return try AnnotationFile.values(in: octets)
        } catch .damaged {
            try files.rename(path, to: directory.entry("imap-annotations.damaged"))
            return [:]
        }
    }

    func write(_ values: [EntryName: [UInt8]]) throws(Failure) {
        var writer = OctetWriter()
        writer.put(number: UInt64(values.count))
        for (name, value) in values {
            writer.put(string: name.octets)
            writer.put(string: value)
        }
        var head = OctetWriter()
        head.put(number: UInt64(Checksum.of(writer.octets)))
        try SmallFile.write(AnnotationFile.magic + head.octets + writer.octets, at: path, in: directory, files)
    }

    private static func values(in octets: [UInt8]) throws(Failure) -> [EntryName: [UInt8]] {
        guard octets.starts(with: magic) else { throw .damaged }
        var reader = OctetReader(octets, magic.count..<octets.count)
        let checksum = try reader.number32()
        var head = OctetWriter()
        head.put(number: UInt64(checksum))
        guard checksum == Checksum.of(octets[(magic.count + head.octets.count)...]) else { throw .damaged }
        var values: [EntryName: [UInt8]] = [:]
        for _ in 0..<(try reader.count()) {
            guard let name = EntryName(try reader.string()) else { throw .damaged }
            values[name] = try reader.string()
        }
        return values
    }

    /// The values with the changes made, or why they cannot be.
    static func changed(
        _ values: [EntryName: [UInt8]], by changes: [AnnotationChange]
    ) -> (values: [EntryName: [UInt8]], outcome: AnnotationOutcome) {
        var new = values
        for change in changes {
            guard change.value?.count ?? 0 <= maximumSize else { return (values, .tooLarge(limit: maximumSize)) }
            new[change.name] = change.value
        }
        // Who is at the limit may still change and remove.
        func total(_ values: [EntryName: [UInt8]]) -> Int {
            values.reduce(0) { $0 + $1.key.octets.count + $1.value.count }
        }
        guard new.count <= max(maximumCount, values.count), total(new) <= max(maximumTotal, total(values)) else {
            return (values, .tooMany)
        }
        return (new, .done)
    }
}
