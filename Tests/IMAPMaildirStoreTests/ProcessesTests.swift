import Glibc
import IMAPHost
import IMAPTypes
import Testing

@testable import IMAPMaildirStore

/// Several processes on one maildir, each writing down what it was told is done.
@Suite("Maildir: several processes at once")
struct ProcessesTests {
    private static let target = "T"

    /// What a process did: `+ mailbox uid text` and `- mailbox uid`, a line each, written when it was acknowledged.
    private struct Diary {
        let file: Int32

        init(_ path: String) { file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600) }

        func note(_ line: String) {
            let octets = Array("\(line)\n".utf8)
            _ = Glibc.write(file, octets, octets.count)
        }
    }

    /// Appends, flags, moves and expunges messages of its own.
    private static func work(_ path: String, _ number: Int, rounds: Int) async throws {
        let diary = Diary("\(path)/diary-\(number)")
        let account = try await MaildirStore(path: path).account(of: alice)
        let open = try await account.open(.inbox, .readWrite)
        let target = try mailbox(ProcessesTests.target)
        var token = open.token
        var own: [UID] = []
        for round in 0..<rounds {
            let texts = (0...(round % 3)).map { "from: \(number)\r\n\r\nround \(round).\($0)\r\n" }
            let added = try await account.add(texts)
            for (uid, text) in zip(added.uids, texts) {
                diary.note("+ INBOX \(uid) \(text.utf8.filter { $0 > 0x20 }.map { String($0) }.joined(separator: "."))")
                own.append(uid)
            }
            if case .some(_, _, _, let next) = try await open.mailbox.changes(since: token) { token = next }
            let one = own[round * 7 % own.count]
            try await open.mailbox.changeFlags(.add([.flagged, try flag("k\(number)")]), of: UIDSet(one))
            if round % 5 == 4 {
                let gone = own.removeFirst()
                diary.note("? INBOX \(gone)")
                try await open.mailbox.changeFlags(.add([.deleted]), of: UIDSet(gone))
                let expunged = try await open.mailbox.expunge(UIDSet(gone))
                if expunged.contains(gone) { diary.note("- INBOX \(gone)") }
            }
            if round % 7 == 6, let mover = open.mailbox as? any MovableMailbox {
                let moved = own.removeFirst()
                diary.note("? INBOX \(moved)")
                let result = try await mover.move(UIDSet(moved), to: target)
                for uid in result.destination { diary.note("> \(moved) \(uid)") }
            }
        }
        try await account.close()
    }

    /// What is there is what the diaries say. `isKilled`: what was begun may be done or not.
    private func check(_ scratch: Scratch, _ processes: Int, isKilled: Bool) async throws {
        let account = try await scratch.account()
        let inbox = try await account.contents()
        let moved = try await account.contents(of: mailbox(ProcessesTests.target))
        func key(_ text: String) -> String { text.utf8.filter { $0 > 0x20 }.map { String($0) }.joined(separator: ".") }
        let present = Dictionary(inbox.map { ("\($0.uid)", key($0.text)) }) { first, _ in first }
        let arrived = Set(moved.map { key($0.text) })
        #expect(Set(inbox.map(\.uid)).count == inbox.count)
        // No message is there twice.
        let texts = inbox.map { key($0.text) } + moved.map { key($0.text) }
        #expect(Set(texts).count == texts.count)
        var seen: Set<String> = []
        for number in 0..<processes {
            let lines = String(decoding: scratch.read("../diary-\(number)") ?? [], as: UTF8.self).split(separator: "\n")
            #expect(!lines.isEmpty)
            let words = lines.map { $0.split(separator: " ").map(String.init) }
            let begun = Set(words.filter { $0[0] == "?" }.map { $0[2] })
            for word in words where word[0] == "+" {
                #expect(seen.insert(word[2]).inserted, "UID \(word[2]) was given twice")
                if begun.contains(word[2]) {
                    let isExpunged = words.contains(["-", "INBOX", word[2]])
                    let isMoved = words.contains { $0[0] == ">" && $0[1] == word[2] }
                    if isExpunged { #expect(present[word[2]] == nil && !arrived.contains(word[3])) }
                    if isMoved { #expect(present[word[2]] == nil && arrived.contains(word[3])) }
                    #expect(isExpunged || isMoved || isKilled)
                } else {
                    #expect(present[word[2]] == word[3], "process \(number), UID \(word[2])")
                }
            }
        }
        #expect(Scratch.entries(scratch.file("cur")).count + Scratch.entries(scratch.file("new")).count == inbox.count)
    }

    @Test func threeProcessesAndADeliveryAgentLoseNothing() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        try await account.create(mailbox(ProcessesTests.target))
        let path = scratch.path
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<3 {
                group.addTask {
                    await #expect(processExitsWith: .success) {
                        [path = path as String, number = number as Int] in
                        try await ProcessesTests.work(path, number, rounds: 40)
                    }
                }
            }
            group.addTask {
                for number in 0..<40 {
                    try scratch.deliver("from: other\n\n\(number)\n", as: "\(number).other.host")
                    try await Task.sleep(for: .milliseconds(10))
                }
            }
            try await group.waitForAll()
        }
        try await check(scratch, 3, isKilled: false)
        let all = try await account.contents()
        #expect(all.filter { $0.text.contains("from: other") }.count == 40)
        #expect(all.filter { $0.flags.contains(.flagged) }.count > 10)
    }

    @Test(arguments: [70, 110, 170, 230, 310, 390])
    func processesThatAreKilledLoseNothing(milliseconds: Int) async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        try await account.create(mailbox(ProcessesTests.target))
        let path = scratch.path
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<2 {
                group.addTask {
                    await #expect(processExitsWith: .signal(SIGKILL)) {
                        [path = path as String, number = number as Int, milliseconds = milliseconds as Int] in
                        _ = ProcessesTests.Diary("\(path)/diary-\(number)")
                        // The time runs from the first acknowledgement.
                        Task.detached {
                            var status = stat()
                            while stat("\(path)/diary-\(number)", &status) == 0, status.st_size == 0 { usleep(1000) }
                            usleep(UInt32(milliseconds * 1000 + number * 7919))
                            kill(getpid(), SIGKILL)
                        }
                        try await ProcessesTests.work(path, number, rounds: 100_000)
                    }
                }
            }
        }
        try await check(scratch, 2, isKilled: true)
    }

    @Test func manySessionsOfTwoStoresGiveDistinctUIDs() async throws {
        let scratch = try Scratch()
        let stores = [scratch.store(), scratch.store()]
        let all = try await withThrowingTaskGroup(of: [UID].self) { group in
            for task in 0..<6 {
                group.addTask {
                    let account = try await stores[task % 2].account(of: alice)
                    var added: [UID] = []
                    for _ in 0..<20 { added += Array(try await account.add(2).uids) }
                    try await account.close()
                    return added
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for uids in all { #expect(zip(uids, uids.dropFirst()).allSatisfy { $0 < $1 }) }
        #expect(UIDSet(all.joined()) == UIDSet(.first, uid(240)))
        #expect(try await scratch.account().contents().count == 240)
    }
}
