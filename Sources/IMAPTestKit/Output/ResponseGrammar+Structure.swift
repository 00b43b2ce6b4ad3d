extension ResponseGrammar {
    enum BodyForm { case plain, extended }

    // MARK: ENVELOPE

    /// `envelope`: date, subject, six lists of addresses, in-reply-to, message-id.
    func envelope(_ reader: inout ResponseReader) throws(GrammarFault) {
        try reader.take("(")
        try reader.nullableString()
        try reader.space()
        try reader.nullableString()
        for _ in 0..<6 {
            try reader.space()
            if reader.null() { continue }
            try reader.run { (reader) throws(GrammarFault) in try address(&reader) }
        }
        try reader.space()
        try reader.nullableString()
        try reader.space()
        try reader.nullableString()
        try reader.take(")")
    }

    /// `address = "(" addr-name SP addr-adl SP addr-mailbox SP addr-host ")"`
    private func address(_ reader: inout ResponseReader) throws(GrammarFault) {
        try reader.take("(")
        try reader.nullableString()
        for _ in 0..<3 {
            try reader.space()
            try reader.nullableString()
        }
        try reader.take(")")
    }

    // MARK: BODY and BODYSTRUCTURE

    /// `body = "(" (body-type-1part / body-type-mpart) ")"`
    func body(_ reader: inout ResponseReader, _ form: BodyForm) throws(GrammarFault) {
        try reader.take("(")
        try reader.descend()
        if reader.peek == 0x28 {
            try multipart(&reader, form)
        } else {
            try onePart(&reader, form)
        }
        try reader.take(")")
        reader.ascend()
    }

    /// `1*body SP media-subtype [SP body-ext-mpart]`
    private func multipart(_ reader: inout ResponseReader, _ form: BodyForm) throws(GrammarFault) {
        repeat { try body(&reader, form) } while reader.peek == 0x28
        try reader.space()
        _ = try reader.string()
        guard try beginsExtension(&reader, form) else { return }
        try parameters(&reader)
        try commonExtension(&reader)
    }

    /// `(body-type-basic / body-type-msg / body-type-text) [SP body-ext-1part]`
    private func onePart(_ reader: inout ResponseReader, _ form: BodyForm) throws(GrammarFault) {
        let type = ASCIIWord.upper(try reader.string())
        try reader.space()
        let subtype = ASCIIWord.upper(try reader.string())
        try reader.space()
        try parameters(&reader)
        for _ in 0..<2 {
            try reader.space()
            try reader.nullableString()
        }
        try reader.space()
        _ = try reader.string()
        try reader.space()
        _ = try reader.number()
        if type == "MESSAGE", subtype == "RFC822" || subtype == "GLOBAL" {
            try reader.space()
            try envelope(&reader)
            try reader.space()
            try body(&reader, form)
            try reader.space()
            _ = try reader.number64()
        } else if type == "TEXT" {
            try reader.space()
            _ = try reader.number64()
        }
        guard try beginsExtension(&reader, form) else { return }
        try reader.nullableString()
        try commonExtension(&reader)
    }

    private func beginsExtension(_ reader: inout ResponseReader, _ form: BodyForm) throws(GrammarFault) -> Bool {
        guard reader.peek == 0x20 else { return false }
        if form == .plain { throw reader.fault("extension data in BODY") }
        try reader.space()
        return true
    }

    /// `[SP body-fld-dsp [SP body-fld-lang [SP body-fld-loc]]]`. `body-extension`, which servers must not write, is
    /// refused.
    private func commonExtension(_ reader: inout ResponseReader) throws(GrammarFault) {
        guard reader.accept(0x20) else { return }
        if !reader.null() {
            try reader.take("(")
            _ = try reader.string()
            try reader.space()
            try parameters(&reader)
            try reader.take(")")
        }
        guard reader.accept(0x20) else { return }
        if reader.peek == 0x28 {
            try reader.list { (reader) throws(GrammarFault) in _ = try reader.string() }
        } else {
            try reader.nullableString()
        }
        guard reader.accept(0x20) else { return }
        try reader.nullableString()
        if reader.peek == 0x20 { throw reader.fault("body-extension from a server") }
    }

    /// `body-fld-param = "(" string SP string *(SP string SP string) ")" / nil`
    private func parameters(_ reader: inout ResponseReader) throws(GrammarFault) {
        if reader.null() { return }
        try reader.list { (reader) throws(GrammarFault) in
            _ = try reader.string()
            try reader.space()
            _ = try reader.string()
        }
    }
}
