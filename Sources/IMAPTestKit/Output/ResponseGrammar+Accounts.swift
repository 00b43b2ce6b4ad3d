extension ResponseGrammar {
    /// Reads ID, QUOTA, QUOTAROOT, COMPARATOR, LISTA, JMAPACCESS and UIDBATCHES.
    ///
    /// - Returns: Whether `name` is one of them.
    func accountData(_ name: String, _ reader: inout ResponseReader) throws(GrammarFault) -> Bool {
        switch name {
        case "ID":
            try reader.space()
            try identification(&reader)
        case "QUOTA":
            try reader.space()
            try reader.astring()
            try reader.space()
            try reader.list { (reader) throws(GrammarFault) in
                _ = try reader.atom()
                try reader.space()
                _ = try reader.number64()
                try reader.space()
                _ = try reader.number64()
            }
        case "QUOTAROOT":
            try reader.space()
            try reader.mailbox()
            while reader.accept(0x20) { try reader.astring() }
        case "COMPARATOR":
            try reader.space()
            try reader.astring()
            if reader.accept(0x20) {
                try reader.list { (reader) throws(GrammarFault) in try reader.astring() }
            }
        case "LISTA":
            try reader.space()
            try reader.astring()
        case "JMAPACCESS":
            try reader.space()
            _ = try reader.quoted()
        case "UIDBATCHES": try batches(&reader)
        default: return false
        }
        return true
    }

    /// `"(" [string SP nstring *(SP string SP nstring)] ")" / nil`, with the limits of RFC 2971 section 3.3.
    private func identification(_ reader: inout ResponseReader) throws(GrammarFault) {
        if reader.null() { return }
        var names: Set<String> = []
        try reader.list(orEmpty: .allowed) { (reader) throws(GrammarFault) in
            let start = reader.position
            let name = try reader.string()
            guard name.count <= 30 else { throw reader.fault("ID field of more than 30 octets", at: start) }
            guard names.insert(ASCIIWord.upper(name)).inserted else {
                throw reader.fault("ID field named twice", at: start)
            }
            try reader.space()
            let value = try reader.nullableString() ?? []
            guard value.count <= 1024 else { throw reader.fault("ID value of more than 1024 octets", at: start) }
        }
        if names.count > 30 { throw reader.fault("more than 30 ID fields") }
    }

    /// `search-correlator [SP uid-range *("," uid-range)]`
    private func batches(_ reader: inout ResponseReader) throws(GrammarFault) {
        try reader.space()
        try reader.take("(TAG ")
        try reader.astring()
        try reader.take(")")
        if reader.accept(0x20) { try reader.numberSet() }
    }
}
