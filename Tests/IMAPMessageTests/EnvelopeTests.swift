import IMAPMessage
import IMAPTypes
import Testing

@Suite("ENVELOPE (RFC 9051 section 7.5.2)")
struct EnvelopeTests {
    private func envelope(_ header: String) -> Envelope { structure(mail(header)).envelope }

    /// RFC 3501 section 8.
    @Test func exampleOfTheRFC() {
        let envelope = envelope(
            """
            Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)
            From: Terry Gray <gray@cac.washington.edu>
            Subject: IMAP4rev1 WG mtg summary and minutes
            To: imap@cac.washington.edu
            cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>
            Message-Id: <B27397-0100000@cac.washington.edu>
            MIME-Version: 1.0
            Content-Type: TEXT/PLAIN; CHARSET=US-ASCII


            """)
        #expect(envelope.date == octets("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)"))
        #expect(envelope.subject == octets("IMAP4rev1 WG mtg summary and minutes"))
        #expect(list(envelope.from) == ["Terry Gray|-|gray|cac.washington.edu"])
        #expect(envelope.sender == envelope.from)
        #expect(envelope.replyTo == envelope.from)
        #expect(list(envelope.to) == ["-|-|imap|cac.washington.edu"])
        #expect(list(envelope.cc) == ["-|-|minutes|CNRI.Reston.VA.US", "John Klensin|-|KLENSIN|MIT.EDU"])
        #expect(envelope.bcc.isEmpty)
        #expect(envelope.inReplyTo == nil)
        #expect(envelope.messageID == octets("<B27397-0100000@cac.washington.edu>"))
    }

    @Test func absentIsNilAndEmptyIsEmpty() {
        let envelope = envelope("Subject:\nIn-Reply-To: \t \nFrom: a@b\nSender:\nReply-To: ,\nTo:\n\n")
        #expect(envelope.subject == [])
        #expect(envelope.inReplyTo == [])
        #expect(envelope.date == nil)
        #expect(envelope.messageID == nil)
        #expect(envelope.to.isEmpty)
        #expect(list(envelope.sender) == ["-|-|a|b"])
        #expect(list(envelope.replyTo) == ["-|-|a|b"])
    }

    @Test func ownSenderAndReplyToAreKept() {
        let envelope = envelope("From: a@b\nSender: s@b\nReply-To: r@b\n\n")
        #expect(list(envelope.sender) == ["-|-|s|b"])
        #expect(list(envelope.replyTo) == ["-|-|r|b"])
    }

    @Test func firstOfTwoFieldsCounts() {
        let envelope = envelope("Subject: one\nTo: a@b\nsubject: two\nTo: c@d\n\n")
        #expect(envelope.subject == octets("one"))
        #expect(list(envelope.to) == ["-|-|a|b"])
    }

    @Test func fieldsAreUnfoldedAndNamesHaveAnyCase() {
        let envelope = envelope("SUBJECT : a\n b\n\tc\n \n d\nmessage-ID:\n <x@y>\n\n")
        #expect(envelope.subject == octets("a b\tc  d"))
        #expect(envelope.messageID == octets("<x@y>"))
    }

    @Test func linesThatAreNoFieldsArePassedOver() {
        let envelope = envelope(
            """
            From greta@example.com Tue Jan  2 09:30:00 2024
            \tcontinues nothing
            no colon here
             nor here
            Subject: found
            From: a@b
            : no name
            Sub ject: not this
            Date: d

            Subject: body
            """)
        #expect(envelope.subject == octets("found"))
        #expect(list(envelope.from) == ["-|-|a|b"])
        #expect(envelope.date == octets("d"))
    }

    @Test func octetsAreKeptAsTheyAre() {
        let message = octets("Subject: a\u{0}b\rc") + [0xE9, 0x0D, 0x0A, 0x0D, 0x0A]
        #expect(structure(message).envelope.subject == octets("a\u{0}b\rc") + [0xE9])
    }

    @Test func fieldOverTheLimitIsCutThere() {
        var limits = MessageLimits.standard
        limits.fieldOctets = 10
        let message = mail("Subject: 0123456789\nDate: 01234567890\nMessage-ID: 01234\n 56789\nTo: a@b\n\n")
        let envelope = structure(message, limits).envelope
        #expect(envelope.subject == octets("012345678"))
        #expect(envelope.date == octets("012345678"))
        #expect(envelope.messageID == octets("01234 567"))
        #expect(list(envelope.to) == ["-|-|a|b"])
    }

    @Test func headersOverTheLimitAreIgnoredFromThere() {
        var limits = MessageLimits.standard
        limits.headerOctets = 25
        let envelope = structure(mail("Subject: one\nDate: second\nMessage-ID: <x>\n\nbody\n"), limits).envelope
        #expect(envelope.subject == octets("one"))
        #expect(envelope.date == octets("secon"))
        #expect(envelope.messageID == nil)
    }
}
