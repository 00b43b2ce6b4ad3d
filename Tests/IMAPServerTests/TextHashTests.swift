import IMAPServer
import IMAPTestKit
import Testing

@testable import IMAPExtensions

@Suite("THREAD's hashes of message IDs and subjects (R-ALG-4)")
struct TextHashTests {
    private static let pieces = ["a", "Z", "z", "{", "[", "\0", " ", "\u{E9}", "\u{DF}", "\u{130}", "message-id@x.y"]

    /// A subject is hashed as it is compared, whether its key is made first or on the way.
    @Test(arguments: Collation.all)
    func theHashOfAKeyIsThatOfTheText(_ collation: Collation) {
        var random = SeededGenerator(seed: 11)
        let hashing = TextHashing()
        for _ in 0..<2000 {
            var text: [UInt8] = []
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                text += octets(Self.pieces.randomElement(using: &random) ?? "")
            }
            #expect(hashing.hash(ofKey: text[...], collation) == hashing.hash(of: collation.key(text).span), "\(text)")
        }
    }

    /// Words have seven octets: each place of two of them folds as the key does, and no octet beside it changes.
    @Test(arguments: Collation.all)
    func eachOctetInEachPlaceIsFolded(_ collation: Collation) {
        let hashing = TextHashing()
        for place in 0..<15 {
            for octet in 0...255 as ClosedRange<UInt8> {
                var text = [UInt8](repeating: 0x7A, count: 15)
                text[place] = octet
                let key = collation.key(text)
                #expect(hashing.hash(ofKey: text[...], collation) == hashing.hash(of: key.span), "\(octet) at \(place)")
            }
        }
    }

    @Test func differentTextsHaveDifferentHashesAndOthersInTheNextCommand() {
        let hashing = TextHashing()
        let next = TextHashing()
        var texts: Set<[UInt8]> = []
        for count in 0...24 {
            for octet in [0, 1, 0x61, 0xFF] as [UInt8] {
                let text = [UInt8](repeating: octet, count: count)
                texts.insert(text)
                texts.insert([0] + text)
                texts.insert(text + [0])
                texts.insert(text + [octet, 1])
            }
        }
        let hashes = texts.map { hashing.hash(of: $0.span) }
        #expect(Set(hashes.map(\.first)).count == texts.count)
        #expect(Set(hashes.map(\.second)).count == texts.count)
        #expect(texts.count { !$0.isEmpty && hashing.hash(of: $0.span) == next.hash(of: $0.span) } == 0)
    }

    @Test func aTableFindsWhatWasPutIntoIt() {
        let hashing = TextHashing()
        var table = TextHashTable()
        for number in 0..<5000 as Range<Int32> {
            let hash = hashing.hash(of: octets("<\(number)@x>").span)
            #expect(table.find(hash) == nil)
            #expect(table.find(hash, orInsert: number * 2) == (number * 2, true))
            #expect(table.find(hash, orInsert: -5) == (number * 2, false))
        }
        for number in 0..<5000 as Range<Int32> {
            #expect(table.find(hashing.hash(of: octets("<\(number)@x>").span)) == number * 2)
        }
        #expect(table.find(hashing.hash(of: octets("<5000@x>").span)) == nil)
    }
}
