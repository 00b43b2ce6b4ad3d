/// A set of octets, as the ABNF of RFC 9051 section 9 names them. A lookup is one shift and one mask.
@usableFromInline package struct OctetSet: Sendable {
    @usableFromInline let w0: UInt64
    @usableFromInline let w1: UInt64
    @usableFromInline let w2: UInt64
    @usableFromInline let w3: UInt64

    package init(where member: (UInt8) -> Bool) {
        var words: [UInt64] = [0, 0, 0, 0]
        for octet in UInt8.min...UInt8.max where member(octet) {
            words[Int(octet >> 6)] |= 1 << UInt64(octet & 63)
        }
        w0 = words[0]
        w1 = words[1]
        w2 = words[2]
        w3 = words[3]
    }

    @inlinable
    package func contains(_ octet: UInt8) -> Bool {
        let word =
            switch octet >> 6 {
            case 0: w0
            case 1: w1
            case 2: w2
            default: w3
            }
        return (word >> UInt64(octet & 63)) & 1 == 1
    }
}

extension OctetSet {
    /// `ATOM-CHAR`: any CHAR except atom-specials.
    package static let atom = OctetSet { octet in
        octet > 0x20 && octet < 0x7F && !ASCII.isOneOf(octet, ASCII.atomSpecials)
    }
    /// `ASTRING-CHAR`: ATOM-CHAR or `]`.
    package static let astring = OctetSet { octet in atom.contains(octet) || octet == ASCII.rightBracket }
    /// `tag`: ASTRING-CHAR except `+`.
    package static let tag = OctetSet { octet in astring.contains(octet) && octet != ASCII.plus }
    /// `list-char`: ATOM-CHAR, list wildcards or `]`.
    package static let list = OctetSet { octet in
        astring.contains(octet) || octet == ASCII.percent || octet == ASCII.asterisk
    }
    /// `ftext` of RFC 5322 section 3.6.8: printable US-ASCII except the colon.
    package static let fieldName = OctetSet { octet in octet > 0x20 && octet < 0x7F && octet != ASCII.colon }
}

/// Octets by name, and the one case rule there is: ASCII.
@usableFromInline package enum ASCII {
    @inlinable package static var nul: UInt8 { 0x00 }
    @inlinable package static var lf: UInt8 { 0x0A }
    @inlinable package static var cr: UInt8 { 0x0D }
    @inlinable package static var space: UInt8 { 0x20 }
    @inlinable package static var quote: UInt8 { 0x22 }
    @inlinable package static var percent: UInt8 { 0x25 }
    @inlinable package static var ampersand: UInt8 { 0x26 }
    @inlinable package static var leftParenthesis: UInt8 { 0x28 }
    @inlinable package static var rightParenthesis: UInt8 { 0x29 }
    @inlinable package static var asterisk: UInt8 { 0x2A }
    @inlinable package static var plus: UInt8 { 0x2B }
    @inlinable package static var comma: UInt8 { 0x2C }
    @inlinable package static var minus: UInt8 { 0x2D }
    @inlinable package static var dot: UInt8 { 0x2E }
    @inlinable package static var slash: UInt8 { 0x2F }
    @inlinable package static var zero: UInt8 { 0x30 }
    @inlinable package static var nine: UInt8 { 0x39 }
    @inlinable package static var colon: UInt8 { 0x3A }
    @inlinable package static var less: UInt8 { 0x3C }
    @inlinable package static var equals: UInt8 { 0x3D }
    @inlinable package static var greater: UInt8 { 0x3E }
    @inlinable package static var leftBracket: UInt8 { 0x5B }
    @inlinable package static var backslash: UInt8 { 0x5C }
    @inlinable package static var rightBracket: UInt8 { 0x5D }
    @inlinable package static var leftBrace: UInt8 { 0x7B }
    @inlinable package static var rightBrace: UInt8 { 0x7D }
    @inlinable package static var tilde: UInt8 { 0x7E }
    @inlinable package static var delete: UInt8 { 0x7F }

    /// `atom-specials` other than CTL and SP: `( ) { % * " \ ]`.
    package static let atomSpecials: [UInt8] = [
        leftParenthesis, rightParenthesis, leftBrace, percent, asterisk, quote, backslash, rightBracket,
    ]

    package static func isOneOf(_ octet: UInt8, _ octets: [UInt8]) -> Bool {
        octets.contains(octet)
    }

    @inlinable
    package static func isDigit(_ octet: UInt8) -> Bool { octet >= 0x30 && octet <= 0x39 }

    @inlinable
    package static func isAlpha(_ octet: UInt8) -> Bool {
        (octet >= 0x41 && octet <= 0x5A) || (octet >= 0x61 && octet <= 0x7A)
    }

    /// The octet, with `a`...`z` made `A`...`Z` and every other octet untouched.
    @inlinable
    package static func upper(_ octet: UInt8) -> UInt8 { octet >= 0x61 && octet <= 0x7A ? octet & 0xDF : octet }

    /// Equal after ASCII case folding, octet by octet.
    package static func equalFolded(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        for index in a.indices where upper(a[index]) != upper(b[index]) { return false }
        return true
    }
}
