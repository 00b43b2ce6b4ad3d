package import IMAPTypes

/// The date of a Date field (RFC 5322 section 3.3), for SENTBEFORE, SENTON, SENTSINCE, and for SORT.
///
/// SEARCH compares ``date`` as its sender wrote it, zone and time disregarded; SORT and THREAD compare ``seconds``,
/// which is in UTC (RFC 5256 section 2.2).
package struct SentDate: Hashable, Sendable, Comparable {
    package let date: InternalDate
    /// Seconds since the start of 1970 in UTC.
    package let seconds: Int64

    package init(_ date: InternalDate) {
        self.date = date
        seconds = date.secondsSince1970
    }

    package static func < (a: SentDate, b: SentDate) -> Bool { a.seconds < b.seconds }

    /// The date that `value`, unfolded, says; `nil` when it says none, and INTERNALDATE stands in for it.
    ///
    /// Tolerant: the day of the week and commas mean nothing, months may be written out, years may have two or three
    /// digits (RFC 5322 section 4.3), and the orders `17 Jul 1996`, `Jul 17 02:23:25 1996`, `17-Jul-1996` and
    /// `1996-07-17` are read. A zone that is invalid is UTC, a time that is invalid is 00:00:00 (RFC 5256).
    package init?(_ value: [UInt8]) {
        let words = SentDate.words(value)
        guard let found = Calendar(words) else { return nil }
        let time = Clock(words) ?? Clock(hour: 0, minute: 0, second: 0)
        guard
            let date = InternalDate(
                year: found.year, month: found.month, day: found.day, hour: time.hour, minute: time.minute,
                second: time.second, zoneMinutes: SentDate.zone(words))
        else { return nil }
        self.init(date)
    }
}

extension SentDate {
    /// A run of letters or digits, and what stood between it and the one before, white space and comments apart.
    fileprivate struct Word {
        let letters: [UInt8]
        let number: Int
        let digits: Int
        let before: UInt8
        /// A colon follows.
        let isBeforeColon: Bool
    }

    /// Words of a date; more than these are not looked at.
    private static let maximumWords = 24

    fileprivate static func words(_ value: [UInt8]) -> [Word] {
        var words: [Word] = []
        var index = 0
        var before = ASCII.space
        while index < value.count, words.count < maximumWords {
            let octet = value[index]
            if octet == ASCII.leftParenthesis {
                HeaderText.skipComment(value, &index)
                continue
            }
            guard ASCII.isDigit(octet) || ASCII.isAlpha(octet) else {
                if !octet.isBlank { before = octet }
                index += 1
                continue
            }
            let start = index
            var number = 0
            if ASCII.isDigit(octet) {
                while index < value.count, ASCII.isDigit(value[index]) {
                    if index - start < 8 { number = number * 10 + Int(value[index] - ASCII.zero) }
                    index += 1
                }
            } else {
                while index < value.count, ASCII.isAlpha(value[index]) { index += 1 }
            }
            let isDigits = ASCII.isDigit(octet)
            var next = index
            HeaderText.skipSpace(value, &next)
            words.append(
                Word(
                    letters: isDigits ? [] : value[start..<min(index, start + 10)].map(ASCII.upper), number: number,
                    digits: isDigits ? index - start : 0, before: before,
                    isBeforeColon: next < value.count && value[next] == ASCII.colon))
            before = ASCII.space
        }
        return words
    }

    private static let names: [[UInt8]] = InternalDate.monthNames.map { $0.map(ASCII.upper) }

    private struct Calendar {
        let year: Int
        let month: Int
        let day: Int

        init?(_ words: [Word]) {
            if let place = words.firstIndex(where: { Calendar.month($0) != nil }),
                let month = Calendar.month(words[place])
            {
                self.month = month
                let plain = { (index: Int) -> Word? in
                    guard words.indices.contains(index), words[index].digits > 0, !words[index].isBeforeColon,
                        words[index].before != ASCII.colon
                    else { return nil }
                    return words[index]
                }
                if let before = plain(place - 1), before.digits <= 2, let after = plain(place + 1) {
                    day = before.number
                    year = Calendar.year(after)
                } else if let after = plain(place + 1), after.digits <= 2,
                    let last = words[(place + 2)...].first(where: { $0.digits == 4 && !Calendar.isZone($0) })
                {
                    day = after.number
                    year = last.number
                } else {
                    return nil
                }
            } else if words.count >= 3, words[0].digits == 4, words[1].digits == 2, words[2].digits == 2,
                words[1].before == ASCII.minus, words[2].before == ASCII.minus
            {
                year = words[0].number
                month = words[1].number
                day = words[2].number
            } else {
                return nil
            }
        }

        private static func isZone(_ word: Word) -> Bool {
            word.before == ASCII.plus || word.before == ASCII.minus
        }

        private static func month(_ word: Word) -> Int? {
            guard word.letters.count >= 3 else { return nil }
            return names.firstIndex { $0 == Array(word.letters.prefix(3)) }.map { $0 + 1 }
        }

        /// RFC 5322 section 4.3: two digits from 50 and three digits are of the 1900s, two digits below of the 2000s.
        private static func year(_ word: Word) -> Int {
            switch word.digits {
            case 1, 2: word.number < 50 ? word.number + 2000 : word.number + 1900
            case 3: word.number + 1900
            default: word.number
            }
        }
    }

    private struct Clock {
        let hour: Int
        let minute: Int
        let second: Int

        init(hour: Int, minute: Int, second: Int) {
            self.hour = hour
            self.minute = minute
            self.second = second
        }

        init?(_ words: [Word]) {
            guard let place = words.firstIndex(where: { $0.digits > 0 && $0.isBeforeColon }), place + 1 < words.count,
                words[place + 1].digits > 0
            else { return nil }
            hour = words[place].number
            minute = words[place + 1].number
            let hasSecond = words[place + 1].isBeforeColon && place + 2 < words.count && words[place + 2].digits > 0
            second = hasSecond ? words[place + 2].number : 0
            guard hour < 24, minute < 60, second <= 60 else { return nil }
        }
    }

    /// Minutes east of UTC; 0 when there is no zone or it is unknown.
    private static func zone(_ words: [Word]) -> Int {
        guard let clock = words.firstIndex(where: { $0.digits > 0 && $0.isBeforeColon }) else { return 0 }
        for index in words.indices.dropFirst(clock + 1) {
            let word = words[index]
            if word.digits > 0, word.before == ASCII.plus || word.before == ASCII.minus {
                let hours = word.digits == 4 ? word.number / 100 : word.number
                var minutes = word.digits == 4 ? word.number % 100 : 0
                if word.isBeforeColon, index + 1 < words.count { minutes = words[index + 1].number }
                guard word.digits == 4 || word.digits <= 2, hours < 24, minutes < 60 else { return 0 }
                return (word.before == ASCII.minus ? -1 : 1) * (hours * 60 + minutes)
            }
            if let known = zones.first(where: { $0.name == word.letters }) { return known.minutes }
        }
        return 0
    }

    /// RFC 5322 section 4.3; what is not here means nothing, as for the military zones.
    private static let zones: [(name: [UInt8], minutes: Int)] = [
        ("UT", 0), ("GMT", 0), ("UTC", 0), ("EST", -300), ("EDT", -240), ("CST", -360), ("CDT", -300), ("MST", -420),
        ("MDT", -360), ("PST", -480), ("PDT", -420),
    ].map { (Array($0.0.utf8), $0.1) }
}
