import Testing

/// Messages and the structure each has: types and leaf bodies agree with Python 3.11's `email` package, offsets were
/// counted by hand for a third of them. Python keeps a multipart without parts as a text of that type, and ends a
/// header at a line that is no field; everything else is the same.
///
/// An outline has a line a part: type, octets, line ends, where its header and its body begin, where its body ends.
struct StructureCase: Sendable, CustomTestStringConvertible {
    let title: String
    let message: [UInt8]
    let outline: String

    var testDescription: String { title }

    init(_ title: String, _ text: String, _ outline: String) {
        self.title = title
        message = mail(text)
        self.outline = outline
    }

    static let all: [StructureCase] = [
        StructureCase(
            "A message of one part",
            """
            From: a@b.c
            Subject: x

            Hello
            World

            """,
            """
            text/plain 14 2 0 27 41
            """),
        StructureCase(
            "A header without an empty line",
            """
            From: a@b.c
            Subject: x

            """,
            """
            text/plain 0 0 0 25 25
            """),
        StructureCase(
            "RFC 2046 section 5.1.1",
            """
            From: Nathaniel Borenstein <nsb@bellcore.com>
            To: Ned Freed <ned@innosoft.com>
            Date: Sun, 21 Mar 1993 23:56:48 -0800 (PST)
            Subject: Sample message
            MIME-Version: 1.0
            Content-type: multipart/mixed; boundary="simple boundary"

            This is the preamble.  It is to be ignored, though it
            is a handy place for composition agents to include an
            explanatory note to non-MIME conformant readers.

            --simple boundary

            This is implicitly typed plain US-ASCII text.
            It does NOT end with a linebreak.
            --simple boundary
            Content-type: text/plain; charset=us-ascii

            This is explicitly typed plain US-ASCII text.
            It DOES end with a linebreak.

            --simple boundary--

            This is the epilogue.  It is also to be ignored.

            """,
            """
            multipart/mixed 483 17 0 231 714
            - text/plain 80 1 412 414 494
            - text/plain 78 2 515 561 639
            """),
        StructureCase(
            "RFC 2046 section 5.1.5, a digest",
            """
            Subject: d
            Content-Type: multipart/digest; boundary="---- main boundary ----"

            ------ main boundary ----

            From: someone-else@x.y
            Subject: my opinion

            body one
            ------ main boundary ----

            From: someone-else-again@x.y
            Subject: my different opinion

            another body goes here
            ------ main boundary ------

            """,
            """
            multipart/digest 231 13 0 82 313
            - message/rfc822 55 3 109 111 166
            - - text/plain 8 0 111 158 166
            - message/rfc822 85 3 195 197 282
            - - text/plain 22 0 197 260 282
            """),
        StructureCase(
            "Two multiparts that are never closed",
            """
            Content-Type: multipart/mixed; boundary=first

            --first
            Content-Type: text/plain

            The first part is whole.
            --first
            Content-Type: multipart/alternative; boundary="second"

            --second
            Content-Type: text/plain

            cut
            """,
            """
            multipart/mixed 171 10 0 49 220
            - text/plain 24 0 58 86 110
            - multipart/alternative 41 3 121 179 220
            - - text/plain 3 0 189 217 220
            """),
        StructureCase(
            "An outer boundary ends an inner multipart",
            """
            Content-Type: multipart/mixed; boundary=o

            --o
            Content-Type: multipart/alternative; boundary=i

            --i

            one
            --o
            Content-Type: text/html

            two
            --o--

            """,
            """
            multipart/mixed 112 11 0 45 157
            - multipart/alternative 10 2 50 101 111
            - - text/plain 3 0 106 108 111
            - text/html 3 0 118 145 148
            """),
        StructureCase(
            "A boundary that begins like another",
            """
            Content-Type: multipart/mixed; boundary=abc

            --abc
            Content-Type: multipart/mixed; boundary=abcd

            --abcd

            inner
            --abcd--

            --abc

            last
            --abc--

            """,
            """
            multipart/mixed 108 12 0 47 155
            - multipart/mixed 27 4 54 102 129
            - - text/plain 5 0 110 112 117
            - text/plain 4 0 138 140 144
            """),
        StructureCase(
            "White space behind boundaries, and an epilogue with one",
            """
            Content-Type: multipart/mixed; boundary="x y"

            --x y  \t

            one
            --x y

            two
            --x y--  \u{20}
            epi
            --x y
            not a part

            """,
            """
            multipart/mixed 67 10 0 49 116
            - text/plain 3 0 59 61 64
            - text/plain 3 0 73 75 78
            """),
        StructureCase(
            "A multipart without a boundary line",
            """
            Content-Type: multipart/mixed; boundary=x

            nothing here

            """,
            """
            multipart/mixed 14 1 0 45 59
            - text/plain 0 0 59 59 59
            """),
        StructureCase(
            "Parts without header or body",
            """
            Content-Type: multipart/mixed; boundary=x

            --x
            --x

            --x


            --x--

            """,
            """
            multipart/mixed 28 7 0 45 73
            - text/plain 0 0 50 50 50
            - text/plain 0 0 55 57 57
            - text/plain 0 0 62 64 64
            """),
        StructureCase(
            "Messages in a message",
            """
            Subject: out
            Content-Type: multipart/mixed; boundary=o

            --o
            Content-Type: message/rfc822
            Content-Description: fwd

            From: in@x.y
            Subject: in
            Content-Type: multipart/alternative; boundary=n

            --n
            Content-Type: text/plain

            a
            --n
            Content-Type: text/html

            <b>
            --n--
            --o
            Content-Type: message/rfc822

            Subject: second

            just text
            more
            --o--

            """,
            """
            multipart/mixed 301 25 0 59 360
            - message/rfc822 156 12 64 122 278
            - - multipart/alternative 78 8 122 200 278
            - - - text/plain 1 0 205 233 234
            - - - text/html 3 0 241 268 271
            - message/rfc822 34 3 285 317 351
            - - text/plain 15 1 317 336 351
            """),
        StructureCase(
            "A message in a message in a message",
            """
            Subject: o
            Content-Type: message/rfc822

            Content-Type: message/rfc822

            Subject: deep

            text

            """,
            """
            message/rfc822 55 5 0 44 99
            - message/rfc822 23 3 44 76 99
            - - text/plain 6 1 76 93 99
            """),
        StructureCase(
            "One boundary for two levels",
            """
            Content-Type: multipart/mixed; boundary=b

            --b
            Content-Type: multipart/mixed; boundary=b

            --b

            inner
            --b--
            --b

            after
            --b--

            """,
            """
            multipart/mixed 92 11 0 45 137
            - multipart/mixed 19 3 50 95 114
            - - text/plain 5 0 100 102 107
            - text/plain 5 0 121 123 128
            """),
        StructureCase(
            "A part that ends in its header",
            """
            Content-Type: multipart/mixed; boundary=b

            --b
            Content-Type: text/html
            --b
            Content-Type: text/plain; name=x

            body
            --b--

            """,
            """
            multipart/mixed 84 7 0 45 129
            - text/html 0 0 50 75 75
            - text/plain 4 0 80 116 120
            """),
        StructureCase(
            "A message in a part that ends in its header",
            """
            Content-Type: multipart/mixed; boundary=b

            --b
            Content-Type: message/rfc822

            Subject: cut
            --b

            next
            --b--

            """,
            """
            multipart/mixed 71 8 0 45 116
            - message/rfc822 12 0 50 82 94
            - - text/plain 0 0 82 94 94
            - text/plain 4 0 101 103 107
            """),
        StructureCase(
            "A multipart without a boundary",
            """
            Content-Type: multipart/mixed

            --b

            x
            --b--

            """,
            """
            text/plain 17 4 0 33 50
            """),
        StructureCase(
            "Lines that are almost boundaries",
            """
            Content-Type: multipart/mixed; boundary=b

            --b

            text
            --\u{20}
            sig
            --bb
            -
            --
            --b--

            """,
            """
            multipart/mixed 43 9 0 45 88
            - text/plain 27 5 50 52 79
            """),
    ]
}
