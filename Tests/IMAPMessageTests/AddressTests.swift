import IMAPMessage
import IMAPTypes
import Testing

/// An address list and how ENVELOPE shows it: `name|adl|mailbox|host`, `-` for NIL.
struct AddressCase: Sendable, CustomTestStringConvertible {
    let value: String
    let shown: [String]

    var testDescription: String { value }

    init(_ value: String, _ shown: String...) {
        self.value = value
        self.shown = shown
    }
}

@Suite("Addresses (RFC 5322 section 3.4, RFC 3501 section 7.4.2)")
struct AddressTests {
    /// RFC 5322 appendix A.
    @Test(arguments: [
        AddressCase("John Doe <jdoe@machine.example>", "John Doe|-|jdoe|machine.example"),
        AddressCase("\"Joe Q. Public\" <john.q.public@example.com>", "Joe Q. Public|-|john.q.public|example.com"),
        AddressCase(
            "Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>", "Mary Smith|-|mary|x.test",
            "-|-|jdoe|example.org", "Who?|-|one|y.test"),
        AddressCase(
            "<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>", "-|-|boss|nil.test",
            "Giant; \"Big\" Box|-|sysservices|example.net"),
        AddressCase(
            "A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;", "-|-|A Group|-",
            "Ed Jones|-|c|a.test", "-|-|joe|where.test", "John|-|jdoe|one.test", "-|-|-|-"),
        AddressCase("Undisclosed recipients:;", "-|-|Undisclosed recipients|-", "-|-|-|-"),
        AddressCase(
            "Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", "Pete|-|pete|silly.test"),
        AddressCase(
            "A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public.example>,\r\n joe@example.org,\r\n"
                + "  John <jdoe@one.test> (my dear friend); (the end of the group)", "-|-|A Group|-",
            "Chris Jones|-|c|public.example", "-|-|joe|example.org", "John|-|jdoe|one.test", "-|-|-|-"),
        AddressCase(
            "(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;", "-|-|Hidden recipients|-",
            "-|-|-|-"),
        AddressCase("Joe Q. Public <john.q.public@example.com>", "Joe Q. Public|-|john.q.public|example.com"),
        AddressCase(
            "Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example",
            "Mary Smith|@node.test|mary|example.net", "-|-|jdoe|test.example"),
        AddressCase("John Doe <jdoe@machine(comment).  example>", "John Doe|-|jdoe|machine.example"),
    ])
    func examplesOfTheRFC(_ example: AddressCase) {
        #expect(list(AddressParser.parse(octets(example.value))) == example.shown)
    }

    @Test(arguments: [
        AddressCase("joe@example.com (Joe Smith)", "Joe Smith|-|joe|example.com"),
        AddressCase("joe@example.com <joe@example.com>", "joe@example.com|-|joe|example.com"),
        AddressCase("\"john doe\"@example.org", "-|-|john doe|example.org"),
        AddressCase("john . doe @ example . org", "-|-|john.doe|example.org"),
        AddressCase("user@[192.168.1.1], <u@[IPv6:::1]>", "-|-|user|[192.168.1.1]", "-|-|u|[IPv6:::1]"),
        AddressCase("<@a.example,@b.example:joe@c.example>", "-|@a.example,@b.example|joe|c.example"),
        AddressCase("=?utf-8?q?J=C3=BCrgen?= M <j@x.de>", "=?utf-8?q?J=C3=BCrgen?= M|-|j|x.de"),
        AddressCase("Jürgen <j@x.de>, jörg@müller.example", "Jürgen|-|j|x.de", "-|-|jörg|müller.example"),
        AddressCase("\"\" <x@y.z>", "-|-|x|y.z"),
    ])
    func formsSendersUse(_ example: AddressCase) {
        #expect(list(AddressParser.parse(octets(example.value))) == example.shown)
    }

    @Test(arguments: [
        AddressCase("<joe@example.com", "-|-|joe|example.com"),
        AddressCase("<joe@a.b, Ann <ann@c.d>", "-|-|joe|a.b", "Ann|-|ann|c.d"),
        AddressCase("joe", "-|-|joe|"),
        AddressCase("A B C", "-|-|A B C|"),
        AddressCase("joe@", "-|-|joe|"),
        AddressCase("@host", "-|-||host"),
        AddressCase("<@host>", "-|-||host"),
        AddressCase("<>"),
        AddressCase("Foo <>", "Foo|-||"),
        AddressCase("a@b@c, <a@b@c>", "-|-|a@b|c", "-|-|a@b|c"),
        AddressCase("John Doe joe@x.org", "John Doe|-|joe|x.org"),
        AddressCase("a@b.c; d@e.f; Foo <g@h.i>", "-|-|a|b.c", "-|-|d|e.f", "Foo|-|g|h.i"),
        AddressCase("a@b.c d@e.f", "-|-|a|b.c", "-|-|d|e.f"),
        AddressCase("<a@b.c> <d@e.f>", "-|-|a|b.c", "-|-|d|e.f"),
        AddressCase("Team: a@b.c", "-|-|Team|-", "-|-|a|b.c", "-|-|-|-"),
        AddressCase("\"unterminated <a@b.c>", "-|-|unterminated <a@b.c>|"),
        AddressCase("(unterminated a@b.c"),
        AddressCase(", ,; ) > ,"),
        AddressCase(""),
    ])
    func brokenListsGiveWhatCanBeRead(_ example: AddressCase) {
        #expect(list(AddressParser.parse(octets(example.value))) == example.shown)
    }

    @Test func groupsAreAlwaysClosed() {
        var numbers = SeededNumbers(seed: 7)
        let pieces = ["a", "@", "b.c", "<", ">", ":", ";", ",", "(", ")", "\"", "\\", " ", "[", "]", "é", "\0", "\r"]
        for _ in 0..<5000 {
            let value = (0..<Int.random(in: 0...16, using: &numbers)).map { _ in
                pieces.randomElement(using: &numbers) ?? ""
            }.joined()
            var depth = 0
            for address in AddressParser.parse(octets(value)) {
                switch address {
                case .groupStart: depth += 1
                case .groupEnd: depth -= 1
                case .mailbox: break
                }
                #expect(depth == 0 || depth == 1, "\(value)")
            }
            #expect(depth == 0, "\(value)")
        }
    }

    @Test func limitIsKeptAndTheGroupIsClosed() {
        let shown = list(AddressParser.parse(octets("G: a@b, c@d, e@f;"), limit: 2))
        #expect(shown == ["-|-|G|-", "-|-|a|b", "-|-|-|-"])
    }
}
