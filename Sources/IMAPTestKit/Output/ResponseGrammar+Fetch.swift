extension ResponseGrammar {
    /// `msg-att = "(" (msg-att-dynamic / msg-att-static) *(SP (msg-att-dynamic / msg-att-static)) ")"`
    func messageData(
        _ number: UInt32, isByUID: Bool, _ reader: inout ResponseReader
    ) throws(GrammarFault) -> ServerResponse.Fetched {
        var found = ServerResponse.Fetched(number: number, isByUID: isByUID)
        var seen: Set<[UInt8]> = []
        try reader.list { (reader) throws(GrammarFault) in
            let start = reader.position
            let name = try reader.itemName()
            found.items.append(name)
            var key = Array(name.utf8)
            if reader.peek == 0x5B || reader.peek == 0x3C {
                let sectionStart = reader.position
                try section(of: name, at: start, &reader)
                key += reader.octets[sectionStart..<reader.position]
            }
            guard seen.insert(key).inserted else { throw reader.fault("FETCH item \(name) twice", at: start) }
            try reader.space()
            if name == "UID" {
                let uid = try reader.nonZero()
                if isByUID, uid != number { throw reader.fault("UIDFETCH of another UID", at: start) }
                found.uid = uid
            } else if key.contains(0x5B) {
                try sectionValue(of: name, &reader)
            } else {
                try value(of: name, at: start, &reader)
            }
        }
        return found
    }

    private func value(
        of name: String, at start: Int, _ reader: inout ResponseReader
    ) throws(GrammarFault) {
        switch name {
        case "FLAGS": try reader.flags(.message)
        case "INTERNALDATE": try dateTime(&reader)
        case "SAVEDATE": if !reader.null() { try dateTime(&reader) }
        case "RFC822", "RFC822.HEADER", "RFC822.TEXT", "PREVIEW": try reader.nullableString()
        case "RFC822.SIZE": _ = try reader.number64()
        case "ENVELOPE": try envelope(&reader)
        case "BODY": try body(&reader, .plain)
        case "BODYSTRUCTURE": try body(&reader, .extended)
        case "MODSEQ":
            try reader.take("(")
            _ = try reader.nonZero64()
            try reader.take(")")
        case "EMAILID": try objectID(&reader)
        case "THREADID": if !reader.null() { try objectID(&reader) }
        case "ANNOTATION": try annotations(&reader)
        default:
            guard permissions.fetchItems.contains(name) else {
                throw reader.fault("unknown FETCH item \(name)", at: start)
            }
            try reader.anything(.oneValue)
        }
    }

    private func sectionValue(of name: String, _ reader: inout ResponseReader) throws(GrammarFault) {
        switch name {
        case "BODY": try reader.nullableString()
        case "BINARY": try reader.nullableString(.allowed)
        case "BINARY.SIZE": _ = try reader.number()
        default: try reader.anything(.oneValue)
        }
    }

    // MARK: Sections

    /// `section ["<" number ">"]`, and `section-binary`.
    private func section(
        of name: String, at start: Int, _ reader: inout ResponseReader
    ) throws(GrammarFault) {
        guard reader.accept(0x5B) else { throw reader.fault("origin without a section") }
        switch name {
        case "BODY": try sectionSpecification(&reader)
        case "BINARY", "BINARY.SIZE": if reader.peek != 0x5D { try part(&reader) }
        default:
            guard permissions.fetchItems.contains(name) else {
                throw reader.fault("FETCH item \(name) has no section", at: start)
            }
            while let octet = reader.peek, octet != 0x5D { reader.step() }
        }
        guard reader.accept(0x5D) else { throw reader.fault("expected ] behind the section") }
        if name != "BINARY.SIZE", reader.accept(0x3C) {
            _ = try reader.number64()
            guard reader.accept(0x3E) else { throw reader.fault("expected > behind the origin") }
        }
    }

    /// `section-part = nz-number *("." nz-number)`
    private func part(_ reader: inout ResponseReader) throws(GrammarFault) {
        repeat { _ = try reader.nonZero() } while reader.accept(0x2E)
    }

    /// `[section-msgtext / (section-part ["." section-text])]`
    private func sectionSpecification(_ reader: inout ResponseReader) throws(GrammarFault) {
        var isInPart = false
        while let octet = reader.peek, (0x30...0x39).contains(octet) {
            _ = try reader.nonZero()
            isInPart = true
            if !reader.accept(0x2E) { return }
        }
        if !isInPart, reader.peek == 0x5D { return }
        let start = reader.position
        if reader.accept("HEADER.FIELDS") {
            _ = reader.accept(".NOT")
            try reader.space()
            try reader.list { (reader) throws(GrammarFault) in try reader.astring() }
            return
        }
        if reader.accept("HEADER") || reader.accept("TEXT") { return }
        guard isInPart, reader.accept("MIME") else { throw reader.fault("unknown section", at: start) }
    }

    // MARK: Dates

    /// `date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE`: one that exists.
    private func dateTime(_ reader: inout ResponseReader) throws(GrammarFault) {
        let start = reader.position
        try reader.take("\"")
        let day = reader.accept(0x20) ? try reader.fixedDigits(1) : try reader.fixedDigits(2)
        try reader.take("-")
        let month = try month(&reader)
        try reader.take("-")
        let year = try reader.fixedDigits(4)
        try reader.space()
        let hour = try reader.fixedDigits(2)
        try reader.take(":")
        let minute = try reader.fixedDigits(2)
        try reader.take(":")
        let second = try reader.fixedDigits(2)
        try reader.space()
        guard reader.accept(0x2B) || reader.accept(0x2D) else { throw reader.fault("expected a zone") }
        let zoneHour = try reader.fixedDigits(2)
        let zoneMinute = try reader.fixedDigits(2)
        try reader.take("\"")
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month]
        guard day >= 1, day <= days, hour < 24, minute < 60, second <= 60, zoneHour < 24, zoneMinute < 60 else {
            throw reader.fault("date that does not exist", at: start)
        }
    }

    private func month(_ reader: inout ResponseReader) throws(GrammarFault) -> Int {
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        for (index, name) in names.enumerated() where reader.accept(name) { return index }
        throw reader.fault("expected a month")
    }

    // MARK: ANNOTATION

    /// `"(" entry-att *(SP entry-att) ")" / "(" entry *(SP entry) ")"` (RFC 5257)
    private func annotations(_ reader: inout ResponseReader) throws(GrammarFault) {
        try reader.list { (reader) throws(GrammarFault) in
            try reader.astring()
            guard reader.peek(" (") else { return }
            try reader.space()
            try reader.list { (reader) throws(GrammarFault) in
                try reader.astring()
                try reader.space()
                try reader.nullableString(.allowed)
            }
        }
    }
}
