/// One thing that happens in a random program.
enum ProgramStep: Sendable, Equatable {
    /// Octets of the client's. Held back, they travel in one segment with what is sent next.
    case send([UInt8], isHeldBack: Bool)
    /// A login, and whose it is: everything up to an answer with this tag.
    case logIn(Login, isHeldBack: Bool)
    /// UNAUTHENTICATE, and how it ends a compressed stretch.
    case reset(number: Int, end: StretchEnd, isHeldBack: Bool)
    /// COMPRESS DEFLATE. The client compresses from its OK on.
    case compress(tag: String)
    /// Something happens in the store, not on this connection.
    case happen(ProgramEvent)
}

struct Login: Sendable, Equatable {
    let number: Int
    /// By index.
    let user: Int
    let octets: [UInt8]
}

/// How a client ends what it compressed (RFC 1951; U-P-5).
enum StretchEnd: Sendable, CaseIterable {
    case sync
    case full
    case final
}

/// Something that another session, or a delivery, does to a user's mail.
struct ProgramEvent: Sendable, Equatable {
    enum Kind: Sendable, CaseIterable {
        case deliver
        case deliverElsewhere
        case flag
        case keyword
        case remove
        case create
        case delete
        case rename
        case subscribe
        case annotate
    }

    let kind: Kind
    /// By index.
    let user: Int
    let number: Int
}

extension ProgramStep: CustomStringConvertible {
    var description: String {
        switch self {
        case .send(let octets, let isHeldBack):
            (isHeldBack ? "C+ " : "C: ") + ProgramStep.shown(octets)
        case .logIn(let login, let isHeldBack): (isHeldBack ? "C+ " : "C: ") + ProgramStep.shown(login.octets)
        case .reset(let number, let end, let isHeldBack):
            "\(isHeldBack ? "C+" : "C:") \(ProgramStep.resetTag(number)) UNAUTHENTICATE (\(end) flush, if compressed)"
        case .compress(let tag): "C: \(tag) COMPRESS DEFLATE"
        case .happen(let event): "-- \(event.kind), user \(event.user), \(event.number)"
        }
    }

    static func resetTag(_ number: Int) -> String { "reset\(number)" }
    static func loginTag(_ number: Int) -> String { "login\(number)" }

    /// Octets as text of one line, with the marks of the run's own gaps.
    static func shown(_ octets: [UInt8]) -> String {
        var text = ""
        for octet in octets {
            switch octet {
            case 0x0D: text += "\\r"
            case 0x0A: text += "\\n"
            case RunGap.validity: text += "<validity>"
            case RunGap.modSequence: text += "<modseq>"
            case 0x20..<0x7F: text.unicodeScalars.append(Unicode.Scalar(octet))
            default: text += "\\x" + String(octet, radix: 16)
            }
        }
        return text
    }
}

/// Octets that stand for what the server said last: no template holds them.
enum RunGap {
    static let validity: UInt8 = 0x01
    static let modSequence: UInt8 = 0x02
}
