import IMAPHost
import IMAPTypes

/// What an appended message is like: its flags, date, size and digest.
enum AppendedMessageRules {
    static let all = [flags, date, edgeDates, noDate, storeDate, announcedSize, digest, ownDigest, empty, large]

    static let flags = ConformanceRule(
        "append-flags", "An appended message has the flags it came with and no other.", "RFC 9051 section 6.3.12"
    ) { ground in
        let name = try await ground.make("box")
        let permanent = try await ground.open(name).permanentFlags
        let sets = [[], [Flag.seen], [.flagged, .deleted], permanent.filter(\.isSystem)]
        let uids = try await ground.append(
            sets.enumerated().map { index, flags in Sample(index, flags: flags) }, to: name)
        let found = try await ground.picture(name).flags
        for (uid, flags) in zip(uids, sets) { try expect("the flags of \(uid)", found[uid], is: Set(flags)) }
    }

    static let date = ConformanceRule(
        "append-date", "The internal date is kept to the second, with its zone.", "RFC 9051 section 2.3.3"
    ) { ground in
        let zones = [0, 60, -60, 330, -210, 345, 840, -720, 1, -1]
        let dates = zones.map { zone in
            InternalDate(
                year: 1997, month: 7, day: 31, hour: 23, minute: 59, second: 58, zoneMinutes: zone)
        }
        try await expectKept(dates, ground)
    }

    static let edgeDates = ConformanceRule(
        "append-date-range", "Dates long ago and far ahead, the leap day, are kept as they are.",
        "RFC 9051 section 9 (date-time)"
    ) { ground in
        try await expectKept(
            [
                InternalDate(year: 1969, month: 12, day: 31, hour: 23, minute: 59, second: 59),
                InternalDate(year: 1970, month: 1, day: 1), InternalDate(year: 1901, month: 1, day: 1),
                InternalDate(year: 2000, month: 2, day: 29, hour: 12, zoneMinutes: -720),
                InternalDate(year: 2038, month: 1, day: 19, hour: 3, minute: 14, second: 8),
                InternalDate(year: 2200, month: 6, day: 30, hour: 1, zoneMinutes: 345),
            ], ground)
    }

    private static func expectKept(_ dates: [InternalDate?], _ ground: Ground) async throws {
        let name = try await ground.make("box")
        let samples = dates.enumerated().map { index, date in
            Sample(Sample(index).octets, internalDate: date)
        }
        let uids = try await ground.append(samples, to: name)
        let picture = try await ground.picture(name)
        for (uid, date) in zip(uids, dates) {
            try expect("the date of \(uid)", picture.messages[uid]?.internalDate, is: date)
        }
    }

    static let noDate = ConformanceRule(
        "append-no-date", "A message that came without a date has the store's own from then on.",
        "NewMessage.internalDate"
    ) { ground in
        let name = try await ground.make("box")
        let uids = try await ground.append([Sample(Sample(1).octets)], to: name)
        let date = try await ground.picture(name).messages[uids[0]]?.internalDate
        try expect(date != nil, "the message has no date")
        let again = try await ground.picture(name).messages[uids[0]]?.internalDate
        try expect("the date, asked again", again, is: date)
    }

    static let storeDate = ConformanceRule(
        "append-store-date", "The date of a message that came without one is the moment by the store's clock.",
        "DatingAccount.now"
    ) { ground in
        guard let account = ground.account as? any DatingAccount else {
            throw Inapplicable("the store has no DatingAccount")
        }
        let name = try await ground.make("box")
        let before = account.now.secondsSince1970
        let uids = try await ground.append([Sample(Sample(1).octets)], to: name)
        let after = account.now.secondsSince1970
        let date = try await ground.picture(name).messages[uids[0]]?.internalDate?.secondsSince1970
        try expect(
            (before...max(before, after)).contains(date ?? .min),
            "it is \(text(date as Any)), and was appended between \(before) and \(after)")
    }

    static let announcedSize = ConformanceRule(
        "append-announced-size", "What came counts, whatever size was announced.", "NewMessage.size"
    ) { ground in
        let name = try await ground.make("box")
        let octets = Sample(1).octets
        for size in [nil, 0, 1, UInt64(octets.count), UInt64(octets.count + 5), 70_000] as [UInt64?] {
            let append = try await ground.account.append(to: name)
            try await append.begin(NewMessage(flags: [], internalDate: nil, size: size))
            try await append.write(octets)
            try await append.end(nil)
            guard let uid = try await append.commit().uids.first else { throw Breach("commit gave no UID") }
            let open = try await ground.open(name)
            let record = try await open.mailbox.messages(UIDSet(uid), .size).first
            try expect("the size, announced as \(text(size as Any))", record?.size, is: UInt64(octets.count))
            try expect("the octets", try await ground.octets(of: uid, in: open.mailbox), is: octets)
        }
    }

    static let digest = ConformanceRule(
        "digest-kept", "A digest that is given back is the one handed in.", "MessageRecord.digest"
    ) { ground in
        let name = try await ground.make("box")
        let digests = [
            MessageDigest([1, 0, 2, 0xFF]), nil, MessageDigest([]), MessageDigest([UInt8](repeating: 7, count: 4096)),
        ]
        let uids = try await ground.append(
            digests.enumerated().map { index, digest in Sample(Sample(index).octets, digest: digest) }, to: name)
        let open = try await ground.open(name)
        for (record, digest) in zip(try await open.mailbox.messages(UIDSet(uids), .digest), digests) {
            if let found = record.digest { try expect("the digest of \(record.uid)", found, is: digest) }
        }
    }

    static let ownDigest = ConformanceRule(
        "digest-own", "A digest stays with its message through copies and expunges.", "MessageRecord.digest"
    ) { ground in
        let name = try await ground.make("box")
        let other = try await ground.make("other")
        func sample(_ number: Int) -> Sample {
            Sample(Sample(number).octets, digest: MessageDigest([UInt8(number)]))
        }
        var uids = try await ground.append((0..<6).map(sample), to: name)
        let open = try await ground.open(name)
        try await open.mailbox.changeFlags(.add([.deleted]), of: UIDSet(uids[0...2]))
        _ = try await open.mailbox.expunge(.all)
        let copied = try await open.mailbox.copy(UIDSet(uids[4...5]), to: other)
        uids += try await ground.append([Sample(7), sample(8)], to: name)
        let expected: [UID: UInt8] = [uids[3]: 3, uids[4]: 4, uids[5]: 5, uids[7]: 8]
        for record in try await ground.records(open.mailbox, .digest) {
            guard let digest = record.digest else { continue }
            try expect("the digest of \(record.uid)", digest.octets, is: expected[record.uid].map { [$0] } ?? [])
        }
        let records = try await ground.records(try await ground.open(other).mailbox, .digest)
        for (record, number) in zip(records, [4, 5] as [UInt8]) {
            if let digest = record.digest { try expect("the digest of a copy", digest.octets, is: [number]) }
        }
        try expect("the copies", copied.destination.count, is: 2)
    }

    static let empty = ConformanceRule(
        "append-empty", "A message of no octets is a message.", "RFC 9051 section 6.3.12"
    ) { ground in
        let name = try await ground.make("box")
        let uids = try await ground.append([Sample([]), Sample(1), Sample([])], to: name)
        let open = try await ground.open(name)
        let records = try await ground.records(open.mailbox, .size)
        try expect("the sizes", records.map(\.size), is: [0, UInt64(Sample(1).octets.count), 0])
        let body = try await open.mailbox.body(of: uids[0])
        try expect("the size of the body", body.size, is: 0)
        try expect("what can be read of it", try await body.read(at: 0, max: 10), is: [])
    }

    static let large = ConformanceRule(
        "append-large", "A message of a mebibyte, in pieces of every length, is what was written.",
        "MessageAppend.write"
    ) { ground in
        let name = try await ground.make("box")
        var octets: [UInt8] = []
        var numbers = SeededNumbers(seed: 1)
        while octets.count < 1 << 20 {
            octets += (0..<70).map { _ in UInt8.random(in: 0x20...0x7E, using: &numbers) } + [0x0D, 0x0A]
        }
        let append = try await ground.account.append(to: name)
        try await append.begin(NewMessage(flags: [.seen], internalDate: nil, size: UInt64(octets.count)))
        var start = 0
        while start < octets.count {
            let count = min([1, 2, 1000, 4096, 65_536][start % 5], octets.count - start)
            try await append.write(Array(octets[start..<start + count]))
            start += count
        }
        try await append.end(nil)
        guard let uid = try await append.commit().uids.first else { throw Breach("commit gave no UID") }
        let open = try await ground.open(name)
        let size = try await open.mailbox.messages(UIDSet(uid), .size).first?.size
        try expect("the size", size, is: UInt64(octets.count))
        let found = try await ground.octets(of: uid, in: open.mailbox)
        try expect(found == octets, "the octets read are others than those written")
    }
}
