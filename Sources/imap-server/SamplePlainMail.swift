import IMAPTypes

/// Messages of one part.
extension SampleMail {
    static func plainText(to user: String) -> SampleMessage {
        let date = SampleDate(2, 9, 30, zoneMinutes: 60)
        return SampleMessage(
            """
            Return-Path: <greta@example.com>
            Received: from mail.example.com (mail.example.com [192.0.2.10])
            \tby mx.example.org with ESMTPS id 4T3x0k1Hz
            \tfor <\(user)>; \(date)
            Date: \(date)
            From: Greta Lind <greta@example.com>
            To: \(user)
            Subject: Lunch on Thursday?
            Message-ID: <20240102083000.1@example.com>
            MIME-Version: 1.0
            Content-Type: text/plain; charset=us-ascii

            Hi,

            are you free for lunch on Thursday? The place at the corner has soup again.

            Greta
            --\u{20}
            Greta Lind, Example Ltd.

            """, at: date, flags: [.seen])
    }

    static func quotedPrintableLatin1(to user: String) -> SampleMessage {
        let date = SampleDate(5, 18, 2, 44, zoneMinutes: 60)
        return SampleMessage(
            """
            Date: \(date)
            From: =?iso-8859-1?Q?J=FCrgen_M=FCller?= <juergen@example.de>
            To: \(user)
            Subject: =?iso-8859-1?Q?Gr=FC=DFe_aus_K=F6ln?=
            Message-ID: <20240105180244.17@example.de>
            MIME-Version: 1.0
            Content-Type: text/plain; charset=ISO-8859-1; format=flowed
            Content-Transfer-Encoding: quoted-printable

            Sch=F6ne Gr=FC=DFe vom Rhein! Das Wetter ist m=E4=DFig, aber das K=F6lsch =
            schmeckt. 100=25 Erholung =3D Urlaub.=20

            Bis n=E4chste Woche,
            J=FCrgen

            """, at: date, flags: [.seen, .answered])
    }

    static func eightBitUTF8(to user: String) -> SampleMessage {
        let date = SampleDate(6, 21, 15, 9, zoneMinutes: 120)
        return SampleMessage(
            """
            Date: \(date)
            From: Eleni <eleni@example.gr>
            To: \(user)
            Subject: UTF-8 without a transfer encoding
            Message-ID: <utf8.20240106@example.gr>
            MIME-Version: 1.0
            Content-Type: text/plain; charset=UTF-8
            Content-Transfer-Encoding: 8bit

            Καλημέρα! Zażółć gęślą jaźń. Съешь ещё этих мягких французских булок.
            日本語のテキスト、العربية, עברית, and a few symbols: € — „quotes“ 🎉

            """, at: date)
    }

    static func encodedWords(to user: String) -> SampleMessage {
        let date = SampleDate(7, 7, 45, 0, zoneMinutes: 180)
        return SampleMessage(
            """
            Date: \(date)
            From: =?UTF-8?B?0JDQvdC90LAg0JrQsNGA0LXQvdC40L3QsA==?= <anna@example.ru>
            To: =?utf-8?q?Kolleg=C3=A5?= <\(user)>, "Doe, John" <john@example.net>
            Cc: =?iso-8859-2?Q?Micha=B3_Wi=B6niewski?= (finance) <michal@example.pl>
            Reply-To: <anna@example.ru>, =?UTF-8?Q?B=C3=BCro?= <office@example.ru>
            Subject: =?koi8-r?B?79Teo9Qg2sEgzcHS1A==?= =?UTF-8?Q?_=E2=80=93_final_?=
             =?UTF-8?Q?version?= (2 of 2)
            Message-ID: <encoded.20240107@example.ru>
            MIME-Version: 1.0
            Content-Type: text/plain; charset=KOI8-R
            Content-Transfer-Encoding: base64

            79Teo9Qg2sEgzcHS1A==

            """, at: date, flags: [.flagged])
    }

    static func japanese(to user: String) -> SampleMessage {
        let date = SampleDate(8, 11, 20, 31, zoneMinutes: 540)
        return SampleMessage(
            """
            Date: \(date)
            From: =?ISO-2022-JP?B?GyRCOzNFRBsoQiAbJEJCQE86GyhC?= <taro@example.jp>
            To: \(user)
            Subject: =?ISO-2022-JP?B?GyRCMnE1RCRONUQ7dk8/JHJBdyRqJF4kORsoQg==?=
            Message-ID: <20240108112031.JP@example.jp>
            MIME-Version: 1.0
            Content-Type: text/plain; charset=ISO-2022-JP
            Content-Transfer-Encoding: 7bit

            \u{1B}$B2q5D$N5D;vO?$rAw$j$^$9\u{1B}(B
            (minutes of the meeting)

            """, at: date, flags: [.seen])
    }

    static func withoutSubject(to user: String) -> SampleMessage {
        let date = SampleDate(16, 23, 59, 59, zoneMinutes: -480)
        return SampleMessage(
            """
            Date: \(date)
            From: sam@example.net
            To: \(user)
            Message-ID: <nosubject.16@example.net>

            No subject, no MIME-Version, only a few words.

            """, at: date)
    }

    static func emptyBody(to user: String) -> SampleMessage {
        let date = SampleDate(17, 0, 0, 0, zoneMinutes: 0)
        return SampleMessage(
            """
            Date: \(date)
            From: sam@example.net
            To: \(user)
            Subject: (eom)
            Message-ID: <empty.17@example.net>


            """, at: date, flags: [.deleted])
    }

    /// Ends with its header: there is no blank line and no body.
    static func headerOnly(to user: String) -> SampleMessage {
        let date = SampleDate(17, 0, 1, 0, zoneMinutes: 0)
        return SampleMessage(
            """
            Date: \(date)
            From: sam@example.net
            To: \(user)
            Subject: Nothing but a header

            """, at: date)
    }

    static func longHeaders(to user: String) -> SampleMessage {
        let date = SampleDate(18, 4, 5, 6, zoneMinutes: 345)
        let recipients = (1...60).map { "Recipient Number \($0) <r\($0)@example.com>" }.joined(separator: ",\n ")
        let references = (1...120).map { "<part.\($0).of.a.long.thread@lists.example.com>" }.joined(separator: "\n\t")
        let unfolded = (0..<1500).map { String($0 % 10) }.joined()
        return SampleMessage(
            """
            Date: \(date)
            From: Announcements <announce@example.com>
            To: \(user)
            Cc: \(recipients)
            Subject: A subject that goes on
             and on, folded with a space,
            \tand with a tab, and
               with three spaces
            References: \(references)
            X-Unfolded: \(unfolded)
            Message-ID:
             <long.18@example.com>

            The header of this message is larger than its body, and one line of it is longer than 998 octets.

            """, at: date)
    }

    static func groupAddress() -> SampleMessage {
        let date = SampleDate(19, 12, 0, 0, zoneMinutes: -210)
        return SampleMessage(
            """
            Date: \(date)
            From: "Chair (acting)" <chair@example.org>
            Sender: Secretary <secretary@example.org>
            To: Board: Ann <ann@example.org>, bob@example.org, "C. \\"Quote\\" D." <cd@example.org>;
            Cc: undisclosed-recipients:;, <@relay.example:old@route.example>
            Subject: Agenda
            Message-ID: <group.19@example.org>

            Groups, an empty group, quoted names, a comment and a route.

            """, at: date, flags: [.seen, .flagged])
    }

    static func dotsAndFromLines(to user: String) -> SampleMessage {
        let date = SampleDate(21, 3, 3, 3, zoneMinutes: 600)
        return SampleMessage(
            """
            Date: \(date)
            From: Archive <archive@example.net>
            To: \(user)
            Subject: Lines that other formats trip over
            Message-ID: <dots.21@example.net>

            From here on it gets difficult.
            .
            ..
            .hidden
            From greta@example.com Tue Jan  2 09:30:00 2024
            >From an old mailbox file
            * 1 FETCH (FLAGS (\\Seen))
            a1 OK not a reply
            {12}
            )

            .

            """, at: date)
    }

    /// Octets above 127 in the header and in the body, and no word of what they are.
    static func undeclaredLatin1(to user: String) -> SampleMessage {
        let date = SampleDate(25, 22, 10, 0, zoneMinutes: -180)
        var octets = Array("Date: \(date)\nFrom: Jos".utf8) + [0xE9]
        octets += Array(" <jose@example.br>\nTo: \(user)\nSubject: Caf".utf8) + [0xE9]
        octets += Array("\nMessage-ID: <raw.25@example.br>\n\nAt".utf8) + [0xE9]
        octets += Array(" amanh".utf8) + [0xE3] + Array("!\n".utf8)
        return SampleMessage(octets, at: date)
    }
}
