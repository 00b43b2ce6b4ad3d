import IMAPTypes
import Testing

private func octets(_ text: String) -> [UInt8] { Array(text.utf8) }

@Suite("Dates, against a count of days (RFC 9051 section 9, date-time; R-ALG-7)")
struct CalendarTests {
    /// 400 years from 1970-01-01, one day at a time, by the rules of a school book, forwards or backwards.
    private static func walk(_ direction: Int64) -> (wrong: Int64?, days: Int64) {
        var (year, month, day) = (1970, 1, 1)
        func length() -> Int {
            let isLeap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)
            return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
        }
        let count: Int64 = 146_097
        for number in 0..<count {
            let seconds = number * direction * 86_400
            for offset in [0, 86_399] as [Int64] {
                let found = InternalDate(secondsSince1970: seconds + offset)
                guard found.year == year, found.month == month, found.day == day,
                    InternalDate(
                        year: year, month: month, day: day, hour: offset == 0 ? 0 : 23, minute: offset == 0 ? 0 : 59,
                        second: offset == 0 ? 0 : 59) == found
                else { return (number * direction, number) }
            }
            guard direction > 0 else {
                day -= 1
                if day == 0 {
                    month -= 1
                    if month == 0 { (year, month) = (year - 1, 12) }
                    day = length()
                }
                continue
            }
            day += 1
            if day > length() { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
        return (nil, count)
    }

    @Test(arguments: [1, -1] as [Int64])
    func fourHundredYearsEitherWayAreTheDaysThatAreCounted(direction: Int64) {
        let (wrong, days) = Self.walk(direction)
        #expect(wrong == nil)
        #expect(days == 146_097)
    }

    /// Seconds that other programs (GNU date) give for these dates.
    @Test(
        arguments: [
            (0, "1970-1-1 0:0:0"), (-1, "1969-12-31 23:59:59"), (951_782_400, "2000-2-29 0:0:0"),
            (951_868_800, "2000-3-1 0:0:0"), (-2_203_977_600, "1900-2-28 0:0:0"), (-2_203_891_200, "1900-3-1 0:0:0"),
            (2_147_483_647, "2038-1-19 3:14:7"), (2_147_483_648, "2038-1-19 3:14:8"),
            (-2_147_483_649, "1901-12-13 20:45:51"), (4_294_967_296, "2106-2-7 6:28:16"),
            (-62_167_219_200, "0-1-1 0:0:0"), (253_402_300_799, "9999-12-31 23:59:59"),
            (-62_167_219_201, "0-1-1 0:0:0"), (253_402_300_800, "9999-12-31 23:59:59"), (.min, "0-1-1 0:0:0"),
            (.max, "9999-12-31 23:59:59"),
        ] as [(Int64, String)])
    func secondsAreTheDatesThatOthersGive(seconds: Int64, expected: String) {
        let date = InternalDate(secondsSince1970: seconds)
        #expect("\(date.year)-\(date.month)-\(date.day) \(date.hour):\(date.minute):\(date.second)" == expected)
        #expect(date.zoneMinutes == 0)
    }

    @Test(arguments: [1900, 1999, 2000, 2023, 2024, 2100, 0, 4, 100, 400, 9996, 9999])
    func everyMonthHasItsDaysAndNoMore(year: Int) {
        let isLeap = [2000, 2024, 0, 4, 400, 9996].contains(year)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        for (index, length) in lengths.enumerated() {
            for (day, isDay) in [(0, false), (1, true), (length, true), (length + 1, false), (-1, false)] {
                #expect((InternalDate(year: year, month: index + 1, day: day) != nil) == isDay, "\(index + 1)-\(day)")
            }
        }
    }

    @Test func everyFieldEndsWhereTheClockDoes() {
        func made(_ values: [Int], _ make: (Int) -> InternalDate?) -> [Bool] { values.map { make($0) != nil } }
        let inside = [false, true, true, false]
        #expect(made([-1, 0, 9999, 10_000]) { InternalDate(year: $0, month: 1, day: 1) } == inside)
        #expect(made([0, 1, 12, 13]) { InternalDate(year: 2024, month: $0, day: 1) } == inside)
        #expect(made([-1, 0, 23, 24]) { InternalDate(year: 2024, month: 1, day: 1, hour: $0) } == inside)
        #expect(made([-1, 0, 59, 60]) { InternalDate(year: 2024, month: 1, day: 1, minute: $0) } == inside)
        #expect(made([-1, 0, 60, 61]) { InternalDate(year: 2024, month: 1, day: 1, second: $0) } == inside)
        #expect(
            made([-1440, -1439, 1439, 1440]) { InternalDate(year: 2024, month: 1, day: 1, zoneMinutes: $0) } == inside)
        for wild in [Int.min, .max] {
            #expect(InternalDate(year: wild, month: 1, day: 1) == nil)
            #expect(InternalDate(year: 2024, month: wild, day: 1) == nil)
            #expect(InternalDate(year: 2024, month: 1, day: wild) == nil)
            #expect(InternalDate(year: 2024, month: 1, day: 1, hour: wild, minute: wild, second: wild) == nil)
            #expect(InternalDate(year: 2024, month: 1, day: 1, zoneMinutes: wild) == nil)
        }
    }

    @Test func theZoneIsPartOfTheDate() {
        let here = InternalDate(year: 2024, month: 1, day: 1, zoneMinutes: 60)
        let there = InternalDate(year: 2024, month: 1, day: 1, zoneMinutes: -60)
        #expect(here != nil && here != there)
    }
}

@Suite("Mailbox names octet by octet (RFC 9051 section 5.1; R-SW-3, R-SW-5, R-NUL-1, R-AZ-6)")
struct MailboxNameTests {
    @Test func everyOctetOfASCIIButControlsIsAllowedAtEveryPlace() {
        for octet in 0...0x7F as ClosedRange<UInt8> {
            let isText = octet >= 0x20 && octet != 0x7F
            for name in [[octet], [octet, 0x78], [0x78, octet], [0x78, octet, 0x78]] {
                #expect((MailboxName(name) != nil) == isText, "\(name)")
                if isText { #expect(MailboxName(name)?.octets == name) }
            }
        }
    }

    @Test func invalidUTF8IsRefusedAndNotRepaired() {
        let invalid: [[UInt8]] = [
            [0x80], [0xC3], [0xC0, 0xAF], [0xC1, 0x81], [0xE2, 0x82], [0xE0, 0x80, 0xAF], [0xED, 0xA0, 0xBD], [0xF5],
            [0xED, 0xA0, 0xBD, 0xED, 0xB2, 0x80], [0xF0, 0x80, 0x80, 0xAF], [0xF4, 0x90, 0x80, 0x80], [0xFE], [0xFF],
        ]
        for bad in invalid {
            for name in [bad, [0x61] + bad, bad + [0x61]] { #expect(MailboxName(name) == nil, "\(name)") }
        }
        #expect(MailboxName([0xEF, 0xBF, 0xBD])?.octets == [0xEF, 0xBF, 0xBD], "U+FFFD itself is a character")
    }

    @Test func inboxInAllItsThirtyTwoCasesIsOneName() {
        for bits in 0..<32 {
            let name = octets("INBOX").enumerated().map { place, octet in bits >> place & 1 == 1 ? octet | 0x20 : octet
            }
            #expect(MailboxName(name) == .inbox)
            #expect(MailboxName(name)?.octets == octets("INBOX"))
            #expect(MailboxName(name).map { Set([$0, .inbox]).count } == 1)
        }
        for other in [
            "INBOX ", " INBOX", "INBO", "INBOXX", "inbox/", "/inbox", "\u{130}NBOX", "INB\u{FF2F}X", "INBO\u{445}",
            "INBOX\u{301}", "INBOX\u{200B}",
        ] {
            #expect(MailboxName(octets(other)) != .inbox, "\(other)")
            #expect(MailboxName(octets(other))?.octets == octets(other), "kept as it is: \(other)")
        }
    }

    @Test func namesThatSwiftStringsTakeForEqualAreDifferent() throws {
        for (a, b) in [("\u{FC}", "u\u{308}"), ("\u{212B}", "\u{C5}"), ("\u{AC00}", "\u{1100}\u{1161}"), ("a", "A")] {
            let (first, second) = try (#require(MailboxName(a)), #require(MailboxName(b)))
            #expect(first != second)
            #expect(Set([first, second]).count == 2)
            #expect([first: 1][second] == nil)
        }
    }

    @Test func ancestorsAreTheNamesAboveAndInboxIsOneOfThem() {
        func above(_ name: String) -> [String] {
            MailboxName(name)?.ancestors(separator: 0x2F).map(\.description) ?? []
        }
        #expect(above("a") == [])
        #expect(above("a/b/c") == ["a", "a/b"])
        #expect(above("inbox/b") == ["INBOX"])
        #expect(above("a/") == ["a"])
        #expect(above("//") == ["/"])
        #expect(
            MailboxName("\u{E9}/b")?.ancestors(separator: 0xC3) == [], "an octet within a character separates nothing")
    }
}

@Suite("Flags and words as values (RFC 9051 sections 2.3.2 and 7.2.2; R-SW-3, R-OUT-5)")
struct WordValueTests {
    @Test func recentIsRefusedInEveryCaseAndItsLikesAreNot() {
        for bits in 0..<64 {
            let name = octets("Recent").enumerated().map { place, octet in
                bits >> place & 1 == 1 ? octet | 0x20 : octet & 0xDF
            }
            #expect(Flag([0x5C] + name) == nil)
            #expect(Flag(name) != nil, "without its backslash it is a keyword like any other")
        }
        #expect(Flag("\\Recently") != nil)
        #expect(Flag("\\Recen") != nil)
    }

    @Test func equalWordsHaveEqualHashesAndAreKeptAsWritten() {
        for (a, b) in [("\\Seen", "\\SEEN"), ("$Forwarded", "$fORWARDED"), ("a[`~", "A[`~")] {
            #expect(Flag(a) == Flag(b) && Flag(a)?.hashValue == Flag(b)?.hashValue)
            #expect(Flag(a)?.description == a && Flag(b)?.octets == octets(b))
        }
        for (a, b) in [("IDLE", "idle"), ("AUTH=PLAIN", "auth=Plain")] {
            let (first, second) = (Capability(octets(a)), Capability(octets(b)))
            #expect(first == second && first?.hashValue == second?.hashValue)
            #expect(first?.description == a)
        }
        let (first, second) = (MailboxAttribute(octets("\\Noselect")), MailboxAttribute(octets("\\NOSELECT")))
        #expect(first == second && first?.hashValue == second?.hashValue)
        #expect(Flag("Seen") != .seen, "a keyword is no system flag")
        #expect(Flag("a@") != Flag("a`"), "only letters fold")
        #expect(Flag("[") != Flag("{x"))
    }

    @Test func systemFlagsAreWrittenAsTheRFCWritesThem() {
        let flags: [Flag] = [.answered, .flagged, .deleted, .seen, .draft]
        #expect(flags.map(\.description) == ["\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft"])
        #expect(flags.allSatisfy { $0.isSystem && Flag($0.octets) == $0 })
        #expect(Set(flags).count == 5)
    }

    @Test func aFlagOfAHostIsAnAtomOrNothing() {
        for bad in [
            "\\", "\\\\", "\\ Seen", "\\Seen ", "a)", "a(b", "a{5}", "a%", "a*", "\\*", "a\"", "a\\b", "a]", "a\u{7F}",
            "a\0",
            "a\r\n* OK [ALERT] x", "\u{4E2D}",
        ] {
            #expect(Flag(bad) == nil, "\(bad)")
        }
    }

    @Test func tagsDifferWhereTheirOctetsDo() {
        #expect(Tag(octets("a")) != Tag(octets("A")))
        #expect(Tag(octets("a1")) == Tag(octets("a1")))
        #expect(Tag(octets("A]["))?.description == "A][")
    }
}

@Suite("Response codes and texts (RFC 9051 section 7.1, RFC 5530; R-OUT-1)")
struct ResponseValueTests {
    @Test func everyControlAndEveryOctetAboveASCIIIsRefusedInAText() {
        for value in 0...0x17F as ClosedRange<UInt32> {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let isPrintable = value >= 0x20 && value < 0x7F
            for text in ["x\(scalar)", "x\(scalar)x"] {
                #expect((ResponseText(text) != nil) == isPrintable, "U+\(String(value, radix: 16))")
            }
            let isAllowedFirst = isPrintable && scalar != "[" && scalar != " "
            #expect((ResponseText(String(scalar)) != nil) == isAllowedFirst, "U+\(String(value, radix: 16))")
        }
        let injected = "x\r\n* OK [ALERT] y"
        #expect(ResponseText(injected) == nil, "CR and LF, which are one Character")
        #expect(ResponseText("Done").octets == octets("Done"))
    }

    @Test func noNameOfACodeCanEndItsBrackets() {
        for bad in ["A]", "A B", "A\r\n", "A\"", "A(", "", "A\0"] {
            #expect(Keyword(octets(bad).span) == nil, "\(bad)")
        }
        let codes: [ResponseCode] = [
            .alert, .cannot, .clientBug, .closed, .nonExistent, .alreadyExists, .noPermission, .unavailable, .inUse,
            .limit, .overQuota, .serverBug, .corruption, .contactAdministrator, .authenticationFailed,
            .authorizationFailed, .privacyRequired, .expired, .expungeIssued, .readOnly, .readWrite, .tryCreate,
            .tooBig,
        ]
        #expect(Set(codes).count == codes.count)
        #expect(codes.allSatisfy { $0.arguments.isEmpty && $0.name.octets.allSatisfy(OctetSet.atom.contains) })
    }

    @Test func codesWithArgumentsHoldTypedOnes() throws {
        let uid = try #require(UID(.max))
        #expect(ResponseCode.uidNext(uid).arguments == [.number(4_294_967_295)])
        #expect(ResponseCode.uidValidity(try #require(UIDValidity(7))).arguments == [.number(7)])
        #expect(ResponseCode.unseen(try #require(SequenceNumber(3))).arguments == [.number(3)])
        #expect(ResponseCode.permanentFlags([.seen], newKeywords: true).arguments == [.flags([.seen], wildcard: true)])
        #expect(ResponseCode.capability(["IMAP4rev1"]).name == "CAPABILITY")
        #expect(ResponseCode.readOnly != .readWrite)
    }
}

/// What a program might hold a secret in.
private struct Login: Error {
    let name = "alice"
    let password: Redacted<[UInt8]>
    let token: Redacted<String>
}

@Suite("Secrets (R-LOG-2, R-AUTH-9)")
struct SecretTests {
    @Test func aSecretDoesNotShowInWhateverHoldsIt() {
        let canary = "canary-7f3a"
        let login = Login(password: Redacted(octets(canary)), token: Redacted(canary))
        let failure: any Error = login
        var shown: [String] = []
        for value in [
            login, login.password, login.token, Optional(login) as Any, Optional(login.token) as Any, [login.token],
            ["password": login.password], (login.token, 1), failure, Result<Void, any Error>.failure(failure),
        ] as [Any] {
            var dumped = ""
            dump(value, to: &dumped)
            shown += [dumped, "\(value)", String(describing: value), String(reflecting: value)]
            var printed = ""
            print(value, to: &printed)
            debugPrint(value, to: &printed)
            shown.append(printed)
        }
        for text in shown {
            #expect(!text.contains("canary") && !text.contains("99, 97, 110"), "\(text)")
        }
        #expect(shown.contains { $0.contains("<redacted>") })
        #expect(Mirror(reflecting: login.password).children.isEmpty)
        #expect(Mirror(reflecting: login.token).superclassMirror == nil)
        #expect(login.token.description == login.token.debugDescription)
        #expect(login.password.exposed == octets(canary), "whoever asks for it gets it")
    }

    @Test func everyDifferenceOfOneBitOrOfLengthIsFound() {
        let secret = octets("p\u{E4}ssword")
        #expect(Redacted(secret).constantTimeEquals(secret))
        for place in secret.indices {
            for bit in 0..<8 {
                var other = secret
                other[place] ^= 1 << bit
                #expect(!Redacted(secret).constantTimeEquals(other))
            }
            #expect(!Redacted(secret).constantTimeEquals(Array(secret[..<place])))
        }
        #expect(!Redacted(secret).constantTimeEquals(secret + secret), "the secret over again")
        #expect(!Redacted(secret).constantTimeEquals(secret + [0]))
        #expect(!Redacted([]).constantTimeEquals([0]))
        #expect(!Redacted([0]).constantTimeEquals([]))
        #expect(Redacted([]).constantTimeEquals([]))
        #expect(!Redacted([0]).constantTimeEquals([0, 0]))
    }
}
