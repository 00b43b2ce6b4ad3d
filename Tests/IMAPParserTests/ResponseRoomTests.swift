import IMAPCodec
import IMAPTypes
import Testing

/// The writer looks at eight octets at once, and makes room for many pieces at once. What it writes is what looking at
/// each octet alone would write.
@Suite("Strings and numbers of every length (R-OUT-2, R-OUT-3)")
struct ResponseRoomTests {
    private func written(_ write: (inout ResponseWriter) -> Void) -> [UInt8] {
        var writer = ResponseWriter()
        write(&writer)
        return writer.takeAll()
    }

    /// A string, octet by octet, as R-OUT-3 says it.
    private func string(_ value: [UInt8]) -> [UInt8] {
        guard value.count <= 1000, value.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
            return octets("{\(value.count)}\r\n") + value.map { $0 == 0 ? 0x80 : $0 }
        }
        return [0x22] + value.flatMap { $0 == 0x22 || $0 == 0x5C ? [0x5C, $0] : [$0] } + [0x22]
    }

    private static let edges: [UInt8] = [
        0x00, 0x01, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x5B, 0x5C, 0x5D, 0x7E, 0x7F, 0x80, 0xA0, 0xA2, 0xDC, 0xFF,
    ]

    @Test func eachOctetIsSeenInEachPlace() {
        var wrong = 0
        for length in 0...26 {
            for place in 0..<max(length, 1) {
                for octet in ResponseRoomTests.edges {
                    var value = [UInt8](repeating: 0x61, count: length)
                    if !value.isEmpty { value[place] = octet }
                    if written({ $0.string(value) }) != string(value) { wrong += 1 }
                }
            }
        }
        for octet in UInt8.min...UInt8.max {
            for value in [[octet], [UInt8](repeating: octet, count: 8), [UInt8](repeating: octet, count: 13)]
            where written({ $0.string(value) }) != string(value) {
                wrong += 1
            }
        }
        #expect(wrong == 0)
    }

    @Test func eachNULOfALiteralIsSeenInEachPlace() {
        for length in [1, 7, 8, 9, 17, 255, 256, 257, 3000] {
            for place in [0, length / 2, length - 1] {
                var value = [UInt8](repeating: 0xFE, count: length)
                #expect(written { $0.literalOctets(value) } == value)
                value[place] = 0
                #expect(written { $0.literalOctets(value) } == value.map { $0 == 0 ? 0x80 : $0 })
                #expect(written { $0.literalOctets(value, isBinary: true) } == value)
                #expect(written { $0.nstring8(value) } == octets("~{\(length)}\r\n") + value)
            }
        }
    }

    @Test func numbersOfEachLength() {
        var power: UInt64 = 1
        for _ in 0..<20 {
            for value in [power - 1, power, power + 1] {
                #expect(written { $0.number(value) } == octets("\(value)"))
                #expect(written { $0.number63(value) } == octets("\(min(value, UInt64(Int64.max)))"))
            }
            power = power.multipliedReportingOverflow(by: 10).partialValue
        }
        #expect(written { $0.number(UInt64.max) } == octets("18446744073709551615"))
        #expect(written { $0.number63(UInt64.max) } == octets("9223372036854775807"))
    }

    @Test(arguments: [1, 7, 8, 9, 15, 16, 17, 24, 25, 31, 32])
    func wordsOfEachLength(length: Int) throws {
        let word = [UInt8](repeating: 0x57, count: length)
        let made = Keyword(word.span)
        let keyword = try #require(made)
        #expect(written { $0.keyword(keyword) } == word)
    }

    /// Pieces of all sizes behind one another: none is lost where room is made, or where a long one is put behind it.
    @Test func piecesOfEachSizeStayWhereTheyAre() {
        let sizes = [0, 1, 7, 8, 9, 100, 255, 256, 257, 500, 511, 512, 513, 999, 1000, 1001, 5000]
        var writer = ResponseWriter()
        var expected: [UInt8] = []
        for first in sizes {
            for second in sizes {
                let literal = [UInt8](repeating: UInt8(truncatingIfNeeded: first), count: first).map { max($0, 1) }
                let quoted = [UInt8](repeating: 0x22, count: second)
                writer.literalOctets(literal)
                writer.string(quoted)
                writer.space()
                expected += literal + string(quoted) + [0x20]
                #expect(writer.size == expected.count)
            }
            if first == 256 {
                #expect(writer.takeAll() == expected)
                expected = []
            }
        }
        #expect(writer.takeAll() == expected)
    }

    /// Each string of an envelope and of a structure may need all the room a string can need.
    @Test(arguments: ResponseWriterTests.dangerous)
    func theRoomOfAStructureIsEnough(value: [UInt8]) throws {
        let address = Address.mailbox(Address.Mailbox(name: value, route: value, localPart: value, host: value))
        let list = [address, .groupStart(value), .groupEnd]
        let envelope = Envelope(
            date: value, subject: value, from: list, to: list, cc: list, bcc: list, inReplyTo: value, messageID: value)
        var fields = BodyPart.Fields()
        fields.parameters = [
            BodyPart.Parameter(name: value, value: value), BodyPart.Parameter(name: value, value: value),
        ]
        fields.id = value
        fields.description = value
        fields.encoding = value
        fields.md5 = value
        fields.disposition = BodyPart.Disposition(type: value, parameters: fields.parameters)
        fields.languages = [value, value, value]
        fields.location = value
        let largest = UInt64.max
        let parts = [
            BodyPart(type: octets("multipart"), subtype: value, fields: fields, count: 2),
            BodyPart(
                type: octets("message"), subtype: octets("rfc822"), fields: fields, octets: largest, lines: largest,
                envelope: envelope),
            BodyPart(type: octets("text"), subtype: value, fields: fields, octets: largest, lines: largest),
            BodyPart(type: octets("image"), subtype: value, fields: fields, octets: largest),
        ]
        let structure = try #require(BodyStructure(parts))
        for extended in [false, true] {
            var writer = ResponseWriter()
            writer.bodyStructure(structure, extended: extended)
            let tokens = try WireReader.tokens(writer.takeAll())
            let found = tokens.filter { $0 == .string(value.map { $0 == 0 ? 0x80 : $0 }) }
            // 6 lists of an address and a group, 4 strings beside them; 7 of each single part's fields, 2 subtypes.
            let common = 6 * 5 + 4 + 3 * 7 + 2 + 1
            #expect(found.count == (extended ? common + 3 * 10 + 13 : common), "\(value.prefix(10))")
            #expect(tokens.filter { $0 == .open }.count == tokens.filter { $0 == .close }.count)
        }
    }
}
