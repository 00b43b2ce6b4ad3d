public import IMAPTypes

/// Where an account's mailbox names begin (RFC 2342): the user's own, those of other users, and shared ones.
public struct Namespaces: Hashable, Sendable {
    public var personal: [Namespace]
    public var otherUsers: [Namespace]
    public var shared: [Namespace]

    public init(personal: [Namespace], otherUsers: [Namespace] = [], shared: [Namespace] = []) {
        self.personal = personal
        self.otherUsers = otherUsers
        self.shared = shared
    }
}

/// One namespace: the octets every name in it begins with, and its separator.
public struct Namespace: Hashable, Sendable {
    /// UTF-8, with the separator at its end where it has one: `#shared/`. Empty for the root. A namespace whose prefix
    /// is no ``/IMAPTypes/MailboxName`` otherwise, as where it holds a control character, is told to nobody.
    public var prefix: String
    /// One octet of printable ASCII, or `nil` for a flat list. Any other octet counts as `nil`.
    public var separator: UInt8?
    /// What a client shows in place of the prefix, by the tags of languages: `["de": "Andere Benutzer/"]` (RFC 5255
    /// section 3.4). No name begins with it. One that no prefix could be is left out.
    public var translations: [LanguageTag: String]

    public init(prefix: String, separator: UInt8?, translations: [LanguageTag: String] = [:]) {
        self.prefix = prefix
        self.separator = separator
        self.translations = translations
    }

    /// The translation into a language, or into a broader one: `de` for `de-AT`.
    public func translation(into language: LanguageTag) -> String? {
        var next: LanguageTag? = language
        while let tag = next {
            if let found = translations[tag] { return found }
            next = tag.broader
        }
        return nil
    }
}

extension Namespaces {
    /// The same without what no response could tell.
    package var usable: Namespaces {
        Namespaces(
            personal: personal.compactMap(\.usable), otherUsers: otherUsers.compactMap(\.usable),
            shared: shared.compactMap(\.usable))
    }
}

extension Namespace {
    fileprivate var usable: Namespace? {
        guard Namespace.isPrefix(prefix) else { return nil }
        return Namespace(
            prefix: prefix, separator: Namespace.usable(separator),
            translations: translations.filter { Namespace.isPrefix($1) })
    }

    private static func isPrefix(_ text: String) -> Bool { text.isEmpty || MailboxName(text) != nil }

    /// A separator that a quoted string can hold.
    package static func usable(_ separator: UInt8?) -> UInt8? {
        guard let separator, separator >= ASCII.space, separator < ASCII.delete else { return nil }
        return separator
    }
}
