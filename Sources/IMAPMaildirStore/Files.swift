import Glibc

/// The system's files, in thin wrappers: the one place of this store that calls C with pointers.
///
/// Nothing follows a symbolic link in the last component of a path, and nothing waits for the other end of a pipe that
/// stands in a file's place. Every step that changes something is told to ``steps`` before it is made.
struct Files: Sendable {
    let steps: any FileSteps

    // MARK: Opening and reading

    /// Opens a file for reading.
    func open(_ path: Path) throws(Failure) -> OpenFile { try open(path, O_RDONLY) }

    /// Opens a file that exists, for reading and writing.
    func openForWriting(_ path: Path) throws(Failure) -> OpenFile { try open(path, O_RDWR) }

    /// Makes a file that did not exist.
    func create(_ path: Path) throws(Failure) -> OpenFile {
        try steps.pass(.create(path))
        return try open(path, O_RDWR | O_CREAT | O_EXCL)
    }

    /// Opens a file for reading and writing; makes it when there is none.
    func openOrCreate(_ path: Path) throws(Failure) -> OpenFile {
        try steps.pass(.create(path))
        return try open(path, O_RDWR | O_CREAT)
    }

    func openDirectory(_ path: Path) throws(Failure) -> OpenFile { try open(path, O_RDONLY | O_DIRECTORY) }

    private func open(_ path: Path, _ mode: Int32) throws(Failure) -> OpenFile {
        let descriptor = path.withCString { name in
            retried { Glibc.open(name, mode | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600) }
        }
        guard descriptor >= 0 else { throw .system(errno) }
        return OpenFile(descriptor, path)
    }

    /// Up to `count` octets from `offset`; fewer only at the end.
    func read(_ file: OpenFile, at offset: UInt64, count: Int) throws(Failure) -> [UInt8] {
        var failed: Int32 = 0
        // Not filled with zeros first: `pread` writes it, and `filled` counts what it wrote (.ci/exceptions).
        let octets = [UInt8](unsafeUninitializedCapacity: max(count, 0)) { buffer, filled in
            while filled < buffer.count {
                guard let start = off_t(exactly: offset + UInt64(filled)) else { return }
                let got = pread(file.descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled, start)
                if got > 0 {
                    filled += got
                } else if got == 0 {
                    return
                } else if errno != EINTR {
                    failed = errno
                    return
                }
            }
        }
        guard failed == 0 else { throw .system(failed) }
        return octets
    }

    /// The whole of a file of at most `limit` octets.
    func contents(_ path: Path, limit: Int) throws(Failure) -> [UInt8] {
        let file = try open(path)
        let size = try status(file).size
        guard size <= UInt64(limit) else { throw .system(EFBIG) }
        return try read(file, at: 0, count: Int(size))
    }

    // MARK: Asking

    func status(_ path: Path) throws(Failure) -> FileStatus {
        var status = stat()
        guard path.withCString({ lstat($0, &status) }) == 0 else { throw .system(errno) }
        return FileStatus(status)
    }

    func status(_ file: OpenFile) throws(Failure) -> FileStatus {
        var status = stat()
        guard fstat(file.descriptor, &status) == 0 else { throw .system(errno) }
        return FileStatus(status)
    }

    /// As ``status(_:)``, but `nil` when there is nothing.
    func statusIfPresent(_ path: Path) throws(Failure) -> FileStatus? {
        do throws(Failure) {
            return try status(path)
        } catch .noEntry {
            return nil
        }
    }

    func exists(_ path: Path) throws(Failure) -> Bool { try statusIfPresent(path) != nil }

    /// The entries of a directory but `.` and `..`, in no order.
    func entries(_ path: Path) throws(Failure) -> [DirectoryEntry] {
        guard let directory = path.withCString({ opendir($0) }) else { throw .system(errno) }
        defer { closedir(directory) }
        var entries: [DirectoryEntry] = []
        while true {
            errno = 0
            guard let entry = readdir(directory) else {
                guard errno == 0 else { throw .system(errno) }
                return entries
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: UInt8.self, capacity: 256) { octets in
                    Array(UnsafeBufferPointer(start: octets, count: 256).prefix { $0 != 0 })
                }
            }
            guard name != [0x2E], name != [0x2E, 0x2E] else { continue }
            let kind: FileKind? =
                switch Int(entry.pointee.d_type) {
                case 8: .file  // DT_REG
                case 4: .directory  // DT_DIR
                case 0: nil  // DT_UNKNOWN
                default: .other
                }
            entries.append(DirectoryEntry(name: name, kind: kind))
        }
    }

    // MARK: Changing

    /// Writes all of `octets` at `offset`.
    func write(_ octets: [UInt8], to file: OpenFile, at offset: UInt64) throws(Failure) {
        guard steps.splitsWrites, octets.count > 1 else {
            try steps.pass(.write(file.path))
            return try writeAll(octets[...], to: file, at: offset)
        }
        let half = octets.count / 2
        try steps.pass(.write(file.path))
        try writeAll(octets[..<half], to: file, at: offset)
        try steps.pass(.write(file.path))
        try writeAll(octets[half...], to: file, at: offset + UInt64(half))
    }

    private func writeAll(_ octets: ArraySlice<UInt8>, to file: OpenFile, at offset: UInt64) throws(Failure) {
        var written = 0
        while written < octets.count {
            guard let start = off_t(exactly: offset + UInt64(written)) else { throw .system(EFBIG) }
            let put = octets.withUnsafeBytes { buffer in
                pwrite(file.descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written, start)
            }
            if put > 0 {
                written += put
            } else if put < 0, errno != EINTR {
                throw .system(errno)
            }
        }
    }

    func truncate(_ file: OpenFile, to size: UInt64) throws(Failure) {
        try steps.pass(.truncate(file.path))
        guard let size = off_t(exactly: size), ftruncate(file.descriptor, size) == 0 else { throw .system(errno) }
    }

    /// Sets when the file was last changed: in a maildir, when the message arrived.
    func setTime(_ file: OpenFile, to seconds: Int64) throws(Failure) {
        try steps.pass(.setTime(file.path))
        let times = [timespec(tv_sec: Int(seconds), tv_nsec: 0), timespec(tv_sec: Int(seconds), tv_nsec: 0)]
        guard futimens(file.descriptor, times) == 0 else { throw .system(errno) }
    }

    /// Returns when the file, or the directory's entries, would outlast a loss of power.
    func sync(_ file: OpenFile) throws(Failure) {
        try steps.pass(.sync(file.path))
        guard retried({ fsync(file.descriptor) }) == 0 else { throw .system(errno) }
    }

    func syncDirectory(_ path: Path) throws(Failure) { try sync(openDirectory(path)) }

    func rename(_ old: Path, to new: Path) throws(Failure) {
        try steps.pass(.rename(old, new))
        let done = old.withCString { old in new.withCString { new in Glibc.rename(old, new) } }
        guard done == 0 else { throw .system(errno) }
    }

    /// Gives a file a second name, which did not exist.
    func link(_ old: Path, to new: Path) throws(Failure) {
        try steps.pass(.link(old, new))
        let done = old.withCString { old in new.withCString { new in Glibc.link(old, new) } }
        guard done == 0 else { throw .system(errno) }
    }

    /// Removes a file. One that is not there is no failure.
    func remove(_ path: Path) throws(Failure) {
        try steps.pass(.remove(path))
        guard path.withCString({ unlink($0) }) == 0 || errno == ENOENT else { throw .system(errno) }
    }

    /// Makes a directory for its owner alone. One that is there is no failure.
    func makeDirectory(_ path: Path) throws(Failure) {
        try steps.pass(.makeDirectory(path))
        guard path.withCString({ mkdir($0, 0o700) }) == 0 || errno == EEXIST else { throw .system(errno) }
    }

    /// Removes an empty directory. One that is not there is no failure.
    func removeDirectory(_ path: Path) throws(Failure) {
        try steps.pass(.removeDirectory(path))
        guard path.withCString({ rmdir($0) }) == 0 || errno == ENOENT else { throw .system(errno) }
    }

    /// Waits until no other open file of this directory has its lock. The lock ends when `file` is closed.
    func lock(_ file: OpenFile) throws(Failure) {
        guard retried({ flock(file.descriptor, LOCK_EX) }) == 0 else { throw .system(errno) }
    }

    private func retried(_ call: () -> Int32) -> Int32 {
        while true {
            let result = call()
            if result >= 0 || errno != EINTR { return result }
        }
    }
}

/// A descriptor, closed when nobody holds it any more.
final class OpenFile: Sendable {
    let descriptor: Int32
    let path: Path

    init(_ descriptor: Int32, _ path: Path) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }
}

/// What stands under a name.
enum FileKind: Hashable, Sendable {
    case file
    case directory
    case other
}

struct DirectoryEntry: Hashable, Sendable {
    let name: [UInt8]
    /// `nil` when the file system did not say.
    let kind: FileKind?
}

/// What the store asks of a file.
struct FileStatus: Hashable, Sendable {
    let kind: FileKind
    let size: UInt64
    let inode: UInt64
    let device: UInt64
    /// The last change, in nanoseconds since 1970.
    let changed: Int64
    /// When anything about the file last changed, its name too, in seconds since 1970. Nobody can set it.
    let touchedSeconds: Int64

    init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            default: .other
            }
        size = UInt64(clamping: status.st_size)
        inode = UInt64(status.st_ino)
        device = UInt64(status.st_dev)
        touchedSeconds = Int64(status.st_ctim.tv_sec)
        let (whole, overflow) = Int64(status.st_mtim.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, tooLate) = whole.addingReportingOverflow(Int64(status.st_mtim.tv_nsec))
        changed = overflow || tooLate ? (status.st_mtim.tv_sec < 0 ? .min : .max) : sum
    }

    /// The last change, in seconds since 1970.
    var changedSeconds: Int64 { changed >= 0 ? changed / 1_000_000_000 : (changed + 1) / 1_000_000_000 - 1 }
}
