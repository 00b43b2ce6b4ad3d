import IMAPCodec
import IMAPHost
import IMAPMessage
import IMAPText
import IMAPTypes

/// One search at work: what it reads, message by message, and what it found.
///
/// A message is judged in four stages: by its numbers, flags, dates and size; by its digest, where the store kept one;
/// by its header; by all of it, or, where the digest tells where they are, by its texts. Each stage reads only when the
/// one before left it open whether the message matches, and the header only for a key that it answers.
struct SearchRun: Sendable {
    let plan: SearchPlan
    let program: SearchProgram
    let texts: SearchTexts
    let view: MailboxView
    /// What is held of each message that is read.
    private let held: HeldMessage
    /// Those that match whatever is read of them, if they exist.
    let certain: NumberRanges
    /// Items that tell of every message found.
    var items: [any SearchResultItem]
    /// Octets of messages that are read before others have their turn.
    static let turn = 1 << 20
    /// Octets of messages read since others had it.
    var octetsRead = 0
    /// What leaves that read octets said of the message at hand.
    private var known: [Bool?]
    /// What the digest of the message at hand says, once it was asked.
    private var front: DigestFront?
    private var isFrontRead = false
    /// A key of the last judgement was not known.
    private var isOpen = false

    init(
        _ plan: SearchPlan, _ program: SearchProgram, _ texts: SearchTexts, _ view: MailboxView, certain: NumberRanges,
        _ held: HeldMessage
    ) {
        self.held = held
        self.plan = plan
        self.program = program
        self.texts = texts
        self.view = view
        self.certain = certain
        items = plan.items.map { $0.init() }
        known = [Bool?](repeating: nil, count: plan.leaves.count)
    }

    /// What is read of each message without its octets.
    func columns(readsKeys: Bool) -> MessageColumns {
        plan.items.reduce(readsKeys ? plan.columns : []) { $0.union($1.columns) }
    }

    /// Whether a message matches, as far as its record and its digest say; `nil` when it must be read.
    mutating func decided(_ record: MessageRecord) -> Bool? {
        // A store that names a message that was not asked for names one that the client does not know.
        guard let number = view.sequenceNumber(of: record.uid) else { return false }
        guard certain.isEmpty || !certain.contains(number.rawValue) else { return true }
        if plan.needs != .nothing {
            for index in known.indices { known[index] = nil }
        }
        front = nil
        isFrontRead = false
        return decide(record, number, .nothing, nil)
    }

    /// Whether a message matches of which ``decided(_:)`` did not say it.
    mutating func matches(_ record: MessageRecord) async throws(StoreError) -> Bool {
        guard let number = view.sequenceNumber(of: record.uid) else { return false }
        var message = message(record, number)
        do {
            var octets = SearchedOctets(try await view.mailbox.body(of: record.uid), held)
            message.found = [Bool](repeating: false, count: texts.count)
            guard readsHeader else { return try await matches(&message, &octets) }
            try await octets.readHeader(atMost: texts.limits.headerOctets)
            octetsRead += octets.head.count
            message.header = SearchedHeader(octets.head, texts.charsets, texts.limits)
            for (index, place) in texts.places.enumerated() {
                if case .field(let field) = place {
                    message.found[index] = message.header?.has(texts.fields[field]) ?? false
                }
            }
            if let decided = decide(record, number, .header, message) { return decided }
            return try await matches(&message, &octets)
        } catch .expunged {
            return false
        }
    }

    private func message(_ record: MessageRecord, _ number: SequenceNumber) -> SearchedMessage {
        SearchedMessage(record: record, sequenceNumber: number, isRecent: view.recent.contains(record.uid))
    }

    /// Whether a key is open that the header would answer, or that sees all of the message.
    private var readsHeader: Bool {
        plan.readsStructure || plan.probes.indices.contains { plan.probes[$0].needs == .header && known[$0] == nil }
    }

    /// The last stage: the rest of the message is read, as far as it takes.
    private mutating func matches(
        _ message: inout SearchedMessage, _ octets: inout SearchedOctets
    ) async throws(StoreError) -> Bool {
        let record = message.record
        if !plan.readsStructure, let digest = record.digest?.octets, record.size == octets.size {
            // It may be all that is read of the message.
            octetsRead += digest.count
            if let reading = texts.message.reading(digest: digest, size: octets.size) {
                return try await matches(&message, &octets, reading)
            }
        }
        var reading = texts.message.reading()
        while true {
            let piece = try await octets.next().octets
            guard !piece.isEmpty else { break }
            octetsRead += piece.count
            for piece in piece.readingPieces {
                reading.feed(piece)
                try await octets.hold(reading.effort)
            }
            if let decided = decided(by: reading.found, &message) { return decided }
            if reading.isComplete, !plan.readsStructure { break }
        }
        message.structure = reading.finish().body
        note(reading.found, &message)
        return judge(record, message.sequenceNumber, .structure, message, unknownHelps: false)
    }

    /// The same of a message whose digest tells where its texts are: nothing else of it is read.
    private mutating func matches(
        _ message: inout SearchedMessage, _ octets: inout SearchedOctets, _ known: MessageTexts.KnownReading
    ) async throws(StoreError) -> Bool {
        var reading = known
        try await octets.hold(reading.effort)
        while let wanted = reading.wanted {
            let (offset, piece) = try await octets.next(from: wanted)
            guard !piece.isEmpty else { break }
            octetsRead += piece.count
            reading.feed(piece, at: offset)
            if let decided = decided(by: reading.found, &message) { return decided }
        }
        reading.finish()
        note(reading.found, &message)
        return judge(message.record, message.sequenceNumber, .structure, message, unknownHelps: false)
    }

    /// Whether the message matches by the texts that were found so far; `nil` while that is open.
    private mutating func decided(by found: [Bool], _ message: inout SearchedMessage) -> Bool? {
        guard note(found, &message) else { return nil }
        if judge(message.record, message.sequenceNumber, .header, message, unknownHelps: false) { return true }
        if !judge(message.record, message.sequenceNumber, .header, message, unknownHelps: true) { return false }
        return nil
    }

    /// Takes over which texts were found so far. Returns whether one is new.
    @discardableResult
    private mutating func note(_ found: [Bool], _ message: inout SearchedMessage) -> Bool {
        var isNew = false
        for (index, place) in texts.places.enumerated() {
            if case .message(let number) = place, message.found[index] != found[number] {
                message.found[index] = found[number]
                isNew = true
            }
        }
        guard isNew else { return false }
        for (index, probe) in plan.probes.enumerated()
        where plan.leaves[index].isText && probe.needs == .structure && message.found[probe.firstText] {
            known[index] = true
        }
        return true
    }

    // MARK: Judging

    /// Whether the message matches by what is known at `stage`, or `nil` when more must be read.
    private mutating func decide(
        _ record: MessageRecord, _ number: SequenceNumber, _ stage: MessageNeed, _ message: SearchedMessage?
    ) -> Bool? {
        guard judge(record, number, stage, message, unknownHelps: true) else { return false }
        guard isOpen else { return true }
        return judge(record, number, stage, message, unknownHelps: false) ? true : nil
    }

    /// Walks the plan's steps. A key whose answer is not known yet leaves ``isOpen`` set, and is taken as if it helped, or
    /// did not help, the message to match. `message` is there when more than its record is known.
    private mutating func judge(
        _ record: MessageRecord, _ number: SequenceNumber, _ stage: MessageNeed, _ message: SearchedMessage?,
        unknownHelps: Bool
    ) -> Bool {
        isOpen = false
        var index = 0
        while index >= 0 {
            let step = plan.steps[index]
            let matches: Bool
            switch step.test {
            case .pass:
                index += 1
                continue
            case .always: matches = true
            case .numbers(let set): matches = plan.sets[set].contains(number.rawValue)
            case .leaf(let leaf):
                if let answer = answer(leaf, record, number, stage, message) {
                    matches = answer
                } else {
                    isOpen = true
                    matches = unknownHelps != step.isNegated
                }
            }
            index = matches ? step.onMatch : step.otherwise
        }
        return index == SearchPlan.accept
    }

    private mutating func answer(
        _ leaf: Int, _ record: MessageRecord, _ number: SequenceNumber, _ stage: MessageNeed,
        _ message: SearchedMessage?
    ) -> Bool? {
        let probe = plan.probes[leaf]
        if probe.isExact, case .exactly(let uids) = plan.leaves[leaf].narrowing { return uids.contains(record.uid) }
        if probe.needs != .nothing, let answer = known[leaf] { return answer }
        let answer: Bool
        if probe.needs <= stage {
            var message = message ?? self.message(record, number)
            message.firstText = probe.firstText
            if probe.needs < .header { message.header = nil }
            if probe.needs < .structure { message.structure = nil }
            answer = plan.leaves[leaf].key.matches(message)
        } else if let test = probe.digested, let told = digested(test, leaf, probe, record, number) {
            answer = told
        } else {
            return nil
        }
        if probe.needs != .nothing { known[leaf] = answer }
        return answer
    }

    /// What the digest knows of a key; `nil` when the message must be read for it.
    private mutating func digested(
        _ test: SearchPlan.DigestTest, _ leaf: Int, _ probe: SearchPlan.Probe, _ record: MessageRecord,
        _ number: SequenceNumber
    ) -> Bool? {
        if !isFrontRead {
            isFrontRead = true
            if let digest = record.digest, let size = record.size {
                front = DigestFront(digest.octets, size: size)
            }
        }
        guard let front else { return nil }
        switch test {
        case .text(let field):
            guard case .field(let place) = texts.places[probe.firstText] else { return nil }
            return front.has(texts.fields[place].text, in: field)
        case .sent:
            guard front.sent != .unknown else { return nil }
            var message = message(record, number)
            message.sent = front.sent
            return plan.leaves[leaf].key.matches(message)
        }
    }
}
