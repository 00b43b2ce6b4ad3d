import IMAPCodec
import IMAPHost
import IMAPMessage
import IMAPText
import IMAPTypes

/// One search at work: what it reads, message by message, and what it found.
///
/// A message is judged in four stages: by its numbers, flags, dates and size; by its digest, where the store kept one;
/// by its header; by all of it. Each stage reads only when the one before left it open whether the message matches.
struct SearchRun: Sendable {
    let plan: SearchPlan
    let program: SearchProgram
    let texts: SearchTexts
    let view: MailboxView
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

    init(
        _ plan: SearchPlan, _ program: SearchProgram, _ texts: SearchTexts, _ view: MailboxView, certain: NumberRanges
    ) {
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

    /// Whether a message matches.
    mutating func matches(_ record: MessageRecord) async throws(StoreError) -> Bool {
        // A store that names a message that was not asked for names one that the client does not know.
        guard let number = view.sequenceNumber(of: record.uid) else { return false }
        guard !certain.contains(number.rawValue) else { return true }
        if plan.needs != .nothing { for index in known.indices { known[index] = nil } }
        var message = SearchedMessage(
            record: record, sequenceNumber: number, isRecent: view.recent.contains(record.uid))
        if let decided = decide(message, .nothing) { return decided }
        if plan.asksDigests, let digest = record.digest, let size = record.size,
            let front = DigestFront(digest.octets, size: size)
        {
            message.sent = front.sent
            if let decided = decide(message, .nothing, front) { return decided }
        }
        do {
            var octets = SearchedOctets(try await view.mailbox.body(of: record.uid))
            try await octets.readHeader(atMost: texts.limits.headerOctets)
            octetsRead += octets.head.count
            message.header = SearchedHeader(octets.head, texts.charsets, texts.limits)
            message.found = [Bool](repeating: false, count: texts.count)
            for (index, place) in texts.places.enumerated() {
                if case .field(let name, let text) = place {
                    message.found[index] = message.header?.has(text, inFieldsNamed: name) ?? false
                }
            }
            if let decided = decide(message, .header) { return decided }
            return try await matches(&message, &octets)
        } catch .expunged {
            return false
        }
    }

    /// The last stage: the rest of the message is read, as far as it takes.
    private mutating func matches(
        _ message: inout SearchedMessage, _ octets: inout SearchedOctets
    ) async throws(StoreError) -> Bool {
        var reading = texts.message.reading()
        let needsAll = plan.leaves.contains { $0.needs == .structure && !$0.isText }
        var found = reading.found
        while true {
            let piece = try await octets.next()
            guard !piece.isEmpty else { break }
            octetsRead += piece.count
            reading.feed(piece)
            guard reading.found != found else { continue }
            found = reading.found
            note(found, &message)
            if judge(message, .header, unknownHelps: false) { return true }
            if !judge(message, .header, unknownHelps: true) { return false }
            if reading.isComplete, !needsAll { break }
        }
        message.structure = reading.finish().body
        note(reading.found, &message)
        return judge(message, .structure, unknownHelps: false)
    }

    /// Takes over which texts were found so far.
    private mutating func note(_ found: [Bool], _ message: inout SearchedMessage) {
        for (index, place) in texts.places.enumerated() {
            if case .message(let number) = place { message.found[index] = found[number] }
        }
        for (index, leaf) in plan.leaves.enumerated()
        where leaf.isText && leaf.needs == .structure && message.found[leaf.firstText] {
            known[index] = true
        }
    }

    /// Whether the message matches by what is known at `stage`, or `nil` when more must be read.
    private mutating func decide(
        _ message: SearchedMessage, _ stage: MessageNeed, _ front: DigestFront? = nil
    ) -> Bool? {
        guard judge(message, stage, front, unknownHelps: true) else { return false }
        if plan.needs <= stage { return true }
        return judge(message, stage, front, unknownHelps: false) ? true : nil
    }

    /// What the digest knows of a leaf; `nil` when the message must be read for it.
    private func answer(_ leaf: SearchPlan.Leaf, _ message: SearchedMessage, _ front: DigestFront) -> Bool? {
        switch leaf.digested {
        case .text(let field):
            guard case .field(_, let text) = texts.places[leaf.firstText] else { return nil }
            return front.has(text, in: field)
        case .sent: return front.sent == .unknown ? nil : leaf.key.matches(message)
        case nil: return nil
        }
    }

    private mutating func judge(
        _ message: SearchedMessage, _ stage: MessageNeed, _ front: DigestFront? = nil, unknownHelps: Bool
    ) -> Bool {
        let plan = plan
        return plan.matches(
            number: message.sequenceNumber.rawValue, unknownHelps: unknownHelps
        ) { index in
            let leaf = plan.leaves[index]
            if case .exactly(let uids) = leaf.narrowing { return uids.contains(message.record.uid) }
            if let answer = known[index], leaf.needs != .nothing { return answer }
            guard leaf.needs <= stage else {
                guard let front, let answer = answer(leaf, message, front) else { return nil }
                known[index] = answer
                return answer
            }
            var message = message
            message.firstText = leaf.firstText
            if leaf.needs < .header { message.header = nil }
            if leaf.needs < .structure { message.structure = nil }
            let answer = leaf.key.matches(message)
            if leaf.needs != .nothing { known[index] = answer }
            return answer
        }
    }
}
