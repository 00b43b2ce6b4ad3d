import IMAPTypes

/// Messages that belong to others: a thread, a mailing list, an invitation, a report.
extension SampleMail {
    static func thread(to user: String) -> [SampleMessage] {
        let dates = [
            SampleDate(12, 9, 0, zoneMinutes: 60), SampleDate(12, 9, 41, zoneMinutes: -300),
            SampleDate(12, 17, 5, zoneMinutes: 330), SampleDate(13, 8, 12, zoneMinutes: 60),
        ]
        let first = SampleMessage(
            """
            Date: \(dates[0])
            From: Greta Lind <greta@example.com>
            To: team@example.com, \(user)
            Subject: Release on Friday
            Message-ID: <thread.1@example.com>

            Shall we release on Friday?

            """, at: dates[0], flags: [.seen, .answered])
        let second = SampleMessage(
            """
            Date: \(dates[1])
            From: Sam Reed <sam@example.net>
            To: Greta Lind <greta@example.com>
            Cc: team@example.com, \(user)
            Subject: Re: Release on Friday
            Message-ID: <thread.2@example.net>
            In-Reply-To: <thread.1@example.com>
            References: <thread.1@example.com>

            > Shall we release on Friday?

            Never on a Friday.

            """, at: dates[1], flags: [.seen])
        let third = SampleMessage(
            """
            Date: \(dates[2])
            From: Priya Nair <priya@example.in>
            To: Sam Reed <sam@example.net>
            Cc: greta@example.com, \(user)
            Subject: RE: Re: Release on Friday
            Message-ID: <thread.3@example.in>
            In-Reply-To: <thread.2@example.net>
            References: <thread.1@example.com>
             <thread.2@example.net>

            >> Shall we release on Friday?
            > Never on a Friday.

            Then Monday. The notes are ready.

            """, at: dates[2])
        let fourth = SampleMessage(
            """
            Date: \(dates[3])
            From: Greta Lind <greta@example.com>
            To: team@example.com, \(user)
            Subject: AW: Release on Friday (was: Monday) [fwd]
            Message-ID: <thread.4@example.com>
            In-Reply-To: Your message of "Fri, 12 Jan 2024 17:05:00 +0530" <thread.3@example.in>
            References: <thread.1@example.com> <thread.2@example.net> <thread.3@example.in>

            Monday it is.

            """, at: dates[3])
        return [first, second, third, fourth]
    }

    static func mailingList(to user: String) -> SampleMessage {
        let date = SampleDate(15, 14, 2, 0, zoneMinutes: 0)
        return SampleMessage(
            """
            Return-Path: <imap-bounces+\(user.split(separator: "@").joined(separator: "="))@lists.example.net>
            Date: \(date)
            From: Rose via imap <imap@lists.example.net>
            Reply-To: imap@lists.example.net
            To: imap@lists.example.net
            Subject: [imap] When may a server send EXPUNGE?
            Message-ID: <list.15@example.net>
            X-Original-To: \(user)
            List-ID: Talk about IMAP <imap.lists.example.net>
            List-Post: <mailto:imap@lists.example.net>
            List-Help: <mailto:imap-request@lists.example.net?subject=help>
            List-Subscribe: <https://lists.example.net/imap>,
             <mailto:imap-request@lists.example.net?subject=subscribe>
            List-Unsubscribe: <https://lists.example.net/imap/leave>
            List-Unsubscribe-Post: List-Unsubscribe=One-Click
            List-Archive: <https://lists.example.net/archive/imap/>
            Precedence: list
            Auto-Submitted: no
            MIME-Version: 1.0
            Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes

            Not while a FETCH, STORE or SEARCH by number is running.
            _______________________________________________
            imap mailing list

            """, at: date)
    }

    static func invitation(to user: String) -> SampleMessage {
        let date = SampleDate(22, 15, 0, 0, zoneMinutes: 60)
        return SampleMessage(
            """
            Date: \(date)
            From: Greta Lind <greta@example.com>
            To: \(user)
            Subject: Invitation: Planning
            Message-ID: <invite.22@example.com>
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary=cal_m

            --cal_m
            Content-Type: multipart/alternative; boundary=cal_a

            --cal_a
            Content-Type: text/plain; charset=UTF-8

            Planning, 1 February 2024, 10:00 to 11:00
            --cal_a
            Content-Type: text/calendar; charset=UTF-8; method=REQUEST

            BEGIN:VCALENDAR
            PRODID:-//Example//Calendar//EN
            VERSION:2.0
            METHOD:REQUEST
            BEGIN:VEVENT
            UID:planning-20240201@example.com
            DTSTAMP:20240122T140000Z
            DTSTART:20240201T090000Z
            DTEND:20240201T100000Z
            ORGANIZER;CN=Greta Lind:mailto:greta@example.com
            ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:\(user)
            SUMMARY:Planning
            END:VEVENT
            END:VCALENDAR
            --cal_a--

            --cal_m
            Content-Type: application/ics; name="invite.ics"
            Content-Disposition: attachment; filename="invite.ics"
            Content-Transfer-Encoding: base64

            QkVHSU46VkNBTEVOREFSDQpWRVJTSU9OOjIuMA0KRU5EOlZDQUxFTkRBUg0K
            --cal_m--

            """, at: date, flags: [.flagged])
    }

    static func deliveryReport(to user: String) -> SampleMessage {
        let date = SampleDate(23, 2, 30, 15, zoneMinutes: -720)
        return SampleMessage(
            """
            Return-Path: <>
            Date: \(date)
            From: Mail Delivery System <MAILER-DAEMON@mx.example.org>
            To: \(user)
            Subject: Undelivered Mail Returned to Sender
            Message-ID: <20240123143015.4T9@mx.example.org>
            Auto-Submitted: auto-replied
            MIME-Version: 1.0
            Content-Type: multipart/report; report-type=delivery-status;
             boundary="4T9.1706020215/mx.example.org"

            This is a MIME-encapsulated message.

            --4T9.1706020215/mx.example.org
            Content-Description: Notification
            Content-Type: text/plain; charset=us-ascii

            Your message could not be delivered to nobody@example.net:
            550 5.1.1 No such user

            --4T9.1706020215/mx.example.org
            Content-Description: Delivery report
            Content-Type: message/delivery-status

            Reporting-MTA: dns; mx.example.org
            Arrival-Date: Tue, 23 Jan 2024 14:30:11 +0000

            Final-Recipient: rfc822; nobody@example.net
            Action: failed
            Status: 5.1.1
            Diagnostic-Code: smtp; 550 5.1.1 No such user

            --4T9.1706020215/mx.example.org
            Content-Description: Undelivered Message Headers
            Content-Type: text/rfc822-headers

            Date: Tue, 23 Jan 2024 14:30:10 +0000
            From: \(user)
            To: nobody@example.net
            Subject: Are you there?
            Message-ID: <lost.23@example.org>

            --4T9.1706020215/mx.example.org--

            """, at: date)
    }
}
