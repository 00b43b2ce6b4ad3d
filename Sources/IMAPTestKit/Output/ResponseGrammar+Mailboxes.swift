extension ResponseGrammar {
    /// Reads LIST, LSUB, STATUS, NAMESPACE, QUOTA, QUOTAROOT, ACL, LISTRIGHTS, MYRIGHTS and METADATA.
    ///
    /// - Returns: Whether `name` is one of them.
    func mailboxData(_ name: String, _ reader: inout ResponseReader) throws(GrammarFault) -> Bool {
        switch name {
        case "LIST", "LSUB": try mailboxList(&reader)
        case "STATUS": try statusData(&reader)
        case "NAMESPACE": try namespaces(&reader)
        case "ACL":
            try reader.space()
            try reader.mailbox()
            while reader.accept(0x20) {
                try reader.astring()
                try reader.space()
                try rights(&reader)
            }
        case "LISTRIGHTS":
            try reader.space()
            try reader.mailbox()
            try reader.space()
            try reader.astring()
            try reader.space()
            try rights(&reader)
            while reader.accept(0x20) { try rights(&reader) }
        case "MYRIGHTS":
            try reader.space()
            try reader.mailbox()
            try reader.space()
            try rights(&reader)
        case "METADATA": try metadata(&reader)
        default: return false
        }
        return true
    }

    // MARK: LIST

    static let selectability: Set<String> = ["\\NONEXISTENT", "\\NOSELECT", "\\MARKED", "\\UNMARKED"]

    static let attributes: Set<String> = selectability.union([
        "\\NOINFERIORS", "\\HASCHILDREN", "\\HASNOCHILDREN", "\\SUBSCRIBED", "\\REMOTE", "\\NOACCESS", "\\ALL",
        "\\ARCHIVE", "\\DRAFTS", "\\FLAGGED", "\\JUNK", "\\SENT", "\\TRASH", "\\IMPORTANT", "\\MEMOS",
        "\\SCHEDULED", "\\SNOOZED",
    ])

    /// `SP "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox [SP mbox-list-extended]`
    private func mailboxList(_ reader: inout ResponseReader) throws(GrammarFault) {
        try reader.space()
        var seen: Set<String> = []
        try reader.list(orEmpty: .allowed) { (reader) throws(GrammarFault) in
            let start = reader.position
            try reader.take("\\")
            let name = "\\" + (try reader.word())
            guard ResponseGrammar.attributes.contains(name) || permissions.mailboxAttributes.contains(name) else {
                throw reader.fault("unknown mailbox attribute", at: start)
            }
            guard seen.insert(name).inserted else { throw reader.fault("mailbox attribute named twice", at: start) }
        }
        let isSelectabilityTwice = seen.intersection(ResponseGrammar.selectability).count > 1
        if isSelectabilityTwice { throw reader.fault("two attributes of selectability") }
        if seen.isSuperset(of: ["\\HASCHILDREN", "\\HASNOCHILDREN"]) {
            throw reader.fault("\\HasChildren and \\HasNoChildren")
        }
        try reader.space()
        try delimiter(&reader)
        try reader.space()
        try reader.mailbox()
        guard reader.accept(0x20) else { return }
        try reader.list(orEmpty: .allowed) { (reader) throws(GrammarFault) in try extendedItem(&reader) }
    }

    /// `DQUOTE QUOTED-CHAR DQUOTE / nil`
    private func delimiter(_ reader: inout ResponseReader) throws(GrammarFault) {
        if reader.null() { return }
        let start = reader.position
        let value = try reader.quoted()
        let characters = String(decoding: value, as: UTF8.self).unicodeScalars.count
        guard characters == 1 else { throw reader.fault("hierarchy delimiter is not one character", at: start) }
    }

    /// `mbox-list-extended-item = mbox-list-extended-item-tag SP tagged-ext-val`
    private func extendedItem(_ reader: inout ResponseReader) throws(GrammarFault) {
        let start = reader.position
        let name = ASCIIWord.upper(try reader.astring())
        try reader.space()
        switch name {
        case "CHILDINFO":
            try reader.list { (reader) throws(GrammarFault) in _ = try reader.quoted() }
        case "OLDNAME":
            try reader.take("(")
            try reader.mailbox()
            try reader.take(")")
        default:
            guard permissions.listItems.contains(name) else {
                throw reader.fault("unknown extended data \(name)", at: start)
            }
            try reader.anything(.oneValue)
        }
    }

    // MARK: STATUS

    /// `SP mailbox SP "(" [status-att-list] ")"`
    private func statusData(_ reader: inout ResponseReader) throws(GrammarFault) {
        try reader.space()
        try reader.mailbox()
        try reader.space()
        var seen: Set<String> = []
        try reader.list(orEmpty: .allowed) { (reader) throws(GrammarFault) in
            let start = reader.position
            let name = try reader.word()
            guard seen.insert(name).inserted else { throw reader.fault("STATUS item named twice", at: start) }
            try reader.space()
            try statusValue(of: name, at: start, &reader)
        }
    }

    private func statusValue(
        of name: String, at start: Int, _ reader: inout ResponseReader
    ) throws(GrammarFault) {
        switch name {
        case "MESSAGES", "RECENT", "UNSEEN", "DELETED": _ = try reader.number()
        case "UIDNEXT", "UIDVALIDITY": _ = try reader.nonZero()
        case "SIZE", "DELETED-STORAGE", "HIGHESTMODSEQ": _ = try reader.number64()
        case "APPENDLIMIT": if !reader.null() { _ = try reader.number() }
        case "MAILBOXID": try objectID(&reader)
        default:
            guard permissions.statusItems.contains(name) else {
                throw reader.fault("unknown STATUS item \(name)", at: start)
            }
            try reader.anything(.oneValue)
        }
    }

    // MARK: NAMESPACE

    /// `SP namespace SP namespace SP namespace`
    private func namespaces(_ reader: inout ResponseReader) throws(GrammarFault) {
        for _ in 0..<3 {
            try reader.space()
            if reader.null() { continue }
            try reader.run { (reader) throws(GrammarFault) in try namespaceDescription(&reader) }
        }
    }

    /// `"(" string SP (DQUOTE QUOTED-CHAR DQUOTE / nil) *(SP string SP "(" string *(SP string) ")") ")"`
    private func namespaceDescription(_ reader: inout ResponseReader) throws(GrammarFault) {
        try reader.take("(")
        let start = reader.position
        try reader.checkName(try reader.string(), at: start)
        try reader.space()
        try delimiter(&reader)
        while reader.accept(0x20) {
            _ = try reader.string()
            try reader.space()
            try reader.list { (reader) throws(GrammarFault) in _ = try reader.string() }
        }
        try reader.take(")")
    }

    // MARK: ACL and METADATA

    /// `rights = astring` of lower-case letters and digits, none twice.
    private func rights(_ reader: inout ResponseReader) throws(GrammarFault) {
        let start = reader.position
        var seen: Set<UInt8> = []
        for octet in try reader.astring() {
            guard (0x61...0x7A).contains(octet) || (0x30...0x39).contains(octet) else {
                throw reader.fault("right that is no lower-case letter and no digit", at: start)
            }
            guard seen.insert(octet).inserted else { throw reader.fault("right named twice", at: start) }
        }
    }

    /// `SP mailbox SP (entry-values / entry-list)`
    private func metadata(_ reader: inout ResponseReader) throws(GrammarFault) {
        try reader.space()
        try reader.mailbox()
        try reader.space()
        guard reader.peek == 0x28 else {
            repeat { try entry(&reader) } while reader.accept(0x20)
            return
        }
        try reader.list { (reader) throws(GrammarFault) in
            try entry(&reader)
            try reader.space()
            try reader.nullableString(.allowed)
        }
    }

    /// `entry = astring`: a path below `/private` or `/shared`, without `*`, `%` and empty components.
    private func entry(_ reader: inout ResponseReader) throws(GrammarFault) {
        let start = reader.position
        let name = try reader.astring()
        let components = name.split(separator: 0x2F, omittingEmptySubsequences: false)
        let scope = components.count > 2 ? ASCIIWord.upper(components[1]) : ""
        guard components.first?.isEmpty == true, !components.dropFirst().contains(where: { $0.isEmpty }),
            scope == "PRIVATE" || scope == "SHARED", !name.contains(0x2A), !name.contains(0x25),
            name.allSatisfy({ $0 > 0x19 && $0 < 0x80 })
        else { throw reader.fault("no METADATA entry name", at: start) }
    }
}
