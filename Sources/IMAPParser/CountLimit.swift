/// A bound on how much of something one command may bring or one session may keep, which a host may set.
///
/// Each is declared where it is enforced, with the value it has when the host says nothing. A host's own extensions
/// declare theirs in the same way:
///
///     extension CountLimit {
///         static let colours = CountLimit("colours", standard: 100)
///     }
///
/// A syntax asks the reader for it, ``ArgumentReader/limits``, and a command the server's configuration.
public struct CountLimit: Hashable, Sendable {
    /// The name of the constant. No two limits have the same.
    public let name: String
    /// The value when the host sets none.
    public let standard: Int
    /// The least value. A host that sets less gets this.
    public let least: Int
    /// The greatest value: what a type of the library can hold, or the RFC allows. A host that sets more gets this.
    public let most: Int

    public init(_ name: String, standard: Int, least: Int = 1, most: Int = CountLimit.ceiling) {
        self.name = name
        self.standard = standard
        self.least = least
        self.most = most
    }

    /// What every limit is cut to: 2^40. No sum of two overflows.
    public static let ceiling = 1 << 40

    /// `value`, or the nearest that this limit can have.
    public func clamped(_ value: Int) -> Int { max(least, min(value, most, CountLimit.ceiling)) }

    public static func == (a: CountLimit, b: CountLimit) -> Bool { a.name == b.name }

    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// The values of every ``CountLimit``.
public struct CountLimits: Hashable, Sendable {
    private var values: [CountLimit: Int] = [:]

    /// Every limit at its standard value.
    public init() {}

    /// The value of `limit`: what was set, as near as the limit allows, or else its standard.
    public subscript(limit: CountLimit) -> Int {
        get {
            guard !values.isEmpty, let value = values[limit] else { return limit.standard }
            return value
        }
        set { values[limit] = limit.clamped(newValue) }
    }
}

extension CountLimit {
    /// Numbers and ranges of one `sequence-set`, as they are written. More is BAD.
    ///
    /// As many as Dovecot's line holds, the line being its only bound (`imap_max_line_length`, 64 KiB).
    public static let setRanges = CountLimit("setRanges", standard: 32_768)
    /// Elements of one parenthesised list that has no limit of its own, and flags of STORE without parentheses. More is
    /// BAD.
    public static let listElements = CountLimit("listElements", standard: 1000)
}
