import IMAPHost
import IMAPTypes

extension MemoryAccount: AnnotatedAccount {
    static var annotatesMailboxes: Bool { true }

    func annotations(of object: AnnotatedObject) async throws(StoreError) -> [AnnotationSize] {
        try checkOpen()
        switch object {
        case .server: return server.annotations.read { $0.sizes(for: user) }
        case .mailbox(let name): return sizes(of: try annotated(name))
        }
    }

    func values(of names: [EntryName], in object: AnnotatedObject) async throws(StoreError) -> [EntryName: [UInt8]] {
        try checkOpen()
        var values: [EntryName: [UInt8]] = [:]
        switch object {
        case .server:
            server.annotations.read { annotations in annotations.values(of: names, for: user) }
                .forEach { values[$0] = $1 }
        case .mailbox(let name):
            let mailbox = try annotated(name)
            mailbox.readAnnotations { $0.values(of: names, for: user) }.forEach { values[$0] = $1 }
            if let name = EntryName.specialUse, names.contains(name) { values[name] = mailbox.specialUse }
        }
        return values
    }

    func annotate(
        _ object: AnnotatedObject, _ changes: [AnnotationChange]
    ) async throws(StoreError) -> AnnotationOutcome {
        try checkOpen()
        switch object {
        case .server:
            guard !changes.contains(where: { $0.name == .admin }) else { throw .noPermission }
            let isShared = changes.contains { !$0.name.isPrivate }
            guard !isShared || server.mayAnnotate(user) else { throw .noPermission }
            let (outcome, changed) = server.annotations.apply(changes, by: user)
            note(changed, of: .server, in: server.annotations.log)
            return outcome
        case .mailbox(let name):
            // It follows from the attributes that the mailbox was made with.
            guard !changes.contains(where: { $0.name == .specialUse }) else { throw .noPermission }
            let mailbox = try annotated(name)
            let (outcome, changed) = try mailbox.annotate(changes, by: user)
            note(changed, of: .mailbox(mailbox), in: mail(with: name).annotationLog)
            return outcome
        }
    }

    func annotationNews() async throws(StoreError) -> [AnnotationNews] {
        try checkOpen()
        var order: [AnnotatedObject] = []
        var news: [AnnotatedObject: [EntryName]] = [:]
        var seen: [AnnotatedObject: Set<EntryName>] = [:]
        func add(_ names: [EntryName], of object: AnnotatedObject) {
            if news[object] == nil { order.append(object) }
            for name in names where seen[object, default: []].insert(name).inserted {
                news[object, default: []].append(name)
            }
        }
        for (log, changes) in reader.news(for: user).enumerated() {
            guard let changes else {
                for (object, names) in all(in: log) where !names.isEmpty { add(names, of: object) }
                continue
            }
            for change in changes {
                switch change.subject {
                case .server: add([change.name], of: .server)
                case .mailbox(let mailbox):
                    guard let name = mailbox.currentName, mailbox.rights(of: subject).permitsAnnotations else {
                        continue
                    }
                    add([change.name], of: .mailbox(name))
                }
            }
        }
        return order.map { AnnotationNews($0, news[$0] ?? []) }
    }

    /// Every annotation there is, where a log no longer knows which were changed.
    private func all(in log: Int) -> [(AnnotatedObject, [EntryName])] {
        if log == 1 { return [(.server, server.annotations.read { $0.sizes(for: user) }.map(\.name))] }
        let mailboxes = (log == 0 ? mail : shared?.mail)?.allMailboxes ?? [:]
        let subject = subject
        return mailboxes.filter { $1.rights(of: subject).permitsAnnotations }
            .map { (.mailbox($0), sizes(of: $1).map(\.name)) }
    }

    private func sizes(of mailbox: SharedMailbox) -> [AnnotationSize] {
        var sizes = mailbox.readAnnotations { $0.sizes(for: user) }
        if let name = EntryName.specialUse, let value = mailbox.specialUse {
            sizes.append(AnnotationSize(name, size: value.count))
        }
        return sizes
    }

    /// The mailbox, where this user may annotate it.
    private func annotated(_ name: MailboxName) throws(StoreError) -> SharedMailbox {
        try mailbox(name, where: \.permitsAnnotations)
    }

    private func note(_ changed: [EntryName], of subject: AnnotationLog.Subject, in log: AnnotationLog) {
        guard !changed.isEmpty else { return }
        log.record(changed, of: subject, by: user, author: reader.number)
        let isShared = changed.contains { !$0.isPrivate }
        switch subject {
        case .server where isShared: server.wakeEveryone(.annotations)
        case .server: mail.sessions.mark(.annotations)
        case .mailbox(let mailbox): mailbox.wake(.annotations)
        }
    }
}

extension Annotations {
    func values(of names: [EntryName], for user: UserIdentity) -> [(EntryName, [UInt8])] {
        names.compactMap { name in value(of: name, for: user).map { (name, $0) } }
    }
}
