/// Which responses a response code may stand in.
private struct CodePlaces: OptionSet {
    let rawValue: Int

    static let untaggedOK = CodePlaces(rawValue: 1)
    static let taggedOK = CodePlaces(rawValue: 2)
    static let no = CodePlaces(rawValue: 4)
    static let bad = CodePlaces(rawValue: 8)
    static let bye = CodePlaces(rawValue: 16)
    static let preauth = CodePlaces(rawValue: 32)
    static let ok: CodePlaces = [.untaggedOK, .taggedOK]
    static let any: CodePlaces = [.ok, .no, .bad, .bye, .preauth]

    init(rawValue: Int) { self.rawValue = rawValue }

    init(_ kind: ServerResponse.StatusKind, tag: [UInt8]?) {
        switch kind {
        case .ok: self = tag == nil ? .untaggedOK : .taggedOK
        case .no: self = .no
        case .bad: self = .bad
        case .bye: self = .bye
        case .preauth: self = .preauth
        }
    }

    /// The places of the codes that no argument follows.
    static let ofWords: [String: CodePlaces] = [
        "ALERT": .any, "ALREADYEXISTS": .no, "AUTHENTICATIONFAILED": .no, "AUTHORIZATIONFAILED": .no,
        "BADCOMPARATOR": .no, "CANNOT": .no, "CLIENTBUG": [.ok, .no, .bad, .bye], "CLOSED": .untaggedOK,
        "COMPRESSIONACTIVE": .no, "CONTACTADMIN": .any, "CORRUPTION": .no, "EXPIRED": .no,
        "EXPUNGEISSUED": [.ok, .no], "HASCHILDREN": .no, "INUSE": .no, "LIMIT": [.no, .bad, .bye],
        "NOMODSEQ": .untaggedOK,
        "NONEXISTENT": .no, "NOPERM": .no, "NOTIFICATIONOVERFLOW": [.untaggedOK, .no], "NOTSAVED": .no,
        "OVERQUOTA": [.ok, .no], "PARSE": .any, "PRIVACYREQUIRED": [.no, .bye], "READ-ONLY": .ok, "READ-WRITE": .ok,
        "SERVERBUG": [.no, .bad, .bye], "TEMPFAIL": .no, "TOOBIG": [.no, .bad, .bye], "TOOFEW": .no, "TOOMANY": .no,
        "TRYCREATE": .no, "UIDNOTSTICKY": [.untaggedOK, .no], "UIDREQUIRED": .bad,
        "UNAVAILABLE": [.no, .bye], "UNKNOWN-CTE": .no, "USEATTR": .no,
    ]

    /// The places of the codes that have arguments.
    static let ofOthers: [String: CodePlaces] = [
        "ANNOTATE": .no, "ANNOTATIONS": .untaggedOK, "APPENDUID": .ok, "BADCHARSET": .no, "BADEVENT": .no,
        "BADURL": .no, "CAPABILITY": [.ok, .preauth], "COPYUID": .ok, "HIGHESTMODSEQ": .ok,
        "INPROGRESS": .untaggedOK, "MAILBOXID": .ok, "MAXCONVERTMESSAGES": .no, "MAXCONVERTPARTS": .no,
        "MESSAGELIMIT": [.ok, .no], "METADATA": [.ok, .no], "MODIFIED": [.ok, .no], "NOUPDATE": [.untaggedOK, .no],
        "PERMANENTFLAGS": .untaggedOK, "REFERRAL": [.ok, .no, .bye], "UIDNEXT": .untaggedOK,
        "UIDVALIDITY": .untaggedOK, "UNDEFINED-FILTER": .no, "UNSEEN": .untaggedOK, "URLMECH": .ok,
    ]
}

extension ResponseGrammar {
    typealias Code = ServerResponse.Code

    /// `"[" resp-text-code "]"`
    func code(
        _ reader: inout ResponseReader, of kind: ServerResponse.StatusKind, tag: [UInt8]?
    ) throws(GrammarFault) -> Code {
        try reader.take("[")
        let start = reader.position
        let name = try reader.word()
        let places: CodePlaces
        let found: Code
        if let known = CodePlaces.ofWords[name] {
            places = known
            found = Code(name: name)
        } else if let known = CodePlaces.ofOthers[name] {
            places = known
            found = try arguments(of: name, &reader)
        } else {
            guard permissions.codes.contains(name) else {
                throw reader.fault("unknown response code \(name)", at: start)
            }
            places = .any
            if reader.peek == 0x20 {
                try reader.space()
                try freeText(&reader)
            }
            found = Code(name: name)
        }
        guard reader.accept(0x5D) else { throw reader.fault("expected ] behind the response code \(name)") }
        guard places.contains(CodePlaces(kind, tag: tag)) else {
            let place = tag == nil ? "untagged" : "tagged"
            throw reader.fault("response code \(name) in \(place) \(kind.rawValue)", at: start)
        }
        return found
    }

    /// `1*<any TEXT-CHAR except "]">`
    private func freeText(_ reader: inout ResponseReader) throws(GrammarFault) {
        let start = reader.position
        while let octet = reader.peek, octet != 0x5D {
            guard octet != 0, octet != 0x0D, octet != 0x0A, octet < 0x80 || reader.allowsUTF8 else {
                throw reader.fault("octet that stands in no response code")
            }
            reader.step()
        }
        if reader.position == start { throw reader.fault("expected an argument of the response code") }
    }

    private func arguments(of name: String, _ reader: inout ResponseReader) throws(GrammarFault) -> Code {
        switch name {
        case "BADCHARSET":
            if reader.accept(0x20) {
                try reader.list { (reader) throws(GrammarFault) in
                    if reader.peek == 0x22 { _ = try reader.quoted() } else { _ = try reader.atom() }
                }
            }
        case "CAPABILITY": return try capabilities(&reader)
        case "URLMECH": try mechanisms(&reader)
        case "INPROGRESS": if reader.accept(0x20) { try progress(&reader) }
        default:
            try reader.space()
            return try requiredArguments(of: name, &reader)
        }
        return Code(name: name)
    }

    private func requiredArguments(
        of name: String, _ reader: inout ResponseReader
    ) throws(GrammarFault) -> Code {
        var numbers: [UInt32] = []
        switch name {
        case "UIDNEXT", "UIDVALIDITY", "UNSEEN", "MAXCONVERTMESSAGES", "MAXCONVERTPARTS":
            numbers = [try reader.nonZero()]
        case "PERMANENTFLAGS": try reader.flags(.permanent)
        case "HIGHESTMODSEQ": _ = try reader.nonZero64()
        case "MODIFIED": try reader.numberSet()
        case "APPENDUID":
            numbers = [try reader.nonZero()]
            try reader.space()
            try reader.numberSet()
        case "COPYUID":
            numbers = [try reader.nonZero()]
            try reader.space()
            let sources = try reader.numberSet()
            try reader.space()
            let start = reader.position
            let targets = try reader.numberSet()
            guard count(sources) == count(targets) else {
                throw reader.fault("COPYUID whose sets differ in size", at: start)
            }
        case "MESSAGELIMIT":
            numbers = [try reader.nonZero()]
            if reader.accept(0x20) { numbers.append(try reader.nonZero()) }
        case "MAILBOXID": try objectID(&reader)
        case "BADEVENT": try reader.list { (reader) throws(GrammarFault) in _ = try reader.atom() }
        case "BADURL": try freeText(&reader)
        case "REFERRAL": try urls(&reader)
        case "NOUPDATE": _ = try reader.quoted()
        case "UNDEFINED-FILTER": _ = try reader.atom()
        case "METADATA": try metadataCode(&reader)
        case "ANNOTATE":
            guard reader.accept("TOOBIG") || reader.accept("TOOMANY") else {
                throw reader.fault("unknown argument of ANNOTATE")
            }
        default: try annotationsCode(&reader)
        }
        return Code(name: name, numbers: numbers)
    }

    private func count(_ ranges: [ClosedRange<UInt32>]) -> UInt64 {
        ranges.reduce(0) { $0 + UInt64($1.upperBound) - UInt64($1.lowerBound) + 1 }
    }

    /// `"(" objectid ")"`, `objectid = 1*255(ALPHA / DIGIT / "_" / "-")`
    func objectID(_ reader: inout ResponseReader) throws(GrammarFault) {
        try reader.take("(")
        let start = reader.position
        while let octet = reader.peek, octet != 0x29 {
            switch octet {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: reader.step()
            default: throw reader.fault("octet that stands in no object ID")
            }
        }
        guard (1...255).contains(reader.position - start) else {
            throw reader.fault("object ID of no octets or more than 255", at: start)
        }
        try reader.take(")")
    }

    /// `"LONGENTRIES" SP number / "MAXSIZE" SP number / "TOOMANY" / "NOPRIVATE"`
    private func metadataCode(_ reader: inout ResponseReader) throws(GrammarFault) {
        let start = reader.position
        switch try reader.word() {
        case "LONGENTRIES", "MAXSIZE":
            try reader.space()
            _ = try reader.number()
        case "TOOMANY", "NOPRIVATE": break
        default: throw reader.fault("unknown argument of METADATA", at: start)
        }
    }

    /// `ann-size = "NONE" / (("READ-ONLY" / nz-number) [SP "NOPRIVATE"])`
    private func annotationsCode(_ reader: inout ResponseReader) throws(GrammarFault) {
        if reader.accept("NONE") { return }
        if !reader.accept("READ-ONLY") { _ = try reader.nonZero() }
        if reader.accept(0x20) { try reader.take("NOPRIVATE") }
    }

    /// `1*(SP imapurl)`; the first space is taken.
    private func urls(_ reader: inout ResponseReader) throws(GrammarFault) {
        repeat {
            let start = reader.position
            guard reader.accept("imap://") else { throw reader.fault("expected an IMAP URL", at: start) }
            while let octet = reader.peek, octet > 0x20, octet < 0x7F, octet != 0x5D { reader.step() }
        } while reader.accept(0x20)
    }

    /// `SP "INTERNAL" *(SP mechanism ["=" base64])`
    private func mechanisms(_ reader: inout ResponseReader) throws(GrammarFault) {
        try reader.space()
        try reader.take("INTERNAL")
        while reader.accept(0x20) { _ = try reader.atom() }
    }

    /// `"(" inprogress-tag SP inprogress-state ")"`
    private func progress(_ reader: inout ResponseReader) throws(GrammarFault) {
        try reader.take("(")
        if !reader.null() { _ = try reader.quoted() }
        try reader.space()
        let isCounting = !reader.null()
        if isCounting { _ = try reader.number() }
        try reader.space()
        if !reader.null() {
            guard isCounting else { throw reader.fault("goal of a progress that is not known") }
            _ = try reader.nonZero()
        }
        try reader.take(")")
    }
}
