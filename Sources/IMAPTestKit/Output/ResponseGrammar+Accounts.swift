extension ResponseGrammar {
    /// Reads ID, QUOTA, QUOTAROOT, COMPARATOR, LISTA, JMAPACCESS, UIDBATCHES, GENURLAUTH and URLFETCH.
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
            // The ABNF of RFC 9208 wants one resource; its section 4.2.1, as RFC 2087 did, says what none means.
            try reader.list(orEmpty: .allowed) { (reader) throws(GrammarFault) in
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
        case "GENURLAUTH":
            repeat {
                try reader.space()
                try reader.astring()
            } while !reader.isAtEnd
        case "URLFETCH": repeat { try fetchedURL(&reader) } while !reader.isAtEnd
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

    /// `SP url-full (SP nstring / 1*(SP "(" url-metadata-el ")"))` (RFC 5524)
    private func fetchedURL(_ reader: inout ResponseReader) throws(GrammarFault) {
        try reader.space()
        try reader.astring()
        guard reader.peek(" (") else {
            try reader.space()
            try reader.nullableString()
            return
        }
        while reader.peek(" (") {
            try reader.space()
            try reader.take("(")
            let start = reader.position
            switch try reader.word() {
            case "BODY":
                try reader.space()
                try reader.nullableString()
            case "BINARY":
                try reader.space()
                try reader.nullableString(.allowed)
            case "BODYPARTSTRUCTURE":
                try reader.space()
                try body(&reader, .extended)
            default: throw reader.fault("unknown URLFETCH data", at: start)
            }
            try reader.take(")")
        }
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
