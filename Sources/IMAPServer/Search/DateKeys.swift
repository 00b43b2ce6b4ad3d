import IMAPCodec
import IMAPHost
import IMAPMessage
import IMAPParser
import IMAPTypes

/// A day of the calendar, as a client names it.
struct Day: Comparable, Sendable {
    let year: Int
    let month: Int
    let day: Int

    init(_ arguments: inout ArgumentReader) throws(SyntaxError) {
        (year, month, day) = try arguments.date()
    }

    init(_ date: InternalDate) {
        year = date.year
        month = date.month
        day = date.day
    }

    static func < (a: Day, b: Day) -> Bool { (a.year, a.month, a.day) < (b.year, b.month, b.day) }
}

/// What a date key asks of a day.
private enum DayTest: Sendable {
    case before(Day)
    case on(Day)
    case since(Day)

    /// The day behind the name of a key; `names` are those for before, on and since it.
    init(_ name: Keyword, of names: [Keyword], _ arguments: inout ArgumentReader) throws(SyntaxError) {
        try arguments.space()
        let day = try Day(&arguments)
        self =
            switch names.firstIndex(of: name) {
            case 0: .before(day)
            case 1: .on(day)
            default: .since(day)
            }
    }

    func matches(_ day: Day) -> Bool {
        switch self {
        case .before(let limit): day < limit
        case .on(let wanted): day == wanted
        case .since(let limit): day >= limit
        }
    }
}

/// `BEFORE`, `ON` and `SINCE`: by INTERNALDATE, on the day it is in its own zone (SEMANTICS 7).
struct InternalDateKey: SearchKey {
    static let names: [Keyword] = ["BEFORE", "ON", "SINCE"]

    private let test: DayTest

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        test = try DayTest(name, of: Self.names, &arguments)
    }

    var columns: MessageColumns { .internalDate }

    func matches(_ message: SearchedMessage) -> Bool {
        message.record.internalDate.map { test.matches(Day($0)) } ?? false
    }
}

/// `SENTBEFORE`, `SENTON` and `SENTSINCE`: by the Date field, on the day its sender wrote; by INTERNALDATE when it says
/// none, as for SORT (RFC 5256 section 3).
struct SentDateKey: SearchKey {
    static let names: [Keyword] = ["SENTBEFORE", "SENTON", "SENTSINCE"]

    private let test: DayTest

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        test = try DayTest(name, of: Self.names, &arguments)
    }

    var columns: MessageColumns { .internalDate }

    var needs: MessageNeed { .header }

    private static let field = Array("Date".utf8)

    func matches(_ message: SearchedMessage) -> Bool {
        let sent: InternalDate? =
            switch message.sent {
            case .sent(_, let local): InternalDate(secondsSince1970: local)
            case .none: nil
            case .unknown: message.fields(named: SentDateKey.field).first.flatMap { SentDate($0)?.date }
            }
        return (sent ?? message.record.internalDate).map { test.matches(Day($0)) } ?? false
    }
}
