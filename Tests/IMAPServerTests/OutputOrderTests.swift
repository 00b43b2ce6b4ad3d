import IMAPCodec
import IMAPTestKit
import Testing

/// What a checker says of a conversation: lines that begin with `C: ` are sent, all others are written.
private func verdicts(_ conversation: [String], greeting: String = "* OK ready") -> [String] {
    var checker = OutputChecker()
    checker.wrote(octets(greeting + "\r\n"))
    for line in conversation {
        if line.hasPrefix("C: ") {
            checker.sent(octets(line.dropFirst(3) + "\r\n"))
        } else {
            checker.wrote(octets(line + "\r\n"))
        }
    }
    checker.quiet()
    return checker.violations.map(\.reason)
}

private func octets(_ text: some StringProtocol) -> [UInt8] { Array(text.utf8) }

private let longTag = "C: " + String(repeating: "x", count: 70)

@Suite("The output checker: what may come when")
struct OutputOrderTests {
    @Test(arguments: [
        [],
        ["C: a NOOP", "* OK still here", "a OK done"],
        // Commands in a row, and one in pieces
        [
            "C: a NOOP\r\nb NOOP", "a OK x", "b OK x", "C: c LOGIN {1}", "+ Go on", "C: x {1+}\r\ny", "c NO x",
            "C: d NOOP", "d OK x",
        ],
        // A literal that was refused is the next line, and one that does not wait is swallowed
        [
            "C: a LOGIN {6}", "a NO x", "C: b NOOP", "b OK x", "C: c ID {8+}\r\nd NOOP\r\n x", "c BAD x", "C: e NOOP",
            "e OK x",
        ],
        // No command, and its answer
        ["C: +", "* BAD x", "C:  ", "* BAD x", "C: a NOOP", "a OK x"],
        // A line that is too long is answered before it ends, and one with a tag that is too long without the tag
        [longTag + " NOOP", "* BAD x", "C: a NOOP", "a OK x"],
        [longTag + "\r\na ENABLE IMAP4rev2", "* BAD x", "* ENABLED IMAP4rev2", "a OK x"].withLogin,
        // The size of a literal that is no number
        ["C: INBO{18446744073709551617+}\r\nb {9}\r\nc NOOP", "INBO BAD x", "* BYE x"],
        // Exchanges
        ["C: a AUTHENTICATE X", "+ ", "C: eA==", "+ YWJj", "C: *", "a BAD x", "C: b NOOP", "b OK x"],
        ["C: a IDLE", "+ idling", "* 4 EXISTS", "* 1 EXPUNGE", "C: DONE", "a OK x"].withSelection,
        ["C: a STARTTLS\r\nb NOOP", "a OK go", "C: c NOOP", "c OK x"],
        // The mailbox
        ["C: a NOOP", "* 2 EXPUNGE", "* 2 EXPUNGE", "* 4 EXISTS", "* 0 RECENT", "* 4 FETCH (FLAGS ())", "a OK x"]
            .withSelection,
        ["* 4 EXISTS", "* 4 FETCH (FLAGS ())"].withSelection,
        ["C: a FETCH 1:* UID", "* 1 FETCH (UID 3)", "* 3 FETCH (UID 9)", "* 2 FETCH (UID 4)", "a OK x"].withSelection,
        ["C: a UID SEARCH ALL", "* SEARCH 90", "a OK x", "C: b UID FETCH 90 BODY[]", "* 2 EXPUNGE", "b OK x"]
            .withSelection,
        ["C: a SELECT b", "* OK [CLOSED] x", "* 1 EXISTS", "* FLAGS ()", "a OK x", "C: b CLOSE", "b OK x"]
            .withSelection,
        ["C: a SELECT b", "* 1 EXISTS", "* FLAGS ()", "a OK x"].withSelection,
        ["C: a SELECT b", "a BAD x", "* 4 EXISTS"].withSelection,
        [
            "C: q ENABLE QRESYNC", "* ENABLED QRESYNC", "q OK x", "C: a NOOP", "* VANISHED 5:6", "* 1 FETCH (FLAGS ())",
            "a OK x",
        ]
        .withSelection,
        ["C: q ENABLE UIDONLY", "* ENABLED UIDONLY", "q OK x", "* VANISHED 5", "* 7 UIDFETCH (FLAGS ())"].withSelection,
        ["C: q ENABLE UTF8=ACCEPT", "* ENABLED UTF8=ACCEPT", "q OK caf\u{e9}"].withLogin,
        ["C: a LANGUAGE de", "* LANGUAGE (de)", "a OK ausgef\u{fc}hrt", "C: b NOOP", "b OK ausgef\u{fc}hrt"],
        ["C: a LANGUAGE", "* LANGUAGE (de i-default)", "a OK x"],
        ["C: a LISTA x", "* 2 EXISTS", "* LISTA x", "* LISTA y", "a OK x"].withLogin,
        ["C: a SEARCH RETURN (SAVE) ALL", "a OK x", "C: b SEARCH ALL", "b NO x"].withSelection,
        // Ends
        ["C: a UNAUTHENTICATE", "a OK x", "C: b CAPABILITY", "* CAPABILITY IMAP4rev1", "b OK x"].withSelection,
        ["C: a LOGOUT", "* BYE bye", "a OK x"], ["* BYE idle for too long"],
    ])
    func aConversationThatIsRightIsAccepted(_ conversation: [String]) { #expect(verdicts(conversation).isEmpty) }

    @Test(arguments: [
        (["C: a NOOP", "b OK x"], "no command in progress"),
        (["C: a NOOP", "a OK x", "a OK x"], "no command in progress"),
        (["C: a NOOP\r\nb NOOP", "b OK x"], "no command in progress"), (["C: a NOOP"], "a NOOP was not answered"),
        (["C: a NOOP", "a OK caf\u{e9}"], "8-bit octet in text"), (["* LANGUAGE (de)"], "LANGUAGE without"),
        (["C: a LANGUAGE", "* LANGUAGE (de i-default)", "a OK caf\u{e9}"], "8-bit octet in text"),
        (
            [
                "C: a LANGUAGE de", "* LANGUAGE (de)", "a OK x", "C: b LANGUAGE i-default", "* LANGUAGE (i-default)",
                "b OK \u{e9}",
            ], "8-bit octet in text"
        ),
        (
            ["C: a LANGUAGE de", "* LANGUAGE (de)", "a OK x", "C: b LIST \"\" *", "* LIST () \"/\" \"\u{e9}\""]
                .withLogin,
            "8-bit octet in a quoted string"
        ),
        (
            [
                "C: a LANGUAGE de", "* LANGUAGE (de)", "a OK x", "C: b UNAUTHENTICATE", "b OK x", "C: c NOOP",
                "c OK \u{e9}",
            ].withLogin, "8-bit octet in text"
        ),
        (["+ Go on"], "nothing waits for"), (["C: a NOOP", "+ Go on"], "nothing waits for"),
        (["C: a LOGIN {3}", "+ Go on", "+ Go on"], "nothing waits for"),
        (["C: a AUTHENTICATE X", "+ not base64"], "not base64"),
        (["C: a LOGIN {3}", "+ "], "no text"), (["* LIST () \"/\" x"], "LIST before login"),
        (["C: a LIST \"\" *", "* LIST () \"/\" x"], "LIST before login"), (["* ENABLED X"], "ENABLED without"),
        (["* 3 EXISTS"].withLogin, "nothing is selected"), (["* 1 FETCH (FLAGS ())"].withLogin, "nothing is selected"),
        (["* OK [UIDNEXT 4] x"].withLogin, "nothing is selected"),
        (["* OK [CLOSED] x"].withSelection, "CLOSED without"),
        (["* 2 EXISTS"].withSelection, "EXISTS fell from 3 to 2"),
        (["* 4 FETCH (FLAGS ())"].withSelection, "there are 3 messages"),
        (["C: a NOOP", "* 4 EXPUNGE"].withSelection, "there are 3 messages"),
        (["* 4 RECENT"].withSelection, "there are 3 messages"),
        (["C: a NOOP", "* 1 EXPUNGE", "* 3 FETCH (FLAGS ())", "a OK x"].withSelection, "there are 2 messages"),
        (["C: a FETCH 1 UID", "* 2 EXPUNGE"].withSelection, "EXPUNGE during FETCH"),
        (["C: a STORE 1 FLAGS ()", "* 2 EXPUNGE"].withSelection, "EXPUNGE during STORE"),
        (
            ["C: q ENABLE QRESYNC", "* ENABLED QRESYNC", "q OK x", "C: a SEARCH ALL", "* VANISHED 2"].withSelection,
            "VANISHED during SEARCH"
        ),
        (["C: a NOOP", "* VANISHED 2"].withSelection, "VANISHED where EXPUNGE belongs"),
        (["C: a UID FETCH 1 FLAGS", "* VANISHED (EARLIER) 2"].withSelection, "without QRESYNC"),
        (
            ["C: q ENABLE QRESYNC", "* ENABLED QRESYNC", "q OK x", "C: a NOOP", "* VANISHED (EARLIER) 2"]
                .withSelection, "(EARLIER) during NOOP"
        ),
        (
            ["C: q ENABLE QRESYNC", "* ENABLED QRESYNC", "q OK x", "C: a EXPUNGE", "* VANISHED 2", "a OK x"]
                .withSelection, "EXPUNGE without HIGHESTMODSEQ"
        ),
        (["C: a CLOSE", "a OK [HIGHESTMODSEQ 5] x"].withSelection, "CLOSE with HIGHESTMODSEQ"),
        (["* 2 EXPUNGE"].withSelection, "no command is in progress"),
        (["C: a SEARCH ALL", "* SEARCH 4"].withSelection, "SEARCH names 4"),
        (["C: a SEARCH RETURN () ALL", "* ESEARCH (TAG \"a\") ALL 9"].withSelection, "ESEARCH names 9"),
        (["C: a UID SEARCH RETURN () ALL", "* ESEARCH (TAG \"a\") ALL 2"].withSelection, "without UID"),
        (["C: a UID FETCH 1 BODY[]", "* 1 FETCH (BODY[] NIL)"].withSelection, "without the UID"),
        (["* 1 FETCH (UID 4)", "* 1 FETCH (UID 5)"].withSelection, "had the UID 4"),
        (["* 1 FETCH (UID 4)", "* 2 FETCH (UID 4)"].withSelection, "is not above 4"),
        (["* 3 FETCH (UID 4)", "* 2 FETCH (UID 5)"].withSelection, "is not below 4"),
        (["* 9 UIDFETCH (FLAGS ())"].withSelection, "without UIDONLY"),
        (["C: a SELECT b", "a OK x"].withLogin, "without FLAGS and EXISTS"),
        (["C: a SELECT b", "a NO x", "* 3 EXISTS"].withSelection, "nothing is selected"),
        (["C: a CLOSE", "a OK x", "* 1 EXPUNGE"].withSelection, "no command is in progress"),
        (["C: a UNSELECT", "a OK x", "* 3 EXISTS"].withSelection, "nothing is selected"),
        (["C: a UNAUTHENTICATE", "a OK x", "* 3 EXISTS"].withSelection, "nothing is selected"),
        (["C: a UNAUTHENTICATE", "a OK x", "* LIST () \"/\" x"].withSelection, "LIST before login"),
        (
            ["C: q ENABLE QRESYNC", "* ENABLED QRESYNC", "q OK x", "C: a NOOP", "* 1 EXPUNGE"].withSelection,
            "where VANISHED belongs"
        ),
        (["C: q ENABLE IMAP4rev2", "* ENABLED IMAP4rev2", "q OK x", "* 0 RECENT"].withSelection, "after IMAP4rev2"),
        (["* LIST () \"/\" \"caf\u{e9}\""].withLogin, "8-bit octet"),
        (["C: a LOGOUT", "a OK x"], "LOGOUT without BYE"),
        (["C: a CAPABILITY", "a OK x"], "CAPABILITY without CAPABILITY"),
        (["C: a SEARCH ALL", "a OK x"].withSelection, "SEARCH without ESEARCH or SEARCH"),
        (["C: a EXAMINE b", "* 1 EXISTS", "* FLAGS ()", "a OK [READ-WRITE] x"].withLogin, "EXAMINE without READ-ONLY"),
        (["* BYE x", "* OK x"], "a response after BYE"), (["C: a NOOP", "* BYE x", "a OK x"], "a response after BYE"),
        (["C: a LOGOUT", "* BYE x", "a OK x", "* OK x"], "after the last one"),
    ])
    func aConversationThatIsWrongIsConvicted(_ conversation: [String], _ reason: String) {
        let found = verdicts(conversation)
        #expect(found.first?.contains(reason) == true, "\(found)")
    }

    @Test(arguments: ["a OK x", "+ x", "* NO x", "* CAPABILITY IMAP4rev1", "* 3 EXISTS"])
    func aGreetingThatIsNoneIsConvicted(_ greeting: String) { #expect(verdicts([], greeting: greeting).count == 1) }

    @Test(arguments: ["* OK [CAPABILITY IMAP4rev1] x", "* BYE [UNAVAILABLE] x", "* PREAUTH x"])
    func aGreetingIsAccepted(_ greeting: String) { #expect(verdicts([], greeting: greeting).isEmpty) }

    /// Behind COMPRESS both directions are inflated, up to UNAUTHENTICATE, and plain again (RFC 4978; RFC 8437 section 4.1):
    /// however the octets are cut.
    @Test(arguments: [1, 2, 7, 10_000]) func whatIsCompressedIsReadToo(_ size: Int) {
        var (client, server) = (Deflater(), Deflater())
        func compressed(_ text: String, _ deflater: inout Deflater, _ flush: Deflater.Flush = .sync) -> [UInt8] {
            var wire: [UInt8] = []
            deflater.deflate(octets(text).span, into: &wire)
            deflater.flush(flush, into: &wire)
            return wire
        }
        var checker = OutputChecker()
        func wrote(_ wire: [UInt8]) {
            for start in stride(from: 0, to: wire.count, by: size) { checker.wrote(Array(wire[start...].prefix(size))) }
        }
        checker.wrote(octets("* OK ready\r\n"))
        checker.sent(octets("l LOGIN a b\r\n"))
        wrote(octets("l OK in\r\n"))
        // Pipelined: what stands behind the line is compressed already, and so is what stands behind its OK.
        checker.sent(octets("c COMPRESS DEFLATE\r\n") + compressed("n NOOP\r\n", &client))
        wrote(octets("c OK on\r\n") + compressed("n OK NOOP\r\n", &server))
        #expect(checker.isBehindLayer && checker.takeViolations().isEmpty)
        checker.sent(compressed("m NOOP\r\n", &client))
        wrote(compressed("* 3 EXISTS\r\n", &server))
        #expect(checker.takeViolations().map(\.reason) == ["EXISTS, and nothing is selected"])
        checker.quiet()
        #expect(checker.takeViolations().map(\.reason) == ["m NOOP was not answered"])
        wrote(compressed("m OK NOOP\r\n", &server))
        checker.sent(compressed("u UNAUTHENTICATE\r\n", &client) + octets("o NOOP\r\n"))
        wrote(compressed("u OK out\r\n", &server, .finish) + octets("o OK NOOP\r\n"))
        checker.quiet()
        #expect(!checker.isBehindLayer && checker.takeViolations().isEmpty)
        checker.sent(octets("p NOOP\r\n"))
        wrote(octets("q OK NOOP\r\n"))
        #expect(checker.takeViolations().map(\.reason) == ["a tagged reply to no command in progress"])
    }

    @Test func octetsThatAreNoDEFLATEAreConvicted() {
        #expect(verdicts(["C: a COMPRESS DEFLATE", "a OK x", "\u{7}\u{7}\u{7}"].withLogin).contains("damaged DEFLATE"))
    }

    @Test func aTransportSaysWhatItsServerMustNotHaveWritten() async throws {
        let transport = ScriptedTransport(output: .noted(OutputPermissions()))
        transport.send("a NOOP\r\n")
        try await transport.write(octets("* OK ready\r\na OK done\r\n"))
        #expect(transport.violations.isEmpty)
        try await transport.write(octets("* 3 EXISTS\r\n"))
        #expect(transport.violations.map(\.reason) == ["EXISTS, and nothing is selected"])
        #expect(transport.violations.first?.kind == .state)
        let output = String(decoding: transport.takeOutput(), as: UTF8.self)
        #expect(output.contains("\r\n" + OutputReport.marker + "EXISTS, and nothing is selected"))
        let unchecked = ScriptedTransport(output: .unchecked)
        try await unchecked.write(octets("anything"))
        #expect(unchecked.violations.isEmpty && unchecked.takeOutput() == octets("anything"))
    }

    @Test func everyCutOfAConversationGivesTheSameVerdicts() {
        let sent = octets("l LOGIN {1+}\r\na b\r\ns SELECT x\r\nf FETCH 1 UID\r\ni ID {3}\r\nabc\r\nn NOOP\r\n")
        let written = octets(
            "* OK x\r\nl OK x\r\n* FLAGS ()\r\n* 2 EXISTS\r\ns OK x\r\n* 3 FETCH (UID 1)\r\n* 1 EXPUNGE\r\nf OK x\r\n"
                + "+ x\r\ni OK x\r\nz OK x\r\nn OK x\r\n")
        var whole = OutputChecker()
        whole.sent(sent)
        whole.wrote(written)
        #expect(whole.violations.count == 4, "\(whole.violations)")
        for cut in 0...written.count {
            var other = OutputChecker()
            for octet in sent { other.sent([octet]) }
            other.wrote(Array(written[..<cut]))
            other.wrote(Array(written[cut...]))
            #expect(other.violations == whole.violations)
        }
    }
}

extension [String] {
    fileprivate var withLogin: [String] { ["C: l LOGIN a b", "l OK in"] + self }

    /// Behind a mailbox of three messages that was selected.
    fileprivate var withSelection: [String] {
        ["C: s SELECT INBOX", "* FLAGS ()", "* 3 EXISTS", "* OK [UIDNEXT 10] x", "s OK [READ-WRITE] x"].withLogin + self
    }
}
