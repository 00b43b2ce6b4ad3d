import IMAPTypes

/// An internal date as an index keeps it: one number, with the zone.
enum StoredDate {
    static func pack(_ date: InternalDate) -> UInt64 {
        var packed = UInt64(date.year)
        packed = packed << 4 | UInt64(date.month)
        packed = packed << 5 | UInt64(date.day)
        packed = packed << 5 | UInt64(date.hour)
        packed = packed << 6 | UInt64(date.minute)
        packed = packed << 6 | UInt64(date.second)
        return packed << 12 | UInt64(date.zoneMinutes + 1440)
    }

    /// The date, or `nil` for a number that ``pack(_:)`` gives for none.
    static func unpack(_ packed: UInt64) -> InternalDate? {
        guard packed >> 52 == 0 else { return nil }
        return InternalDate(
            year: Int(packed >> 38), month: Int(packed >> 34 & 0xF), day: Int(packed >> 29 & 0x1F),
            hour: Int(packed >> 24 & 0x1F), minute: Int(packed >> 18 & 0x3F), second: Int(packed >> 12 & 0x3F),
            zoneMinutes: Int(packed & 0xFFF) - 1440)
    }

    /// The seconds from the start of 1970 in UTC.
    static func seconds(_ date: InternalDate) -> Int64 {
        // The civil calendar, counted in eras of 400 years from the first of March of year 0.
        let year = date.month <= 2 ? date.year - 1 : date.year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (date.month > 2 ? date.month - 3 : date.month + 9) + 2) / 5 + date.day - 1
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        return Int64(days * 86_400 + date.hour * 3600 + (date.minute - date.zoneMinutes) * 60 + date.second)
    }
}
