import Foundation
import IMAPTestKit
import Testing

/// A server's response as an RFC prints it: a line of `vectors.jsonl`.
struct ResponseVector: Sendable {
    let rfc: String
    let wire: [UInt8]

    private struct Line: Decodable {
        let rfc: Number
        let dir: String
        let wire: String
    }

    /// An RFC's number, or a draft's name.
    private struct Number: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            let number = try? container.decode(Int.self)
            text = try number.map { "RFC \($0)" } ?? container.decode(String.self)
        }
    }

    static func all() throws -> [ResponseVector] {
        try String(contentsOf: CommandVector.file, encoding: .utf8).split(separator: "\n").compactMap { text in
            let line = try JSONDecoder().decode(Line.self, from: Data(text.utf8))
            return line.dir == "S" ? ResponseVector(rfc: line.rfc.text, wire: Array(line.wire.utf8)) : nil
        }
    }
}

@Suite("The responses of the RFCs, read by the output checker")
struct OutputVectorsTests {
    /// How many responses the grammar accepts.
    static let accepted = 1247

    /// What the RFCs print against their own grammar, and how often: a printed line loses the space at its end, and
    /// with it what the grammar wants behind a response code (RFC 3501: a text; RFC 9051: the space).
    static let refused = [
        // "* OK [UIDVALIDITY 1]"
        "no text behind the response code": 25,
        // "B001 OK"
        "expected a space": 10,
        // RFC 2180: "B001 NO  Messages have been expunged"
        "two spaces": 2,
        // RFC 2683: LIST () "" INBOX
        "hierarchy delimiter is not one character": 1,
        // RFC 9051: UIDVALIDITY 9877410381 is more than 32 bits
        "number out of range": 1,
        // RFC 5524: ("IMAGE" "PNG" () NIL ...), where no parameters are NIL
        "empty list": 2,
        // RFC 5259: a literal's header, and no literal
        "header of a literal that is not followed by a line end": 6,
    ]

    /// What the checker does not know by itself: CONVERT, FILTER, and the examples' own inventions.
    private var permissions: OutputPermissions {
        var permissions = OutputPermissions()
        permissions.responses = ["XPIG-LATIN", "CONVERSION", "CONVERTED", "FILTERED", "FILTER"]
        permissions.codes = ["NOT-UTF-8", "UTF-8-ONLY"]
        permissions.listItems = ["TABLECLOTH", "SAMPLE"]
        return permissions
    }

    /// Skipped, and said so, where the standards library is not beside the checkout.
    @Test(.enabled(if: CommandVector.isThere, "../shared/standards/vectors.jsonl is not there"))
    func everyResponseOfTheRFCsIsAcceptedButTheirErrors() throws {
        var accepted = 0
        var refused: [String: Int] = [:]
        for vector in try ResponseVector.all() {
            let isGreeting = vector.wire.starts(with: octets("* PREAUTH "))
            var checker = OutputChecker(permissions, commands: .unseen, from: isGreeting ? .greeting : .middle)
            checker.wrote(vector.wire)
            #expect(checker.count == 1 && checker.unfinished.isEmpty, "\(vector.rfc): \(checker.unfinished)")
            guard let violation = checker.violations.first else {
                accepted += 1
                continue
            }
            refused[violation.reason, default: 0] += 1
            #expect(OutputVectorsTests.refused[violation.reason] != nil, "\(vector.rfc): \(violation)")
        }
        #expect(refused == OutputVectorsTests.refused)
        #expect(accepted == OutputVectorsTests.accepted)
    }
}
