import IMAPMessage
import IMAPTypes
import Testing

/// Counts steps and octets, never time.
@Suite("Hostile messages (R-ALG-5, R-NEST-3)")
struct HostileMessageTests {
    private struct Found {
        let structure: MessageStructure
        let steps: Int
    }

    private func scan(_ message: [UInt8]) -> Found {
        var scanner = MessageScanner()
        scanner.feed(message)
        return Found(structure: scanner.finish(), steps: scanner.steps)
    }

    /// Steps before the end: closing what is open is at most a level each.
    private func scanWithoutEnd(_ message: [UInt8]) -> Int {
        var scanner = MessageScanner()
        scanner.feed(message)
        return scanner.steps
    }

    private func nested(_ count: Int, boundary: (Int) -> String) -> [UInt8] {
        var message: [UInt8] = []
        for level in 0..<count {
            let name = boundary(level)
            message += octets("Content-Type: multipart/mixed; boundary=\(name)\r\n\r\n--\(name)\r\n")
        }
        return message
    }

    @Test func hundredThousandNestedMultipartsAreAHundredLevels() {
        let message = nested(100_000) { "b\($0)" }
        #expect(scanWithoutEnd(message) < 20 * 100_000)
        let found = structure(message)
        #expect(found.body.parts.count == 100)
        #expect(found.extents[99].body.upperBound == UInt64(message.count))
        #expect(found == structure(message))
        #expect(found.hashValue == structure(message).hashValue)
        #expect(found.range(of: [UInt32](repeating: 1, count: 99), .whole) == found.extents[99].body)
        #expect(found.range(of: [UInt32](repeating: 1, count: 100), .whole) == nil)
    }

    @Test func nestedMultipartsOfOneBoundaryAreBounded() {
        let message = nested(100_000) { _ in "b" }
        #expect(scanWithoutEnd(message) < 20 * 100_000)
        #expect(structure(message).body.parts.count <= 10_000)
    }

    @Test func nestedMessagesAreAHundredLevels() {
        let message = [[UInt8]](repeating: octets("Content-Type: message/rfc822\r\n\r\n"), count: 100_000).flatMap {
            $0
        }
        let found = structure(message)
        #expect(found.body.parts.count == 100)
        #expect(found.body.parts[99].type == octets("application"))
        guard case .message = found.body.parts[98].content else {
            Issue.record("the part at level 99 is no message")
            return
        }
    }

    @Test func millionLinesThatLookLikeBoundariesAreText() {
        var message = octets("Content-Type: multipart/mixed; boundary=boundary\r\n\r\n--boundary\r\n\r\n")
        let start = message.count
        for number in 0..<200_000 {
            message += octets("--boundary\(number % 10)\r\n--boundar\r\n--boundary-\r\n-\r\n--\r\n")
        }
        #expect(scanWithoutEnd(message) < message.count)
        let found = structure(message)
        #expect(found.body.parts.count == 2)
        #expect(found.extents[1].body == UInt64(start)..<UInt64(message.count))
        #expect(found.extents[1].lines == 1_000_000)
    }

    /// A line's cost must not depend on how many boundaries are open.
    @Test func openBoundariesCostNothingALine() {
        let boundary = String(repeating: "x", count: 60)
        var few = nested(2) { boundary + "\($0)" }
        var many = nested(99) { boundary + "\($0)" }
        let before = (scanWithoutEnd(few), scanWithoutEnd(many))
        for _ in 0..<5000 {
            few += octets("\r\n--\(boundary)y\r\n")
            many += octets("\r\n--\(boundary)y\r\n")
        }
        #expect(scanWithoutEnd(few) - before.0 == scanWithoutEnd(many) - before.1)
    }

    @Test func hundredThousandPartsAreTenThousand() {
        var message = octets("Content-Type: multipart/mixed; boundary=b\r\n\r\n")
        for _ in 0..<100_000 { message += octets("--b\r\n\r\nx\r\n") }
        message += octets("--b--\r\n")
        let found = structure(message)
        #expect(found.body.parts.count == 10_000)
        #expect(found.extents[9999].body.count == 1)
        #expect(found.range(of: [9999], .whole) == found.extents[9999].body)
        #expect(found.range(of: [10_000], .whole) == nil)
    }

    @Test func partsOverTheLimitDoNotHideWhatIsOutside() {
        var limits = MessageLimits.standard
        limits.parts = 4
        let message = mail(
            """
            Content-Type: multipart/mixed; boundary=o

            --o
            Content-Type: multipart/mixed; boundary=i

            --i

            one
            --i

            two
            --i--
            --o

            last
            --o--

            """)
        #expect(
            outline(structure(message, limits)) == """
                multipart/mixed 101 14 0 45 146
                - multipart/mixed 29 6 50 95 124
                - - text/plain 3 0 100 102 105
                - - text/plain 3 0 112 114 117
                """)
    }

    @Test func tenMegabytesOfOneHeaderLineAreCut() {
        for name in ["Subject", "X-Unknown", "Content-Type", "To", "References", "Content-ID"] {
            let message = octets("\(name): ") + [UInt8](repeating: 0x61, count: 10 << 20) + octets("\r\n\r\nbody")
            let found = structure(message)
            #expect(found.extents[0].body.count == 4)
            #expect(held(found) <= (1 << 20) + 100)
        }
        let unnamed = [UInt8](repeating: 0x61, count: 10 << 20)
        #expect(held(structure(unnamed)) < 100)
    }

    @Test func headersOfAllPartsTogetherAreBounded() {
        var message = octets("Content-Type: multipart/mixed; boundary=b\r\n\r\n")
        let description = [UInt8](repeating: 0x61, count: 100_000)
        for _ in 0..<120 { message += octets("--b\r\nContent-Description: ") + description + octets("\r\n\r\nx\r\n") }
        let found = structure(message)
        #expect(found.body.parts.count == 121)
        #expect(held(found) <= (8 << 20) + 10_000)
        #expect(held(found) > 7 << 20)
    }

    @Test func parametersAndAddressesAreBounded() {
        var type = octets("Content-Type: text/plain")
        for _ in 0..<100_000 { type += octets(";a=b") }
        #expect(structure(type + octets("\r\n\r\n")).body.root.fields.parameters.count == 1001)
        var message = octets("Content-Type: multipart/mixed; boundary=b\r\n\r\n")
        for _ in 0..<30 { message += octets("--b\r\n") + type + octets("\r\n\r\n\r\n") }
        let parts = structure(message).body.parts
        #expect(parts.reduce(0) { $0 + $1.fields.parameters.count } <= 20_000 + 31)
        let to = octets("To: ") + [[UInt8]](repeating: octets("a,"), count: 400_000).flatMap { $0 }
        #expect(structure(to + octets("\r\n\r\n")).envelope.to.count == 20_000)
        let language = octets("Content-Language: ") + [[UInt8]](repeating: octets("a,"), count: 40_000).flatMap { $0 }
        #expect(structure(language + octets("\r\n\r\n")).body.root.fields.languages.count == 1000)
    }

    /// Quadratic or recursive, these would not end.
    @Test(arguments: ["(", "\"", "<", "<@", "a@", ":", "\\", "[", "=?", ";a*0*=", "(a)"])
    func repeatedOctetsInAFieldAreLinear(_ piece: String) {
        let flood = [[UInt8]](repeating: octets(piece), count: 200_000).flatMap { $0 }
        for field in ["To", "Content-Type: a/b; x=", "Content-Disposition", "Content-Language", "Subject", "Date"] {
            let found = structure(octets(field + ":") + flood + octets("\r\n\r\n"))
            #expect(found.body.parts.count == 1)
            _ = found.envelope.date.map { SentDate($0) }
            _ = found.envelope.subject.map { BaseSubject($0) }
        }
        #expect(MessageIDs.parse(flood).count <= 1000)
    }

    /// Octets kept of the headers.
    private func held(_ structure: MessageStructure) -> Int {
        var sum = structure.references?.count ?? 0
        func add(_ envelope: Envelope) {
            for value in [envelope.date, envelope.subject, envelope.inReplyTo, envelope.messageID] {
                sum += value?.count ?? 0
            }
            for address in [envelope.from, envelope.to, envelope.cc, envelope.bcc].joined() {
                let members = address.members
                for member in [members.name, members.route, members.mailbox, members.host] { sum += member?.count ?? 0 }
            }
        }
        add(structure.envelope)
        for part in structure.body.parts {
            if case .message(let envelope, lines: _) = part.content { add(envelope) }
            let fields = part.fields
            for value in [part.type, part.subtype, fields.id, fields.description, fields.md5, fields.location] {
                sum += value?.count ?? 0
            }
            for parameter in fields.parameters { sum += parameter.name.count + parameter.value.count }
        }
        return sum
    }
}

@Suite("Random messages never trap (R-SW-6)")
struct RandomMessageTests {
    static let pieces: [[UInt8]] = [
        "\r\n", "\r\n\r\n", "\n", "\r", "--", "--a", "--a--", "--b", "--b--", " ", "\t", ";", "\"", "(", ")", "\0",
        "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n",
        "Content-Type: multipart/digest; boundary=\"b\"\r\n",
        "Content-Type: message/rfc822\r\n\r\n", "Subject: s\r\n", "To: g: a@b;\r\n", "From: <", "boundary=", "*0*=",
        "%",
        "Content-Type:", "multipart/", "x", "é", "Content-Language: a,b\r\n", "Content-Disposition: a; b=c\r\n",
    ].map { octets($0) }

    @Test(arguments: 0..<20)
    func anyOrderOfPiecesGivesTheSameHoweverCut(_ seed: Int) {
        var numbers = SeededNumbers(seed: UInt64(seed))
        for _ in 0..<100 {
            var message: [UInt8] = []
            for _ in 0..<Int.random(in: 0...40, using: &numbers) {
                message += Self.pieces.randomElement(using: &numbers) ?? []
            }
            check(message, &numbers)
        }
    }

    @Test(arguments: StructureCase.all)
    func mutatedMessageGivesTheSameHoweverCut(_ example: StructureCase) {
        var numbers = SeededNumbers(seed: UInt64(example.message.count))
        for _ in 0..<100 {
            var message = example.message
            for _ in 0..<Int.random(in: 1...6, using: &numbers) where !message.isEmpty {
                let place = Int.random(in: 0..<message.count, using: &numbers)
                switch Int.random(in: 0...3, using: &numbers) {
                case 0: message[place] = UInt8.random(in: 0...255, using: &numbers)
                case 1: message.remove(at: place)
                case 2: message.insert(contentsOf: Self.pieces.randomElement(using: &numbers) ?? [], at: place)
                default:
                    let end = Int.random(in: place...message.count, using: &numbers)
                    message.insert(contentsOf: message[place..<end], at: place)
                }
            }
            check(message, &numbers)
        }
    }

    private func check(_ message: [UInt8], _ numbers: inout SeededNumbers) {
        let whole = structure(message)
        #expect(structure(message, inPiecesOf: 1) == whole, "\(message)")
        #expect(structure(message, inPiecesOf: Int.random(in: 2...9, using: &numbers)) == whole, "\(message)")
        for (index, extent) in whole.extents.enumerated() {
            #expect(extent.header.upperBound == extent.body.lowerBound)
            #expect(extent.body.upperBound <= UInt64(message.count))
            for child in whole.body.children(of: index) {
                let inner = whole.extents[child]
                #expect(inner.header.lowerBound >= extent.body.lowerBound, "\(message)")
                #expect(inner.body.upperBound <= extent.body.upperBound, "\(message)")
            }
            let body = Array(message[Int(extent.body.lowerBound)..<Int(extent.body.upperBound)])
            #expect(body.reduce(0) { $0 + ($1 == 0x0A ? 1 : 0) } == extent.lines, "\(message)")
        }
        #expect(BodyStructure(whole.body.parts) == whole.body)
    }
}
