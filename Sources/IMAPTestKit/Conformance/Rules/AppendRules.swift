import IMAPHost
import IMAPTypes

/// Appending: when messages become visible, and which UIDs they get.
enum AppendRules {
    static let all = [
        ascending, notReused, notReusedLater, tellsUIDs, invisible, allVisible, cancelled, cancelledHalfway,
        cancelledWhenGone, together, deletedMeanwhile,
    ]

    static let ascending = ConformanceRule(
        "uid-ascending", "A later message has a greater UID.", "RFC 9051 section 2.3.1.1"
    ) { ground in
        let name = try await ground.make("box")
        var last: UID?
        for round in 0..<5 {
            for uid in try await ground.append((0...round).map { Sample($0) }, to: name) {
                if let last { try expect(uid > last, "UID \(uid) came after \(last)") }
                last = uid
            }
        }
        try expect("the messages", try await ground.picture(name).messages.count, is: 15)
    }

    static let notReused = ConformanceRule(
        "uid-not-reused", "The UID of an expunged message is not given again, be it the greatest.",
        "RFC 9051 section 2.3.1.1"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 3)
        let open = try await ground.open(name)
        var given = uids
        for round in 0..<3 {
            try await open.mailbox.changeFlags(.add([.deleted]), of: UIDSet(given))
            _ = try await open.mailbox.expunge(UIDSet(given.suffix(2)))
            let new = try await ground.append([Sample(round)], to: name)[0]
            for uid in given { try expect(new > uid, "UID \(new) was given after \(uid)") }
            given.append(new)
        }
    }

    static let notReusedLater = ConformanceRule(
        "uid-not-reused-later", "A UID is not given again either after all sessions have ended.",
        "RFC 9051 section 2.3.1.1"
    ) { ground in
        let name = try ground.name("box")
        let account = try await ground.looseSession()
        try await account.create(name)
        let uids = try await ground.append([Sample(0), Sample(1)], to: name, in: account)
        let open = try await account.open(name, .readWrite)
        try await open.mailbox.changeFlags(.add([.deleted]), of: .all)
        _ = try await open.mailbox.expunge(.all)
        try await open.mailbox.close()
        try await account.close()
        let new = try await ground.append([Sample(2)], to: name)
        try expect(new[0] > uids[1], "UID \(new[0]) was given after \(uids[1])")
    }

    static let tellsUIDs = ConformanceRule(
        "append-tells-uids", "A commit gives the UIDVALIDITY of the mailbox and the UID of each message, in order.",
        "RFC 4315 section 3"
    ) { ground in
        let name = try await ground.make("box")
        let append = try await ground.account.append(to: name)
        let samples = [4, 1, 6, 3].map { Sample($0) }
        for sample in samples { try await ground.write(sample, to: append) }
        let appended = try await append.commit()
        let open = try await ground.open(name)
        try expect("UIDVALIDITY", appended.uidValidity, is: open.uidValidity)
        try expect("the UIDs", appended.uids, is: open.uids)
        for (uid, sample) in zip(appended.uids, samples) {
            try expect("message \(uid)", try await ground.octets(of: uid, in: open.mailbox), is: sample.octets)
        }
    }

    static let invisible = ConformanceRule(
        "append-invisible", "Until the commit no session sees anything of an append.", "MessageAppend"
    ) { ground in
        let (name, _) = try await ground.make("box", messages: 1)
        let open = try await ground.open(name)
        let before = try await ground.picture(name)
        let status = try await ground.account.status(of: name)
        let append = try await ground.account.append(to: name)
        try await ground.write(Sample(1), to: append)
        try await append.begin(NewMessage(flags: [], internalDate: nil, size: 9))
        try await append.write(Array("half a li".utf8))
        try expect("the mailbox meanwhile", try await ground.picture(name), is: before)
        try expect("the status meanwhile", try await ground.account.status(of: name), is: status)
        guard case .none = try await open.mailbox.changes(since: open.token) else {
            throw Breach("a session was told of a message before the commit")
        }
        try await append.end(nil)
        try expect("the mailbox before the commit", try await ground.picture(name), is: before)
        await append.cancel()
    }

    static let allVisible = ConformanceRule(
        "append-all", "After the commit every session sees all messages, the ones that have the mailbox open too.",
        "RFC 3502"
    ) { ground in
        let (name, old) = try await ground.make("box", messages: 1)
        let open = try await ground.open(name)
        let new = try await ground.append((1..<5).map { Sample($0) }, to: name)
        try expect("the messages", try await ground.picture(name).uids, is: UIDSet(old + new))
        let records = try await ground.records(open.mailbox, .size)
        try expect("the messages of the open mailbox", records.uids, is: old + new)
        try expect("the messages by status", try await ground.account.status(of: name).messages, is: 5)
    }

    static let cancelled = ConformanceRule(
        "append-cancelled", "An append that is cancelled leaves nothing behind.", "MessageAppend.cancel"
    ) { ground in
        let (name, _) = try await ground.make("box", messages: 2)
        let before = try await ground.picture(name)
        let append = try await ground.account.append(to: name)
        for number in 0..<3 { try await ground.write(Sample(number, flags: [.flagged]), to: append) }
        await append.cancel()
        try expect("the mailbox", try await ground.picture(name), is: before)
        await (try await ground.account.append(to: name)).cancel()
        try expect("the mailbox after an append of nothing", try await ground.picture(name), is: before)
    }

    static let cancelledHalfway = ConformanceRule(
        "append-cancelled-halfway", "An append can be cancelled in the middle of a message and leaves nothing behind.",
        "MessageAppend.cancel"
    ) { ground in
        let (name, _) = try await ground.make("box", messages: 2)
        let before = try await ground.picture(name)
        let append = try await ground.account.append(to: name)
        try await ground.write(Sample(1), to: append)
        try await append.begin(NewMessage(flags: [.seen], internalDate: nil, size: 100))
        try await append.write([0x61])
        await append.cancel()
        try expect("the mailbox", try await ground.picture(name), is: before)
    }

    static let cancelledWhenGone = ConformanceRule(
        "append-cancelled-task", "An append of a task that is cancelled can be cancelled, and leaves nothing behind.",
        "MessageAppend.cancel"
    ) { ground in
        let (name, _) = try await ground.make("box", messages: 1)
        let before = try await ground.picture(name)
        let append = try await ground.account.append(to: name)
        try await ground.write(Sample(1), to: append)
        let task = Task {
            // Sleeps until it is cancelled.
            try? await Task.sleep(for: .seconds(60))
            await append.cancel()
        }
        task.cancel()
        await task.value
        try expect("the mailbox", try await ground.picture(name), is: before)
    }

    static let together = ConformanceRule(
        "append-interleaved", "Two appends at the same time keep their messages and pieces apart.", "MessageAppend"
    ) { ground in
        let name = try await ground.make("box")
        let first = try await ground.account.append(to: name)
        let second = try await ground.session().append(to: name)
        let samples = [Sample(5), Sample(6)]
        for (append, sample) in zip([first, second], samples) {
            try await append.begin(NewMessage(flags: [], internalDate: nil, size: UInt64(sample.octets.count)))
        }
        for index in 0..<(max(samples[0].octets.count, samples[1].octets.count) + 9) / 10 {
            for (append, sample) in zip([first, second], samples) {
                let piece = Array(sample.octets.dropFirst(index * 10).prefix(10))
                if !piece.isEmpty { try await append.write(piece) }
            }
        }
        try await second.end(nil)
        try await first.end(nil)
        let later = try await second.commit()
        let earlier = try await first.commit()
        let open = try await ground.open(name)
        try expect("the messages", open.uids, is: later.uids.union(earlier.uids))
        for (uids, sample) in [(earlier.uids, samples[0]), (later.uids, samples[1])] {
            for uid in uids {
                try expect("message \(uid)", try await ground.octets(of: uid, in: open.mailbox), is: sample.octets)
            }
        }
    }

    static let deletedMeanwhile = ConformanceRule(
        "append-mailbox-gone", "A commit into a mailbox that was deleted meanwhile throws, and makes no mailbox.",
        "MessageAppend.commit"
    ) { ground in
        let name = try await ground.make("box")
        let append = try await ground.account.append(to: name)
        try await ground.write(Sample(1), to: append)
        try await ground.account.delete(name)
        try await expectError(from: "commit") { try await append.commit() }
        try expect(try await !ground.isThere(name), "the commit made \(name)")
        try await ground.account.create(name)
        try expect("the messages of a new mailbox", try await ground.picture(name).messages.count, is: 0)
    }
}
