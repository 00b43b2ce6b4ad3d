import IMAPHost
import IMAPTypes

/// Where a digest stands in its mailbox's ``DigestFile``.
struct DigestPlace: Hashable, Sendable {
    let offset: UInt64
    /// The octets of the digest itself; 1 or more.
    let length: UInt32
}

/// The digest of a message on its way into a mailbox.
enum ArrivedDigest: Sendable {
    case held(MessageDigest)
    /// In the file of the mailbox that the message is copied from, where it stays until it is written to another.
    case stored(DigestFile.Reader, UID, DigestPlace)

    var digest: MessageDigest? {
        switch self {
        case .held(let digest): digest
        case .stored(let reader, let uid, let place): reader.digest(of: uid, at: place)
        }
    }
}

/// The file `imap-digests` of a mailbox: what the library found out about its messages.
///
/// A cache: nothing in it is made to last, and a digest that is not the message's own, as after a crash, is not given.
struct DigestFile: Sendable {
    private let path: Path
    private let files: Files
    private static let checksumLength = 4
    /// The most octets a digest may have.
    private static let limit = 1 << 20
    /// The most octets of digests in memory for one question or one APPEND: without one, the message is read.
    static let mostAtATime = 4 << 20

    init(in directory: Path, _ files: Files) {
        path = directory.entry("imap-digests")
        self.files = files
    }

    /// Adds digests to the file, each for the message of its UID. Where it cannot, there is no place.
    func add(_ digests: [(uid: UID, digest: ArrivedDigest)]) -> [UID: DigestPlace] {
        guard !digests.isEmpty, let file = try? files.openOrCreate(path),
            var end = (try? files.status(file))?.size
        else { return [:] }
        var places: [UID: DigestPlace] = [:]
        var octets: [UInt8] = []
        for (uid, arrived) in digests {
            guard let digest = arrived.digest?.octets, !digest.isEmpty, digest.count <= DigestFile.limit else {
                continue
            }
            places[uid] = DigestPlace(offset: end + UInt64(octets.count), length: UInt32(digest.count))
            let checksum = DigestFile.checksum(digest, uid)
            octets += [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: checksum >> $0) } + digest
            guard octets.count >= DigestFile.limit else { continue }
            guard (try? files.write(octets, to: file, at: end)) != nil else { return [:] }
            end += UInt64(octets.count)
            octets = []
        }
        guard (try? files.write(octets, to: file, at: end)) != nil else { return [:] }
        return places
    }

    /// The digests of some messages, as many as are handed out at a time. One that cannot be read, or is another
    /// message's, is left out.
    func read(_ places: [(uid: UID, place: DigestPlace)]) -> [UID: MessageDigest] {
        guard !places.isEmpty, let reader = reader() else { return [:] }
        var digests: [UID: MessageDigest] = [:]
        var room = DigestFile.mostAtATime
        for (uid, place) in places where Int(place.length) <= room {
            room -= Int(place.length)
            digests[uid] = reader.digest(of: uid, at: place)
        }
        return digests
    }

    /// Reads one digest after the other; `nil` when there is no file.
    func reader() -> Reader? { (try? files.open(path)).map { Reader(file: $0, files: files) } }

    struct Reader: Sendable {
        fileprivate let file: OpenFile
        fileprivate let files: Files

        /// `nil` for one that cannot be read, or is another message's.
        func digest(of uid: UID, at place: DigestPlace) -> MessageDigest? {
            guard place.length <= UInt32(DigestFile.limit) else { return nil }
            let count = Int(place.length) + DigestFile.checksumLength
            guard let octets = try? files.read(file, at: place.offset, count: count), octets.count == count else {
                return nil
            }
            let digest = Array(octets[DigestFile.checksumLength...])
            let checksum = (0..<4).reduce(UInt32(0)) { $0 | UInt32(octets[$1]) << UInt32($1 * 8) }
            return checksum == DigestFile.checksum(digest, uid) ? MessageDigest(digest) : nil
        }
    }

    /// The octets in the file; 0 when there is none.
    var size: UInt64 { (try? files.statusIfPresent(path))?.size ?? 0 }

    /// Removes the file: the digests are lost, and their messages stay.
    func remove() throws(Failure) { try files.remove(path) }

    private static func checksum(_ digest: [UInt8], _ uid: UID) -> UInt32 {
        Checksum.of([0, 8, 16, 24].map { UInt8(truncatingIfNeeded: uid.rawValue >> $0) } + digest)
    }
}
