internal import IMAPTypes

/// The announcement of a literal at the end of a line (RFC 9051 section 4.3, RFC 7888, RFC 3516).
///
/// ```abnf
/// literal  = "{" number64 ["+"] "}" CRLF *CHAR8
/// literal8 = "~{" number64 ["+"] "}" CRLF *OCTET
/// ```
public struct LiteralHeader: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// The client waits for a continuation request.
        case synchronizing
        /// The octets follow at once.
        case nonSynchronizing
    }

    /// How many octets, or `nil` when the number has more than 19 digits or does not fit 63 bits.
    public let size: UInt64?
    public let kind: Kind
    /// `~{n}`: may hold NUL.
    public let isBinary: Bool
    /// Octets of the header itself, without the line's end.
    let length: Int

    /// The header at the end of `octets[start...]`, or `nil` when the line ends in something else.
    ///
    /// A line that ends in `{n+}` announces a literal whatever stands before it, in every command, valid or not
    /// (R-LIT-5).
    init?(endOf octets: [UInt8], from start: Int) {
        var index = octets.count
        func previous(_ octet: UInt8) -> Bool {
            guard index > start, octets[index - 1] == octet else { return false }
            index -= 1
            return true
        }
        guard previous(ASCII.rightBrace) else { return nil }
        kind = previous(ASCII.plus) ? .nonSynchronizing : .synchronizing
        let digitsEnd = index
        while index > start, ASCII.isDigit(octets[index - 1]) { index -= 1 }
        let digits = index..<digitsEnd
        guard !digits.isEmpty, previous(ASCII.leftBrace) else { return nil }
        isBinary = previous(ASCII.tilde)
        length = octets.count - index
        size = digits.count <= LiteralHeader.maximumDigits ? Number.value63(of: octets[digits]) : nil
    }

    /// The most digits a size can have.
    public static let maximumDigits = 19

    /// Shortens `octets` to what a header at their end, or one that may still become complete, needs.
    ///
    /// Of a size with more digits than there can be, one too many is kept: it stays a header, and unreadable.
    static func keepTail(of octets: inout [UInt8]) {
        let digits = maximumDigits + 1
        // "~{", the digits, "+}" and a CR.
        let most = digits + 5
        guard octets.count > 2 * most else { return }
        var end = octets.count
        for mark in [ASCII.cr, ASCII.rightBrace, ASCII.plus] where octets[end - 1] == mark { end -= 1 }
        var start = end
        while start > 0, ASCII.isDigit(octets[start - 1]) { start -= 1 }
        if end - start > digits { octets.removeSubrange(start + digits..<end) }
        if octets.count > most { octets.removeFirst(octets.count - most) }
    }
}

/// Numbers as the grammar has them: ASCII digits, no sign, no overflow (R-SW-4, R-LIT-4).
enum Number {
    /// The value of `digits`, or `nil` when it does not fit 63 bits.
    static func value63(of digits: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit - ASCII.zero))
            guard !carry, sum <= UInt64(Int64.max) else { return nil }
            value = sum
        }
        return value
    }

    /// The value of the digits from `start` on, `nil` when it does not fit 32 bits, and where they end.
    @inline(__always)
    static func value32(in octets: Span<UInt8>, from start: Int) -> (UInt32?, Int) {
        if start <= octets.count - 8, let (value, count) = digits(atTheFrontOf: octets.word(at: start)) {
            return (value, start + count)
        }
        var index = start
        var value: UInt64 = 0
        // Of more digits than a number can have the value means nothing.
        while index < octets.count {
            let digit = octets[index] &- ASCII.zero  // wraps below "0": not below 10
            guard digit < 10 else { break }
            value = value &* 10 &+ UInt64(digit)  // wraps where the value means nothing
            index += 1
        }
        return (index - start <= LiteralHeader.maximumDigits ? UInt32(exactly: value) : nil, index)
    }

    /// The value of the digits that eight octets begin with, the first one lowest, and how many they are; `nil` when all
    /// are digits, and there may be more.
    @inline(__always)
    private static func digits(atTheFrontOf octets: UInt64) -> (UInt32, Int)? {
        let digits = octets ^ 0x3030_3030_3030_3030
        // The highest bit of each octet that is none. No sum passes on a carry: both octets are below 0x80.
        let others = ((digits & 0x7F7F_7F7F_7F7F_7F7F) + 0x7676_7676_7676_7676 | digits) & 0x8080_8080_8080_8080
        guard others != 0 else { return nil }
        let count = others.trailingZeroBitCount >> 3
        guard count > 0 else { return (0, 0) }
        // Zeros in front of them, and then two neighbours are one, three times.
        let eight = digits << UInt64(64 - 8 * count)
        let pairs = (eight &* 10 &+ eight >> 8) & 0x00FF_00FF_00FF_00FF  // at most 99 in an octet
        let fours = (pairs &* 100 &+ pairs >> 16) & 0x0000_FFFF_0000_FFFF  // at most 9,999 in two
        return (UInt32(truncatingIfNeeded: fours &* 10_000 &+ fours >> 32), count)  // below 10^8, in the lower half
    }
}
