import IMAPHost
import IMAPServer

/// What a run of a program said.
struct ProgramRecord: Sendable {
    /// One segment of the client's, and where the answer to it begins.
    struct Exchange: Sendable {
        let sent: [UInt8]
        let start: Int
    }

    /// Everything that was answered, without the answers to UNAUTHENTICATE that ended a login.
    var stream: [UInt8] = []
    /// Where they stood.
    var cuts: [Int] = []
    /// What the client sent before each of them, and behind the last.
    var sent: [[UInt8]] = [[]]
    /// Compressed answers, as they came, of the segments in which no compression ended.
    var wire: [UInt8] = []
    /// The logins that ended so, and what holds after each: the CAPABILITY code of the answer.
    var resets: [Int: [UInt8]] = [:]
    var exchanges: [Exchange] = []
    /// What the record itself shows to be wrong.
    var finding: String?
    /// Whether the run ended because nothing answered.
    var isUnanswered = false
}

/// Runs one program in a world of its own.
struct ProgramRun {
    private enum Part {
        case octets([UInt8])
        case reset(Int, StretchEnd)
    }

    private let server: Server
    private let clock: VirtualClock
    private let world: ProgramWorld
    private let watchdog: Watchdog
    private var outside: Outside
    private var client: ProgramClient
    private var segment: [Part] = []
    private var record = ProgramRecord()
    /// The logins that end here, and go on with a connection of their own; `nil` when all go on with this one.
    private let renewing: [Int: [UInt8]]?

    /// Runs the steps. With `renewing`, what the run on one connection answered, each of its logins has a connection of
    /// its own, whose greeting is compared.
    static func record(
        _ steps: [ProgramStep], in world: ProgramWorld, _ users: ProgramUsers, renewing: [Int: [UInt8]]?,
        _ watchdog: Watchdog
    ) async throws -> ProgramRecord {
        var run = try await ProgramRun(world, users, renewing, watchdog)
        for step in steps where !run.client.transport.isClosed { await run.perform(step) }
        await run.flush()
        await run.client.end()
        await run.outside.close()
        // What slept until a deadline of this run ends with it.
        run.clock.advance(by: .seconds(1_000_000))
        if watchdog.takeVerdict() {
            run.record.finding = "there was no answer in time"
            run.record.isUnanswered = true
        }
        return run.record
    }

    private init(
        _ world: ProgramWorld, _ users: ProgramUsers, _ renewing: [Int: [UInt8]]?, _ watchdog: Watchdog
    ) async throws {
        var configuration = world.configuration
        configuration.delaysFailedLogins = false
        clock = VirtualClock()
        server = try Server(
            store: world.store, authenticator: world.authenticator, extensions: world.extensions,
            configuration: configuration, observer: world.observer, clock: clock)
        self.world = world
        self.watchdog = watchdog
        self.renewing = renewing
        outside = try await Outside(world.store, users, messages: 3)
        client = await ProgramClient(to: server, world.facts, watchdog)
    }

    // MARK: Steps

    private mutating func perform(_ step: ProgramStep) async {
        switch step {
        case .send(let octets, let isHeldBack): await add(.octets(octets), isHeldBack)
        case .logIn(let login, let isHeldBack): await add(.octets(login.octets), isHeldBack)
        case .reset(let number, let end, let isHeldBack): await add(.reset(number, end), isHeldBack)
        case .compress(let tag):
            await flush()
            guard !client.transport.isClosed else { return }
            let before = record.stream.count
            await exchange([.octets(Array("\(tag) COMPRESS DEFLATE\r\n".utf8))])
            if record.stream[before...].firstRange(ofOctets: Array("\(tag) OK ".utf8)) != nil { client.compress() }
        case .happen(let event):
            await flush()
            let (server, transport) = (server, client.transport)
            await outside.happen(event) { await ProgramRun.rest(server, transport) }
            note(client.read(), endsLayer: false)
        }
    }

    /// Waits until the server has looked at what happened.
    private static func rest(_ server: Server, _ transport: PlainTransport) async {
        var yields = 0
        while !server.isResting, !transport.isClosed {
            await Task.yield()
            yields += 1
            // A store that is slow to tell is not waited for without end.
            if yields > 10_000_000 { return }
        }
    }

    private mutating func add(_ part: Part, _ isHeldBack: Bool) async {
        segment.append(part)
        if !isHeldBack { await flush() }
    }

    // MARK: Segments

    private mutating func flush() async {
        guard !segment.isEmpty, !client.transport.isClosed else { return }
        // Filled before a part of it is answered: the same octets, whether it travels whole or not.
        let parts = segment.map { part in
            if case .octets(let octets) = part { Part.octets(filled(octets)) } else { part }
        }
        segment = []
        guard let renewing else { return await exchange(parts) }
        var before: [Part] = []
        for part in parts {
            guard case .reset(let number, _) = part, let code = renewing[number] else {
                before.append(part)
                continue
            }
            if !before.isEmpty { await leave(number, behind: before) }
            before = []
            await renew(number, expecting: code)
        }
        if !before.isEmpty { await exchange(before) }
    }

    /// Ends a connection in the segment in which the other run ends the login: in both there is no time to tell what
    /// happens between the last command and the end.
    private mutating func leave(_ number: Int, behind parts: [Part]) async {
        let start = record.stream.count
        let tag = ProgramStep.resetTag(number)
        await exchange(parts + [.octets(Array("\(tag) LOGOUT\r\n".utf8))], endsLayer: true)
        guard let reply = record.stream[start...].lastStart(ofLine: Array("\(tag) OK ".utf8)),
            let bye = record.stream[start..<reply].lastStart(ofLine: Array("* BYE ".utf8))
        else { return }
        record.stream.removeSubrange(bye...)
    }

    /// Goes on with a connection of its own.
    private mutating func renew(_ number: Int, expecting code: [UInt8]) async {
        await client.end()
        client = await ProgramClient(to: server, world.facts, watchdog)
        record.cuts.append(record.stream.count)
        record.sent.append([])
        guard ProgramRun.code(in: client.greeting[...]) != code, record.finding == nil else { return }
        record.finding =
            "the answer to \(ProgramStep.resetTag(number)) lists other capabilities than a greeting: "
            + String(decoding: client.greeting, as: UTF8.self)
    }

    /// Sends parts as one segment, and notes the answer.
    private mutating func exchange(_ parts: [Part], endsLayer: Bool = false) async {
        var sent: [UInt8] = []
        var plain: [UInt8] = []
        var wire: [UInt8] = []
        var numbers: [Int] = []
        for part in parts {
            switch part {
            case .octets(let octets): plain += octets
            case .reset(let number, let end):
                plain += Array("\(ProgramStep.resetTag(number)) UNAUTHENTICATE\r\n".utf8)
                numbers.append(number)
                sent += plain
                wire += client.wire(plain, endingBy: end)
                plain = []
            }
        }
        sent += plain
        if !plain.isEmpty { wire += client.wire(plain) }
        record.exchanges.append(ProgramRecord.Exchange(sent: sent, start: record.stream.count))
        client.transport.send(wire)
        watchdog.noteProgress()
        let start = record.stream.count
        note(await client.answer(), endsLayer: endsLayer || !numbers.isEmpty)
        for number in numbers { cut(number, from: start) }
        for part in parts {
            switch part {
            case .octets(let octets): record.sent[record.sent.count - 1] += octets
            case .reset(let number, _): if record.resets[number] != nil { record.sent.append([]) }
            }
        }
    }

    private mutating func note(_ answer: (plain: [UInt8], wire: [UInt8]), endsLayer: Bool) {
        record.stream += answer.plain
        if !endsLayer { record.wire += answer.wire }
        if client.transport.isClosed { record.stream += Array("* closed\r\n".utf8) }
    }

    /// Takes the OK of an UNAUTHENTICATE out of the stream.
    private mutating func cut(_ number: Int, from start: Int) {
        let tag = Array("\(ProgramStep.resetTag(number)) OK ".utf8)
        let from = max(start, record.cuts.last ?? 0)
        guard let begin = record.stream[from...].firstRange(ofOctets: tag)?.lowerBound,
            begin == 0 || record.stream[begin - 1] == 0x0A,
            let end = record.stream[begin...].firstIndex(of: 0x0A)
        else { return }
        record.resets[number] = ProgramRun.code(in: record.stream[begin...end])
        record.stream.removeSubrange(begin...end)
        record.cuts.append(begin)
    }

    /// What stands in brackets.
    private static func code(in line: ArraySlice<UInt8>) -> [UInt8] {
        guard let open = line.firstIndex(of: 0x5B), let close = line.firstIndex(of: 0x5D), open < close else {
            return []
        }
        return Array(line[open...close])
    }

    // MARK: What the server said last

    private func filled(_ octets: [UInt8]) -> [UInt8] {
        guard octets.contains(where: { $0 == RunGap.validity || $0 == RunGap.modSequence }) else { return octets }
        var filled: [UInt8] = []
        for octet in octets {
            switch octet {
            case RunGap.validity: filled += last("UIDVALIDITY ")
            case RunGap.modSequence: filled += last("HIGHESTMODSEQ ")
            default: filled.append(octet)
            }
        }
        return filled
    }

    /// The number behind the last occurrence of a word in all that was answered, to whichever login: a client remembers.
    /// 1 if there is none.
    private func last(_ word: String) -> [UInt8] {
        let word = Array(word.utf8)
        let said = record.stream[...]
        var end = said.endIndex - word.count
        while end >= said.startIndex {
            if said[end] == word[0], said[end...].starts(with: word) {
                let digits = said[(end + word.count)...].prefix { (0x30...0x39).contains($0) }
                if !digits.isEmpty { return Array(digits) }
            }
            end -= 1
        }
        return [0x31]
    }
}

extension ArraySlice<UInt8> {
    /// Where the last line begins that begins so.
    fileprivate func lastStart(ofLine front: [UInt8]) -> Int? {
        var end = endIndex
        while let feed = self[..<end].lastIndex(of: 0x0A) {
            if self[(feed + 1)...].starts(with: front) { return feed + 1 }
            end = feed
        }
        return starts(with: front) ? startIndex : nil
    }

    /// Where `piece` occurs first.
    func firstRange(ofOctets piece: [UInt8]) -> Range<Int>? {
        guard let first = piece.first, count >= piece.count else { return nil }
        var index = startIndex
        while index + piece.count <= endIndex {
            if self[index] == first, self[index...].starts(with: piece) { return index..<(index + piece.count) }
            index += 1
        }
        return nil
    }
}
