import IMAPHost
import IMAPTypes

/// Where a digest stands in its mailbox's ``DigestFile``.
struct DigestPlace: Hashable, Sendable {
    let offset: UInt64
    /// The octets of the digest itself; 1 or more.
    let length: UInt32
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

    init(in directory: Path, _ files: Files) {
        path = directory.entry("imap-digests")
        self.files = files
    }

    /// Adds digests to the file, each for the message of its UID. Where it cannot, there is no place.
    func add(_ digests: [(uid: UID, digest: MessageDigest)]) -> [UID: DigestPlace] {
        var places: [UID: DigestPlace] = [:]
        var octets: [UInt8] = []
        guard !digests.isEmpty, let file = try? files.openOrCreate(path),
            let size = (try? files.status(file))?.size
        else { return places }
        for (uid, digest) in digests where !digest.octets.isEmpty && digest.octets.count <= DigestFile.limit {
            places[uid] = DigestPlace(offset: size + UInt64(octets.count), length: UInt32(digest.octets.count))
            let checksum = DigestFile.checksum(digest.octets, uid)
            octets += [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: checksum >> $0) } + digest.octets
        }
        guard (try? files.write(octets, to: file, at: size)) != nil else { return [:] }
        return places
    }

    /// The digests of some messages. One that cannot be read, or is another message's, is left out.
    func read(_ places: [(uid: UID, place: DigestPlace)]) -> [UID: MessageDigest] {
        guard !places.isEmpty, let file = try? files.open(path) else { return [:] }
        var digests: [UID: MessageDigest] = [:]
        for (uid, place) in places where place.length <= UInt32(DigestFile.limit) {
            let count = Int(place.length) + DigestFile.checksumLength
            guard let octets = try? files.read(file, at: place.offset, count: count), octets.count == count else {
                continue
            }
            let digest = Array(octets[DigestFile.checksumLength...])
            let checksum = (0..<4).reduce(UInt32(0)) { $0 | UInt32(octets[$1]) << UInt32($1 * 8) }
            if checksum == DigestFile.checksum(digest, uid) { digests[uid] = MessageDigest(digest) }
        }
        return digests
    }

    /// The octets in the file; 0 when there is none.
    var size: UInt64 { (try? files.statusIfPresent(path))?.size ?? 0 }

    /// Removes the file: the digests are lost, and their messages stay.
    func remove() throws(Failure) { try files.remove(path) }

    private static func checksum(_ digest: [UInt8], _ uid: UID) -> UInt32 {
        Checksum.of([0, 8, 16, 24].map { UInt8(truncatingIfNeeded: uid.rawValue >> $0) } + digest)
    }
}
