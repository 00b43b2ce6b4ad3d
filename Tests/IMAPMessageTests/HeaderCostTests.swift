import IMAPMessage
import IMAPTypes
import Testing

/// Steps are octets of headers that were looked at and kept, parts that were opened and closed, and octets of possible
/// boundaries: no time is measured.
@Suite("The cost of a message is linear in its octets (R-ALG-5)", .serialized)
struct HeaderCostTests {
    private static let raised = {
        var limits = MessageLimits.standard
        limits.headerOctets = 1 << 30
        limits.fieldOctets = 1 << 30
        limits.fields = 1 << 30
        limits.fieldParameters = 1 << 30
        limits.parameters = 1 << 30
        limits.addresses = 1 << 30
        return limits
    }()

    private static func steps(_ message: [UInt8], inPiecesOf piece: Int = 4096) -> Int {
        var scanner = MessageScanner(raised)
        var start = 0
        while start < message.count {
            let end = min(message.count, start + piece)
            scanner.feed(Array(message[start..<end]))
            start = end
        }
        let steps = scanner.steps + scanner.headerSteps
        _ = scanner.finish()
        return steps
    }

    private static func expectLinear(_ counts: [Int], _ message: (Int) -> [UInt8]) {
        for count in counts {
            for piece in [1, 4096] {
                let (one, two) = (
                    steps(message(count), inPiecesOf: piece), steps(message(2 * count), inPiecesOf: piece)
                )
                #expect(one >= count, "\(count) cost \(one)")
                #expect(Double(two) / Double(one) < 2.5, "\(count) cost \(one), twice as many \(two)")
            }
        }
    }

    @Test(arguments: [
        "Subject: ", "From: ", "References: ", "Content-Type: ", "Content-Disposition: ", "Content-Language: ", "X: ",
        "",
    ])
    func oneLongField(_ name: String) {
        // Without a name, a line end would be the header's.
        for piece in ["x", "a@b, ", "<a@b> ", "; a=b", "\r\n x", "=?utf-8?q?x?= ", "(", "\"", ","]
        where !name.isEmpty || piece.utf8.first != 0x0D {
            Self.expectLinear([500, 5000]) { octets(name + String(repeating: piece, count: $0) + "\r\n\r\n") }
        }
    }

    @Test(arguments: ["Subject: x", "X: y", "no field", "From: a@b\r\n\tc", ":", "\r"])
    func manyFields(_ field: String) {
        Self.expectLinear([500, 5000]) { octets(String(repeating: "\(field)\r\n", count: $0) + "\r\n") }
    }

    /// Every level is a header, and what closes it.
    @Test func deepParts() {
        Self.expectLinear([10, 100, 1000, 5000]) { count in
            (0..<count).flatMap { octets("Content-Type: multipart/mixed; boundary=b\($0 % 7)\r\n\r\n--b\($0 % 7)\r\n") }
        }
        Self.expectLinear([10, 100, 1000, 5000]) { count in
            octets(String(repeating: "Content-Type: message/rfc822\r\n\r\n", count: count))
        }
    }

    @Test func manyParts() {
        Self.expectLinear([10, 100, 1000, 4000]) { count in
            octets(
                "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
                    + String(repeating: "--b\r\n\r\nx\r\n", count: count))
        }
    }

    // MARK: The limit of fields

    @Test(arguments: [1, 2, 3, 100])
    func fieldsOverTheLimitArePassedOver(_ most: Int) {
        var limits = MessageLimits.standard
        limits.fields = most
        let message = mail("X: y\nSubject: subject\nnot a field\nMessage-ID: <a@b>\nDate: date\n\nbody\n")
        let found = structure(message, limits)
        #expect(found.envelope.subject.map(text) == (most >= 2 ? "subject" : nil))
        #expect(found.envelope.messageID.map(text) == (most >= 3 ? "<a@b>" : nil))
        #expect(found.envelope.date.map(text) == (most >= 4 ? "date" : nil))
        // Whatever is understood, the header ends where it ends.
        #expect(found.extents[0].body == structure(message).extents[0].body)
    }

    /// The fields of all headers are counted together.
    @Test func fieldsOfPartsCount() {
        let message = mail(
            "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/one\n\n--b\nContent-Type: text/two\n\n--b--\n"
        )
        for (most, types) in [(3, ["mixed", "one", "two"]), (2, ["mixed", "one", "plain"]), (0, ["plain"])] {
            var limits = MessageLimits.standard
            limits.fields = most
            #expect(structure(message, limits).body.parts.map { text($0.subtype) } == types, "\(most)")
        }
    }
}
