import IMAPTestKit
import Testing

/// A text of a message that reaches the client, and the commands that show it. One line adds a field.
struct MessageField: Sendable, CustomTestStringConvertible {
    let name: String
    let commands: [String]
    /// Whether the harmless text cannot be seen in the output as it is.
    let isHidden: Bool
    /// The message with the text in its place.
    let message: @Sendable ([UInt8]) -> [UInt8]

    var testDescription: String { name }

    /// Commands that read all that the server understands of the messages `#`.
    static let everything = [
        "FETCH # (ENVELOPE BODY BODYSTRUCTURE)",
        "UID FETCH # (RFC822.HEADER BODY.PEEK[TEXT] BODY.PEEK[1] BODY.PEEK[1.MIME] BODY.PEEK[1.HEADER] BODY.PEEK[2])",
        "FETCH # (BODY.PEEK[HEADER.FIELDS (Subject X-A)] BODY.PEEK[HEADER.FIELDS.NOT (Subject)] BODY.PEEK[]<3.40>)",
        "FETCH # (BODY.PEEK[] BINARY.PEEK[1] BINARY.SIZE[1])", "FETCH # BINARY.PEEK[]",
        "SORT (SUBJECT FROM TO CC DATE ARRIVAL DISPLAYFROM DISPLAYTO) UTF-8 ALL", "THREAD REFERENCES UTF-8 ALL",
        "SEARCH RETURN (ALL COUNT) OR OR SUBJECT x OR HEADER X-A \"\" FROM x OR SENTSINCE 1-Jan-2000 TEXT x",
    ]

    init(_ name: String, hidden: Bool = false, _ message: @escaping @Sendable ([UInt8]) -> [UInt8]) {
        self.name = name
        commands = MessageField.everything
        isHidden = hidden
        self.message = message
    }

    /// A field of the header: `before`, the text, `after`.
    init(_ before: String, _ after: String = "", in kind: Kind = .top, _ code: Code = .plain) {
        let frame = kind
        self.init("\(before)…\(after) \(kind) \(code)", hidden: code != .plain && code != .quoted) { text in
            let field = octets(before) + code.encode(text) + octets(after)
            return frame.message(field)
        }
    }

    /// Where the field stands.
    enum Kind {
        case top, part, nested

        func message(_ field: [UInt8]) -> [UInt8] {
            let rest = octets("\r\nX-A: b\r\n\r\nbody of x\r\n")
            switch self {
            case .top: return octets("Subject: s\r\n") + field + rest
            case .part:
                return octets("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n") + field + rest
                    + octets("--b\r\n\r\nsecond\r\n--b--\r\n")
            case .nested: return octets("Content-Type: message/rfc822\r\n\r\nSubject: s\r\n") + field + rest
            }
        }
    }

    /// How the text is written.
    enum Code {
        /// As it is.
        case plain
        /// For a quoted string or a comment: with backslashes.
        case quoted
        /// As RFC 2231 has it.
        case percent
        /// As RFC 2047 has it.
        case base64

        func encode(_ text: [UInt8]) -> [UInt8] {
            switch self {
            case .plain: return text
            case .quoted:
                return text.flatMap { $0 == 0x22 || $0 == 0x5C || $0 == 0x0D || $0 == 0x0A ? [0x5C, $0] : [$0] }
            case .percent: return text.flatMap { octets("%" + ($0 < 16 ? "0" : "") + String($0, radix: 16)) }
            case .base64: return octets("=?utf-8?b?\(TestBase64.encode(text))?=")
            }
        }
    }

    private static let addressFields = ["From", "Sender", "Reply-To", "To", "Cc", "Bcc"]

    static let all: [MessageField] =
        [
            // Texts of the envelope
            MessageField("Subject: "), MessageField("Subject: ", in: .nested),
            MessageField("Subject: ", "", in: .top, .base64),
            MessageField("Date: "), MessageField("Message-ID: <", "@x>"), MessageField("In-Reply-To: <", "@x>"),
            MessageField("References: <a@b> <", "@x>"), MessageField("In-Reply-To: ", in: .nested),
            MessageField("Date: ", in: .nested), MessageField("Message-ID: ", in: .nested),
            // Addresses
            MessageField("From: <@", ":a@b>"), MessageField("From: <", "@b>"),
            MessageField("From: <\"", "\"@b>", .quoted),
            MessageField("From: <a@", ">"), MessageField("From: a@[", "]"), MessageField("From: a@b (", ")", .quoted),
            MessageField("From: a@b (", ")"), MessageField("From: ", ": a@b, c@d;"),
            MessageField("From: \"", "\": a@b;", .quoted), MessageField("From: ", " <a@b>", .base64),
            // The body and its kind
            MessageField("Content-Type: "), MessageField("Content-Type: ", "/plain"),
            MessageField("Content-Type: text/"),
            MessageField("Content-Type: message/"), MessageField("Content-Type: multipart/", "; boundary=b"),
            MessageField("Content-Type: multipart/mixed; boundary="),
            MessageField("Content-Type: multipart/mixed; boundary=\"", "\"", .quoted),
            MessageField("Content-Type: text/plain; ", "=v"), MessageField("Content-Type: text/plain; n="),
            MessageField("Content-Type: text/plain; n=\"", "\"", .quoted),
            MessageField("Content-Type: text/plain; n*=utf-8''", "", in: .top, .percent),
            MessageField("Content-Type: text/plain; n*0*=utf-8'en'a; n*1*=", "", in: .top, .percent),
            MessageField("Content-Type: text/plain; n*0=\"", "\"; n*1=z", .quoted),
            MessageField("Content-Type: text/plain; n*=", "''x"), MessageField("Content-Type: text/plain; charset="),
            MessageField("Content-Type: text/plain; charset=\"", "\"", in: .part, .quoted),
            MessageField("Content-Transfer-Encoding: "), MessageField("Content-Transfer-Encoding: ", in: .part),
            MessageField("Content-ID: "), MessageField("Content-ID: <", ">", in: .part),
            MessageField("Content-Description: "), MessageField("Content-Description: ", in: .part, .base64),
            MessageField("Content-MD5: "), MessageField("Content-MD5: ", in: .part),
            MessageField("Content-Disposition: "), MessageField("Content-Disposition: ", in: .part),
            MessageField("Content-Disposition: a; ", "=v"), MessageField("Content-Disposition: a; filename="),
            MessageField("Content-Disposition: a; filename=\"", "\"", in: .part, .quoted),
            MessageField("Content-Disposition: a; filename*=utf-8''", in: .nested, .percent),
            MessageField("Content-Language: "), MessageField("Content-Language: en, ", in: .part),
            MessageField("Content-Language: ", ", de", in: .nested), MessageField("Content-Location: "),
            MessageField("Content-Location: ", in: .part), MessageField("Content-Base: "),
            // Headers as they are
            MessageField("X-A: "), MessageField("X-A", ": b"), MessageField("", ": b"), MessageField(""),
            MessageField("X-A: ", in: .part), MessageField("", in: .part), MessageField("", in: .nested),
            // Bodies
            MessageField("the text") { octets("Subject: s\r\n\r\n") + $0 },
            MessageField("all of the message") { $0 },
            MessageField("base64") {
                octets("Content-Transfer-Encoding: base64\r\n\r\n\(TestBase64.encode($0))\r\n")
            },
            MessageField("quoted-printable") { text in
                octets("Content-Transfer-Encoding: quoted-printable\r\n\r\n")
                    + text.flatMap { octets("=" + ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true)) }
            },
            MessageField("not base64") { octets("Content-Transfer-Encoding: base64\r\n\r\n") + $0 },
            MessageField("a part's body") {
                octets("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n") + $0 + octets("\r\n--b--\r\n")
            },
            MessageField("a part's end") {
                octets("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--") + $0
            },
            MessageField("a preamble") {
                octets("Content-Type: multipart/mixed; boundary=b\r\n\r\n") + $0
                    + octets("\r\n--b\r\n\r\nx\r\n--b--\r\n")
            },
        ]
        + addressFields.flatMap { name in
            [MessageField("\(name): \"", "\" <a@b>", .quoted), MessageField("\(name): ", " <a@b>")]
        }
}
