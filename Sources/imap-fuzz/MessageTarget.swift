import IMAPMessage
import IMAPText
import IMAPTypes

/// Reads the input as a message by everything that reads messages, in several cuts, and compares.
enum MessageTarget {
    /// What is wrong with the readers on this input, or `nil`.
    ///
    /// The first octet chooses the limits (bit 0), the transfer encoding and the charset of a search, and whether the
    /// rest is a message or, with bit 7, a digest. The second is where a search key begins, or a digest's size.
    static func problem(_ input: [UInt8]) -> String? {
        guard input.count >= 2 else { return nil }
        let octets = Array(input[2...])
        if input[0] & 0x80 != 0 {
            let size = UInt64(input[1]) * 8
            return DigestChecks.problem(octets, size: size) ?? MessageTextsChecks.problem(digest: octets, size: size)
        }
        let limits = input[0] & 1 == 0 ? MessageLimits.standard : .small
        var random = SplitMix(hashing: octets)
        let cuts = Cuts(octets, &random)
        return StructureChecks.problem(cuts, limits) ?? HeaderChecks.problem(octets, &random)
            ?? TransferChecks.problem(cuts) ?? MessageTextsChecks.problem(cuts, limits, key: Int(input[1]))
            ?? SearchChecks.problem(cuts, encoding: input[0] >> 1 & 3, charset: input[0] >> 3 & 7, key: Int(input[1]))
    }

    static let words: [[UInt8]] = [
        "\r\n", "\n", "\r", "\0", "\r\n\r\n", "--", "--b", "--b--", "--o\r\n", "--o--\r\n", "\r\n--b\r\n\r\n",
        "Content-Type: multipart/mixed; boundary=b\r\n", "Content-Type: multipart/digest; boundary=\"o\"\r\n",
        "Content-Type: message/rfc822\r\n\r\n", "Content-Transfer-Encoding: base64\r\n\r\n", "Subject: ",
        "From: a@b\r\n",
        "To: g: a <b@c>, d;\r\n", "References: <a@b>\r\n", "Content-Disposition: a; b=\"c\"\r\n", "; a*0*=utf-8''%41",
        "Content-Language: en, fr\r\n", "=?utf-8?q?=C3=A9?=", "=?iso-8859-1?b?6Q==?=", "=\r\n", "=3D", "=C3=A9", "QUJD",
        "====", "(((", "\\\"", "\"", "<@a,@b:c@d>", "Mon, 7 Feb 1994 21:52:25 -0800", " \t ", "\u{FF}", "é", "+/v8-",
    ].map { Array($0.utf8) }
}

extension MessageLimits {
    /// Limits that small inputs reach.
    fileprivate static let small: MessageLimits = {
        var limits = MessageLimits()
        limits.levels = 3
        limits.parts = 5
        limits.fieldOctets = 24
        limits.headerOctets = 200
        limits.fieldParameters = 2
        limits.parameters = 5
        limits.addresses = 4
        limits.boundaryOctets = 5
        return limits
    }()
}

/// The same octets in several pieces.
struct Cuts {
    let whole: [UInt8]
    let all: [[[UInt8]]]

    init(_ octets: [UInt8], _ random: inout SplitMix) {
        whole = octets
        all = [[octets], random.cut(octets), octets.map { [$0] }]
    }
}

enum StructureChecks {
    static func problem(_ cuts: Cuts, _ limits: MessageLimits) -> String? {
        var first: MessageStructure?
        for pieces in cuts.all {
            var scanner = MessageScanner(limits)
            var early: (Envelope, UInt64)?
            for piece in pieces {
                scanner.feed(piece)
                if early == nil, let envelope = scanner.envelope, let end = scanner.headerEnd {
                    early = (envelope, end)
                }
            }
            // What a boundary line costs is its own octets.
            guard scanner.steps <= 8 * cuts.whole.count + 16 else { return "\(scanner.steps) steps" }
            let found = scanner.finish()
            if let early, early.0 != found.envelope || early.1 != found.extents[0].header.upperBound {
                return "the envelope changed behind the header"
            }
            guard first == nil || first == found else { return "the structure depends on the cut" }
            first = found
        }
        guard let found = first else { return nil }
        return laws(found, cuts.whole, limits) ?? sections(found)
            ?? DigestChecks.roundTrip(found, HeaderBlock(cuts.whole, limits))
    }

    private static func laws(
        _ found: MessageStructure, _ message: [UInt8], _ limits: MessageLimits
    ) -> String? {
        guard found.size == UInt64(message.count) else { return "\(found.size) of \(message.count) octets" }
        guard found.body.parts.count <= limits.parts else { return "\(found.body.parts.count) parts" }
        guard found.extents[0].header.lowerBound == 0, found.extents[0].body.upperBound == found.size else {
            return "the whole message is \(found.extents[0])"
        }
        if let problem = nesting(found) { return problem }
        for (part, extent) in zip(found.body.parts, found.extents) {
            guard part.octets == UInt64(extent.body.count) else { return "\(part.octets) octets in \(extent)" }
            let lines = message[Int(extent.body.lowerBound)..<Int(extent.body.upperBound)].count { $0 == 0x0A }
            guard extent.lines == UInt64(lines) else { return "\(extent.lines) lines, and \(lines)" }
        }
        return nil
    }

    /// The parts are inside the part they belong to, one behind the other.
    static func nesting(_ found: MessageStructure) -> String? {
        guard BodyStructure(found.body.parts) == found.body else { return "no tree" }
        for (index, extent) in found.extents.enumerated() {
            guard extent.header.upperBound == extent.body.lowerBound else { return "a header apart: \(extent)" }
            var end = extent.body.lowerBound
            for child in found.body.children(of: index) {
                guard found.extents[child].header.lowerBound >= end else { return "part \(child) begins too early" }
                end = found.extents[child].body.upperBound
            }
            guard end <= extent.body.upperBound, end <= found.size else { return "part \(index) ends too late" }
        }
        return nil
    }

    private static func sections(_ found: MessageStructure) -> String? {
        let paths: [[UInt32]] = [
            [], [1], [2], [1, 1], [1, 2], [2, 1], [1, 1, 1], [3], [2, 1, 1], [.max], [0], [1, 0],
        ]
        for path in paths {
            for text in [SectionText.whole, .header, .text, .mime] {
                guard let range = found.range(of: path, text) else { continue }
                guard range.upperBound <= found.size else { return "section \(path) is \(range)" }
                guard path.isEmpty || found.part(at: path) != nil else { return "section \(path) of no part" }
            }
        }
        return nil
    }
}

enum DigestChecks {
    /// A structure is read as it was written; it has no digest only when that would be large.
    static func roundTrip(_ structure: MessageStructure, _ header: HeaderBlock? = nil) -> String? {
        guard let digest = structure.digest(header) else { return "no digest" }
        guard MessageStructure(digest: digest, size: structure.size) == structure else {
            return "the digest is another's"
        }
        if let problem = front(digest, structure, header) { return problem }
        return MessageStructure(digest: digest, size: structure.size + 1) == nil ? nil : "a digest of any size"
    }

    /// What a digest says without being read whole is what the header and the structure say.
    private static func front(_ digest: [UInt8], _ structure: MessageStructure, _ header: HeaderBlock?) -> String? {
        guard let front = DigestFront(digest, size: structure.size),
            let facts = MessageFacts(digest: digest, size: structure.size)
        else { return "no front" }
        let read = MessageFacts(structure.envelope, references: structure.references)
        guard facts.subject == read.subject, facts.references == read.references, facts.messageID == read.messageID,
            facts.inReplyTo == read.inReplyTo, facts.date == read.date, facts.sentSeconds == read.sentSeconds,
            facts.firstAddress(of: .cc) == read.firstAddress(of: .cc)
        else { return "the front says something else" }
        for field in DigestField.allCases {
            guard let values = front.values(of: field) else { continue }
            guard values == header?.values(of: field.name) else { return "other values of \(field)" }
            if let value = values.last, front.has(TextSearch(EncodedWords.decode(value)), in: field) != true {
                return "a value of \(field) is not in it"
            }
        }
        if front.sent != .unknown, let header {
            let date = header.first(Array("date".utf8)).flatMap { SentDate(EncodedWords.decode($0)) }?.date
            guard day(front.sent) == date.map({ [$0.year, $0.month, $0.day] }) else { return "another day" }
        }
        return nil
    }

    private static func day(_ date: DigestDate) -> [Int]? {
        guard case .sent(_, let local) = date else { return nil }
        let day = InternalDate(secondsSince1970: local)
        return [day.year, day.month, day.day]
    }

    /// R-SW-6: any octets are no digest, or one of a lawful structure.
    static func problem(_ octets: [UInt8], size: UInt64) -> String? {
        if let front = DigestFront(octets, size: size) {
            for field in DigestField.allCases {
                let values = front.values(of: field)
                let isThere = front.has(TextSearch([]), in: field)
                guard values == nil || isThere == values.map({ !$0.isEmpty }) else { return "\(field) is there or not" }
            }
        }
        if let facts = MessageFacts(digest: octets, size: size) {
            _ = (facts.subject, facts.references, facts.sentSeconds)
        }
        guard let read = MessageStructure(digest: octets, size: size) else { return nil }
        guard read.size == size, read.extents.count == read.body.parts.count else { return "read as \(read.size)" }
        if let problem = StructureChecks.nesting(read) { return problem }
        return roundTrip(read)
    }
}
