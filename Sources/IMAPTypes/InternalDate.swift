/// The date and time a message arrived, with the zone it was given in (RFC 9051 sections 2.3.3 and 9, `date-time`).
///
/// A calendar date: the 30th of February cannot be made. The zone is kept, because SINCE, BEFORE and ON compare the
/// date in that zone.
public struct InternalDate: Hashable, Sendable {
    // Small: lists of messages have one for each.
    private let shortYear: Int16
    private let shortZone: Int16
    private let shortMonth: UInt8
    private let shortDay: UInt8
    private let shortHour: UInt8
    private let shortMinute: UInt8
    private let shortSecond: UInt8

    public var year: Int { Int(shortYear) }
    /// 1...12
    public var month: Int { Int(shortMonth) }
    /// 1...31, as the month has
    public var day: Int { Int(shortDay) }
    public var hour: Int { Int(shortHour) }
    public var minute: Int { Int(shortMinute) }
    /// 0...60: a leap second may be written
    public var second: Int { Int(shortSecond) }
    /// Minutes east of UTC, -1439...1439
    public var zoneMinutes: Int { Int(shortZone) }

    /// The date, or `nil` when it is not in the calendar or any part is out of range. Years are 0 to 9999.
    public init?(
        year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, zoneMinutes: Int = 0
    ) {
        guard (0...9999).contains(year), (1...12).contains(month), day >= 1,
            day <= InternalDate.days(inMonth: month, of: year), (0...23).contains(hour), (0...59).contains(minute),
            (0...60).contains(second), (-1439...1439).contains(zoneMinutes)
        else { return nil }
        shortYear = Int16(truncatingIfNeeded: year)
        shortMonth = UInt8(truncatingIfNeeded: month)
        shortDay = UInt8(truncatingIfNeeded: day)
        shortHour = UInt8(truncatingIfNeeded: hour)
        shortMinute = UInt8(truncatingIfNeeded: minute)
        shortSecond = UInt8(truncatingIfNeeded: second)
        shortZone = Int16(truncatingIfNeeded: zoneMinutes)
    }

    /// The date `seconds` after the start of 1970 in UTC, written in UTC; outside the years 0 to 9999 the nearest end.
    public init(secondsSince1970 seconds: Int64) {
        let clamped = min(max(seconds, -62_167_219_200), 253_402_300_799)
        let days = Int(clamped >= 0 ? clamped / 86_400 : (clamped - 86_399) / 86_400)
        let rest = Int(clamped - Int64(days) * 86_400)
        // The civil calendar, counted in eras of 400 years from the first of March of year 0.
        let z = days + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        shortMonth = UInt8(truncatingIfNeeded: month)
        shortDay = UInt8(truncatingIfNeeded: dayOfYear - (153 * shifted + 2) / 5 + 1)
        shortYear = Int16(truncatingIfNeeded: yearOfEra + era * 400 + (month <= 2 ? 1 : 0))
        shortHour = UInt8(truncatingIfNeeded: rest / 3600)
        shortMinute = UInt8(truncatingIfNeeded: rest / 60 % 60)
        shortSecond = UInt8(truncatingIfNeeded: rest % 60)
        shortZone = 0
    }

    /// Seconds since the start of 1970 in UTC, by eras of 400 years of the civil calendar.
    public var secondsSince1970: Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let shiftedMonth = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        let minutes = hour * 60 + minute - zoneMinutes
        return Int64(days) * 86_400 + Int64(minutes) * 60 + Int64(second)
    }

    package static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// The months' names as IMAP writes them.
    package static let monthNames: [[UInt8]] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ].map { Array($0.utf8) }
}
