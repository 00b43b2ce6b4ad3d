import IMAPText
import Testing

@testable import imap_server

@Suite("The system's charsets")
struct SystemCharsetsTests {
    private let charsets = SystemCharsets()

    private func decode(_ octets: [UInt8], _ name: String, cutAt size: Int) throws -> String {
        var decoder = try #require(charsets.decoder(named: Array(name.utf8)))
        var utf8: [UInt8] = []
        var start = 0
        while start < octets.count {
            let end = min(start + size, octets.count)
            decoder.decode(Array(octets[start..<end]).span, into: &utf8)
            start = end
        }
        decoder.finish(into: &utf8)
        return String(decoding: utf8, as: UTF8.self)
    }

    @Test(arguments: [1, 2, 3, 100])
    func textIsReadHoweverItIsCut(_ size: Int) throws {
        #expect(try decode([0x93, 0xFA, 0x96, 0x7B, 0x41], "Shift_JIS", cutAt: size) == "\u{65E5}\u{672C}A")
        #expect(
            try decode([0x1B, 0x24, 0x42, 0x46, 0x7C, 0x4B, 0x5C, 0x1B, 0x28, 0x42, 0x41], "iso-2022-jp", cutAt: size)
                == "\u{65E5}\u{672C}A")
        #expect(try decode([0xC4, 0xE3, 0xBA, 0xC3], "GB2312", cutAt: size) == "\u{4F60}\u{597D}")
        #expect(try decode([0xBE, 0xC8, 0xB3, 0xE7], "euc-kr", cutAt: size) == "\u{C548}\u{B155}")
    }

    @Test func whatIsNoTextIsReplacedAndEndsNothing() throws {
        #expect(try decode([0x41, 0xFF, 0x42], "Shift_JIS", cutAt: 10) == "A\u{FFFD}B")
        #expect(try decode([0x41, 0x93], "Shift_JIS", cutAt: 1) == "A\u{FFFD}")
        let noise = [UInt8](repeating: 0xFF, count: 100_000)
        #expect(try decode(noise, "GB18030", cutAt: 65_536).unicodeScalars.count == 100_000)
    }

    @Test func onlyWhatIsListedIsOpened() {
        for name in ["", "UTF-8//TRANSLIT", "SHIFT_JIS//IGNORE", "../../etc/passwd", "LATIN1", "\0"] {
            #expect(charsets.decoder(named: Array(name.utf8)) == nil, "\(name)")
        }
        #expect(charsets.names.contains(Array("ISO-2022-JP".utf8)))
    }
}
