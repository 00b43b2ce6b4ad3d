import IMAPHost
import IMAPMemoryStore
import IMAPTypes
import Synchronization

/// What a ``MutantStore`` does wrong with annotations.
extension MutantAccount: AnnotatedAccount {
    static var annotatesMailboxes: Bool { true }

    func annotations(of object: AnnotatedObject) async throws(StoreError) -> [AnnotationSize] {
        if store.isReopened, fault == .forgetsAnnotationsAtRestart { return [] }
        var sizes = try await base.annotations(of: object)
        if fault == .foldsNoEntryNames, !sizes.isEmpty { sizes += sizes }
        if fault == .showsPrivateAnnotations {
            sizes += store.memory.withLock { $0.values }.map { AnnotationSize($0.key, size: $0.value.count) }
        }
        return sizes
    }

    func values(of names: [EntryName], in object: AnnotatedObject) async throws(StoreError) -> [EntryName: [UInt8]] {
        let values = try await base.values(of: names, in: object)
        switch fault {
        case .showsPrivateAnnotations: return values.merging(store.memory.withLock { $0.values }) { own, _ in own }
        case .mixesPrivateAndShared:
            return Dictionary(uniqueKeysWithValues: names.map { ($0, values.values.first ?? []) })
        case .cutsValuesAtNUL: return values.mapValues { Array($0.prefix { $0 != 0 }) }
        default: return values
        }
    }

    func annotate(
        _ object: AnnotatedObject, _ changes: [AnnotationChange]
    ) async throws(StoreError) -> AnnotationOutcome {
        switch fault {
        case .annotatesPartially:
            for change in changes {
                let outcome = try await base.annotate(object, [change])
                guard outcome == .done else { return outcome }
            }
            return .done
        case .keepsRemovedAnnotations:
            let kept = changes.filter { $0.value != nil }
            return kept.isEmpty ? .done : try await base.annotate(object, kept)
        case .letsAnybodyBeAdmin where changes.contains { $0.name.description == "/shared/admin" }: return .done
        case .showsPrivateAnnotations:
            store.memory.withLock { memory in
                for change in changes { memory.values[change.name] = change.value }
            }
        case .tellsOwnAnnotations, .tellsPrivateAnnotations:
            store.memory.withLock { $0.news.append(AnnotationNews(object, changes.map(\.name))) }
        default: break
        }
        return try await ignoring(.annotatesWithoutRights) { () async throws(StoreError) in
            try await base.annotate(object, changes)
        } _: { () throws(StoreError) in
            guard case .mailbox(let name) = object else { throw .noPermission }
            return try store.base.annotate(name, changes, for: user)
        }
    }

    func annotationNews() async throws(StoreError) -> [AnnotationNews] {
        let news = try await base.annotationNews()
        switch fault {
        case .tellsOwnAnnotations, .tellsPrivateAnnotations:
            return store.memory.withLock { memory in
                defer { memory.news = [] }
                return memory.news
            }
        default: return news
        }
    }

    private func everything(of name: MailboxName) async throws(StoreError) -> [EntryName: [UInt8]] {
        let names = try await base.annotations(of: .mailbox(name)).map(\.name)
        return try await base.values(of: names, in: .mailbox(name))
    }

    func rememberAnnotations(of name: MailboxName) async throws(StoreError) {
        let values = try await everything(of: name)
        store.memory.withLock { $0.values = values }
    }

    func restoreAnnotations(of name: MailboxName) async throws(StoreError) {
        let values = store.memory.withLock { $0.values }
        _ = try await base.annotate(.mailbox(name), values.map { AnnotationChange($0.key, $0.value) })
    }

    func removeAnnotations(of name: MailboxName) async throws(StoreError) {
        let values = try await everything(of: name)
        _ = try await base.annotate(.mailbox(name), values.map { AnnotationChange($0.key, nil) })
    }
}
