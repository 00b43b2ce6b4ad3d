/// A secret: a password or a token. It never shows itself in a description, a mirror or a log (R-LOG-2).
public struct Redacted<Value: Sendable>: Sendable {
    /// The secret itself. Named so that a reader of the code sees where it is looked at.
    public let exposed: Value

    public init(_ value: Value) { exposed = value }
}

extension Redacted: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "<redacted>" }
    public var debugDescription: String { "<redacted>" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

extension Redacted where Value == [UInt8] {
    /// Whether the two are equal, in a time that depends on the length of `candidate` alone (R-AUTH-9).
    public func constantTimeEquals(_ candidate: [UInt8]) -> Bool {
        var difference: UInt8 = exposed.count == candidate.count ? 0 : 1
        for index in candidate.indices {
            let own = exposed.isEmpty ? 0 : exposed[index % exposed.count]
            difference |= own ^ candidate[index]
        }
        return difference == 0
    }
}
