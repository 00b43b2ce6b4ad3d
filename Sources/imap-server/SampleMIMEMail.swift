import IMAPTypes

/// Messages of several parts.
extension SampleMail {
    static func alternative(to user: String) -> SampleMessage {
        let date = SampleDate(3, 10, 0, 12, zoneMinutes: -300)
        return SampleMessage(
            """
            Date: \(date)
            From: "Example Shop" <news@shop.example>
            To: \(user)
            Subject: Your order has shipped
            Message-ID: <order-1182@shop.example>
            MIME-Version: 1.0
            Content-Type: multipart/alternative; boundary="=_alt_1"

            This is a multi-part message in MIME format.

            --=_alt_1
            Content-Type: text/plain; charset=utf-8

            Order 1182 has shipped: https://shop.example/track?id=1182

            --=_alt_1
            Content-Type: text/html; charset=utf-8
            Content-Transfer-Encoding: quoted-printable

            <html><body><p>Order <b>1182</b> has shipped: <a href=3D"https://shop.exa=
            mple/track?id=3D1182">track it</a> =E2=9C=93</p></body></html>

            --=_alt_1--

            """, at: date, flags: [.seen])
    }

    static func attachments(to user: String) -> SampleMessage {
        let date = SampleDate(4, 16, 41, 5, zoneMinutes: 330)
        return SampleMessage(
            """
            Date: \(date)
            From: Priya Nair <priya@example.in>
            To: \(user)
            Cc: team@example.in
            Subject: Report and logo
            Message-ID: <20240104164105.9@example.in>
            MIME-Version: 1.0
            Content-Type: multipart/mixed;
            \tboundary="----=_NextPart_000_0001"
            Content-Language: en-GB

            ------=_NextPart_000_0001
            Content-Type: multipart/related; type="text/html"; boundary=inner

            --inner
            Content-Type: text/html; charset=us-ascii

            <p>The report is attached. <img src="cid:logo@example.in"></p>
            --inner
            Content-Type: image/png; name="logo.png"
            Content-Transfer-Encoding: base64
            Content-ID: <logo@example.in>
            Content-Disposition: inline; filename="logo.png"

            \(png)
            --inner--

            ------=_NextPart_000_0001
            Content-Type: application/pdf; name="report.pdf"
            Content-Transfer-Encoding: base64
            Content-Disposition: attachment; filename="report.pdf"; size=193
            Content-Description: The report
            Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==

            \(pdf)
            ------=_NextPart_000_0001--

            """, at: date, flags: [.seen, .flagged])
    }

    static func extendedParameters(to user: String) -> SampleMessage {
        let date = SampleDate(9, 13, 37, 0, zoneMinutes: 60)
        return SampleMessage(
            """
            Date: \(date)
            From: Jean Dupont <jean@example.fr>
            To: \(user)
            Subject: RFC 2231 file names
            Message-ID: <rfc2231.9@example.fr>
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary*0=b_; boundary*1=2231

            --b_2231
            Content-Type: text/plain; charset*=us-ascii'en'utf-8

            Two files.
            --b_2231
            Content-Type: application/octet-stream;
             name*0*=UTF-8''r%C3%A9sum%C3%A9%20;
             name*1*=de%20l%27ann%C3%A9e%20;
             name*2="2023.bin"
            Content-Disposition: attachment;
             filename*=iso-8859-1'fr'r%E9sum%E9%202023.bin
            Content-Transfer-Encoding: base64

            AAECAwQFBgcICQoLDA0ODw==
            --b_2231
            Content-Type: text/plain; name="=?UTF-8?Q?na=C3=AFve.txt?="
            Content-Disposition: attachment; filename="a \\"quoted\\" name.txt";
             creation-date="Tue, 9 Jan 2024 13:00:00 +0100"

            The second one.
            --b_2231--

            """, at: date)
    }

    static func forwarded(to user: String) -> SampleMessage {
        let date = SampleDate(10, 8, 8, 8, zoneMinutes: 60)
        return SampleMessage(
            """
            Date: \(date)
            From: Greta Lind <greta@example.com>
            To: \(user)
            Subject: Fwd: Invoice 2023-118
            Message-ID: <fwd.10@example.com>
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary=outer

            --outer
            Content-Type: text/plain

            Please have a look at this.
            --outer
            Content-Type: message/rfc822
            Content-Disposition: attachment; filename="invoice.eml"

            Date: Mon, 8 Jan 2024 17:00:00 +0000
            From: billing@supplier.example
            To: greta@example.com
            Subject: Invoice 2023-118
            Message-ID: <inv-118@supplier.example>
            MIME-Version: 1.0
            Content-Type: multipart/alternative; boundary=nested

            --nested
            Content-Type: text/plain

            118.00 EUR, due in 30 days.
            --nested
            Content-Type: text/html

            <p><b>118.00 EUR</b>, due in 30 days.</p>
            --nested--

            --outer--

            """, at: date)
    }

    static func digest(to user: String) -> SampleMessage {
        let date = SampleDate(11, 6, 0, 0, zoneMinutes: 0)
        return SampleMessage(
            """
            Date: \(date)
            From: digest@lists.example.net
            To: \(user)
            Subject: Gardening digest, Vol 3, Issue 2
            Message-ID: <digest.3.2@lists.example.net>
            MIME-Version: 1.0
            Content-Type: multipart/digest; boundary="digest-b"

            Preamble of the digest.
            --digest-b

            Date: Wed, 10 Jan 2024 10:00:00 +0000
            From: rose@example.net
            Subject: Pruning
            Message-ID: <prune@example.net>

            Now, or in February?
            --digest-b

            Date: Wed, 10 Jan 2024 19:30:00 +0000
            From: basil@example.net
            Subject: Re: Pruning
            In-Reply-To: <prune@example.net>

            February.
            --digest-b
            Content-Type: text/plain

            A part that is not a message.
            --digest-b--
            Epilogue.

            """, at: date)
    }

    /// A boundary that never comes, inside one that is never closed.
    static func missingBoundary(to user: String) -> SampleMessage {
        let date = SampleDate(20, 20, 20, 20, zoneMinutes: 60)
        return SampleMessage(
            """
            Date: \(date)
            From: broken@example.net
            To: \(user)
            Subject: Cut off in the middle
            Message-ID: <broken.20@example.net>
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary="first"

            --first
            Content-Type: text/plain

            The first part is whole.
            --first
            Content-Type: multipart/alternative; boundary="second"

            --second
            Content-Type: text/html; charset="unterminated
            Content-Transfer-Encoding: base64

            PHA+Tm8gZW5kIG9mIHRoZSBiYXNlNj
            """, at: date)
    }

    /// An image of 8 by 8 dots.
    private static let png = """
        iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAbElEQVR4nBXNQRUAUQhCUaMYhShG
        eVGIQhSizB+XXA7ODDtouIHBQ4YOM8suWm5h8ZKl+0CskDiBsIioHhx76LiDw0eO3oN/4FVf+J8h
        0PduzBqZ8x/bxNQPwgaFy192SGgelC0q13/CJaXlA8Z7WAGfV950AAAAAElFTkSuQmCC
        """

    /// A page with nothing on it.
    private static let pdf = """
        JVBERi0xLjQKMSAwIG9iajw8L1R5cGUvQ2F0YWxvZy9QYWdlcyAyIDAgUj4+ZW5kb2JqCjIgMCBv
        Ymo8PC9UeXBlL1BhZ2VzL0tpZHNbMyAwIFJdL0NvdW50IDE+PmVuZG9iagozIDAgb2JqPDwvVHlw
        ZS9QYWdlL01lZGlhQm94WzAgMCAyMDAgMTAwXS9QYXJlbnQgMiAwIFI+PmVuZG9iagp0cmFpbGVy
        PDwvUm9vdCAxIDAgUj4+CiUlRU9GCg==
        """
}
