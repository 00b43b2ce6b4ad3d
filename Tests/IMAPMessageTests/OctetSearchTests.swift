import IMAPText
import Testing

@Suite("Octets looked for in a text that comes in pieces")
struct OctetSearchTests {
    /// Against a search that looks everywhere: few letters, so that beginnings repeat, and every cut.
    @Test(arguments: 0..<20)
    func itFindsWhatIsThereWhereverTheTextIsCut(_ seed: Int) {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for _ in 0..<300 {
            let letters = 2 + random(3)
            let text = (0..<random(80)).map { _ in UInt8(0x61 + random(letters)) + (random(9) == 0 ? 0x80 : 0) }
            let wanted = (0..<random(6)).map { _ in UInt8(0x61 + random(letters)) }
            let isThere =
                wanted.count <= text.count
                && (0...text.count - wanted.count).contains { text[$0..<$0 + wanted.count].elementsEqual(wanted) }
            let cut = random(text.count + 1)
            var search = OctetSearch(for: wanted)
            let (front, back) = (Array(text[..<cut]), Array(text[cut...]))
            let isFoundEarly = search.feed(front.span)
            let isFound = search.feed(back.span)
            #expect(isFound == isThere, "\(wanted) in \(text) cut at \(cut)")
            #expect(!isFoundEarly || isThere)
            #expect(search.isFound == isThere)
            let lower = text.map { $0 & 0x80 != 0 ? $0 : random(2) == 0 ? $0 : $0 - 0x20 }
            let isInFolded = OctetSearch(for: wanted.map { $0 - 0x20 }).isIn(lower.span, isFolded: true)
            #expect(isInFolded == isThere)
            var folded = OctetSearch(for: wanted.map { $0 - 0x20 })
            _ = folded.feed(Array(lower[..<cut]).span, isFolded: true)
            #expect(folded.feed(Array(lower[cut...]).span, isFolded: true) == isThere)
        }
    }

    /// Two octets that stand next to each other where eight that are looked at together meet.
    @Test func theFirstTwoOctetsStandAtEveryPlace() {
        for length in 2...40 {
            for place in 0...length - 2 {
                var text = [UInt8](repeating: 0x4F, count: length)
                text[place] = 0x4E
                for wanted in [[0x4E, 0x4F], [0x4F, 0x4F], [0x4E], [0x4F, 0x4E]] as [[UInt8]] {
                    let isThere = (0...length - wanted.count).contains {
                        text[$0..<$0 + wanted.count].elementsEqual(wanted)
                    }
                    var search = OctetSearch(for: wanted)
                    let isFound = search.feed(text.span)
                    #expect(isFound == isThere, "\(wanted) in \(text)")
                }
            }
        }
    }
}
