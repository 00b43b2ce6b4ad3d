import IMAPHost
import IMAPTypes

/// Who may do what with a mailbox. A user has the rights of all identifiers that name them, but for those that a
/// negative one takes away.
struct AccessList: Sendable, Equatable {
    /// Each identifier once, in the order in which they came. None is without rights.
    private(set) var entries: [AccessEntry] = []

    init(_ entries: [AccessEntry]) {
        for entry in entries { change(entry.identifier, .add(entry.rights)) }
    }

    /// The rights of one who is called all of `names`.
    func rights(of names: Set<[UInt8]>) -> AccessRights {
        var (granted, taken) = (AccessRights(), AccessRights())
        for entry in entries where names.contains(entry.identifier.subject) {
            if entry.identifier.isNegative { taken.formUnion(entry.rights) } else { granted.formUnion(entry.rights) }
        }
        return granted.subtracting(taken)
    }

    /// The most identifiers of one list (R-ALG-6).
    static let mostEntries = 1_000

    /// Whether there is room for an identifier, or it is there already.
    func hasRoom(for identifier: AccessIdentifier) -> Bool {
        entries.count < AccessList.mostEntries || entries.contains { $0.identifier == identifier }
    }

    mutating func change(_ identifier: AccessIdentifier, _ change: RightsChange) {
        let index = entries.firstIndex { $0.identifier == identifier }
        let rights = change.applied(to: index.map { entries[$0].rights } ?? [])
        guard let index else {
            if !rights.isEmpty { entries.append(AccessEntry(identifier, rights)) }
            return
        }
        if rights.isEmpty { entries.remove(at: index) } else { entries[index].rights = rights }
    }
}

/// A user, by all the names that access control lists have for them.
struct Subject: Sendable {
    /// The user's own, `anyone`, and those of groups.
    let names: Set<[UInt8]>

    init(_ user: UserIdentity, groups: [AccessIdentifier]) {
        names = Set([user.name, Array("anyone".utf8)] + groups.map(\.octets))
    }
}
