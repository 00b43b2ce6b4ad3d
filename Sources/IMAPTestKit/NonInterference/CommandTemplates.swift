// A table: one line for each command.

/// How the commands of random programs are made: for each command the arguments that are right for it, with gaps.
///
///     var templates = CommandTemplates.standard
///     templates.arguments["XMARK"] = ["", "<number>"]
///
/// A gap is a word in angle brackets. Some are made by the program: `<own>` and `<other>` (the mark of the user who is
/// logged in, and most of anybody's), `<user>`, `<mailbox>`, `<string>`, `<number>`, `<set>`, `<mode>` (what ENABLE knows),
/// `<validity>` and `<modseq>` (what the server said last), `<sep>` (the hierarchy separator). All others are lists of
/// ``words``. A command without a template, and each that has one, is also sent with arguments that are wrong.
public struct CommandTemplates: Sendable {
    /// The arguments of each command; a command that is only known behind UID is called so: `UID EXPUNGE`.
    public var arguments: [String: [String]]
    /// What a gap may stand for.
    public var words: [String: [String]]

    public init(arguments: [String: [String]], words: [String: [String]]) {
        self.arguments = arguments
        self.words = words
    }

    /// Every command of this library.
    public static let standard = CommandTemplates(arguments: standardArguments, words: standardWords)

    private static let standardArguments: [String: [String]] = [
        "APPEND": [
            "<mailbox> <message>", "<mailbox> (<flag> <flag>) <message>", "<mailbox> () <date> <message>",
            "<mailbox> UTF8 (~{15+}\r\nSubject: \u{e9}\r\n\r\n)",
        ],
        "AUTHENTICATE": ["PLAIN", "PLAIN =", "EXTERNAL <user>", "XYZZY"],
        "CANCELUPDATE": ["\"t<number>\"", "\"t<number>\" \"t<number>\"", "\"s<number>\""],
        "CAPABILITY": [""],
        "CHECK": [""],
        "CLOSE": [""],
        "COMPARATOR": ["", "i;octet", "i;ascii-casemap", "\"i;unicode-casemap\" i;octet", "\"*\"", "xyzzy", "default"],
        "COMPRESS": ["LZ4"],
        "COPY": ["<set> <mailbox>", "<set> <mailbox>"],
        "CREATE": [
            "<mailbox>", "<mailbox>", "<mailbox><sep>", "<mailbox><sep>&AOk-<own>", "<mailbox> (USE (\\Sent))",
            "\"\u{e9}<own>\"", "<own> (USE (\\Drafts \\Noselect))",
        ],
        "DELETE": ["<mailbox>", "<mailbox>"],
        "DELETEACL": ["<mailbox> <user>", "<mailbox> anyone", "<mailbox> -<user>"],
        "ENABLE": ["<mode>", "<mode>", "<mode> <mode>", "X-NOTHING <mode>"],
        "EXAMINE": ["INBOX", "<mailbox>", "<mailbox> (CONDSTORE)", "INBOX (QRESYNC (<validity> <modseq>))"],
        "EXPUNGE": [""],
        "FETCH": [
            "<set> <item>", "<set> (<item> <item>)", "1:* (FLAGS <item> <item>)", "1:* ALL", "1:* FULL", "$ <item>",
            "<set> (<item>) (CHANGEDSINCE <modseq>)", "1:* FLAGS (CHANGEDSINCE <modseq> VANISHED)",
            "1:* <item> (PARTIAL -1:-<number>)", "1:* (<item>) (PARTIAL 1:<number>)",
        ],
        "GETACL": ["<mailbox>"],
        "GETMETADATA": [
            "<mailbox> <entry>", "(MAXSIZE <number>) <mailbox> (<entry> <entry>)", "\"\" <entry>",
            "(DEPTH infinity) <mailbox> /private", "<mailbox> (DEPTH 1) <entry>",
        ],
        "GETQUOTA": ["\"\"", "<own>"],
        "GETQUOTAROOT": ["<mailbox>"],
        "ID": ["NIL", "(\"name\" \"<own>\")", "()", "(\"name\" <string> \"version\" NIL)"],
        "IDLE": ["", "\r\nDONE", "\r\n<string>"],
        "LANGUAGE": ["", "de", "fr de", "default", "i-default", "xx-<own>", "\"en-GB\""],
        "LIST": [
            "\"\" *", "\"\" \"\"", "\"\" %", "\"\" <mailbox>", "<mailbox> *", "(<listed>) \"\" *",
            "(SUBSCRIBED RECURSIVEMATCH) \"\" (% <own>*)", "\"\" (<mailbox> %) RETURN (<returned> <returned>)",
            "\"\" * RETURN (STATUS (<status> <status>))", "(<listed>) \"\" * RETURN (<returned>)", "\"\" *<other>*",
        ],
        "LISTA": ["<user>", "\"<user>\"", "admin"],
        "LISTRIGHTS": ["<mailbox> <user>", "<mailbox> anyone"],
        "LOGIN": ["<user> <other>", "\"<user>\" <string>"],
        "LOGOUT": [""],
        "LSUB": ["\"\" *", "\"\" %", "<mailbox> *"],
        "MOVE": ["<set> <mailbox>"],
        "MYRIGHTS": ["<mailbox>"],
        "NAMESPACE": [""],
        "NOOP": ["", "", ""],
        "NOTIFY": [
            "NONE", "SET (SELECTED (<event> <event>))", "SET (SELECTED (MessageNew (<item> UID) MessageExpunge))",
            "SET STATUS (PERSONAL (<event> <event>))", "SET (SELECTED-DELAYED (<event> FlagChange)) (INBOXES <event>)",
            "SET (SUBTREE (<mailbox> <mailbox>) (<event>)) (SUBSCRIBED (<event>))", "SET (MAILBOXES <mailbox> NONE)",
        ],
        "RENAME": ["<mailbox> <mailbox>", "<mailbox> new<own>", "new<own> <mailbox>", "INBOX old<own>"],
        "SEARCH": [
            "<key>", "<key> <key>", "RETURN (SAVE) <key>", "RETURN (<result> <result>) <key>", "RETURN () <key>",
            "RETURN (ALL SAVE) <key>", "RETURN (UPDATE) <key>", "RETURN (UPDATE CONTEXT <result>) <key>",
            "RETURN (PARTIAL 1:<number>) <key>", "CHARSET UTF-8 <key>", "RETURN (SAVE) CHARSET XYZZY <key>",
            "RETURN (UPDATE PARTIAL 1:<number>) <key>", "RETURN (COUNT SAVE) $",
        ],
        "SELECT": [
            "INBOX", "INBOX", "INBOX", "<mailbox>", "<mailbox> (CONDSTORE)", "INBOX (QRESYNC (<validity> <modseq>))",
            "INBOX (QRESYNC (<validity> <modseq> 1:<number> (1 <number>)))", "<mailbox> (XYZZY)",
            "INBOX (CONDSTORE QRESYNC (<validity> 1))",
        ],
        "SELECTA": ["<user>", "<user>", "\"<user>\""],
        "SETACL": ["<mailbox> <user> lrs", "<mailbox> anyone +l", "<mailbox> <user> -w", "<mailbox> <user> \"\""],
        "SETMETADATA": [
            "<mailbox> (<entry> \"<own>\")", "<mailbox> (<entry> NIL)", "\"\" (/private/comment <string>)",
            "<mailbox> (<entry> <string> <entry> \"<own>\")",
        ],
        "SETQUOTA": ["\"\" (STORAGE <number>)", "<own> ()"],
        "SORT": [
            "(<order>) UTF-8 <key>", "(<order> <order>) US-ASCII <key>", "RETURN (<result>) (<order>) UTF-8 <key>",
            "RETURN (UPDATE CONTEXT) (<order>) UTF-8 <key>", "RETURN (PARTIAL 1:2) (REVERSE <order>) UTF-8 ALL",
            "RETURN (SAVE ALL) (<order>) UTF-8 <key>", "(ARRIVAL) XYZZY ALL",
        ],
        "STARTTLS": [""],
        "STATUS": [
            "<mailbox> (<status>)", "<mailbox> (<status> <status> <status>)", "INBOX (HIGHESTMODSEQ UIDNEXT)",
            "INBOX (UIDVALIDITY MESSAGES)",
        ],
        "STORE": [
            "<set> +FLAGS (<flag>)", "1:* FLAGS.SILENT (<flag> <flag>)", "<set> -FLAGS <flag>",
            "$ +FLAGS.SILENT <flag>",
            "<set> (UNCHANGEDSINCE <modseq>) +FLAGS (<flag>)", "<set> (UNCHANGEDSINCE <number>) FLAGS ()",
            "<set> +FLAGS.SILENT (\\Deleted)",
        ],
        "SUBSCRIBE": ["<mailbox>", "<mailbox><sep>below"],
        "THREAD": ["REFERENCES UTF-8 <key>", "ORDEREDSUBJECT US-ASCII <key>", "XYZZY UTF-8 ALL"],
        "UID EXPUNGE": ["<set>", "1:*", "$"],
        "UNAUTHENTICATE": ["x", "<own>", "("],
        "UNSELECT": [""],
        "UNSUBSCRIBE": ["<mailbox>", "<mailbox><sep>below"],
    ]

    private static let standardWords: [String: [String]] = [
        "date": ["\"01-Jan-2020 00:00:00 +0000\"", "\" 9-Feb-1999 23:59:60 -0330\""],
        "entry": ["/private/comment", "/shared/comment", "/private/vendor/<own>", "/shared/vendor/x", "private"],
        "event": [
            "MessageNew", "MessageExpunge", "FlagChange", "MailboxName", "SubscriptionChange", "AnnotationChange",
        ],
        "flag": ["\\Seen", "\\Flagged", "\\Deleted", "\\Answered", "\\Draft", "<own>", "$Work", "\\Recent"],
        "item": [
            "FLAGS", "UID", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODYSTRUCTURE", "BODY", "BODY.PEEK[]", "BODY[]",
            "BODY[TEXT]<2.20>", "BODY.PEEK[HEADER.FIELDS (SUBJECT <own>)]", "BODY[1]", "BODY.PEEK[1.MIME]", "RFC822",
            "RFC822.HEADER", "RFC822.TEXT", "BINARY.PEEK[]<0.9>", "BINARY[1]", "BINARY.SIZE[1]", "MODSEQ", "EMAILID",
            "THREADID", "SAVEDATE", "PREVIEW", "(FLAGS UID)",
        ],
        "key": [
            "ALL", "UNSEEN", "SEEN", "FLAGGED", "DELETED", "NOT DELETED", "RECENT", "NEW", "OLD", "KEYWORD <own>",
            "UNKEYWORD $Work", "<set>", "UID <set>", "$", "TEXT <string>", "BODY <string>", "SUBJECT <string>",
            "FROM <string>", "HEADER Subject <string>", "LARGER 5<number>", "SMALLER 9<number>", "MODSEQ <modseq>",
            "SINCE 1-Feb-1994", "SENTBEFORE 1-Feb-2030", "YOUNGER 99999", "OLDER <number>", "OR <key> <key>",
            "NOT <key>", "(<key> <key>)", "BEFORE 2-Jan-2020", "XYZZY", "TEXT <other>", "EMAILID <own>",
        ],
        "listed": ["SUBSCRIBED", "SPECIAL-USE", "REMOTE", "SUBSCRIBED RECURSIVEMATCH", "RECURSIVEMATCH"],
        "mailbox": [
            "INBOX", "inbox", "<own>", "<own>", "<own>", "<own><sep>a", "<own><sep>a<sep>b", "no<own>", "box", "box",
        ],
        "order": [
            "DATE", "ARRIVAL", "SUBJECT", "FROM", "REVERSE SIZE", "CC", "TO", "DISPLAYFROM", "REVERSE DISPLAYTO",
        ],
        "result": ["MIN", "MAX", "ALL", "COUNT", "SAVE", "PARTIAL -1:-2"],
        "returned": [
            "CHILDREN", "SUBSCRIBED", "SPECIAL-USE", "STATUS (MESSAGES SIZE)", "MYRIGHTS",
            "METADATA (/private/comment)",
        ],
        "status": [
            "MESSAGES", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "RECENT", "SIZE", "DELETED", "DELETED-STORAGE",
            "APPENDLIMIT", "HIGHESTMODSEQ", "MAILBOXID",
        ],
        "text": ["mail", "<own>", "<other>", "a", "", "Subject", "\u{e9}"],
    ]
}
