import IMAPHost
import IMAPTypes

/// One user's maildir, as this process knows it. Its work runs on a thread of its own, one piece at a time, and each
/// piece that changes something, or looks for changes, holds the user's lock against other processes: `flock` of the
/// user's directory. No lock is held across an `await`.
actor UserMail {
    /// What a session has open.
    struct Handle {
        let folder: MailboxFolder
        /// The name the session opened it by; after a rename the session still knows no other.
        let name: MailboxName
        let access: MailboxAccess
    }

    struct Session {
        var wake: Wake?
        var handles: [UInt64: Handle] = [:]
        /// How far it was told what happened to annotations.
        var annotationPosition = 0
        /// What it is woken for because it asked for it.
        var followed: WakeTopics = []
    }

    private let executor = FileExecutor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// The user's directory: INBOX.
    let root: Path
    let files: Files
    let options: MaildirStore.Options
    var folders: [MailboxName: MailboxFolder] = [:]
    var sessions: [UInt64: Session] = [:]
    var uploads: [UInt64: Upload] = [:]
    var annotationLog = AnnotationNewsLog()
    /// Every file of annotations as it is known, once somebody wants to be woken.
    var annotationSnapshots: [AnnotatedObject: AnnotationSnapshot]?
    var newsLog = AccountLog<AccountEvent>(capacity: 1_000)
    /// What is compared with, once a session follows.
    var survey: MailSurvey?
    private var lastNumber: UInt64 = 0
    private var isPrepared = false
    /// Whether changes will be looked for again in a moment.
    private var looksAgain = false
    let validities: UIDValidityFile
    private let journal: Journal
    private let watch: FolderWatch
    /// The most mailboxes that are kept in memory without being open.
    private static let idleFolders = 32

    init(root: Path, _ files: Files, _ options: MaildirStore.Options, _ watch: FolderWatch) {
        self.watch = watch
        self.root = root
        self.files = files
        self.options = options
        validities = UIDValidityFile(in: root, files)
        journal = Journal(in: root, files)
    }

    func nextNumber() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    // MARK: The lock

    /// Runs `body` with the user's lock, after what an earlier process began and did not end has been ended, and wakes
    /// the sessions for what changed.
    func locked<Result>(_ body: () throws(Failure) -> Result) throws(StoreError) -> Result {
        defer { announce() }
        return try answering { () throws(Failure) -> Result in
            let lock = try files.openDirectory(root)
            try files.lock(lock)
            defer { withExtendedLifetime(lock) {} }
            try recover()
            defer { tidy() }
            return try body()
        }
    }

    private func recover() throws(Failure) {
        guard try journal.isPending() else { return }
        if let entry = try journal.pending() { try finish(entry) }
        try journal.clear()
    }

    /// Runs `body`, of which `entry` says how to end it should this process die within.
    func journaled<Result>(
        _ entry: JournalEntry, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try journal.write(entry)
        do throws(Failure) {
            let result = try body()
            try? journal.clear()
            return result
        } catch {
            // Ended here and now in the way it would be ended later; where that fails too, it is later.
            if (try? finish(entry)) != nil { try? journal.clear() }
            throw error
        }
    }

    /// Whether nothing is left over from a process that died.
    func isSettled() throws(Failure) -> Bool { try !journal.isPending() }

    private func tidy() {
        for folder in folders.values where !folder.isGone { folder.compactIfWorthwhile() }
        guard folders.count > UserMail.idleFolders else { return }
        let handles = sessions.values.flatMap { $0.handles.values.map(\.folder) }
        let open = Set((handles + uploads.values.map(\.folder)).map { ObjectIdentifier($0) })
        for (name, folder) in folders where !open.contains(ObjectIdentifier(folder)) {
            noteUnloading(name, folder)
            folders[name] = nil
        }
    }

    // MARK: Waking

    /// Wakes for every mailbox that changed since it was last told of.
    private func announce() {
        for (name, folder) in folders {
            if let events = folder.takeNews() {
                mark(folder, name)
                if !events.isEmpty { tell(events, in: name) }
            }
            if folder.isGone { folders[name] = nil }
        }
    }

    /// Wakes every session: `folder`, called `name`, changed.
    func mark(_ folder: MailboxFolder?, _ name: MailboxName) {
        for session in sessions.values {
            guard let wake = session.wake else { continue }
            wake.mark(name)
            for handle in session.handles.values where handle.folder === folder && handle.name != name {
                wake.mark(handle.name)
            }
        }
    }

    // MARK: Finding mailboxes

    /// The directory of a mailbox. Throws ``StoreError/cannot`` for a name that cannot be one.
    func path(of name: MailboxName) throws(Failure) -> Path {
        if name.isInbox { return root }
        guard let directory = FolderName.directory(for: name) else { throw .refused(.cannot) }
        return root.entry(directory)
    }

    /// The mailbox of that name as it is on disk. With the user's lock. Throws ``StoreError/nonExistent``.
    func folder(_ name: MailboxName) throws(Failure) -> MailboxFolder {
        if let folder = folders[name] {
            do throws(Failure) {
                try folder.refresh()
                return folder
            } catch .refused(.nonExistent) {
                mark(folder, name)
                folders[name] = nil
            }
        }
        guard name.isInbox || FolderName.directory(for: name) != nil else { throw .refused(.nonExistent) }
        noteLoading(name)
        do throws(Failure) {
            let folder = try MailboxFolder(name, at: path(of: name), files, historyLimit: options.historyLimit) {
                () throws(Failure) in try validities.next()
            }
            folders[name] = folder
            return folder
        } catch .noEntry {
            throw .refused(.nonExistent)
        }
    }

    /// What a session has open. Throws ``StoreError/unavailable`` when it is closed and ``StoreError/nonExistent`` when
    /// the mailbox is gone.
    func handle(_ number: UInt64, of session: UInt64) throws(Failure) -> Handle {
        guard let handle = sessions[session]?.handles[number] else { throw .refused(.unavailable) }
        guard !handle.folder.isGone else { throw .refused(.nonExistent) }
        return handle
    }

    // MARK: Sessions

    /// Begins a session; makes the user's directory when there is none, or none any more.
    func begin(in parent: Path) throws(StoreError) -> UInt64 {
        let isThere = try answering { () throws(Failure) in try files.exists(root) }
        if !isPrepared || !isThere {
            try answering { () throws(Failure) in
                try files.makeDirectory(parent)
                let isNew = try !files.exists(root)
                try files.makeDirectory(root)
                for directory in MailboxFolder.directories { try files.makeDirectory(root.entry(directory)) }
                if isNew { try files.syncDirectory(parent) }
            }
            try locked { () throws(Failure) in
                try removeLeftovers()
                _ = try folder(.inbox)
            }
            isPrepared = true
        }
        let session = nextNumber()
        sessions[session] = Session(annotationPosition: annotationLog.end)
        return session
    }

    func checkOpen(_ session: UInt64) throws(StoreError) {
        guard sessions[session] != nil else { throw .unavailable }
    }

    func watch(_ wake: Wake, for session: UInt64) throws(StoreError) {
        try checkOpen(session)
        sessions[session]?.wake = wake
        if annotationSnapshots == nil { takeAnnotationSnapshots() }
        watchFolders()
    }

    /// Ends a session. Returns whether it was the last one.
    func end(_ session: UInt64) -> Bool {
        for (number, upload) in uploads where upload.session == session {
            upload.removeFiles()
            uploads[number] = nil
        }
        sessions[session] = nil
        if sessions.isEmpty {
            folders = [:]
            annotationSnapshots = nil
        }
        if sessions.values.allSatisfy({ $0.followed.isEmpty }) { survey = nil }
        watchFolders()
        return sessions.isEmpty
    }

    func close(_ handle: UInt64, of session: UInt64) {
        sessions[session]?.handles[handle] = nil
        watchFolders()
    }

    /// Watches INBOX, what is open, and what is followed for changes by other programs, while somebody wants to be woken.
    func watchFolders() {
        var paths: Set<Path> = []
        if sessions.values.contains(where: { $0.wake != nil }) {
            paths.insert(root)
            paths.formUnion(followedPaths)
            for session in sessions.values {
                for handle in session.handles.values where !handle.folder.isGone { paths.insert(handle.folder.path) }
            }
        }
        watch.watch(paths, for: self) { [weak self] in
            guard let self else { return }
            Task { await self.lookForChanges() }
        }
    }

    /// Looks at what is watched, and wakes whom it concerns.
    ///
    /// Where the directories' times may not show all that happened, it looks again in a moment: the event that it was
    /// told of may be one of those, and another need not come.
    private func lookForChanges() {
        guard !sessions.isEmpty else { return }
        var pause: Int64?
        for folder in Array(folders.values) {
            if (try? isSettled()) != true || (try? folder.isFresh()) != true {
                // One that is gone is marked, too.
                guard (try? locked { () throws(Failure) in try folder.refresh() }) != nil else { continue }
            }
            if let due = folder.scanned.timeUntilDue(at: System.now) { pause = min(pause ?? due, due) }
        }
        lookForAnnotations(of: Array(folders.keys))
        lookForOthers()
        guard let pause, !looksAgain else { return }
        looksAgain = true
        watch.wait(nanoseconds: pause) { [weak self] in
            guard let self else { return }
            Task { await self.lookAgain() }
        }
    }

    private func lookAgain() {
        looksAgain = false
        lookForChanges()
    }
}
