import IMAPMessage
import Testing

@Suite("Marks in an encoded body (RFC 3516)")
struct DecodedIndexTests {
    private func index(
        _ body: [UInt8], _ encoding: String, piecesOf size: Int, mostMarks: Int = 4096
    ) throws -> DecodedIndex {
        var index = DecodedIndex(
            try #require(TransferDecoder(octets(encoding))), mostMarks: mostMarks, spacing: 10)
        var start = 0
        while start < body.count {
            let end = min(body.count, start + size)
            index.feed(Array(body[start..<end]))
            start = end
        }
        index.finish()
        return index
    }

    private func decode(_ body: ArraySlice<UInt8>, _ decoder: TransferDecoder) -> [UInt8] {
        var decoder = decoder
        var decoded: [UInt8] = []
        decoder.decode(Array(body).span, into: &decoded)
        decoder.finish(into: &decoded)
        return decoded
    }

    @Test(arguments: ["base64", "quoted-printable", "8bit"], [1, 3, 10, 64])
    func fromEveryMarkTheRestIsTheSame(_ encoding: String, _ size: Int) throws {
        var numbers = SeededNumbers(seed: UInt64(size))
        let pieces = ["=", "4", "1", "A", "Z", " ", "\r\n", "=\r\n", "   ", "!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!"].map(
            octets)
        for _ in 0..<50 {
            let body = (0..<100).flatMap { _ in pieces.randomElement(using: &numbers) ?? [] }
            let index = try index(body, encoding, piecesOf: size, mostMarks: 5)
            let whole = decode(body[...], try #require(TransferDecoder(octets(encoding))))
            #expect(index.size == UInt64(whole.count))
            #expect(index.holdsNUL == whole.contains(0))
            #expect(index.marks.count <= 5 && index.marks[0].decoded == 0)
            for (number, mark) in index.marks.enumerated() {
                #expect(decode(body[Int(mark.encoded)...], mark.decoder) == Array(whole[Int(mark.decoded)...]))
                guard number > 0 else { continue }
                #expect(mark.decoded > index.marks[number - 1].decoded)
                #expect(mark.encoded > index.marks[number - 1].encoded)
            }
            for offset in 0...UInt64(whole.count) {
                let number = index.mark(before: offset)
                #expect(index.marks[number].decoded <= offset)
                #expect(number + 1 == index.marks.count || index.marks[number + 1].decoded > offset)
            }
        }
    }

    @Test func whatDecodesToNothingIsPassedOverOnce() throws {
        let index = try index(octets("QUJD" + String(repeating: "!", count: 1000) + "QUJD"), "base64", piecesOf: 4)
        #expect(index.marks.count <= 4)
        #expect(index.marks[index.mark(before: 3)].encoded >= 990)
    }

    @Test func aBodyThatIsItsOwnDecodingHasOneMark() throws {
        let index = try index([UInt8](repeating: 0, count: 1000), "binary", piecesOf: 10)
        #expect(index.isIdentity && index.marks.count == 1 && index.size == 1000 && index.holdsNUL)
    }
}
