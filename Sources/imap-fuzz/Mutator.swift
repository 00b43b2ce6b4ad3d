/// Makes inputs from inputs: blind, but quick, and it needs no libFuzzer.
struct Mutator {
    private var random: SplitMix
    private let corpus: [[UInt8]]
    private let words: [[UInt8]]

    /// The longest input it makes.
    static let longest = 2048

    init(corpus: [[UInt8]], seed: UInt64, words: [[UInt8]] = Mutator.words) {
        self.words = words
        self.corpus = corpus.isEmpty ? [[0x21, 0x21]] : corpus
        random = SplitMix(seed: seed)
    }

    /// Words that a blind change would hardly find.
    static let words: [[UInt8]] = [
        "\r\n", "\n", "\r", "\0", "{0}\r\n", "{3+}\r\nabc", "~{4+}\r\na\0cd", "{9223372036854775807}\r\n",
        "{18446744073709551617+}\r\n", "{0000000000000000000000000000000000005+}\r\n", "{5}", "+}", "a NOOP\r\n",
        "A1 LOGIN ", "UID FETCH 1:* (", "BODY.PEEK[HEADER]<0.10>", "((((", "))))", "\"\\\"\"", "\\Recent", "NIL",
        "4294967295", "4294967296", "1:*,", " 1-Feb-1994 21:52:25 -0800\"", "&-", "&AOk-", "%*", "]", " ",
    ].map { Array($0.utf8) }

    private mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(max(bound, 1))) }

    mutating func next() -> [UInt8] {
        var input = corpus[below(corpus.count)]
        for _ in 0...below(6) { change(&input) }
        return Array(input.prefix(Mutator.longest))
    }

    private mutating func change(_ input: inout [UInt8]) {
        let place = below(input.count + 1)
        let end = min(input.count, place + 1 + below(12))
        switch below(8) {
        case 0: input.insert(contentsOf: words[below(words.count)], at: place)
        case 1: input.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
        case 2: input.removeSubrange(min(place, end)..<end)
        case 3: input.insert(contentsOf: input[min(place, end)..<end], at: place)
        case 4:
            let other = corpus[below(corpus.count)]
            input = Array(input[..<place] + other[below(other.count + 1)...])
        case 5: if place < input.count { input[place] ^= 1 << UInt8(below(8)) }
        case 6: if place < input.count { input[place] = [0x30, 0x39, 0x7B, 0x7D, 0x2B, 0x0A, 0x0D, 0x20][below(8)] }
        default:
            let octet = input.isEmpty ? 0x61 : input[min(place, input.count - 1)]
            input.insert(contentsOf: [UInt8](repeating: octet, count: below(80)), at: place)
        }
    }
}
