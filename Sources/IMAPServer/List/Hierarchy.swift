import IMAPCodec
public import IMAPHost
public import IMAPTypes

/// Where an account's names begin and how they are separated, in the form that names have on the wire.
struct Hierarchy: Sendable {
    private struct Root: Sendable {
        let prefix: [UInt8]
        let separator: UInt8?
    }

    /// The separator of names in no other namespace.
    let separator: UInt8?
    /// The namespaces that have a prefix, the longest first.
    private let roots: [Root]

    init(_ account: any Account, utf8: Bool) {
        separator = Namespace.usable(account.separator)
        let namespaces = account.namespaces.usable
        roots = (namespaces.personal + namespaces.otherUsers + namespaces.shared)
            .map { namespace in
                Root(
                    prefix: MailboxWireForm.encode(octets: Array(namespace.prefix.utf8), utf8: utf8),
                    separator: namespace.separator)
            }
            .filter { !$0.prefix.isEmpty }
            .sorted { $0.prefix.count > $1.prefix.count }
    }

    /// The namespace of a name; `#news` too is in the one that begins with `#news.`.
    private func root(of octets: [UInt8]) -> Root? {
        roots.first { root in
            if octets.starts(with: root.prefix) { return true }
            return root.prefix.last == root.separator && octets.elementsEqual(root.prefix.dropLast())
        }
    }

    /// The separators there are, each once.
    var separators: [UInt8?] {
        roots.reduce(into: [separator]) { if !$0.contains($1.separator) { $0.append($1.separator) } }
    }

    /// The separator in a name, in its wire form.
    func separator(of name: [UInt8]) -> UInt8? {
        guard let root = root(of: name) else { return separator }
        return root.separator
    }

    /// The root and the separator of a reference (RFC 3501 section 6.3.8, the empty pattern).
    func root(ofReference reference: [UInt8]) -> (name: [UInt8], separator: UInt8?) {
        guard let root = root(of: reference) else { return ([], separator) }
        return (root.prefix, root.separator)
    }

    /// The pattern that a reference and a mailbox argument are together: one behind the other, unless the argument
    /// begins with the `#` of a namespace, which breaks out of every reference (RFC 9051 section 6.3.9).
    func pattern(_ reference: [UInt8], _ argument: [UInt8]) -> [UInt8] {
        if let root = root(of: argument), root.prefix.first == Hierarchy.breakOut { return argument }
        return reference + argument
    }

    private static let breakOut: UInt8 = 0x23
}

extension Account {
    /// The separator in a name: that of its namespace.
    public func separator(of name: MailboxName) -> UInt8? { Hierarchy(self, utf8: true).separator(of: name.octets) }
}
