internal import IMAPTypes

/// A structure as octets that a store keeps beside the message, so that FETCH need not read the message again.
///
/// ```abnf
/// digest     = version size sent values references envelope parts
/// version    = %x02
/// size       = number                      ; octets of the message: a digest is of a message of this size alone
/// sent       = %x00                        ; what Date says is not known
///            / %x01                        ; it says no date
///            / %x02 signed signed          ; seconds since the start of 1970 in UTC, minutes of the zone
///            / %x03 signed signed          ; the same, and it is a leap second
/// values     = number [5field]             ; octets of what follows; of Subject, From, To, Cc, Bcc
/// field      = number *value               ; 0: not known; else one more than there are fields of that name
/// value      = number *OCTET               ; a field's value, unfolded
/// envelope   = OCTET                       ; which of Date, Subject, In-Reply-To and Message-ID are there, and whether
///                                          ; Subject is the first of its values, and not here again
///              *4string 6list              ; From, Sender, Reply-To, To, Cc, Bcc; Sender and Reply-To are empty
///                                          ; where they are those of From
/// list       = number *address
/// address    = OCTET *4string              ; which kind; name, route, local part, host
/// references = OCTET [string]
/// parts      = number 1*part               ; each before those inside it
/// part       = string string string        ; type, subtype, encoding
///              OCTET *string               ; which fields are there
///              [number] [envelope]         ; of a multipart its parts; of a message its envelope
///              4number                     ; header's start from the start of the part before, octets of the header,
///                                          ; octets and line ends of the body
/// string     = number *OCTET               ; twice the octets; or odd: one of the usual words
/// number     = *%x80-FF %x00-7F            ; 7 bits an octet, the lowest first, no more octets than it takes
/// signed     = number                      ; twice the number; of a negative one twice its complement, and odd
/// ```
///
/// What SEARCH, SORT and THREAD ask of most messages comes first, to be reached without reading what is behind it.
package enum StructureDigest {
    /// The first octet. A digest with another one is none.
    static let version: UInt8 = 2

    /// The longest digest there is: of a structure that takes more, none is made (SEMANTICS 9).
    package static let maximumOctets = 65_536

    /// Octets of the values of fields, together. What does not fit any more is not known.
    static let maximumValues = 4096

    /// Octets of a header of which values are kept: what is longer is not remembered while the message comes.
    package static let maximumHeader = 32_768

    /// More than the years 0 to 9999 have, in every zone.
    static let seconds: ClosedRange<Int64> = -(1 << 38)...(1 << 38)

    /// A signed number as one that is not.
    static func unsigned(_ value: Int64) -> UInt64 {
        UInt64(bitPattern: value < 0 ? ~value : value) << 1 | (value < 0 ? 1 : 0)
    }

    static func signed(_ value: UInt64) -> Int64 {
        let bits = Int64(bitPattern: value >> 1)
        return value & 1 == 0 ? bits : ~bits
    }

    /// Words that most structures are made of: one octet each. Only ever add to its end.
    static let words: [[UInt8]] = [
        "text", "plain", "html", "7bit", "8bit", "base64", "quoted-printable", "binary", "charset", "us-ascii",
        "utf-8", "UTF-8", "iso-8859-1", "ISO-8859-1", "multipart", "mixed", "alternative", "related", "boundary",
        "message", "rfc822", "application", "octet-stream", "pdf", "image", "jpeg", "png", "gif", "name", "filename",
        "attachment", "inline", "format", "flowed", "US-ASCII", "7BIT", "TEXT", "PLAIN", "HTML", "signed", "report",
        "delivery-status", "calendar", "protocol", "micalg", "pgp-signature", "delsp", "yes", "windows-1252", "digest",
    ].map { Array($0.utf8) }

    /// Which fields of an envelope are there.
    struct EnvelopeFields: OptionSet {
        let rawValue: UInt8

        static let date = EnvelopeFields(rawValue: 1 << 0)
        static let subject = EnvelopeFields(rawValue: 1 << 1)
        static let inReplyTo = EnvelopeFields(rawValue: 1 << 2)
        static let messageID = EnvelopeFields(rawValue: 1 << 3)

        /// Subject is the first of the values that are kept, in the whole message's envelope alone.
        static let subjectIsValue = EnvelopeFields(rawValue: 1 << 4)

        static let all: EnvelopeFields = [.date, .subject, .inReplyTo, .messageID]
    }

    /// What kind of address follows.
    enum AddressKind: UInt8 {
        case groupEnd
        case groupStart
        /// A mailbox without name and route.
        case plain
        case named
        case routed
        case namedAndRouted
    }

    /// Which fields of a part are there.
    struct PartFields: OptionSet {
        let rawValue: UInt8

        static let parameters = PartFields(rawValue: 1 << 0)
        static let id = PartFields(rawValue: 1 << 1)
        static let description = PartFields(rawValue: 1 << 2)
        static let md5 = PartFields(rawValue: 1 << 3)
        static let disposition = PartFields(rawValue: 1 << 4)
        static let languages = PartFields(rawValue: 1 << 5)
        static let location = PartFields(rawValue: 1 << 6)

        static let all: PartFields = [.parameters, .id, .description, .md5, .disposition, .languages, .location]
    }
}

extension MessageStructure {
    /// The structure as ``StructureDigest`` writes it, or `nil` when that takes more octets than a digest may have.
    ///
    /// `header` is the message's whole header, for what the digest tells without it; `nil`: it will not tell.
    package func digest(_ header: HeaderBlock? = nil) -> [UInt8]? {
        var writer = DigestWriter(limit: StructureDigest.maximumOctets)
        writer.octet(StructureDigest.version)
        writer.number(size)
        writer.sent(header, envelope)
        let subject = writer.values(header)
        writer.octet(references == nil ? 0 : 1)
        if let references { writer.string(references) }
        writer.envelope(envelope, subject: subject)
        writer.number(UInt64(body.parts.count))
        var start: UInt64 = 0
        for (part, extent) in zip(body.parts, extents) {
            // Of structures that a scanner found, it always is.
            guard !writer.isFull, part.octets == extent.body.upperBound - extent.body.lowerBound,
                extent.header.lowerBound >= start, extent.header.upperBound == extent.body.lowerBound
            else { return nil }
            writer.part(part)
            writer.number(extent.header.lowerBound - start)
            writer.number(extent.header.upperBound - extent.header.lowerBound)
            writer.number(part.octets)
            writer.number(extent.lines)
            start = extent.header.lowerBound
        }
        return writer.isFull ? nil : writer.octets
    }
}
