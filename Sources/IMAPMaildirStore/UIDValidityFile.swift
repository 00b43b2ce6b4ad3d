import IMAPHost
import IMAPTypes

/// The file `imap-uidvalidity` of a user: the greatest UIDVALIDITY that was given, and the greatest that a name has
/// lost. Each is greater than all before it in this maildir, and about the time in seconds.
struct UIDValidityFile {
    private let path: Path
    private let root: Path
    private let files: Files

    init(in root: Path, _ files: Files) {
        path = root.entry("imap-uidvalidity")
        self.root = root
        self.files = files
    }

    /// Throws ``StoreError/limit`` when there are no more.
    func next() throws(Failure) -> UIDValidity {
        guard let first = try next(1).first else { throw .refused(.internalError) }
        return first
    }

    /// That many, ascending.
    func next(_ count: Int) throws(Failure) -> [UIDValidity] {
        var (given, retired) = try read()
        var values: [UIDValidity] = []
        for _ in 0..<count {
            let following = given &+ 1  // wraps to 0 behind the last one: refused below
            given = max(following, UInt32(clamping: System.time.seconds))
            guard given < .max, let value = UIDValidity(given) else { throw .refused(.limit) }
            values.append(value)
        }
        try write(given, retired)
        return values
    }

    /// The greatest UIDVALIDITY that a name has lost, 0 if none. A mailbox keeps its own under another name only when
    /// it is greater: whatever the name stood for before, its UIDVALIDITY grows.
    func retired() throws(Failure) -> UInt32 { try read().retired }

    /// Notes that a name loses this UIDVALIDITY.
    func retire(_ validity: UIDValidity) throws(Failure) {
        let (given, retired) = try read()
        guard validity.rawValue > retired else { return }
        try write(max(given, validity.rawValue), validity.rawValue)
    }

    private func read() throws(Failure) -> (given: UInt32, retired: UInt32) {
        guard let octets = try SmallFile.read(path, files) else { return (0, 0) }
        let numbers = octets.split { $0 == ASCII.space || $0 == ASCII.lf }.map { digits in
            UInt32(String(decoding: digits, as: UTF8.self))
        }
        // Damaged: the time is beyond all that was given, and nothing is known of what was lost.
        guard numbers.count == 2, let given = numbers[0], let retired = numbers[1] else {
            return (0, UInt32(clamping: System.time.seconds))
        }
        return (given, retired)
    }

    private func write(_ given: UInt32, _ retired: UInt32) throws(Failure) {
        try SmallFile.write(Array("\(given) \(retired)\n".utf8), at: path, in: root, files)
    }
}
