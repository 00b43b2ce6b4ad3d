/// A set of octets, as the ABNF of RFC 9051 section 9 names them. A lookup is one shift and one mask.
package struct OctetSet: Sendable {
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
package enum ASCII {
    package static let nul: UInt8 = 0x00
    package static let lf: UInt8 = 0x0A
    package static let cr: UInt8 = 0x0D
    package static let space: UInt8 = 0x20
    package static let quote: UInt8 = 0x22
    package static let percent: UInt8 = 0x25
    package static let ampersand: UInt8 = 0x26
    package static let leftParenthesis: UInt8 = 0x28
    package static let rightParenthesis: UInt8 = 0x29
    package static let asterisk: UInt8 = 0x2A
    package static let plus: UInt8 = 0x2B
    package static let comma: UInt8 = 0x2C
    package static let minus: UInt8 = 0x2D
    package static let dot: UInt8 = 0x2E
    package static let slash: UInt8 = 0x2F
    package static let zero: UInt8 = 0x30
    package static let nine: UInt8 = 0x39
    package static let colon: UInt8 = 0x3A
    package static let less: UInt8 = 0x3C
    package static let equals: UInt8 = 0x3D
    package static let greater: UInt8 = 0x3E
    package static let leftBracket: UInt8 = 0x5B
    package static let backslash: UInt8 = 0x5C
    package static let rightBracket: UInt8 = 0x5D
    package static let leftBrace: UInt8 = 0x7B
    package static let rightBrace: UInt8 = 0x7D
    package static let tilde: UInt8 = 0x7E
    package static let delete: UInt8 = 0x7F

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
    package static func isLetter(_ octet: UInt8) -> Bool {
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
