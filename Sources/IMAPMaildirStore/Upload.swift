import IMAPHost
import IMAPTypes

/// The messages of one APPEND: files in the mailbox's `tmp`, seen by nobody. Belongs to one ``UserMail``.
final class Upload {
    let folder: MailboxFolder
    let session: UInt64
    private(set) var complete: [Arrival] = []
    private var digestRoom = DigestFile.mostAtATime
    private var current: (arrival: Arrival, file: OpenFile, ends: LineEnds)?

    init(to folder: MailboxFolder, session: UInt64) {
        self.folder = folder
        self.session = session
    }

    func begin(_ message: NewMessage) throws(Failure) {
        let name = UniqueName.next()
        let date = message.internalDate ?? InternalDate(secondsSince1970: System.now / 1_000_000_000)
        let arrival = Arrival(
            temporaryName: name, flags: message.flags, date: StoredDate.pack(date), size: 0, fileSize: 0)
        current = (arrival, try folder.files.create(folder.temporaryPath(name)), LineEnds())
    }

    /// Stored with CRLF at every line's end, so that the file is what is sent.
    func write(_ octets: [UInt8]) throws(Failure) {
        guard let current else { throw .refused(.internalError) }
        var (arrival, ends) = (current.arrival, current.ends)
        let converted = ends.convert(octets)
        try folder.files.write(converted, to: current.file, at: arrival.size)
        arrival.size += UInt64(converted.count)
        self.current = (arrival, current.file, ends)
    }

    func end(_ digest: MessageDigest?) throws(Failure) {
        guard let current else { throw .refused(.internalError) }
        var arrival = current.arrival
        arrival.fileSize = arrival.size
        if let digest, digest.octets.count <= digestRoom {
            digestRoom -= digest.octets.count
            arrival.digest = .held(digest)
        }
        if let date = StoredDate.unpack(arrival.date) {
            try folder.files.setTime(current.file, to: StoredDate.seconds(date))
        }
        try folder.files.sync(current.file)
        complete.append(arrival)
        self.current = nil
    }

    func removeFiles() {
        folder.removeTemporaries((complete + [current?.arrival].compactMap { $0 }).map(\.temporaryName))
        complete = []
        current = nil
    }
}

extension UserMail {
    func beginUpload(to name: MailboxName, _ session: UInt64) throws(StoreError) -> UInt64 {
        try checkOpen(session)
        let folder = try locked { () throws(Failure) -> MailboxFolder in try self.folder(name) }
        let number = nextNumber()
        uploads[number] = Upload(to: folder, session: session)
        return number
    }

    private func upload(_ number: UInt64) throws(Failure) -> Upload {
        guard let upload = uploads[number] else { throw .refused(.unavailable) }
        guard !upload.folder.isGone else { throw .refused(.nonExistent) }
        return upload
    }

    func begin(_ message: NewMessage, of number: UInt64) throws(StoreError) {
        try answering { () throws(Failure) in try upload(number).begin(message) }
    }

    func write(_ octets: [UInt8], to number: UInt64) throws(StoreError) {
        try answering { () throws(Failure) in try upload(number).write(octets) }
    }

    func end(_ digest: MessageDigest?, of number: UInt64) throws(StoreError) {
        try answering { () throws(Failure) in try upload(number).end(digest) }
    }

    func commit(_ number: UInt64) throws(StoreError) -> AppendedMessages {
        defer { cancel(number) }
        return try locked { () throws(Failure) -> AppendedMessages in
            let upload = try self.upload(number)
            try upload.folder.refresh()
            let uids = try upload.folder.deliver(upload.complete)
            uploads[number] = nil
            return AppendedMessages(uidValidity: upload.folder.uidValidity, uids: uids)
        }
    }

    func cancel(_ number: UInt64) { uploads.removeValue(forKey: number)?.removeFiles() }
}
