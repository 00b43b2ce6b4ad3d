import Testing

@testable import imap_fuzz

private func octets(_ text: String) -> [UInt8] { Array(text.utf8) }

@Suite("Fuzzing: inputs to begin with")
struct SeedTests {
    @Test func linesOfJSONAreRead() {
        let text = #"""
            {"a": "x\r\n\"\\\/\u00e9\ud83d\ude00", "n": [1, {"b": "}"}, "]"], "z": -1.5e3, "t": null}
            no object
            {}
            {"a": "unfinished
            {"a": "é"}
            """#
        let objects = JSONLines.objects(octets(text))
        #expect(objects.count == 3)
        #expect(objects.first == ["a": octets("x\r\n\"\\/\u{E9}\u{1F600}")])
        #expect(objects.last == ["a": octets("\u{E9}")])
    }

    @Test func examplesBecomeInputs() throws {
        let file = octets(
            #"""
            {"file": "f", "section": "1", "dir": "C", "kind": "command", "wire": "a NOOP\r\n", "rfc": 1}
            {"file": "f", "section": "1", "dir": "S", "kind": "tagged", "wire": "a OK done\r\n"}
            {"file": "f", "section": "1", "dir": "C", "kind": "auth-data", "wire": "YQ==\r\n"}
            {"file": "f", "section": "2", "dir": "C", "kind": "command", "wire": "b LIST \"\" \"&AOk-\"\r\n"}
            """#)
        let seeds = Seeds(file)
        #expect(seeds.conversations == [octets("a NOOP\r\nYQ==\r\n"), octets("b LIST \"\" \"&AOk-\"\r\n")])
        func inputs(_ name: String) throws -> [[UInt8]] { seeds.inputs(of: try #require(FuzzTarget.named(name))) }
        #expect(try inputs("connection").contains([0x0B, 0] + octets("a NOOP\r\nYQ==\r\n")))
        #expect(try inputs("mutf7") == [octets("&AOk-")])
        #expect(try inputs("sasl").contains([0, 1] + octets("YQ==")))
        #expect(try inputs("response").count == 1)
    }

    @Test func wordsAreWrittenForTheFuzzer() {
        #expect(WordList.text([octets("a\"\\\r\n"), [], [0xFF]]) == "\"a\\\"\\\\\\x0d\\x0a\"\n\"\\xff\"\n")
        let words = CommandTarget.words
        for word in ["FETCH", "UTF8=ACCEPT", "XOAUTH2", "HIGHESTMODSEQ", "UNAUTHENTICATE"] {
            #expect(words.contains(octets(word)), "\(word)")
        }
    }
}
