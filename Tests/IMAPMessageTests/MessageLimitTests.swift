import IMAPMessage
import IMAPTypes
import Testing

/// A limit of what is understood of a message, and a message that has so many of what it limits.
struct MessageLimitCase: Sendable, CustomTestStringConvertible {
    let name: String
    let limit: any WritableKeyPath<MessageLimits, Int> & Sendable
    /// A limit for the test, and whether the standard limit is cheap enough to be tested too.
    var small = 20
    var isCheap = true
    /// The message, and how many of them were understood.
    let message: @Sendable (Int) -> [UInt8]
    let understood: @Sendable (MessageStructure) -> Int

    var testDescription: String { name }

    /// The charset of a text is told where none is named.
    private static func parameters(_ structure: MessageStructure) -> Int {
        structure.body.parts.reduce(0) { $0 + $1.fields.parameters.count { $0.name != octets("charset") } }
    }

    private static func parted(_ piece: String, _ count: Int) -> [UInt8] {
        octets("Content-Type: multipart/mixed; boundary=b\r\n\r\n" + String(repeating: piece, count: count))
    }

    static let all: [MessageLimitCase] = [
        MessageLimitCase(name: "levels", limit: \.levels) { count in
            (1..<max(count, 2)).flatMap { octets("Content-Type: multipart/mixed; boundary=b\($0)\r\n\r\n--b\($0)\r\n") }
        } understood: { structure in
            // Each has one part but the last.
            structure.body.parts.count
        },
        MessageLimitCase(name: "parts", limit: \.parts) {
            parted("--b\r\n\r\nx\r\n", $0 - 1)
        } understood: {
            $0.body.parts.count
        },
        MessageLimitCase(name: "fields", limit: \.fields, isCheap: false) { count in
            // The subject is the last field but those that the test wants over the limit.
            parted("--b\r\nContent-ID: <x>\r\n\r\n", count - 1)
        } understood: {
            $0.body.parts.count { $0.fields.id != nil } + 1
        },
        MessageLimitCase(name: "octets of a field", limit: \.fieldOctets) {
            octets("Subject:" + String(repeating: "x", count: $0) + "\r\n\r\n")
        } understood: {
            $0.envelope.subject?.count ?? 0
        },
        MessageLimitCase(name: "octets of headers", limit: \.headerOctets, isCheap: false) {
            octets("Subject:" + String(repeating: "x", count: $0 - 8) + "\r\n\r\n")
        } understood: {
            ($0.envelope.subject?.count ?? 0) + 8
        },
        MessageLimitCase(name: "octets of headers of parts", limit: \.headerOctets, small: 100, isCheap: false) {
            // The header of the whole is 45 octets, and each boundary line ends one of the parts.
            octets(
                "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-ID:"
                    + String(repeating: "x", count: $0 - 56) + "\r\n\r\n")
        } understood: {
            ($0.body.parts.last?.fields.id?.count ?? 0) + 56
        },
        MessageLimitCase(name: "parameters of a field", limit: \.fieldParameters) { count in
            octets("Content-Type: text/plain" + (0..<count).map { "; a\($0)=b" }.joined() + "\r\n\r\n")
        } understood: {
            parameters($0)
        },
        MessageLimitCase(name: "languages of a field", limit: \.fieldParameters) { count in
            octets("Content-Language: " + (0..<count).map { "a\($0)" }.joined(separator: ", ") + "\r\n\r\n")
        } understood: {
            $0.body.root.fields.languages.count
        },
        MessageLimitCase(name: "parameters of a message", limit: \.parameters, isCheap: false) { count in
            parted("--b\r\nContent-Type: text/plain; a=b\r\n\r\n", count - 1)
        } understood: {
            parameters($0)
        },
        MessageLimitCase(name: "addresses", limit: \.addresses) { count in
            octets("To: " + Array(repeating: "a@b", count: count).joined(separator: ",") + "\r\n\r\n")
        } understood: {
            $0.envelope.to.count
        },
    ]
}

@Suite("Limits of a message: at, one over, far over (R-ALG-5, R-LIT-11)", .serialized)
struct MessageLimitTests {
    @Test(arguments: MessageLimitCase.all)
    func whatIsOverALimitIsPassedOver(_ one: MessageLimitCase) {
        var limits = MessageLimits.standard
        limits[keyPath: one.limit] = one.small
        for count in [one.small - 1, one.small, one.small + 1, one.small * 100] {
            let found = one.understood(structure(one.message(count), limits))
            #expect(found == min(count, one.small), "\(count)")
        }
    }

    @Test(arguments: MessageLimitCase.all.filter(\.isCheap))
    func theStandardLimits(_ one: MessageLimitCase) {
        let most = MessageLimits.standard[keyPath: one.limit]
        for count in [most, most + 1, most * 3] {
            #expect(one.understood(structure(one.message(count))) == most, "\(count)")
        }
    }

    /// Over this limit there is no boundary.
    @Test(arguments: [1, 989, 990, 991, 50_000])
    func octetsOfABoundary(_ count: Int) {
        let boundary = String(repeating: "x", count: count)
        let message = octets("Content-Type: multipart/mixed; boundary=\(boundary)\r\n\r\n--\(boundary)\r\n\r\nx\r\n")
        #expect(structure(message).body.parts.count == (count <= MessageLimits.standard.boundaryOctets ? 2 : 1))
    }
}
