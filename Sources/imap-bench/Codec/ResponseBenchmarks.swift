import IMAPCodec
import IMAPTypes

/// Responses, written.
enum ResponseBenchmarks {
    static var all: [Benchmark] {
        [fetch(isPrebuilt: true), fetch(isPrebuilt: false)]
    }

    /// What 100 responses are: each 924 octets of the examples and 48 of extension data that may be left out.
    private static let octets = 97_192

    /// FETCH responses with what the examples have: UID, FLAGS, INTERNALDATE, RFC822.SIZE, ENVELOPE with seven addresses
    /// and BODYSTRUCTURE of mixed(alternative(plain, html), pdf).
    private static func fetch(isPrebuilt: Bool) -> Benchmark {
        let count = 100
        let name = isPrebuilt ? "encode/fetch" : "encode/fetch-and-model"
        return Benchmark(name, per: "response", units: count, octets: octets) {
            let models = try (1...UInt32(count)).map { try SampleResponse($0) }
            var writer = ResponseWriter()
            for model in models { model.write(to: &writer) }
            let expected = writer.takeAll()
            try compare(expected)
            return {
                _ = writer.takeAll()
                for number in 1...count {
                    if isPrebuilt {
                        models[number - 1].write(to: &writer)
                    } else {
                        try SampleResponse(UInt32(number)).write(to: &writer)
                    }
                }
                guard writer.size == expected.count else { throw Benchmark.Failure("other octets") }
            }
        }
    }

    /// Whether it is the examples, where they lie beside the checkout, octet by octet, and at each part's end the `NIL`s of
    /// the extension data that they leave out: of disposition, language and location, which the library writes always.
    private static func compare(_ written: [UInt8]) throws {
        guard written.count == octets else { throw Benchmark.Failure("\(written.count) octets") }
        guard
            var text = (try? Workload.read("fetch-responses-100.expected")).map({ String(decoding: $0, as: UTF8.self) })
        else { return }
        for (end, left) in [
            ("92 NIL NIL", " NIL NIL"), ("140 NIL NIL", " NIL NIL"), ("\"b2_alt_boundary\")", " NIL NIL NIL"),
            ("(\"filename\" \"minutes.pdf\"))", " NIL NIL"), ("\"b1_mixed_boundary\")", " NIL NIL NIL"),
        ] {
            text = text.replacing(end, with: end + left)
        }
        guard written == Array(text.utf8) else { throw Benchmark.Failure("other octets than the examples") }
    }
}

/// What one response says.
private final class SampleResponse {
    let number: UInt32
    let flags: [Flag]
    let date: InternalDate
    let size: UInt64
    let envelope: Envelope
    let structure: BodyStructure

    init(_ number: UInt32) throws {
        func octets(_ text: String) -> [UInt8] { Array(text.utf8) }
        func address(_ name: String?, _ localPart: String, _ host: String) -> Address {
            .mailbox(Address.Mailbox(name: name.map(octets), localPart: octets(localPart), host: octets(host)))
        }
        func part(
            _ type: String, _ subtype: String, encoding: String = "7BIT", _ parameter: (String, String),
            octets size: UInt64 = 0, lines: UInt64 = 0, count: Int = 0, file: String? = nil
        ) -> BodyPart {
            var fields = BodyPart.Fields()
            fields.parameters = [BodyPart.Parameter(name: octets(parameter.0), value: octets(parameter.1))]
            fields.encoding = octets(encoding)
            fields.disposition = file.map { name in
                let parameter = BodyPart.Parameter(name: octets("filename"), value: octets(name))
                return BodyPart.Disposition(type: octets("attachment"), parameters: [parameter])
            }
            return BodyPart(
                type: octets(type), subtype: octets(subtype), fields: fields, octets: size, lines: lines, count: count)
        }
        let parts = [
            part("MULTIPART", "MIXED", ("boundary", "b1_mixed_boundary"), count: 2),
            part("MULTIPART", "ALTERNATIVE", ("boundary", "b2_alt_boundary"), count: 2),
            part("TEXT", "PLAIN", ("charset", "utf-8"), octets: 3028, lines: 92),
            part("TEXT", "HTML", encoding: "QUOTED-PRINTABLE", ("charset", "utf-8"), octets: 8120, lines: 140),
            part(
                "APPLICATION", "PDF", encoding: "BASE64", ("name", "minutes.pdf"), octets: 81_230, file: "minutes.pdf"),
        ]
        let gray = address("Terry Gray", "gray", "cac.washington.edu")
        guard let structure = BodyStructure(parts),
            let seen = Flag("\\Seen"), let answered = Flag("\\Answered"), let forwarded = Flag("$Forwarded"),
            let date = InternalDate(
                year: 2024, month: 7, day: 17, hour: 2, minute: 44, second: 25, zoneMinutes: -420)
        else { throw Benchmark.Failure("the model is none") }
        self.number = number
        flags = [seen, answered, forwarded]
        self.date = date
        size = 4286 + UInt64(number)
        self.structure = structure
        envelope = Envelope(
            date: octets("Wed, 17 Jul 2024 02:23:25 -0700 (PDT)"),
            subject: octets("IMAP4rev2 WG mtg summary and minutes"), from: [gray], sender: [gray], replyTo: [gray],
            to: [address(nil, "imap", "cac.washington.edu"), address("Bob Example", "bob", "example.org")],
            cc: [
                address(nil, "minutes", "CNRI.Reston.VA.US"), address("John Klensin", "KLENSIN", "MIT.EDU"),
            ], messageID: octets("<B27397-0100000@cac.washington.ed>"))
    }

    func write(to writer: inout ResponseWriter) {
        writer.untagged()
        writer.number(number)
        writer.space()
        writer.keyword(Word.fetch)
        writer.space()
        writer.openList()
        writer.keyword(Word.uid)
        writer.space()
        writer.number(4000 + number)
        item(Word.flags, &writer) { $0.flags(flags) }
        item(Word.internalDate, &writer) { $0.dateTime(date) }
        item(Word.size, &writer) { $0.number63(size) }
        item(Word.envelope, &writer) { $0.envelope(envelope) }
        item(Word.bodyStructure, &writer) { $0.bodyStructure(structure, extended: true) }
        writer.closeList()
        writer.lineEnd()
    }

    private func item(_ name: Keyword, _ writer: inout ResponseWriter, _ value: (inout ResponseWriter) -> Void) {
        writer.space()
        writer.keyword(name)
        writer.space()
        value(&writer)
    }
}

/// The words of a response, each made once, as the items of FETCH have them.
private enum Word {
    static let fetch: Keyword = "FETCH"
    static let uid: Keyword = "UID"
    static let flags: Keyword = "FLAGS"
    static let internalDate: Keyword = "INTERNALDATE"
    static let size: Keyword = "RFC822.SIZE"
    static let envelope: Keyword = "ENVELOPE"
    static let bodyStructure: Keyword = "BODYSTRUCTURE"
}
