package import IMAPTypes

extension ResponseWriter {
    /// The beginning of what ESEARCH says; each datum follows behind a space.
    ///
    /// ```abnf
    /// esearch-response  = "ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data)
    /// search-correlator = SP "(" "TAG" SP tag-string ")"
    /// ```
    package mutating func extendedSearch(_ tag: Tag?, byUID: Bool) {
        keyword("ESEARCH")
        if let tag {
            space()
            openList()
            keyword("TAG")
            space()
            string(tag.octets)
            closeList()
        }
        guard byUID else { return }
        space()
        keyword("UID")
    }
}
