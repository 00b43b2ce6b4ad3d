import IMAPHost
import IMAPTypes

/// What sessions are told of changed annotations: the last changes, and by which session, or by another process.
struct AnnotationNewsLog: Sendable {
    struct Row: Sendable {
        let object: AnnotatedObject
        let name: EntryName
        /// The session; 0 for another process.
        let author: UInt64
    }

    private static let capacity = 1_000
    private(set) var rows: [Row] = []
    /// How many rows were forgotten.
    private(set) var forgotten = 0

    /// Where one who begins to read now stands.
    var end: Int { forgotten + rows.count }

    mutating func record(_ names: some Sequence<EntryName>, of object: AnnotatedObject, by author: UInt64) {
        rows += names.map { Row(object: object, name: $0, author: author) }
        let excess = rows.count - AnnotationNewsLog.capacity
        guard excess > 0 else { return }
        rows.removeFirst(excess)
        forgotten += excess
    }
}

/// A file of annotations as it was when it was looked at last.
struct AnnotationSnapshot: Sendable {
    let status: FileStatus?
    /// What each value is known again by.
    let sums: [EntryName: UInt32]

    init(_ file: AnnotationFile, _ files: Files) throws(Failure) {
        status = try files.statusIfPresent(file.path)
        sums = status == nil ? [:] : try file.read().mapValues { Checksum.of($0) }
    }
}

extension UserMail {
    private static let specialUse = EntryName("/private/specialuse")

    // MARK: Reading

    func annotations(of object: AnnotatedObject, _ session: UInt64) throws(StoreError) -> [AnnotationSize] {
        try checkOpen(session)
        return try locked { () throws(Failure) -> [AnnotationSize] in
            try values(of: object).map { AnnotationSize($0.key, size: $0.value.count) }
        }
    }

    func values(
        of names: [EntryName], in object: AnnotatedObject, _ session: UInt64
    ) throws(StoreError) -> [EntryName: [UInt8]] {
        try checkOpen(session)
        let names = Set(names)
        return try locked { () throws(Failure) -> [EntryName: [UInt8]] in
            try values(of: object).filter { names.contains($0.key) }
        }
    }

    /// With the special uses of a mailbox among them (RFC 6154 section 4). Throws ``StoreError/nonExistent``.
    private func values(of object: AnnotatedObject) throws(Failure) -> [EntryName: [UInt8]] {
        var values = try annotationFile(of: object).read()
        guard case .mailbox(let name) = object, let specialUse = UserMail.specialUse else { return values }
        let uses = MailboxAttributes.read(in: try path(of: name), files).filter(\.isSpecialUse).map(\.octets)
        if !uses.isEmpty { values[specialUse] = Array(uses.joined(separator: [ASCII.space])) }
        return values
    }

    /// The file of what exists. Throws ``StoreError/nonExistent``.
    private func annotationFile(of object: AnnotatedObject) throws(Failure) -> AnnotationFile {
        switch object {
        case .server: return AnnotationFile(ofServerIn: root, files)
        case .mailbox(let name): return AnnotationFile(ofMailboxIn: try folder(name).path, files)
        }
    }

    // MARK: Changing

    /// The server's shared annotations are nobody's to change: users have nothing in common here.
    func annotate(
        _ object: AnnotatedObject, _ changes: [AnnotationChange], _ session: UInt64
    ) throws(StoreError) -> AnnotationOutcome {
        try checkOpen(session)
        for change in changes {
            if object == .server, !change.name.isPrivate { throw .noPermission }
            // It follows from what the mailbox was made for.
            if object != .server, change.name == UserMail.specialUse { throw .noPermission }
        }
        let (outcome, changed) = try locked { () throws(Failure) -> (AnnotationOutcome, Set<EntryName>) in
            let file = try annotationFile(of: object)
            let before = try file.read()
            let (after, outcome) = AnnotationFile.changed(before, by: changes)
            let changed = Set(changes.map(\.name)).filter { before[$0] != after[$0] }
            if !changed.isEmpty {
                try file.write(after)
                annotationSnapshots?[object] = try AnnotationSnapshot(file, files)
            }
            return (outcome, changed)
        }
        guard !changed.isEmpty else { return outcome }
        annotationLog.record(changed, of: object, by: session)
        markAnnotations()
        return outcome
    }

    // MARK: News

    /// Wakes every session.
    private func markAnnotations() {
        for session in sessions.values { session.wake?.mark(.annotations) }
    }

    /// Remembers every file as it is, so that what other processes change from now on is seen.
    func takeAnnotationSnapshots() {
        annotationSnapshots = try? locked { () throws(Failure) in try snapshots(of: names()) }
    }

    /// What there is of the server and of these mailboxes, read anew only where the file is another one.
    private func snapshots(
        of names: some Sequence<MailboxName>
    ) throws(Failure) -> [AnnotatedObject: AnnotationSnapshot] {
        var snapshots: [AnnotatedObject: AnnotationSnapshot] = [:]
        var places = [(AnnotatedObject.server, AnnotationFile(ofServerIn: root, files))]
        for name in names {
            places.append((.mailbox(name), AnnotationFile(ofMailboxIn: try path(of: name), files)))
        }
        for (object, file) in places {
            let known = annotationSnapshots?[object]
            if let known, try files.statusIfPresent(file.path) == known.status {
                snapshots[object] = known
            } else {
                snapshots[object] = try AnnotationSnapshot(file, files)
            }
        }
        return snapshots
    }

    /// Looks at what other processes changed of the server and of these mailboxes, or of all, and wakes whom it concerns.
    func lookForAnnotations(of mailboxes: [MailboxName]? = nil) {
        guard let before = annotationSnapshots,
            let now = try? locked({ () throws(Failure) -> [AnnotatedObject: AnnotationSnapshot] in
                if let mailboxes { return try snapshots(of: mailboxes) }
                return try snapshots(of: names())
            })
        else { return }
        annotationSnapshots = before.merging(now) { _, new in new }
        var hasNews = false
        for (object, snapshot) in now {
            let old = before[object]?.sums ?? [:]
            let names = Set(old.keys).union(snapshot.sums.keys).filter { old[$0] != snapshot.sums[$0] }
            guard !names.isEmpty else { continue }
            annotationLog.record(names, of: object, by: 0)
            hasNews = true
        }
        if hasNews { markAnnotations() }
    }

    func annotationNews(_ session: UInt64) throws(StoreError) -> [AnnotationNews] {
        try checkOpen(session)
        lookForAnnotations()
        let position = sessions[session]?.annotationPosition ?? 0
        sessions[session]?.annotationPosition = annotationLog.end
        var news: [AnnotatedObject: Set<EntryName>] = [:]
        if position >= annotationLog.forgotten {
            for row in annotationLog.rows.dropFirst(position - annotationLog.forgotten) where row.author != session {
                news[row.object, default: []].insert(row.name)
            }
        } else {
            // No longer known: everything there is.
            for (object, snapshot) in annotationSnapshots ?? [:] { news[object] = Set(snapshot.sums.keys) }
        }
        let there = Set(try answering { () throws(Failure) -> [MailboxName] in try names() })
        return news.compactMap { object, names in
            if case .mailbox(let name) = object, !there.contains(name) { return nil }
            return names.isEmpty ? nil : AnnotationNews(object, Array(names))
        }
    }
}

extension MaildirAccount: AnnotatedAccount {
    static var annotatesMailboxes: Bool { true }

    func annotations(of object: AnnotatedObject) async throws(StoreError) -> [AnnotationSize] {
        try await mail.annotations(of: object, session)
    }

    func values(of names: [EntryName], in object: AnnotatedObject) async throws(StoreError) -> [EntryName: [UInt8]] {
        try await mail.values(of: names, in: object, session)
    }

    func annotate(
        _ object: AnnotatedObject, _ changes: [AnnotationChange]
    ) async throws(StoreError) -> AnnotationOutcome {
        try await mail.annotate(object, changes, session)
    }

    func annotationNews() async throws(StoreError) -> [AnnotationNews] { try await mail.annotationNews(session) }
}
