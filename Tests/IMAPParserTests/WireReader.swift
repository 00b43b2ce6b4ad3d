/// Reads what a server sent, as a client might: a small reader that shares no code with the library.
///
/// It knows strings (quoted and literal), words and parentheses, and takes nothing on trust: a line's end only where a
/// client would see one.
struct WireReader {
    enum Token: Equatable {
        case word([UInt8])
        /// A quoted string or a literal.
        case string([UInt8])
        case open
        case close
        case lineEnd
    }

    struct Malformed: Error, Equatable {
        let position: Int
    }

    private let sent: [UInt8]
    private var position = 0

    private init(_ sent: [UInt8]) { self.sent = sent }

    /// Everything in `sent`, without the single spaces between.
    static func tokens(_ sent: [UInt8]) throws -> [Token] {
        var reader = WireReader(sent)
        var tokens: [Token] = []
        while reader.position < sent.count { if let token = try reader.token() { tokens.append(token) } }
        return tokens
    }

    private mutating func octet() throws -> UInt8 {
        guard position < sent.count else { throw Malformed(position: position) }
        defer { position += 1 }
        return sent[position]
    }

    private mutating func token() throws -> Token? {
        switch try octet() {
        case 0x20: return nil
        case 0x28: return .open
        case 0x29: return .close
        case 0x22: return .string(try quoted())
        case 0x7B: return .string(try literal())
        case 0x0D:
            guard try octet() == 0x0A else { throw Malformed(position: position) }
            return .lineEnd
        case let first:
            guard first > 0x20, first < 0x7F else { throw Malformed(position: position) }
            var word = [first]
            while position < sent.count, ![0x20, 0x28, 0x29, 0x22, 0x7B, 0x0D].contains(sent[position]) {
                let next = try octet()
                guard next > 0x20, next < 0x7F else { throw Malformed(position: position) }
                word.append(next)
            }
            return .word(word)
        }
    }

    /// Strict: seven bits, no CR, LF or NUL, and a backslash before nothing but itself and the quote.
    private mutating func quoted() throws -> [UInt8] {
        var value: [UInt8] = []
        while true {
            switch try octet() {
            case 0x22: return value
            case 0x5C:
                let escaped = try octet()
                guard escaped == 0x22 || escaped == 0x5C else { throw Malformed(position: position) }
                value.append(escaped)
            case 0x00, 0x0A, 0x0D, 0x80...: throw Malformed(position: position)
            case let plain: value.append(plain)
            }
        }
    }

    private mutating func literal() throws -> [UInt8] {
        var size = 0
        while true {
            switch try octet() {
            case let digit where digit >= 0x30 && digit <= 0x39: size = size * 10 + Int(digit - 0x30)
            case 0x7D:
                guard try octet() == 0x0D, try octet() == 0x0A, sent.count - position >= size else {
                    throw Malformed(position: position)
                }
                let value = Array(sent[position..<position + size])
                position += size
                guard !value.contains(0) else { throw Malformed(position: position) }
                return value
            default: throw Malformed(position: position)
            }
        }
    }
}
