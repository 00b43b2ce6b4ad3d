/// What a client does on its way into a state.
enum HeldStep: Sendable {
    /// Says something, and reads until this has come.
    case say([UInt8], String)
    /// Says something, and reads no more.
    case leave([UInt8])
    case compress
}

extension HeldStep {
    static func say(_ line: String, _ answer: String) -> HeldStep { .say(Array((line + "\r\n").utf8), answer) }

    static func leave(_ text: String) -> HeldStep { .leave(Array(text.utf8)) }
}
