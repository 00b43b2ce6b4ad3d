internal import IMAPTypes

extension SentDate {
    /// The same as for an array. The form that nearly all mail has is read without making words of it.
    package init?(_ value: ArraySlice<UInt8>) {
        if let standard = StandardDate(value) {
            self.init(standard.date)
        } else {
            self.init(Array(value))
        }
    }
}

/// `[day-name "," SP] 1*2DIGIT SP month SP 4DIGIT SP 2DIGIT ":" 2DIGIT [":" 2DIGIT] SP ("+" / "-") 4DIGIT`, and a
/// comment or nothing: `Wed, 17 Jul 1996 02:23:25 -0700 (PDT)`.
private struct StandardDate {
    let date: InternalDate

    init?(_ value: ArraySlice<UInt8>) {
        var reader = Reader(value: value, position: value.startIndex)
        if let first = reader.next, ASCII.isAlpha(first) {
            // Another word might be taken for a month.
            guard let day = reader.word(), StandardDate.isWeekday(day), reader.take(ASCII.comma),
                reader.take(ASCII.space)
            else { return nil }
        }
        guard let day = reader.number(atLeast: 1, atMost: 2), reader.take(ASCII.space),
            let month = reader.word().flatMap(StandardDate.month), reader.take(ASCII.space),
            let year = reader.number(atLeast: 4, atMost: 4), reader.take(ASCII.space),
            let hour = reader.number(atLeast: 2, atMost: 2), reader.take(ASCII.colon),
            let minute = reader.number(atLeast: 2, atMost: 2)
        else { return nil }
        var second = 0
        if reader.take(ASCII.colon) {
            guard let written = reader.number(atLeast: 2, atMost: 2) else { return nil }
            second = written
        }
        guard reader.take(ASCII.space), let sign = reader.next, sign == ASCII.plus || sign == ASCII.minus else {
            return nil
        }
        reader.position += 1
        guard let zone = reader.number(atLeast: 4, atMost: 4), hour < 24, minute < 60, second <= 60, zone < 2400,
            zone % 100 < 60, reader.endsOrCommentFollows
        else { return nil }
        let minutes = zone / 100 * 60 + zone % 100
        guard
            let date = InternalDate(
                year: year, month: month, day: day, hour: hour, minute: minute, second: second,
                zoneMinutes: sign == ASCII.minus ? -minutes : minutes)
        else { return nil }
        self.date = date
    }

    // Words are three letters in lower case, as one number.

    private static func isWeekday(_ word: UInt32) -> Bool {
        switch word {
        case 0x6D_6F6E, 0x74_7565, 0x77_6564, 0x74_6875, 0x66_7269, 0x73_6174, 0x73_756E: true
        default: false
        }
    }

    private static func month(_ word: UInt32) -> Int? {
        switch word {
        case 0x6A_616E: 1
        case 0x66_6562: 2
        case 0x6D_6172: 3
        case 0x61_7072: 4
        case 0x6D_6179: 5
        case 0x6A_756E: 6
        case 0x6A_756C: 7
        case 0x61_7567: 8
        case 0x73_6570: 9
        case 0x6F_6374: 10
        case 0x6E_6F76: 11
        case 0x64_6563: 12
        default: nil
        }
    }

    private struct Reader {
        let value: ArraySlice<UInt8>
        var position: Int

        var next: UInt8? { position < value.endIndex ? value[position] : nil }

        mutating func take(_ octet: UInt8) -> Bool {
            guard next == octet else { return false }
            position += 1
            return true
        }

        /// Three letters, and no fourth.
        mutating func word() -> UInt32? {
            guard position + 3 < value.endIndex, ASCII.isAlpha(value[position]), ASCII.isAlpha(value[position + 1]),
                ASCII.isAlpha(value[position + 2]), !ASCII.isAlpha(value[position + 3])
            else { return nil }
            let word =
                UInt32(value[position] | 0x20) << 16 | UInt32(value[position + 1] | 0x20) << 8
                | UInt32(value[position + 2] | 0x20)
            position += 3
            return word
        }

        mutating func number(atLeast least: Int, atMost most: Int) -> Int? {
            let start = position
            var number = 0
            while position - start < most, let octet = next, ASCII.isDigit(octet) {
                number = number * 10 + Int(octet - ASCII.zero)
                position += 1
            }
            guard position - start >= least, !(next.map(ASCII.isDigit) ?? false) else { return nil }
            return number
        }

        /// Whether nothing follows but a comment, which is all that the full reader passes over.
        var endsOrCommentFollows: Bool {
            guard let next else { return true }
            guard next == ASCII.space, position + 1 < value.endIndex, value[position + 1] == ASCII.leftParenthesis,
                value.last == ASCII.rightParenthesis
            else { return false }
            return !value[(position + 2)..<(value.endIndex - 1)].contains {
                $0 == ASCII.leftParenthesis || $0 == ASCII.rightParenthesis || $0 == ASCII.backslash
            }
        }
    }
}
