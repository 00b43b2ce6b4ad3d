import IMAPHost
import IMAPTypes
import Synchronization

/// The octets of one message, in the form in which they are sent.
///
/// A short message is held here. A longer one is read from its file, which stays open as long as this lives: a message
/// that is renamed or expunged meanwhile can be read on.
final class MaildirBody: MessageBody {
    /// A place where a piece of the file begins.
    private struct Mark: Sendable {
        /// Where in what is sent.
        var sent: UInt64
        /// Where in the file.
        var stored: UInt64
        var ends: LineEnds
    }

    private struct Marks: Sendable {
        /// One for each ``markDistance`` read so far, ascending; the first is the file's beginning.
        var all = [Mark(sent: 0, stored: 0, ends: LineEnds())]
        /// Where the last piece was read: who reads on begins there.
        var last: Mark?

        func nearest(to offset: UInt64) -> Mark? {
            let mark = all.last { $0.sent <= offset }
            guard let last, last.sent <= offset, let mark, mark.sent < last.sent else { return mark }
            return last
        }
    }

    private enum Source: Sendable {
        case held([UInt8])
        /// The file says CRLF itself.
        case exact(OpenFile)
        /// The file has bare LF in it.
        case converted(OpenFile)
    }

    /// The largest message that is held.
    static let largestHeld: UInt64 = 1 << 16
    private static let piece = 1 << 16
    let size: UInt64
    private let source: Source
    private let files: Files
    private let mail: UserMail
    private let marks = Mutex(Marks())
    private static let markDistance: UInt64 = 1 << 20

    /// Throws ``Failure/damaged`` when the file is another one than it was.
    init(_ row: MessageRow, at path: Path, _ files: Files, _ mail: UserMail) throws(Failure) {
        let file = try files.open(path)
        guard try files.status(file).size == row.fileSize else { throw .damaged }
        size = row.size
        self.files = files
        self.mail = mail
        if row.size <= MaildirBody.largestHeld {
            var ends = LineEnds()
            let octets = ends.convert(try files.read(file, at: 0, count: Int(row.fileSize)))
            guard octets.count == Int(row.size) else { throw .damaged }
            source = .held(octets)
        } else {
            source = row.size == row.fileSize ? .exact(file) : .converted(file)
        }
    }

    func read(at offset: UInt64, max: Int) async throws(StoreError) -> [UInt8] {
        guard max > 0, offset < size else { return [] }
        let count = min(max, MaildirBody.piece, Int(clamping: size - offset))
        if case .held(let octets) = source {
            let start = Int(offset)
            return Array(octets[start..<(start + count)])
        }
        return try await mail.readFile(self, at: offset, count)
    }

    /// What ``read(at:max:)`` gives, read where a thread may block.
    func readFile(at offset: UInt64, _ count: Int) throws(Failure) -> [UInt8] {
        let octets: [UInt8]
        switch source {
        case .held(let held): octets = Array(held.dropFirst(Int(clamping: offset)).prefix(count))
        case .exact(let file): octets = try files.read(file, at: offset, count: count)
        case .converted(let file): octets = try readConverted(file, at: offset, count)
        }
        // Cut short by someone: there is no telling what the message was.
        guard !octets.isEmpty else { throw .damaged }
        return octets
    }

    private func readConverted(_ file: OpenFile, at offset: UInt64, _ count: Int) throws(Failure) -> [UInt8] {
        var place = marks.withLock { $0.nearest(to: offset) }
        while let mark = place {
            let stored = try files.read(file, at: mark.stored, count: MaildirBody.piece)
            guard !stored.isEmpty else { return [] }
            var next = mark
            let sent = next.ends.convert(stored)
            next.sent += UInt64(sent.count)
            next.stored += UInt64(stored.count)
            marks.withLock { marks in
                marks.last = mark
                if let last = marks.all.last, next.sent >= last.sent + MaildirBody.markDistance {
                    marks.all.append(next)
                }
            }
            if next.sent > offset {
                let start = Int(offset - mark.sent)
                return Array(sent[start..<min(start + count, sent.count)])
            }
            place = next
        }
        return []
    }
}
