import IMAPHost
import IMAPTypes

/// The octets of a message.
enum BodyRules {
    static let all = [size, pieces, end, octets, lineEnds, lineEndsSplit, immutable, gone, heldWhenGone, together]

    static let size = ConformanceRule(
        "body-size", "The size of a record, of a body and of what is read are one number.", "RFC 9051 section 6.4.5"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 8)
        let open = try await ground.open(name)
        for record in try await ground.records(open.mailbox, .size) {
            let body = try await open.mailbox.body(of: record.uid)
            try expect("the size of the body of \(record.uid)", body.size, is: record.size ?? 0)
            try expect("what is read", UInt64(try await ground.octets(of: body, max: 50).count), is: body.size)
        }
        let total = (0..<uids.count).reduce(0) { $0 + Sample($1).octets.count }
        try expect("the size of the mailbox", try await ground.account.status(of: name).size, is: UInt64(total))
    }

    static let pieces = ConformanceRule(
        "body-pieces", "Pieces of every length from every offset are the same octets.", "MessageBody.read"
    ) { ground in
        let name = try await ground.make("box")
        let sample = Sample(5)
        let uid = try await ground.append([sample], to: name)[0]
        let body = try await ground.open(name).mailbox.body(of: uid)
        for max in [1, 2, 3, 7, sample.octets.count - 1, sample.octets.count, sample.octets.count + 1, .max] {
            try expect("read \(max) at a time", try await ground.octets(of: body, max: max), is: sample.octets)
        }
        for offset in sample.octets.indices.reversed() {
            let piece = try await body.read(at: UInt64(offset), max: 5)
            try expect((1...5).contains(piece.count), "5 from \(offset): \(piece.count) octets")
            let expected = Array(sample.octets[offset...].prefix(piece.count))
            try expect("\(piece.count) octets from \(offset)", piece, is: expected)
        }
    }

    static let end = ConformanceRule(
        "body-end", "At the end of a body, and beyond, there is nothing.", "MessageBody.read"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 1)
        let body = try await ground.open(name).mailbox.body(of: uids[0])
        let size = min(body.size, UInt64(Int64.max))
        for offset in [body.size, size + 1, size + 1_000_000, UInt64(Int64.max), .max] {
            try expect("read at \(offset)", try await body.read(at: offset, max: 100), is: [])
        }
    }

    static let octets = ConformanceRule(
        "body-octets", "Every octet is kept: NUL, 8 bits, lone CR, long lines, no line end at the end.",
        "RFC 9051 section 4.3"
    ) { ground in
        let bodies: [[UInt8]] = [
            (0...255).filter { $0 != 0x0A && $0 != 0x0D }, [0x0D, 0x0D, 0x0A, 0x0D, 0x61, 0x0D],
            Array("A: b\r\n\r\nno end".utf8), Array("From x\r\n>From y\r\n.\r\n..\r\n\r\n".utf8), [0x0D, 0x0A],
            [UInt8](repeating: 0x78, count: 70_000), Array("\u{FEFF}A: ü\r\n\r\n\u{1F5C4}\r\n".utf8),
        ]
        try await expectOctets(bodies, kept: bodies, ground)
    }

    static let lineEnds = ConformanceRule(
        "body-crlf", "A bare LF that is appended is read, and counted, as CRLF.", "MessageBody"
    ) { ground in
        let bodies = ["a\nb\n", "\n", "\n\n\n", "a\r\nb\nc\r\n", "a\r\r\nb\n\r\n"].map { Array($0.utf8) }
        try await expectOctets(bodies, kept: bodies.map(withCRLF), ground)
    }

    private static func expectOctets(_ bodies: [[UInt8]], kept: [[UInt8]], _ ground: Ground) async throws {
        let name = try await ground.make("box")
        let uids = try await ground.append(bodies.map { Sample($0) }, to: name)
        let open = try await ground.open(name)
        let records = try await ground.records(open.mailbox, .size)
        try expect("the messages that are listed", records.map(\.uid), is: uids)
        for (index, uid) in uids.enumerated() {
            try expect("message \(index)", try await ground.octets(of: uid, in: open.mailbox), is: kept[index])
            try expect("the size of message \(index)", records[index].size, is: UInt64(kept[index].count))
        }
    }

    private static func withCRLF(_ octets: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for (index, octet) in octets.enumerated() {
            if octet == 0x0A, index == 0 || octets[index - 1] != 0x0D { result.append(0x0D) }
            result.append(octet)
        }
        return result
    }

    static let lineEndsSplit = ConformanceRule(
        "body-crlf-split", "A CRLF whose halves came in two pieces is one line end.", "MessageAppend.write"
    ) { ground in
        let name = try await ground.make("box")
        let append = try await ground.account.append(to: name)
        let octets = Array("a\r\n\r\nb\r\nc\nd\r\n".utf8)
        try await append.begin(NewMessage(flags: [], internalDate: nil, size: UInt64(octets.count)))
        for octet in octets { try await append.write([octet]) }
        try await append.end(nil)
        guard let uid = try await append.commit().uids.first else { throw Breach("commit gave no UID") }
        let open = try await ground.open(name)
        let found = try await ground.octets(of: uid, in: open.mailbox)
        try expect("the message", found, is: Array("a\r\n\r\nb\r\nc\r\nd\r\n".utf8))
    }

    static let immutable = ConformanceRule(
        "body-immutable", "Changed flags change neither octets, size, UID nor date.", "RFC 9051 section 2.3.1.1"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 3)
        let open = try await ground.open(name)
        let body = try await open.mailbox.body(of: uids[1])
        let before = try await ground.octets(of: body, max: 10)
        let records = try await ground.records(open.mailbox, [.size, .internalDate])
        try await open.mailbox.changeFlags(.add([.seen, .flagged]), of: .all)
        try await open.mailbox.changeFlags(.replace([.deleted]), of: UIDSet(uids[0]))
        try expect("the octets of the body held", try await ground.octets(of: body, max: 10), is: before)
        try expect("the octets", try await ground.octets(of: uids[1], in: open.mailbox), is: before)
        let after = try await ground.records(open.mailbox, [.size, .internalDate])
        try expect("the UIDs", after.uids, is: records.uids)
        try expect("the sizes", after.map(\.size), is: records.map(\.size))
        try expect("the dates", after.map(\.internalDate), is: records.map(\.internalDate))
    }

    static let gone = ConformanceRule(
        "body-expunged", "The body of a message that is gone, or never was, is refused with expunged.", "Mailbox.body"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 3)
        let (open, other) = (try await ground.open(name), try await ground.open(name))
        try await open.mailbox.changeFlags(.add([.deleted]), of: UIDSet(uids[1]))
        _ = try await open.mailbox.expunge(.all)
        for mailbox in [open.mailbox, other.mailbox] {
            try await expectError(.expunged, from: "body of \(uids[1]), expunged") {
                try await mailbox.body(of: uids[1])
            }
            guard let never = UID(4_000_000_000) else { return }
            try await expectError(.expunged, from: "body of \(never)") { try await mailbox.body(of: never) }
        }
        let found = try await ground.octets(of: uids[2], in: other.mailbox)
        try expect("the message behind it", found, is: Sample(2).octets)
    }

    static let heldWhenGone = ConformanceRule(
        "body-held", "A body held while its message is expunged gives its own octets or expunged, never others.",
        "MessageBody.read"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 3)
        let open = try await ground.open(name)
        let body = try await open.mailbox.body(of: uids[1])
        try await open.mailbox.changeFlags(.add([.deleted]), of: UIDSet(uids[1]))
        _ = try await open.mailbox.expunge(.all)
        try await ground.append([Sample(9)], to: name)
        do {
            try expect("its octets", try await ground.octets(of: body, max: 20), is: Sample(1).octets)
        } catch let error as StoreError {
            try expect("the error", error, is: .expunged)
        }
    }

    static let together = ConformanceRule(
        "body-readers", "Bodies can be read by several sessions at once.", "MessageBody"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 4)
        let (one, two) = (try await ground.open(name), try await ground.open(name))
        let bodies = [
            try await one.mailbox.body(of: uids[1]), try await two.mailbox.body(of: uids[1]),
            try await one.mailbox.body(of: uids[2]),
        ]
        let expected = [Sample(1).octets, Sample(1).octets, Sample(2).octets]
        let found = try await withThrowingTaskGroup(of: (Int, [UInt8]).self) { group in
            for (index, body) in bodies.enumerated() {
                group.addTask { (index, try await ground.octets(of: body, max: 3)) }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for (index, octets) in expected.enumerated() { try expect("reader \(index)", found[index], is: octets) }
    }
}
