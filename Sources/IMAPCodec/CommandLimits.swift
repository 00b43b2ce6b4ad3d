public import IMAPParser

/// What the base commands may repeat. More is BAD, where nothing else is said; the connection goes on.
extension CountLimit {
    /// Data items of one FETCH, as they are written, and of one list of them elsewhere.
    public static let fetchItems = CountLimit("fetchItems", standard: 1000)
    /// Numbers of one `section-part`, as in `BODY[1.2.3]`: as many as a message has levels.
    public static let sectionLevels = CountLimit("sectionLevels", standard: 100)
    /// Keys of one SEARCH, SORT or THREAD that are neither NOT nor OR nor parentheses.
    public static let searchKeys = CountLimit("searchKeys", standard: 1000)
    /// Patterns of one LIST (RFC 5258 section 3).
    public static let listPatterns = CountLimit("listPatterns", standard: 1000)
    /// Octets of LIST's reference and one pattern together: the cost of a match is the pattern's length by the name's
    /// (R-ALG-2).
    public static let patternOctets = CountLimit("patternOctets", standard: 4096)
    /// Octets of all patterns of one LIST, with the reference before each.
    public static let patternOctetsTotal = CountLimit("patternOctetsTotal", standard: 16_384)
    /// Messages of one APPEND (MULTIAPPEND, RFC 3502). More is `NO [LIMIT]`, and none is stored.
    public static let appendMessages = CountLimit("appendMessages", standard: 1000)
    /// Options of one list, such as `RETURN (...)` and `(CONDSTORE)`, as they are written.
    public static let options = CountLimit("options", standard: 100)
}
