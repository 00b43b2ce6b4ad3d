import IMAPTypes
import Testing

private func octets(_ text: String) -> [UInt8] { Array(text.utf8) }

// A span cannot pass through `#expect`.

private func isUTF8(_ octets: [UInt8]) -> Bool { UTF8Octets.isValid(octets.span) }

private func keyword(_ octets: [UInt8]) -> Keyword? { Keyword(octets.span) }

@Suite("Octet classes and ASCII case (RFC 9051 section 9; R-SW-1, R-SW-2, R-SW-4, R-OUT-4)")
struct OctetTests {
    /// `CHAR = %x01-7F` without CTL and SP, and without `excluded`.
    private static func printable(without excluded: String) -> [UInt8] {
        (0x21...0x7E).filter { !octets(excluded).contains($0) }
    }

    private static func members(_ set: OctetSet) -> [UInt8] { (UInt8.min...UInt8.max).filter(set.contains) }

    @Test func theClassesAreThoseOfTheABNF() {
        #expect(Self.members(.atom) == Self.printable(without: "(){%*\"\\]"))
        #expect(Self.members(.astring) == Self.printable(without: "(){%*\"\\"))
        #expect(Self.members(.tag) == Self.printable(without: "(){%*\"\\+"))
        #expect(Self.members(.list) == Self.printable(without: "(){\"\\"))
        #expect(Self.members(.fieldName) == Self.printable(without: ":"), "RFC 5322 ftext")
        #expect(Self.members(OctetSet { _ in false }).isEmpty)
        #expect(Self.members(OctetSet { _ in true }).count == 256)
    }

    @Test func everyOctetOutsideASCIIsLettersAndDigitsIsItself() {
        for octet in UInt8.min...UInt8.max {
            let isLower = octets("abcdefghijklmnopqrstuvwxyz").contains(octet)
            let isUpper = octets("ABCDEFGHIJKLMNOPQRSTUVWXYZ").contains(octet)
            #expect(ASCII.upper(octet) == (isLower ? octet - 32 : octet), "\(octet)")
            #expect(ASCII.isAlpha(octet) == (isLower || isUpper), "\(octet)")
            #expect(ASCII.isDigit(octet) == octets("0123456789").contains(octet), "\(octet)")
        }
    }

    @Test func foldedEqualityIsEqualityOfUpperCase() {
        for a in UInt8.min...UInt8.max {
            for b in UInt8.min...UInt8.max where ASCII.equalFolded([a], [b]) != (ASCII.upper(a) == ASCII.upper(b)) {
                Issue.record("\(a) and \(b)")
            }
        }
        #expect(ASCII.equalFolded([], []))
        #expect(!ASCII.equalFolded(octets("a"), octets("ab")))
        #expect(!ASCII.equalFolded(octets("starttls"), octets("\u{17F}tarttls")))
    }

    @Test func wordsHoldTheirAlphabetAloneAtEveryPlace() {
        for octet in UInt8.min...UInt8.max {
            let isAtom = OctetSet.atom.contains(octet)
            for word in [[octet], [octet, 0x78], [0x78, octet], [0x78, octet, 0x78]] {
                #expect((keyword(word) != nil) == isAtom, "\(word)")
                #expect((Capability(word) != nil) == isAtom, "\(word)")
                #expect((Flag([0x5C] + word) != nil) == isAtom, "\(word)")
                #expect((MailboxAttribute([0x5C] + word) != nil) == isAtom, "\(word)")
                #expect((Tag(word) != nil) == OctetSet.tag.contains(octet), "\(word)")
            }
            #expect((Flag([octet, 0x78]) != nil) == (isAtom || octet == 0x5C), "\(octet)")
            #expect((MailboxAttribute([octet, 0x78]) != nil) == (octet == 0x5C), "\(octet)")
        }
    }

    @Test func aKeywordIsItsOctetsInUpperCase() {
        for octet in UInt8.min...UInt8.max {
            for length in [1, 7, 8, 9, 16, 24, 31, 32] {
                for place in Set([0, length - 1]) {
                    var word = [UInt8](repeating: 0x6B, count: length)
                    word[place] = octet
                    guard let found = keyword(word) else { continue }
                    #expect(found.octets == word.map(ASCII.upper), "\(word)")
                    #expect(found == keyword(word.map(ASCII.upper)), "\(word)")
                    #expect(found.description == String(decoding: word.map(ASCII.upper), as: UTF8.self))
                }
            }
        }
    }

    /// Every octet in every place of a word of every length, against the octets one by one.
    @Test func aKeywordIsReadEightOctetsAtATime() {
        for length in 1...33 {
            for place in 0..<length {
                for octet in UInt8.min...UInt8.max {
                    var word = (0..<length).map { UInt8(truncatingIfNeeded: 0x61 + $0 * 7 % 26) }
                    word[place] = octet
                    let isKeyword = length <= 32 && OctetSet.atom.contains(octet)
                    let expected = isKeyword ? word.map { $0 >= 0x61 && $0 <= 0x7A ? $0 - 0x20 : $0 } : nil
                    if keyword(word)?.octets != expected { Issue.record("\(word)") }
                }
            }
        }
    }

    @Test func lookalikesOfKeywordsAreNone() {
        let lookalikes = [
            "\u{17F}TARTTLS", "starttl\u{17F}", "\u{212A}EEP", "L\u{130}ST", "l\u{131}st", "\u{FF34}AG", "NOOP\u{301}",
            "FETC\u{200D}H", "\u{421}APABILITY", "A\u{AD}B", "\u{FEFF}NOOP",
        ]
        for text in lookalikes {
            #expect(keyword(octets(text)) == nil, "\(text)")
            #expect(Flag(octets(text)) == nil, "\(text)")
            #expect(Capability(octets(text)) == nil, "\(text)")
            #expect(Tag(octets(text)) == nil, "\(text)")
        }
        #expect(keyword(octets("NOOP\r\n")) == nil)
        #expect(keyword(octets("NOOP\0")) == nil)
        #expect(keyword(octets("NOOP")) != keyword(octets("NOOP1")))
    }
}

@Suite("UTF-8 (RFC 3629 section 4; R-SW-5)")
struct UTF8Tests {
    private static func reference(_ octets: [UInt8]) -> Bool { (try? UTF8Span(validating: octets.span)) != nil }

    /// RFC 3629 section 4, as it stands: the length of the character at the beginning, if there is one.
    private static func character(_ octets: ArraySlice<UInt8>) -> Int? {
        func tail(_ places: Range<Int>) -> Bool {
            places.allSatisfy { $0 < octets.count && (0x80...0xBF).contains(octets[octets.startIndex + $0]) }
        }
        guard let first = octets.first else { return nil }
        if first <= 0x7F { return 1 }
        guard octets.count >= 2 else { return nil }
        let second = octets[octets.startIndex + 1]
        return switch first {
        case 0xC2...0xDF: tail(1..<2) ? 2 : nil
        case 0xE0: (0xA0...0xBF).contains(second) && tail(2..<3) ? 3 : nil
        case 0xED: (0x80...0x9F).contains(second) && tail(2..<3) ? 3 : nil
        case 0xE1...0xEC, 0xEE...0xEF: tail(1..<3) ? 3 : nil
        case 0xF0: (0x90...0xBF).contains(second) && tail(2..<4) ? 4 : nil
        case 0xF1...0xF3: tail(1..<4) ? 4 : nil
        case 0xF4: (0x80...0x8F).contains(second) && tail(2..<4) ? 4 : nil
        default: nil
        }
    }

    private static func grammar(_ octets: [UInt8]) -> Bool {
        var rest = octets[...]
        while !rest.isEmpty {
            guard let length = character(rest) else { return false }
            rest = rest.dropFirst(length)
        }
        return true
    }

    /// What is valid is what the standard library writes: every text of three octets is made, and no other is valid.
    @Test func ofAllInputsOfThreeOctetsThoseAreValidThatTheStandardLibraryWrites() {
        var characters: [[[UInt8]]] = [[], [], [], []]
        for value in 0...0xFFFF as ClosedRange<UInt32> {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let character = Array(String(scalar).utf8)
            characters[character.count].append(character)
        }
        var isWritten = [Bool](repeating: false, count: 1 << 24)
        func write(_ text: [UInt8]) { isWritten[Int(text[0]) << 16 | Int(text[1]) << 8 | Int(text[2])] = true }
        for text in characters[3] { write(text) }
        for one in characters[1] {
            for two in characters[2] {
                write(one + two)
                write(two + one)
            }
            for other in characters[1] {
                for third in 0...0x7F as ClosedRange<UInt8> { write([one[0], other[0], third]) }
            }
        }
        var sample: [UInt8] = [0, 0, 0]
        for number in isWritten.indices {
            sample[0] = UInt8(number >> 16)
            sample[1] = UInt8(number >> 8 & 0xFF)
            sample[2] = UInt8(number & 0xFF)
            if isUTF8(sample) != isWritten[number] { Issue.record("\(sample)") }
        }
    }

    @Test func everyInputOfOneAndTwoOctetsIsJudgedByTheRFCsGrammar() {
        #expect(isUTF8([]))
        for first in UInt8.min...UInt8.max {
            if isUTF8([first]) != Self.grammar([first]) { Issue.record("\(first)") }
            for second in UInt8.min...UInt8.max {
                let sample = [first, second]
                if isUTF8(sample) != Self.grammar(sample) { Issue.record("\(sample)") }
                if isUTF8(sample) != Self.reference(sample) { Issue.record("\(sample)") }
            }
        }
    }

    /// Every boundary of the grammar, four at a time: all there is to tell between sequences of four octets.
    @Test func everyBoundaryOfFourOctetsIsJudgedByTheRFCsGrammar() {
        let edges: [UInt8] = [
            0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF,
            0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF,
        ]
        for a in edges {
            for b in edges {
                for c in edges {
                    for d in edges where isUTF8([a, b, c, d]) != Self.grammar([a, b, c, d]) {
                        Issue.record("\([a, b, c, d])")
                    }
                }
            }
        }
    }

    @Test func randomTextsWithOneWrongOctetAreJudgedAsTheStandardLibraryDoes() {
        var random = Seeded(state: 21)
        var accepted = 0
        for _ in 0..<4000 {
            var text = ""
            for _ in 0..<Int.random(in: 0...20, using: &random) {
                let limit: UInt32 = [0x7F, 0x7FF, 0xFFFF, 0x10FFFF].randomElement(using: &random) ?? 0
                if let scalar = Unicode.Scalar(UInt32.random(in: 0...limit, using: &random)) {
                    text.unicodeScalars.append(scalar)
                }
            }
            var sample = octets(text)
            #expect(isUTF8(sample))
            guard let place = sample.indices.randomElement(using: &random) else { continue }
            sample[place] = UInt8.random(in: 0...255, using: &random)
            #expect(isUTF8(sample) == Self.reference(sample), "\(sample)")
            accepted += isUTF8(sample) ? 1 : 0
            sample.removeLast()
            #expect(isUTF8(sample) == Self.grammar(sample), "\(sample)")
        }
        #expect(accepted > 100)
    }
}
