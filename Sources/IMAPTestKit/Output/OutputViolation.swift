/// Something a server wrote that it must not write.
public struct OutputViolation: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Kind: Sendable, Equatable {
        /// Lines and literals: where one response ends cannot be said, or only by guessing.
        case framing
        /// A response that the grammar does not have.
        case syntax
        /// A response of the grammar that must not come now.
        case state
    }

    public let kind: Kind
    /// What is wrong, as a clause: `number has a leading zero`.
    public let reason: String
    /// Where in ``response`` it was noticed.
    public let offset: Int
    /// The response, with `...` in place of what its literals hold.
    public let response: [UInt8]
    /// The tag and the name of the command in progress, as far as the checker was given what the client sent.
    public let command: String?

    public var description: String {
        let during = command.map { " during \($0)" } ?? ""
        return "\(reason) at octet \(offset)\(during): \(OutputViolation.visible(response))"
    }

    /// The octets as one line that can be printed, cut after 400.
    static func visible(_ octets: [UInt8]) -> String {
        var text = ""
        for octet in octets.prefix(400) {
            switch octet {
            case 0x0D: text += "\\r"
            case 0x0A: text += "\\n"
            case 0x20...0x7E: text.unicodeScalars.append(Unicode.Scalar(octet))
            default: text += "\\x" + String(octet, radix: 16)
            }
        }
        return octets.count > 400 ? text + "..." : text
    }
}
