import IMAPTestKit
import Testing

/// What a checker says of one response, or of several, that stand alone.
func verdicts(_ text: String, _ permissions: OutputPermissions = OutputPermissions()) -> [String] {
    var checker = OutputChecker(permissions, commands: .unseen, from: .middle)
    checker.wrote(octets(text))
    checker.quiet()
    return checker.violations.map(\.reason)
}

@Suite("The output checker: the grammar of responses")
struct OutputGrammarTests {
    @Test(arguments: [
        "* OK ready", "* NO [ALERT] Disk is full", "* BAD Line too long", "* BYE [UNAVAILABLE] See you",
        "a OK done", "a] NO [TRYCREATE] No such mailbox", "a1 BAD [UIDREQUIRED] No numbers here", "+ Ready", "+ ",
        "+ YWJj", "a OK text with {5}", "* OK \"unbalanced (text",
        "* OK [PERMANENTFLAGS (\\Seen $x \\*)] Kept", "* OK [PERMANENTFLAGS ()] None", "* OK [UIDNEXT 4294967295] x",
        "* OK [UIDVALIDITY 1] x", "* OK [UNSEEN 3] x", "* OK [HIGHESTMODSEQ 9223372036854775807] x",
        "* OK [NOMODSEQ] x", "* OK [CLOSED] x", "a OK [APPENDUID 1 3:4,9] x", "a OK [COPYUID 1 3:4,9 11:13] x",
        "a OK [MODIFIED 7,9] x", "a NO [BADCHARSET] x", "a NO [BADCHARSET (UTF-8 \"x y\")] x",
        "a NO [BADURL imap://x/;uid=1] x", "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] x", "a OK [MAILBOXID (a-B_9)] x",
        "* OK [NOTIFICATIONOVERFLOW] x", "a OK [METADATA LONGENTRIES 0] x", "a NO [METADATA TOOMANY] x",
        "a NO [TOOBIG] x", "a OK [MESSAGELIMIT 1000 7] x", "a NO [MESSAGELIMIT 1000] x", "* OK [INPROGRESS] x",
        "* OK [INPROGRESS (\"t\" 5 10)] x", "* OK [INPROGRESS (NIL NIL NIL)] x", "a NO [UNDEFINED-FILTER f] x",
        "a NO [BADEVENT (MessageNew FlagChange)] x", "* NO [NOUPDATE \"t\"] x", "* OK [URLMECH INTERNAL X=ab==] x",
        "a NO [ANNOTATE TOOBIG] x", "* OK [ANNOTATIONS READ-ONLY NOPRIVATE] x", "a NO [REFERRAL imap://b/] x",
        "* CAPABILITY IMAP4rev2 AUTH=PLAIN ID", "* ENABLED", "* ENABLED CONDSTORE UTF8=ACCEPT", "* FLAGS ()",
        "* FLAGS (\\Seen x-1 $y)", "* LIST () \"/\" INBOX", "* LIST (\\Marked \\HasChildren) NIL \"a b\"",
        "* LIST (\\NonExistent) \"\\\\\" {3}\r\na\"b", "* LIST () \"/\" x (\"CHILDINFO\" (\"SUBSCRIBED\"))",
        "* LIST () \"/\" x (OLDNAME (y))", "* LIST () \"/\" x ()", "* LSUB (\\Noselect) \"/\" &AOk-t&AOk-",
        "* LIST () \"/\" &2D3c6w-", "* LIST () \"/\" a&-b", "* LIST () \"/\" NIL", "* LIST () \"/\" \"\"",
        "* NAMESPACE ((\"\" \"/\")) NIL ((\"#a/\" \"/\")(\"#b/\" NIL \"X\" (\"y\" \"z\")))", "* STATUS INBOX ()",
        "* STATUS x (MESSAGES 0 RECENT 0 UIDNEXT 1 UIDVALIDITY 1 UNSEEN 0 DELETED 0 SIZE 9223372036854775807)",
        "* STATUS x (HIGHESTMODSEQ 0 APPENDLIMIT NIL MAILBOXID (m) DELETED-STORAGE 5)", "* STATUS x (APPENDLIMIT 5)",
        "* SEARCH", "* SEARCH 1 3 2", "* SEARCH 1 (MODSEQ 5)", "* SORT 3 1", "* THREAD", "* THREAD (1)(2 3 (4)(5 6))",
        "* THREAD ((1)(2))", "* ESEARCH", "* ESEARCH (TAG \"a\") UID MIN 1 MAX 9 ALL 1:3,9 COUNT 4 MODSEQ 7",
        "* ESEARCH (TAG a) PARTIAL (-1:-100 NIL)", "* ESEARCH (TAG \"a\" MAILBOX x UIDVALIDITY 1) UID COUNT 0",
        "* ESEARCH (TAG \"a\") ADDTO (0 3:4 1 9) ADDTO (1 7) REMOVEFROM (0 3)", "* VANISHED (EARLIER) 1:4",
        "* VANISHED 3", "* 0 EXISTS", "* 4 RECENT", "* 1 EXPUNGE", "* 1 FETCH (FLAGS ())", "* 9 UIDFETCH (UID 9)",
        "* 1 FETCH (FLAGS (\\Seen \\Recent) UID 3 MODSEQ (4) EMAILID (e) THREADID NIL PREVIEW NIL SAVEDATE NIL)",
        "* 1 FETCH (INTERNALDATE \" 1-Feb-2024 23:59:60 -0330\" RFC822.SIZE 4294967296 THREADID (t))",
        "* 1 FETCH (RFC822 NIL RFC822.HEADER \"\" RFC822.TEXT {2}\r\nab)", "* 1 FETCH (BODY[] {0}\r\n)",
        "* 1 FETCH (BODY[1.2.HEADER.FIELDS.NOT (From \"to\")]<7> {5}\r\na\r\nb) UID 3)",
        "* 1 FETCH (BODY[1.MIME] \"x\")",
        "* 1 FETCH (BODY[TEXT]<0> NIL BODY[3] NIL)", "* 1 FETCH (BINARY[1.2]<3> ~{3}\r\na\u{0}b BINARY.SIZE[] 3)",
        "* 1 FETCH (ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL))",
        "* 1 FETCH (ENVELOPE (\"d\" {1}\r\n\u{7F} ((NIL NIL \"g\" NIL)(NIL NIL NIL NIL)) NIL NIL NIL NIL NIL \"i\" \"m\"))",
        "* 1 FETCH (BODY (\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 0 0))",
        "* 1 FETCH (BODYSTRUCTURE (\"TEXT\" \"PLAIN\" (\"A\" \"b\") NIL NIL \"7BIT\" 5 1 NIL (\"inline\" NIL) (\"en\") \"l\"))",
        "* 1 FETCH (BODYSTRUCTURE ((\"A\" \"B\" NIL NIL NIL \"7BIT\" 1)(\"A\" \"B\" NIL NIL NIL \"7BIT\" 1) \"MIXED\" NIL))",
        "* 1 FETCH (BODYSTRUCTURE (\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 9 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"
            + " (\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 0 0) 2))",
        "* 1 FETCH (ANNOTATION (/comment (value.priv \"x\" size.shared NIL)))", "* ID NIL", "* ID ()",
        "* ID (\"name\" \"x\" \"os\" NIL)", "* QUOTA \"\" (STORAGE 1 2 MESSAGE 3 4)", "* QUOTA \"\" ()",
        "* QUOTAROOT INBOX \"\" b",
        "* ACL INBOX fred rws \"a b\" \"\"", "* LISTRIGHTS INBOX fred la r swicdkxte", "* MYRIGHTS INBOX rws",
        "* METADATA \"\" (/shared/comment NIL /private/x ~{1}\r\n\u{0})", "* METADATA x /shared/a /private/b",
        "* LANGUAGE (de \"en\")", "* COMPARATOR i;octet (a b)", "* LISTA bob@example.com", "* JMAPACCESS \"https://x\"",
        "* UIDBATCHES (TAG \"a\") 9:5,4:1", "* GENURLAUTH \"imap://x\" y", "* URLFETCH u NIL v \"x\"",
    ])
    func aWellFormedResponseIsAccepted(_ response: String) { #expect(verdicts(response + "\r\n").isEmpty) }

    /// Each with the reason that convicts it.
    @Test(arguments: [
        // Lines and literals
        ("* OK ready\n", "LF without CR"), ("* 1 FETCH (BODY[] {99999999999999999999}\r\n", "size of a literal"),
        ("* OK a\rb\r\n", "CR, LF or NUL in text"), ("* OK", "response does not end"),
        ("* 1 FETCH (BODY[] {5}\r\nabc", "response does not end"), ("\r\n", "expected a tag"),
        ("* 1 FETCH (BODY[] {2}\r\nabc)\r\n", "expected )"), ("* 1 FETCH (BODY[] {2+}\r\nab)\r\n", "non-synchronizing"),
        ("* 1 FETCH (BODY[] {1}\r\n\u{0})\r\n", "NUL in a literal"), ("* LIST () \"/\" ~{1}\r\na\r\n", "literal8"),
        ("* 1 FETCH (BODY[] {02}\r\nab)\r\n", "leading zero"), ("* 1 FETCH (BODY[] {2} ab)\r\n", "header of a literal"),
        // Status
        ("*  OK x\r\n", "two spaces"), ("* OK\r\n", "expected a space"), ("* OK \r\n", "no text"),
        ("a OK  x\r\n", "two spaces"), ("a BYE x\r\n", "a tagged response is"), ("a FOO x\r\n", "a tagged response is"),
        ("a+ OK x\r\n", "expected a space"), ("* PREAUTH x\r\n", "PREAUTH is a greeting"), ("+Ready\r\n", "a space"),
        ("* OK caf\u{e9}\r\n", "8-bit octet in text"), ("* OK x\u{0}\r\n", "NUL in text"),
        ("* FOO x\r\n", "unknown response"),
        ("* 3 FOO\r\n", "unknown response"), ("* \r\n", "expected an atom"),
        // Response codes
        ("* OK [ALERT]\r\n", "no text behind"), ("* OK [ALERT]x\r\n", "expected a space"),
        ("* OK [ALERT x\r\n", "expected ]"),
        ("* OK [FOO] x\r\n", "unknown response code"), ("* OK [UIDNEXT 0] x\r\n", "zero"),
        ("* OK [UIDNEXT 4294967296] x\r\n", "out of range"), ("* OK [UIDNEXT] x\r\n", "expected a space"),
        ("* OK [UIDVALIDITY 01] x\r\n", "leading zero"), ("* OK [PERMANENTFLAGS \\Seen] x\r\n", "expected ("),
        ("* OK [PERMANENTFLAGS (\\Recent)] x\r\n", "\\Recent"), ("a OK [APPENDUID 1 *] x\r\n", "no * and no $"),
        ("a OK [COPYUID 1 3:4 9] x\r\n", "differ in size"), ("a OK [MODIFIED $] x\r\n", "no * and no $"),
        ("* OK [HIGHESTMODSEQ 9223372036854775808] x\r\n", "out of range"),
        ("a NO [BADCHARSET ()] x\r\n", "empty list"),
        ("a NO [METADATA BIG] x\r\n", "unknown argument"), ("* OK [INPROGRESS (\"t\" NIL 3)] x\r\n", "not known"),
        ("a OK [MAILBOXID (a b)] x\r\n", "object ID"), ("a OK [MAILBOXID ()] x\r\n", "object ID"),
        ("a OK [TRYCREATE] x\r\n", "TRYCREATE in tagged OK"), ("a NO [READ-WRITE] x\r\n", "READ-WRITE in tagged NO"),
        ("a OK [UIDNEXT 3] x\r\n", "UIDNEXT in tagged OK"), ("* OK [READ-ONLY x] x\r\n", "expected ]"),
        ("* OK [REFERRAL http://x] x\r\n", "expected an IMAP URL"), ("* OK [CAPABILITY ID] x\r\n", "without IMAP4rev1"),
        // Data
        ("* CAPABILITY AUTH=PLAIN\r\n", "without IMAP4rev1"), ("* CAPABILITY IMAP4rev1 \r\n", "expected an atom"),
        ("* CAPABILITY IMAP4rev1 ID id\r\n", "capability named twice"),
        ("* FLAGS (\\Seen \\seen)\r\n", "flag named twice"),
        ("* FLAGS (\\*)\r\n", "\\* outside"), ("* FLAGS (\\Recent)\r\n", "\\Recent"),
        ("* FLAGS (a  b)\r\n", "expected an atom"),
        ("* FLAGS (a) \r\n", "more than the response has"),
        ("* LIST (\\Bogus) \"/\" x\r\n", "unknown mailbox attribute"),
        ("* LIST (\\Marked \\Unmarked) \"/\" x\r\n", "two attributes"),
        ("* LIST () \"//\" x\r\n", "hierarchy delimiter"),
        ("* LIST (\\HasChildren \\HasNoChildren) \"/\" x\r\n", "\\HasChildren and"),
        ("* LIST () / x\r\n", "a quoted string"),
        ("* LIST (\\Marked \\marked) \"/\" x\r\n", "attribute named twice"), ("* LIST () \"/\" a b\r\n", "expected ("),
        ("* LIST () \"/\" caf\u{e9}\r\n", "more than"),
        ("* LIST () \"/\" \"caf\u{e9}\"\r\n", "8-bit octet in a quoted"),
        ("* LIST () \"/\" {5}\r\ncaf\u{e9}\r\n", "8-bit octet in a mailbox"),
        ("* LIST () \"/\" a&b\r\n", "& without -"),
        ("* LIST () \"/\" &AGE-\r\n", "printable"), ("* LIST () \"/\" &AOk-&AOk-\r\n", "superfluous shift"),
        ("* LIST () \"/\" &2D0-\r\n", "lone surrogate"), ("* LIST () \"/\" &AOl-\r\n", "bits left over"),
        ("* LIST () \"/\" &A/k-\r\n", "not modified base64"), ("* LIST () \"/\" {1}\r\n\t\r\n", "control in a mailbox"),
        ("* LIST () \"/\" x (FOO (y))\r\n", "unknown extended data"),
        ("* LIST () \"/\" \"a\\b\"\r\n", "backslash before"),
        ("* LIST () \"/\" \"a\r\n", "quoted string does not end"), ("* STATUS x (FOO 1)\r\n", "unknown STATUS item"),
        ("* STATUS x (MESSAGES NIL)\r\n", "expected a number"), ("* STATUS x (MESSAGES 1 MESSAGES 1)\r\n", "twice"),
        ("* NAMESPACE NIL NIL\r\n", "expected a space"), ("* NAMESPACE () NIL NIL\r\n", "expected ("),
        ("* SEARCH 0\r\n", "zero"), ("* SEARCH 1  2\r\n", "two spaces"), ("* SEARCH (MODSEQ 3)\r\n", "MODSEQ without"),
        ("* THREAD ((1))\r\n", "one thread"), ("* THREAD (1 (2))\r\n", "one thread"), ("* THREAD ()\r\n", "a number"),
        ("* ESEARCH (TAG \"a\") MIN 0\r\n", "zero"), ("* ESEARCH (TAG \"a\") FOO 1\r\n", "unknown ESEARCH data"),
        ("* ESEARCH (TAG \"a\") ALL *\r\n", "no * and no $"), ("* ESEARCH COUNT 1 COUNT 1\r\n", "twice"),
        ("* ESEARCH (MAILBOX x)\r\n", "correlator is missing"), ("* ESEARCH PARTIAL (-1:5 NIL)\r\n", "one minus"),
        ("* VANISHED (LATER) 3\r\n", "expected a number"), ("* VANISHED 3:*\r\n", "no * and no $"),
        ("* 0 EXPUNGE\r\n", "zero"), ("* 03 EXISTS\r\n", "leading zero"), ("* 4294967296 EXISTS\r\n", "out of range"),
        ("* 1 FETCH ()\r\n", "empty list"), ("* 1 FETCH (FOO 1)\r\n", "unknown FETCH item"),
        ("* 1 FETCH FLAGS ()\r\n", "expected ("),
        ("* 1 FETCH (UID 1 UID 1)\r\n", "twice"), ("* 9 UIDFETCH (UID 8)\r\n", "UIDFETCH of another"),
        ("* 1 FETCH (UID 0)\r\n", "zero"),
        ("* 1 FETCH (INTERNALDATE \"30-Feb-2024 00:00:00 +0000\")\r\n", "does not exist"),
        ("* 1 FETCH (INTERNALDATE \"1-Feb-2024 00:00:00 +0000\")\r\n", "expected a digit"),
        ("* 1 FETCH (INTERNALDATE \"01-Fev-2024 00:00:00 +0000\")\r\n", "expected a month"),
        ("* 1 FETCH (BODY[MIME] NIL)\r\n", "unknown section"), ("* 1 FETCH (BODY[1.] NIL)\r\n", "unknown section"),
        ("* 1 FETCH (BODY[0] NIL)\r\n", "zero"), ("* 1 FETCH (BODY[HEADER.FIELDS ()] NIL)\r\n", "empty list"),
        ("* 1 FETCH (BODY[]<x> NIL)\r\n", "expected a number"), ("* 1 FETCH (BODY[] ~{1}\r\na)\r\n", "literal8"),
        ("* 1 FETCH (RFC822[] NIL)\r\n", "has no section"), ("* 1 FETCH (BINARY[HEADER] NIL)\r\n", "expected a number"),
        ("* 1 FETCH (ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL))\r\n", "expected a space"),
        ("* 1 FETCH (ENVELOPE (NIL NIL () NIL NIL NIL NIL NIL NIL NIL))\r\n", "expected ("),
        ("* 1 FETCH (ENVELOPE (NIL NIL ((NIL NIL \"a\")) NIL NIL NIL NIL NIL NIL NIL))\r\n", "expected a space"),
        ("* 1 FETCH (BODY (\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 5))\r\n", "expected a space"),
        ("* 1 FETCH (BODY (\"A\" \"B\" () NIL NIL \"7BIT\" 5))\r\n", "empty list"),
        ("* 1 FETCH (BODY (\"A\" \"B\" (\"C\") NIL NIL \"7BIT\" 5))\r\n", "expected a space"),
        ("* 1 FETCH (BODY (\"A\" \"B\" NIL NIL NIL NIL 5))\r\n", "expected a string"),
        ("* 1 FETCH (BODY (\"A\" \"B\" NIL NIL NIL \"7BIT\" 5 NIL))\r\n", "extension data in BODY"),
        ("* 1 FETCH (BODYSTRUCTURE (\"A\" \"B\" NIL NIL NIL \"7BIT\" 5 NIL NIL NIL NIL 3))\r\n", "body-extension"),
        ("* 1 FETCH (BODY (\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 5))\r\n", "expected a space"),
        ("* ID (\"a\" \"b\" \"A\" \"c\")\r\n", "ID field named twice"), ("* ID (\"a\")\r\n", "expected a space"),
        ("* MYRIGHTS x RW\r\n", "lower-case"),
        ("* MYRIGHTS x rr\r\n", "right named twice"),
        ("* METADATA x (/foo/x \"y\")\r\n", "entry name"), ("* METADATA x (\"/shared/a*\" \"y\")\r\n", "entry name"),
        ("* LANGUAGE ()\r\n", "empty list"), ("* ENABLED \r\n", "expected an atom"),
    ])
    func aMalformedResponseIsConvicted(_ response: String, _ reason: String) {
        let found = verdicts(response)
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.contains(reason) == true, "\(found)")
    }

    @Test func nestingThatWouldExhaustTheStackIsRefused() {
        let deep = String(repeating: "(", count: 500_000)
        #expect(verdicts("* 1 FETCH (BODY \(deep)\r\n") == ["nested too deeply"])
        #expect(verdicts("* THREAD \(deep)\r\n") == ["nested too deeply"])
        var permissions = OutputPermissions()
        permissions.responses = ["XNEST"]
        #expect(verdicts("* XNEST \(deep)\(String(repeating: ")", count: 500_000))\r\n", permissions).isEmpty)
    }

    @Test func whatAnExtensionDeclaresIsAcceptedWhenItBalances() {
        var permissions = OutputPermissions()
        permissions.responses = ["XPIG"]
        permissions.fetchItems = ["XITEM"]
        permissions.statusItems = ["XCOUNT"]
        permissions.searchData = ["XSCORE"]
        permissions.codes = ["XCODE"]
        permissions.listItems = ["XLIST"]
        permissions.mailboxAttributes = ["\\XBOX"]
        let responses = [
            "* XPIG", "* 3 XPIG (a \"b\" {1}\r\nc (d)) e[1]", "* 1 FETCH (XITEM (a b) XITEM[x y]<3> 4 UID 3)",
            "* STATUS x (XCOUNT (3))", "* ESEARCH XSCORE (1 2)", "a OK [XCODE any (thing] x", "a OK [XCODE] x",
            "* LIST (\\XBOX) \"/\" y (\"XLIST\" (a))",
        ]
        for response in responses {
            #expect(verdicts(response + "\r\n", permissions) == [], "\(response)")
            #expect(verdicts(response + "\r\n").count == 1, "\(response)")
        }
        for response in ["* XPIG (a", "* XPIG a)", "* XPIG ", "* XPIG a  b", "* 1 FETCH (XITEM)", "* XPIG \"a"] {
            #expect(verdicts(response + "\r\n", permissions).count == 1, "\(response)")
        }
    }

    @Test func utf8IsAcceptedWhereItIsAllowed() {
        var permissions = OutputPermissions()
        permissions.allowsUTF8 = true
        #expect(verdicts("* LIST () \"/\" \"caf\u{e9}&\"\r\n* OK caf\u{e9}\r\n", permissions).isEmpty)
        var checker = OutputChecker(permissions, commands: .unseen, from: .middle)
        checker.wrote(octets("* LIST () \"/\" \"") + [0xC3, 0x28] + octets("\"\r\n* OK ") + [0xFF, 0x0D, 0x0A])
        #expect(checker.violations.map(\.reason) == ["quoted string is not UTF-8", "text is not UTF-8"])
    }

    @Test func everyCutOfAStreamGivesTheSameVerdicts() {
        let stream = octets(
            "* OK {3}\r\n* 1 FETCH (BODY[] {12}\r\na OK {4}\r\n\r\n UID 0)\r\n* LIST () \"/\" {3}\r\na\"b (OLDNAME ({1}\r\nb))\r\n"
                + "a BYE x\r\n* 2 FETCH (BINARY[] ~{3}\r\n\u{0}\r\n)\r\nb OK x\n* OK fine\r\n* SEARCH 1 {1}\r\nx\r\n* OK"
        )
        var whole = OutputChecker(commands: .unseen, from: .middle)
        whole.wrote(stream)
        whole.quiet()
        #expect(whole.count == 8 && whole.violations.count == 5, "\(whole.violations)")
        for first in 0...stream.count {
            for second in [first, min(first + 1, stream.count), (first + stream.count) / 2] {
                var cut = OutputChecker(commands: .unseen, from: .middle)
                cut.wrote(Array(stream[..<first]))
                cut.wrote(Array(stream[first..<second]))
                cut.wrote(Array(stream[second...]))
                cut.quiet()
                #expect(cut.violations == whole.violations && cut.count == whole.count)
            }
        }
        var dripped = OutputChecker(commands: .unseen, from: .middle)
        for octet in stream { dripped.wrote([octet]) }
        dripped.quiet()
        #expect(dripped.violations == whole.violations)
    }
}
