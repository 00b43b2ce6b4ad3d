import IMAPTypes
import Testing

private func octets(_ text: String) -> [UInt8] { Array(text.utf8) }

private func letters(_ count: Int) -> [UInt8] { [UInt8](repeating: 0x61, count: count) }

/// Which of a limit's neighbours and itself can be made: `true, true, false` where the limit is the most there can be.
private func made<Value>(_ limit: Int, _ make: (Int) -> Value?) -> [Bool] {
    [limit - 1, limit, limit + 1].map { make($0) != nil }
}

@Suite("Limits of values (RFC 9051 section 9; R-LIT-11, R-ALG-7)")
struct LimitTests {
    @Test func theLimitsAreTheDocumentedOnes() {
        #expect(Tag.maximumLength == 64)
        #expect(Keyword.maximumLength == 32)
        #expect(Flag.maximumLength == 255)
        #expect(MailboxName.maximumLength == 1024)
        #expect(BodyStructure.maximumDepth == 100)
        #expect(BodyStructure.maximumParts == 10_000)
    }

    @Test func wordsAreNeitherEmptyNorLongerThanTheirLimit() {
        let most = [true, true, false]
        #expect(made(64) { Tag(letters($0)) } == most)
        #expect(made(32) { Keyword(letters($0).span) } == most)
        #expect(made(255) { Flag(letters($0)) } == most)
        #expect(made(255) { Flag([0x5C] + letters($0 - 1)) } == most)
        #expect(made(255) { Capability(letters($0)) } == most)
        #expect(made(64) { MailboxAttribute([0x5C] + letters($0 - 1)) } == most)
        #expect(made(1024) { MailboxName(letters($0)) } == most)
        #expect(made(1024) { ResponseText(String(repeating: "x", count: $0)) } == most)

        let least = [false, true]
        #expect([0, 1].map { Tag(letters($0)) != nil } == least)
        #expect([0, 1].map { Keyword(letters($0).span) != nil } == least)
        #expect([0, 1].map { Flag(letters($0)) != nil } == least)
        #expect([0, 1].map { Flag([0x5C] + letters($0)) != nil } == least)
        #expect([0, 1].map { Capability(letters($0)) != nil } == least)
        #expect([0, 1].map { MailboxAttribute([0x5C] + letters($0)) != nil } == least)
        #expect([0, 1].map { MailboxName(letters($0)) != nil } == least)
        #expect([0, 1].map { ResponseText(String(repeating: "x", count: $0)) != nil } == least)
    }

    @Test func aMailboxNameIsMeasuredInOctetsAndNotCutWithinACharacter() {
        let accented = octets("\u{E9}")
        #expect(MailboxName(letters(1022) + accented) != nil)
        #expect(MailboxName(letters(1023) + accented) == nil)
        #expect(MailboxName(letters(1023) + accented.prefix(1)) == nil)
        #expect(MailboxName(String(repeating: "\u{1F400}", count: 256)) != nil)
        #expect(MailboxName(String(repeating: "\u{1F400}", count: 256) + "a") == nil)
    }

    @Test(arguments: [UInt32.min, 1, 2, 1 << 31, .max - 1, .max])
    func messageNumbersAreAllButZero(_ number: UInt32) {
        let isNumber = number != 0
        #expect((UID(number) != nil) == isNumber)
        #expect((SequenceNumber(number) != nil) == isNumber)
        #expect((UIDValidity(number) != nil) == isNumber)
        #expect(UID(number)?.rawValue == (isNumber ? number : nil))
        #expect(SequenceNumber(number)?.rawValue == (isNumber ? number : nil))
        #expect(UIDValidity(number)?.rawValue == (isNumber ? number : nil))
        #expect(UID(number)?.next?.rawValue == (isNumber && number != .max ? number + 1 : nil))
    }

    @Test(arguments: [0, 1, UInt64(Int64.max) - 1, UInt64(Int64.max), UInt64(Int64.max) + 1, .max])
    func modificationSequencesHave63Bits(_ number: UInt64) {
        let isSequence = number <= 0x7FFF_FFFF_FFFF_FFFF
        #expect(ModSequence(number)?.rawValue == (isSequence ? number : nil))
        let next = min(number, 0x7FFF_FFFF_FFFF_FFFE) + 1
        #expect(ModSequence(number)?.next.rawValue == (isSequence ? next : nil))
    }

    @Test func numbersAreOrderedAsNumbers() throws {
        let numbers: [UInt32] = [1, 9, 10, 1 << 31, .max]
        #expect(numbers.reversed().compactMap { UID($0) }.sorted().map(\.rawValue) == numbers)
        #expect(numbers.reversed().compactMap { SequenceNumber($0) }.sorted().map(\.rawValue) == numbers)
        #expect(numbers.reversed().compactMap { UIDValidity($0) }.sorted().map(\.rawValue) == numbers)
        #expect(
            numbers.reversed().compactMap { ModSequence(UInt64($0)) }.sorted().map(\.rawValue)
                == numbers.map(UInt64.init))
        #expect(UID.first.rawValue == 1)
        #expect(ModSequence.zero < ModSequence.zero.next)
    }

    private static let leaf = BodyPart(type: octets("text"), subtype: octets("plain"))

    private static func multipart(_ count: Int) -> BodyPart {
        BodyPart(type: octets("multipart"), subtype: octets("mixed"), count: count)
    }

    @Test func aStructureHasAtMost100LevelsAnd10000Parts() {
        #expect(
            made(100) { BodyStructure([BodyPart](repeating: Self.multipart(1), count: $0 - 1) + [Self.leaf]) }
                == [true, true, false])
        #expect(
            made(10_000) { BodyStructure([Self.multipart($0 - 1)] + [BodyPart](repeating: Self.leaf, count: $0 - 1)) }
                == [true, true, false])
    }

    /// Messages inside messages nest as multiparts do, and 100 levels are reached again on the way back.
    @Test func everyKindOfNestingCounts() {
        let message = BodyPart(type: octets("message"), subtype: octets("rfc822"), envelope: Envelope())
        #expect(
            made(100) { BodyStructure([BodyPart](repeating: message, count: $0 - 1) + [Self.leaf]) }
                == [true, true, false])
        let deep = [BodyPart](repeating: Self.multipart(1), count: 98) + [Self.leaf]
        #expect(BodyStructure([Self.multipart(2)] + deep + deep) != nil)
        #expect(BodyStructure([Self.multipart(2)] + deep + [Self.multipart(1)] + deep) == nil)
    }

    /// A random tree, written part by part, and for each part the parts directly inside it.
    private static func tree(_ random: inout Seeded) -> (parts: [BodyPart], children: [[Int]]) {
        var parts: [BodyPart] = []
        var children: [[Int]] = []
        func grow(_ depth: Int) -> Int {
            let index = parts.count
            let count = depth < 6 && parts.count < 200 ? Int.random(in: 0...3, using: &random) : 0
            parts.append(count == 0 ? leaf : multipart(count))
            children.append([])
            for _ in 0..<count { children[index].append(grow(depth + 1)) }
            return index
        }
        _ = grow(0)
        return (parts, children)
    }

    @Test func aTreeIsReadBackAndNoOtherTableOfItsPartsIsATree() throws {
        for seed in 0..<300 as Range<UInt64> {
            var random = Seeded(state: seed)
            let (parts, children) = Self.tree(&random)
            let structure = try #require(BodyStructure(parts), "seed \(seed)")
            for index in parts.indices {
                #expect(Array(structure.children(of: index)) == children[index], "seed \(seed), part \(index)")
            }
            #expect(structure.end(of: 0) == parts.count)
            #expect(BodyStructure(Array(parts.dropLast())) == nil, "seed \(seed)")
            #expect(BodyStructure(parts + [Self.leaf]) == nil, "seed \(seed)")
        }
    }
}

@Suite("Parts and envelopes (RFC 9051 section 7.5.2; R-ALG-5)")
struct PartTests {
    @Test func aPartIsNeverWhatItsFactsContradict() {
        for (type, subtype, envelope, count) in [
            ("multipart", "mixed", nil, 0), ("MultiPart", "mixed", nil, -1), ("multipart", "x", nil, .min),
            ("message", "rfc822", nil, 0), ("MESSAGE", "Global", nil, 3),
        ] as [(String, String, Envelope?, Int)] {
            let part = BodyPart(type: octets(type), subtype: octets(subtype), envelope: envelope, count: count)
            #expect(part.type == octets("application") && part.subtype == octets("octet-stream"), "\(type)/\(subtype)")
            #expect(part.content == .basic)
            #expect(part.childCount == 0)
        }
    }

    @Test func aPartIgnoresFactsThatItsTypeHasNoUseFor() {
        let plain = BodyPart(
            type: octets("image"), subtype: octets("png"), lines: 3, envelope: Envelope(), count: 3)
        #expect(plain.content == .basic)
        #expect(plain.childCount == 0)
        let text = BodyPart(type: octets("TEXT"), subtype: octets("html"), lines: 3, envelope: Envelope(), count: 3)
        #expect(text.content == .text(lines: 3))
        #expect(text.type == octets("TEXT"), "as written")
        let partial = BodyPart(type: octets("message"), subtype: octets("partial"), envelope: Envelope(), count: 1)
        #expect(partial.content == .basic, "no other message type holds a body")
        let message = BodyPart(type: octets("message"), subtype: octets("global"), lines: 2, envelope: Envelope())
        #expect(message.content == .message(Envelope(), lines: 2))
        #expect(message.childCount == 1)
    }

    @Test func mediaTypesFoldASCIIAlone() {
        #expect(MediaKind(type: octets("TEXT"), subtype: []) == .text)
        #expect(MediaKind(type: octets("te\u{445}t"), subtype: []) == .other, "a Cyrillic letter")
        #expect(MediaKind(type: octets("me\u{17F}sage"), subtype: octets("rfc822")) == .other, "a long s")
        #expect(MediaKind(type: octets("multipart"), subtype: []) == .multipart)
        #expect(MediaKind(type: octets("message"), subtype: octets("RFC822")) == .message)
        #expect(MediaKind(type: octets("message"), subtype: octets("rfc8222")) == .other)
        #expect(MediaKind(type: [], subtype: []) == .other)
    }

    @Test func theFirstParameterOfANameIsFoundByASCIICase() {
        var fields = BodyPart.Fields()
        fields.parameters = [
            BodyPart.Parameter(name: octets("Charset"), value: octets("a")),
            BodyPart.Parameter(name: octets("CHARSET"), value: octets("b")),
            BodyPart.Parameter(name: octets("\u{212A}ey"), value: octets("c")),
        ]
        let part = BodyPart(type: octets("text"), subtype: octets("plain"), fields: fields)
        #expect(part.parameter(octets("cHARSET")) == octets("a"))
        #expect(part.parameter(octets("key")) == nil, "the Kelvin sign is no k")
        #expect(part.parameter([]) == nil)
        #expect(BodyPart.Fields().encoding == octets("7bit"))
    }

    @Test func senderAndReplyToAreFromWhereTheMessageHasNone() {
        let from = Address.mailbox(Address.Mailbox(localPart: octets("a"), host: octets("x")))
        let other = Address.mailbox(Address.Mailbox(localPart: octets("b"), host: octets("y")))
        let alone = Envelope(from: [from])
        #expect(alone.sender == [from] && alone.replyTo == [from])
        let full = Envelope(from: [from], sender: [other], replyTo: [other, from])
        #expect(full.sender == [other] && full.replyTo == [other, from])
        #expect(Envelope().sender.isEmpty)
        #expect(Envelope(subject: []) != Envelope(), "empty is not absent")
    }

    @Test func aMailboxIsNeverMistakenForAGroupsMarker() {
        let mailbox = Address.mailbox(Address.Mailbox(localPart: [], host: [])).members
        #expect(mailbox.mailbox == [] && mailbox.host == [])
        let start = Address.groupStart(octets("g")).members
        #expect(start.mailbox == octets("g") && start.host == nil)
        let end = Address.groupEnd.members
        #expect(end.mailbox == nil && end.host == nil && end.name == nil && end.route == nil)
    }
}
