import IMAPExtensions
import IMAPHost
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Synchronization

/// A program: one client that is cut off and resynchronises at random moments, and a mailbox in which another session
/// works meanwhile, also between two questions of the server to its store.
final class ResyncProgram {
    private let store: ResyncStore
    private let server: Server
    private let other: Other
    private let modes: String
    private var random: SeededGenerator
    private var cache = ResyncCache()
    private var client: TestClient?
    private var tag = 0
    private(set) var log: [String] = []
    /// How often the client came back and told what it knew.
    private(set) var resynchronizations = 0

    private var isUIDOnly: Bool { modes.contains("UIDONLY") }

    init(seed: UInt64, over base: any MailStore) async throws {
        CheckedOutput.isInstalled
        random = SeededGenerator(seed: seed)
        let isDeaf = Int.random(in: 0..<4, using: &random) == 0
        modes =
            ["QRESYNC", "QRESYNC CONDSTORE", "IMAP4rev2 QRESYNC", "QRESYNC UIDONLY"][
                Int.random(in: 0..<4, using: &random)]
        store = ResyncStore(base, isDeaf: isDeaf)
        var configuration = ServerConfiguration()
        configuration.delaysFailedLogins = false
        server = try Server(
            store: store, authenticator: TestUsers(), extensions: IMAPExtension.standard.supported(by: store),
            configuration: configuration, clock: VirtualClock())
        other = try await Other(base)
        for _ in 0..<Int.random(in: 0...6, using: &random) { await other.happen(.append) }
        log.append("-- \(modes)\(isDeaf ? ", nobody is woken" : "")")
    }

    /// Runs `steps` steps. Throws what went wrong.
    func run(_ steps: Int) async throws {
        for _ in 0..<steps {
            guard client != nil else {
                for _ in 0..<pick(4) { await happen() }
                if pick(30) == 0 { try await recreate() }
                try await connect()
                continue
            }
            try await step()
        }
        if client != nil { disconnect() }
        while client == nil { try await connect() }
        try await compare()
        disconnect()
    }

    // MARK: Chance

    private func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }

    private func happen() async { log.append("-- \(await other.happen(Other.Event(&random)))") }

    private func recreate() async throws {
        log.append("-- the mailbox is deleted and made again")
        try await other.recreate()
    }

    private var uid: UInt32 { cache.messages.keys.sorted().randomElement(using: &random) ?? 1 }

    private var number: UInt32 { UInt32(pick(Int(max(cache.count, 1)))) + 1 }

    private var uids: String {
        switch pick(4) {
        case 0: "\(uid)"
        case 1: "\(uid),\(uid)"
        case 2: "\(uid):\(uid)"
        default: "1:*"
        }
    }

    private var numbers: String { pick(2) == 0 ? "\(number)" : "\(number):\(number)" }

    // MARK: The session

    private func connect() async throws {
        cache.beginSession()
        client = await TestClient.connect(to: server).client
        guard try await command("LOGIN alice secret", mayBeCut: false) != nil,
            try await command("ENABLE \(modes)", mayBeCut: false) != nil
        else { return }
        try await select()
    }

    private func disconnect() {
        log.append("-- the client is gone")
        client?.transport.hangUp()
        client = nil
        cache.disconnect()
    }

    /// Opens the mailbox and brings the cache up to it, one way or another; unless the connection ends before.
    private func select() async throws {
        cache.beginSession()
        let verb = pick(6) == 0 ? "EXAMINE" : "SELECT"
        if cache.highest == 0 {
            cache.forget()
            guard try await command("\(verb) box") != nil else { return }
            return try await fetchAll()
        }
        if pick(4) == 0 {
            cache.awaited = 0
            guard try await command("\(verb) box") != nil else { return }
            if cache.highest == 0 { return try await fetchAll() }
            let known = cache.known
            if known > 0 {
                let modifiers = ["CHANGEDSINCE \(cache.highest) VANISHED", "VANISHED CHANGEDSINCE \(cache.highest)"]
                guard try await command("UID FETCH 1:\(known) (FLAGS) (\(modifiers[pick(2)]))") != nil else { return }
            }
            resynchronizations += 1
            cache.endSynchronisation()
        } else {
            guard try await command("\(verb) box (QRESYNC (\(cache.uidValidity) \(cache.highest)\(known)))") != nil
            else { return }
            if cache.highest == 0 { return try await fetchAll() }
            resynchronizations += 1
        }
        if try await fetchRest(), pick(2) == 0 { try await compare() }
    }

    /// The optional arguments of QRESYNC.
    private var known: String {
        let all = cache.messages.keys.sorted().map(String.init).joined(separator: ",")
        var text = ""
        switch pick(3) {
        case 0 where !all.isEmpty: text = " \(all)"
        case 1 where cache.known > 0: text = " 1:\(cache.known)"
        default: break
        }
        let (numbers, uids) = cache.sample(&random)
        if !isUIDOnly, !numbers.isEmpty, pick(2) == 0 {
            text +=
                " (\(numbers.map(String.init).joined(separator: ",")) \(uids.map(String.init).joined(separator: ",")))"
        }
        return text
    }

    private func fetchAll() async throws {
        guard try await command("UID FETCH 1:* (FLAGS MODSEQ)") != nil else { return }
        cache.completeTo = cache.known
        cache.endSynchronisation()
    }

    /// Messages that came. Whether the connection is still there.
    private func fetchRest(isInterrupted: Bool = true) async throws -> Bool {
        let text = "UID FETCH \(cache.completeTo + 1):* (FLAGS MODSEQ)"
        guard try await command(text, isInterrupted: isInterrupted) != nil else { return false }
        cache.completeTo = cache.known
        return true
    }

    // MARK: Steps

    private func step() async throws {
        let flag = ["\\Seen", "\\Flagged", "\\Deleted", "$A"][pick(4)]
        let isAdded = pick(3) > 0
        let store = "\(isAdded ? "+" : "-")FLAGS"
        switch pick(20) {
        case 0, 1: disconnect()
        case 2: try await command("NOOP")
        case 3: _ = try await fetchRest()
        case 4: try await command("UID FETCH \(uids) (FLAGS MODSEQ)")
        case 5, 6: try await byNumber("FETCH \(numbers) (MODSEQ)", "UID FETCH \(uids) (MODSEQ)")
        case 7, 8: try await byNumber("STORE \(numbers) \(store) (\(flag))", "UID STORE \(uids) \(store) (\(flag))")
        case 9, 10:
            cache.silentChange = (flag, isAdded)
            let text = "\(pick(2) == 0 ? "" : "(UNCHANGEDSINCE \(cache.highest)) ")\(store).SILENT (\(flag))"
            try await byNumber("STORE \(numbers) \(text)", "UID STORE \(uids) \(text)")
            cache.silentChange = nil
        case 11: try await command("EXPUNGE")
        case 12: try await command("UID EXPUNGE \(uids)")
        case 13: try await byNumber("MOVE \(number) second", "UID MOVE \(uid) second")
        case 14: try await byNumber("COPY \(number) box", "UID COPY \(uid) box")
        case 15: try await byNumber("SEARCH ALL", "UID SEARCH ALL")
        case 16: try await idle()
        case 17:
            switch pick(3) {
            case 0: guard try await command("CLOSE") != nil else { return }
            case 1: await lookAway()
            default: break
            }
            try await select()
        case 18: try await compare()
        default: await happen()
        }
    }

    /// Another mailbox is selected: nothing that is said of it is of interest.
    private func lookAway() async {
        log.append("C: n SELECT second")
        await client?.line("n SELECT second")
    }

    private func byNumber(_ numbered: String, _ byUID: String) async throws {
        let isNumbered = !isUIDOnly && cache.count > 0 && pick(2) == 0
        try await command(isNumbered ? numbered : byUID)
    }

    private func idle() async throws {
        guard let client else { return }
        var output = await client.line("i IDLE")
        for _ in 0..<pick(3) {
            await happen()
            output += await client.settle()
        }
        output += await client.line("DONE")
        try take(output, mayBeCut: true)
    }

    /// Sends a command and takes its answer: what stands behind the tag, or `nil` when the client was cut off before.
    @discardableResult
    private func command(
        _ text: String, mayBeCut: Bool = true, isInterrupted: Bool = true
    ) async throws -> String? {
        guard let client else { return nil }
        tag += 1
        if mayBeCut, isInterrupted, pick(3) == 0 {
            let events = (0...pick(3)).map { _ in Other.Event(&random) }
            let other = other
            let calls = pick(6)
            log.append("-- before question \(calls): \(events)")
            store.interrupt(after: calls) { for event in events { await other.happen(event) } }
        }
        log.append("C: t\(tag) \(text)")
        let output = await client.line("t\(tag) \(text)")
        store.takeBackHook()
        return try take(output, mayBeCut: mayBeCut)
    }

    @discardableResult
    private func take(_ output: String, mayBeCut: Bool) throws -> String? {
        let lines = output.split(separator: "\r\n").map(String.init)
        let end = mayBeCut && pick(12) == 0 ? pick(lines.count + 1) : nil
        for (index, line) in lines.enumerated() {
            if index == end { break }
            log.append("S: \(line)")
            guard let answer = try cache.take(line) else { continue }
            // NO is for a mailbox that was opened to be read, and for messages that are gone.
            guard answer.hasPrefix("OK ") || answer.hasPrefix("NO ") else { throw ResyncFailure(line) }
            guard end == nil else { continue }
            return answer
        }
        guard end != nil else { throw ResyncFailure("no answer") }
        disconnect()
        return nil
    }

    // MARK: The truth

    /// Everything that the client was told of is what there is. Messages that it did not fetch are fetched before.
    private func compare() async throws {
        guard client != nil, try await command("NOOP", isInterrupted: false) != nil,
            try await fetchRest(isInterrupted: false)
        else { return }
        let truth = try await other.truth()
        guard cache.messages == truth.messages else {
            throw ResyncFailure("the client has \(text(cache.messages)), there is \(text(truth.messages))")
        }
        guard cache.highest <= truth.highest else { throw ResyncFailure("\(cache.highest) is too much") }
        guard Int(cache.count) == truth.messages.count else { throw ResyncFailure("\(cache.count) messages") }
    }

    private func text(_ messages: [UInt32: ResyncCache.Message]) -> String {
        messages.sorted { $0.key < $1.key }.map { "\($0): \($1.flags.sorted()) \($1.modSequence)" }
            .joined(separator: ", ")
    }
}

/// The other session: it works with the store itself.
final class Other: Sendable {
    enum Event: Sendable {
        case append
        case flag(UInt64, String, isAdded: Bool)
        case expunge(UInt64)
        case moveAway(UInt64)
        case copy(UInt64)

        init(_ random: inout SeededGenerator) {
            let which = random.next()
            switch random.next() % 10 {
            case 0, 1: self = .append
            case 2, 3, 4, 5:
                self = .flag(
                    which, ["\\Seen", "\\Flagged", "\\Deleted", "$B"][Int(random.next() % 4)],
                    isAdded: random.next() % 3 > 0)
            case 6, 7: self = .expunge(which)
            case 8: self = .moveAway(which)
            default: self = .copy(which)
            }
        }
    }

    private let account: any Account
    private let box: MailboxName
    private let second: MailboxName
    private let mailbox: Mutex<any ResyncStore.Handle>

    init(_ store: any MailStore) async throws {
        account = try await store.account(of: user("alice"))
        guard let box = MailboxName("box"), let second = MailboxName("second") else { throw ResyncFailure("names") }
        (self.box, self.second) = (box, second)
        try await account.create(second)
        mailbox = Mutex(try await Other.make(box, account))
    }

    private static func make(_ name: MailboxName, _ account: any Account) async throws -> any ResyncStore.Handle {
        try await account.create(name)
        guard let handle = try await account.open(name, .readWrite).mailbox as? any ResyncStore.Handle else {
            throw ResyncFailure("no handle")
        }
        return handle
    }

    func recreate() async throws {
        try await mailbox.withLock { $0 }.close()
        try await account.delete(box)
        let new = try await Other.make(box, account)
        mailbox.withLock { $0 = new }
    }

    /// Does it. Whatever the store refuses did not happen.
    @discardableResult
    func happen(_ event: Event) async -> Event {
        let mailbox = mailbox.withLock { $0 }
        do {
            let uids = try await mailbox.messages(UIDSet(.first, UID(.max) ?? .first), []).map(\.uid)
            func one(_ which: UInt64) -> UIDSet {
                uids.isEmpty ? UIDSet() : UIDSet(uids[Int(which % UInt64(uids.count))])
            }
            switch event {
            case .append:
                let append = try await account.append(to: box)
                try await append.begin(NewMessage(flags: [.draft], internalDate: nil, size: 3))
                try await append.write(octets("a\r\n"))
                try await append.end(nil)
                _ = try await append.commit()
            case .flag(let which, let name, let isAdded):
                guard let flag = Flag(name) else { break }
                try await mailbox.changeFlags(isAdded ? .add([flag]) : .remove([flag]), of: one(which))
            case .expunge(let which):
                // Most of those that are expunged were not seen with \Deleted.
                try await mailbox.changeFlags(.add([.deleted]), of: one(which))
                _ = try await mailbox.expunge(which % 3 == 0 ? UIDSet(uids) : one(which))
            case .moveAway(let which): _ = try await mailbox.move(one(which), to: second)
            case .copy(let which): _ = try await mailbox.copy(one(which), to: box)
            }
        } catch {}
        return event
    }

    func truth() async throws -> (messages: [UInt32: ResyncCache.Message], highest: UInt64) {
        let mailbox = mailbox.withLock { $0 }
        var messages: [UInt32: ResyncCache.Message] = [:]
        for record in try await mailbox.messages(UIDSet(.first, UID(.max) ?? .first), [.flags, .modSequence]) {
            messages[record.uid.rawValue] = ResyncCache.Message(
                flags: Set((record.flags ?? []).map(\.description)), modSequence: record.modSequence?.rawValue ?? 0)
        }
        return (messages, try await mailbox.highestModSequence().rawValue)
    }
}
