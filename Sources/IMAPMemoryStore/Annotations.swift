import IMAPHost
import IMAPTypes

/// The annotations of one mailbox, or of the server: shared ones, and those of each user.
struct Annotations: Sendable {
    /// The most octets of a value.
    static let maximumSize = 65_536
    /// The most annotations that are shared, and the most of one user.
    static let maximumCount = 1_000

    private typealias Values = [EntryName: [UInt8]]

    private var shared: Values = [:]
    private var personal: [UserIdentity: Values] = [:]

    init() {}

    /// Those that this user sees.
    func sizes(for user: UserIdentity) -> [AnnotationSize] {
        (Array(shared) + Array(personal[user] ?? [:])).map { AnnotationSize($0.key, size: $0.value.count) }
    }

    func value(of name: EntryName, for user: UserIdentity) -> [UInt8]? {
        name.isPrivate ? personal[user]?[name] : shared[name]
    }

    /// Makes the changes, all or none; gives the names whose values are other ones now.
    mutating func apply(
        _ changes: [AnnotationChange], by user: UserIdentity
    ) -> (outcome: AnnotationOutcome, changed: [EntryName]) {
        var (newShared, newPersonal) = (shared, personal[user] ?? [:])
        var changed: [EntryName] = []
        for change in changes {
            guard change.value?.count ?? 0 <= Annotations.maximumSize else {
                return (.tooLarge(limit: Annotations.maximumSize), [])
            }
            if change.name.isPrivate {
                newPersonal[change.name] = change.value
            } else {
                newShared[change.name] = change.value
            }
        }
        // Who is at the limit may still change and remove.
        guard newShared.count <= max(Annotations.maximumCount, shared.count),
            newPersonal.count <= max(Annotations.maximumCount, personal[user]?.count ?? 0)
        else { return (.tooMany, []) }
        for change in changes where value(of: change.name, for: user) != change.value { changed.append(change.name) }
        shared = newShared
        personal[user] = newPersonal.isEmpty ? nil : newPersonal
        return (.done, changed)
    }

    /// Sets a shared annotation, whatever its size.
    mutating func set(_ name: EntryName, to value: [UInt8]?) { shared[name] = value }
}

extension EntryName {
    /// What RFC 6154 section 4 ties to the special uses of a mailbox.
    static let specialUse = EntryName("/private/specialuse")
    /// How to reach the administrator, which no client may change (RFC 5464 section 6.2.2).
    static let admin = EntryName("/shared/admin")
}
