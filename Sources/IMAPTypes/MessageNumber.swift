/// A number that names a message: a ``UID`` or a ``SequenceNumber``. `nz-number`, 1 to 4,294,967,295.
public protocol MessageNumber: Hashable, Comparable, Sendable {
    /// The number.
    var rawValue: UInt32 { get }
    /// The number, or `nil` for 0.
    init?(_ rawValue: UInt32)
}

extension MessageNumber {
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// A unique identifier of a message in a mailbox: ascending, never used again (RFC 9051 section 2.3.1.1).
public struct UID: MessageNumber, CustomStringConvertible {
    public let rawValue: UInt32

    public init?(_ rawValue: UInt32) {
        guard rawValue != 0 else { return nil }
        self.rawValue = rawValue
    }

    /// The first UID there can be: 1.
    public static let first = UID(nonZero: 1)

    private init(nonZero: UInt32) { rawValue = nonZero }

    /// The next UID, or `nil` after 4,294,967,295.
    public var next: UID? {
        let (value, overflow) = rawValue.addingReportingOverflow(1)
        return overflow ? nil : UID(value)
    }

    public var description: String { String(rawValue) }
}

/// The position of a message in its mailbox, from 1 (RFC 9051 section 2.3.1.2). A host never sees one.
public struct SequenceNumber: MessageNumber, CustomStringConvertible {
    public let rawValue: UInt32

    public init?(_ rawValue: UInt32) {
        guard rawValue != 0 else { return nil }
        self.rawValue = rawValue
    }

    public var description: String { String(rawValue) }
}

/// The value that, with a UID, names a message for ever (RFC 9051 section 2.3.1.1). `nz-number`.
public struct UIDValidity: Hashable, Comparable, Sendable {
    public let rawValue: UInt32

    /// The value, or `nil` for 0.
    public init?(_ rawValue: UInt32) {
        guard rawValue != 0 else { return nil }
        self.rawValue = rawValue
    }

    public static func < (a: UIDValidity, b: UIDValidity) -> Bool { a.rawValue < b.rawValue }
}

/// A modification sequence (RFC 7162 section 3.1): an unsigned 63-bit number, 1 or more for a message.
public struct ModSequence: Hashable, Comparable, Sendable {
    public let rawValue: UInt64

    /// The value, or `nil` above 2^63 - 1.
    public init?(_ rawValue: UInt64) {
        guard rawValue <= UInt64(Int64.max) else { return nil }
        self.rawValue = rawValue
    }

    /// No modification yet: 0.
    public static let zero = ModSequence(unchecked: 0)

    private init(unchecked: UInt64) { rawValue = unchecked }

    /// The next value; at the end of the range, the same one.
    public var next: ModSequence { ModSequence(rawValue < UInt64(Int64.max) ? rawValue + 1 : rawValue) ?? self }

    public static func < (a: ModSequence, b: ModSequence) -> Bool { a.rawValue < b.rawValue }
}
