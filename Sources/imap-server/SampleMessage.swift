import IMAPTypes

/// A message to try a server with.
struct SampleMessage: Sendable {
    /// The octets, with CRLF at every line's end.
    let octets: [UInt8]
    /// When it arrived, in its sender's zone.
    let internalDate: InternalDate
    let flags: [Flag]

    /// A message whose lines end in LF in `text`.
    init(_ text: String, at date: SampleDate, flags: [Flag] = []) {
        self.init(Array(text.utf8), at: date, flags: flags)
    }

    /// A message whose lines end in LF in `octets`, which need not be UTF-8.
    init(_ octets: [UInt8], at date: SampleDate, flags: [Flag] = []) {
        var lines: [UInt8] = []
        lines.reserveCapacity(octets.count + octets.count / 32)
        for octet in octets {
            if octet == 0x0A { lines.append(0x0D) }
            lines.append(octet)
        }
        self.octets = lines
        internalDate = date.internalDate
        self.flags = flags
    }
}

/// A moment in a zone, as INTERNALDATE has it and as a Date field writes it (RFC 5322 section 3.3).
struct SampleDate: Sendable, CustomStringConvertible {
    let internalDate: InternalDate

    /// A moment on a day of January 2024; a day that month does not have is the start of 1970.
    init(_ day: Int, _ hour: Int, _ minute: Int, _ second: Int = 0, zoneMinutes: Int = 0) {
        internalDate =
            InternalDate(
                year: 2024, month: 1, day: day, hour: hour, minute: minute, second: second, zoneMinutes: zoneMinutes)
            ?? InternalDate(secondsSince1970: 0)
    }

    /// The moment `seconds` after the start of 1970, as a clock in a zone shows it.
    init(secondsSince1970 seconds: Int64, zoneMinutes: Int) {
        let local = InternalDate(secondsSince1970: seconds + Int64(zoneMinutes) * 60)
        internalDate =
            InternalDate(
                year: local.year, month: local.month, day: local.day, hour: local.hour, minute: local.minute,
                second: local.second, zoneMinutes: zoneMinutes) ?? local
    }

    /// `Tue, 2 Jan 2024 09:30:00 +0100`
    var description: String {
        let date = internalDate
        let zone = abs(date.zoneMinutes)
        let sign = date.zoneMinutes < 0 ? "-" : "+"
        return "\(weekday), \(date.day) \(SampleDate.months[date.month - 1]) \(date.year) "
            + "\(two(date.hour)):\(two(date.minute)):\(two(date.second)) \(sign)\(two(zone / 60))\(two(zone % 60))"
    }

    /// The day of the week, counted from a year that begins in March.
    private var weekday: String {
        let shifts = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4]
        let year = internalDate.month < 3 ? internalDate.year - 1 : internalDate.year
        let number = year + year / 4 - year / 100 + year / 400 + shifts[internalDate.month - 1] + internalDate.day
        return ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][number % 7]
    }

    private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
