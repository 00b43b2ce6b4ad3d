package import IMAPCodec
import IMAPHost
import IMAPMessage
import IMAPSession
import IMAPTypes

extension FetchCommand: Command {
    package static let facts = CommandFacts(
        "FETCH", in: .selected, forms: .plainAndUID, expunge: .forbiddenWithSequenceNumbers, right: .read,
        literals: .buffered)

    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let view = try context.selectedMailbox()
        let modifiers = modifiers.compactMap { $0 as? any FetchModifier }
        var request = FetchRequest(
            uids: try context.messages(set, numbering), items: items.compactMap { $0 as? any FetchItem },
            numbering: numbering, set: set, modifiers: modifiers)
        for item in request.items { try item.begin(&context) }
        for modifier in modifiers { try await modifier.begin(&request, &context) }
        let plan = FetchPlan(request.items, numbering, context.connection.forms)
        let (isIncomplete, refusal) = try await context.answer(request.uids, plan, modifiers, from: view)
        if let refusal { throw refusal }
        // Expunged elsewhere while in view: by number that is said, by UID it is left out (SEMANTICS 3).
        guard !isIncomplete || numbering == .uids else { throw CommandFailure(.expunged) }
        return .ok("FETCH completed")
    }
}

extension Context {
    /// FETCH responses that nobody asked for: `items` of those of `uids` that are in view. A message that is gone, and
    /// one that cannot be answered, is left out.
    public mutating func respondFetch(of uids: UIDSet, _ items: [any FetchItem]) async throws(CommandFailure) {
        let view = try selectedMailbox()
        let uids = view.existing(uids)
        guard !uids.isEmpty, !items.isEmpty else { return }
        _ = try await answer(uids, FetchPlan(items, .sequenceNumbers, connection.forms), [], from: view)
    }

    /// Answers for each message that there is. Says whether one was left out, and why one was that could not be
    /// answered.
    fileprivate mutating func answer(
        _ uids: UIDSet, _ plan: FetchPlan, _ modifiers: [any FetchModifier], from view: MailboxView
    ) async throws(CommandFailure) -> (isIncomplete: Bool, refusal: CommandFailure?) {
        var isIncomplete = false
        var refusal: CommandFailure?
        for (index, batch) in uids.batches(of: configuration.limits.messageBatch).enumerated() {
            // Who shares the executor has a turn between.
            if index > 0 { await Task.yield() }
            let (admitted, isWhole) = try await modifiers.admitted(batch, view)
            if !isWhole { isIncomplete = true }
            guard !admitted.isEmpty else { continue }
            if plan.marksSeen, view.access == .readWrite { try await markSeen(admitted) }
            let records = try await ask { () async throws(StoreError) in
                try await view.messages(admitted, plan.columns)
            }
            if records.count < admitted.count { isIncomplete = true }
            for index in records.indices {
                let uid = records[index].uid
                guard let number = view.sequenceNumber(of: uid) else { continue }
                var message = FetchedMessage(
                    record: records[index], isRecent: !plan.omitsRecent && view.recent.contains(uid))
                if plan.isKnown {
                    write(number, message, plan)
                } else if !plan.isDigested || !writeDigested(number, message, plan) {
                    switch try await respond(number, &message, plan, view) {
                    case .answered: break
                    case .gone: isIncomplete = true
                    case .refused(let failure): refusal = refusal ?? failure
                    }
                }
                if connection.writer.size >= connection.outputLimit { try await flush() }
            }
        }
        if plan.marksSeen { askForNews() }
        return (isIncomplete, refusal)
    }
}

extension [any FetchModifier] {
    /// The messages that are answered, and whether all of `uids` were there to be looked at.
    fileprivate func admitted(
        _ uids: UIDSet, _ view: MailboxView
    ) async throws(CommandFailure) -> (UIDSet, isWhole: Bool) {
        guard !isEmpty else { return (uids, true) }
        let columns = reduce(into: MessageColumns()) { $0.formUnion($1.columns) }
        let records = try await ask { () async throws(StoreError) in try await view.messages(uids, columns) }
        let admitted = UIDSet(records.filter { record in allSatisfy { $0.admits(record) } }.map { $0.uid })
        return (admitted, records.count == uids.count)
    }
}

/// What a FETCH answers for each message, resolved once.
private struct FetchPlan: Sendable {
    /// Octets read of a message at a time.
    static let chunk = 65_536
    /// Octets of an answer that a connection may hold.
    static let ownAnswer = 1 << 20

    private(set) var attributes: [any FetchItem] = []
    private(set) var streamed: [any StreamedFetchItem] = []
    let columns: MessageColumns
    /// What the attributes need.
    let needs: MessageNeed
    /// Whether an item, of either kind, needs what a digest tells.
    let usesDigest: Bool
    let marksSeen: Bool
    let forms: MessageForms
    let omitsRecent: Bool

    /// Whether the records with their digests say it: for each attribute, how it is written out of one, or `nil` where it
    /// needs none. Empty where something else is asked for.
    private(set) var digested: [(any DigestedItem)?] = []

    var isDigested: Bool { !digested.isEmpty }

    /// Whether the records say all that is asked for.
    var isKnown: Bool { streamed.isEmpty && needs == .nothing }

    init(_ items: [any FetchItem], _ numbering: MessageNumbering, _ forms: MessageForms) {
        self.forms = forms
        omitsRecent = forms.omitted.contains("RECENT")
        var attributes: [any FetchItem] = []
        if numbering == .uids, forms.fetch == nil, !items.contains(where: { $0 is UIDItem }) {
            attributes.append(UIDItem())
        }
        var marksSeen = false
        for item in items {
            if let item = item as? any StreamedFetchItem {
                if item.marksSeen { marksSeen = true }
                if !streamed.contains(where: { item.isAnswered(by: $0) }) { streamed.append(item) }
            } else {
                attributes.append(item)
            }
        }
        self.attributes = attributes
        needs = attributes.map(\.needs).max() ?? .nothing
        let all = attributes + streamed
        var columns = all.reduce(into: MessageColumns()) { $0.formUnion($1.columns) }
        // What is known of the message need not be read out of it.
        usesDigest = all.contains { $0.needs != .nothing }
        if usesDigest { columns.formUnion([.digest, .size]) }
        self.columns = columns
        self.marksSeen = marksSeen
        if usesDigest, streamed.isEmpty, attributes.allSatisfy({ $0.needs == .nothing || $0 is any DigestedItem }) {
            digested = attributes.map { $0.needs == .nothing ? nil : $0 as? any DigestedItem }
        }
    }
}

/// What became of one message of a FETCH.
private enum FetchOutcome: Sendable {
    case answered
    /// It was expunged: nothing was written.
    case gone
    /// An item cannot be answered: nothing was written.
    case refused(CommandFailure)
}

extension Context {
    fileprivate func markSeen(_ uids: UIDSet) async throws(CommandFailure) {
        do {
            _ = try await connection.machine.mailbox?.mailbox.changeFlags(.add([.seen]), of: uids)
        } catch .noPermission {
            // A user who may read and not mark reads all the same (RFC 4314 section 4).
        } catch {
            throw CommandFailure(error)
        }
    }

    /// A FETCH response of what the record says.
    fileprivate mutating func write(_ number: SequenceNumber, _ message: FetchedMessage, _ plan: FetchPlan) {
        beginFetch(number, message.record.uid, plan.forms)
        writeAttributes(message, plan)
        connection.writer.closeList()
        connection.writer.lineEnd()
    }

    /// The same, with what the record's digest says. `false`: there is none that can be of the message, and nothing was
    /// written.
    fileprivate mutating func writeDigested(
        _ number: SequenceNumber, _ message: FetchedMessage, _ plan: FetchPlan
    ) -> Bool {
        guard let digest = message.record.digest, let size = message.record.size,
            let structure = DigestStructure(digest.octets, size: size),
            plan.needs == .structure || structure.hasWholeParts
        else { return false }
        let start = connection.writer.size
        beginFetch(number, message.record.uid, plan.forms)
        for index in plan.attributes.indices {
            if index > 0 { connection.writer.space() }
            if let item = plan.digested[index] {
                guard item.write(structure, to: &connection.writer) else {
                    connection.writer.cut(to: start)
                    return false
                }
            } else {
                plan.attributes[index].write(message, to: &connection.writer)
            }
        }
        connection.writer.closeList()
        connection.writer.lineEnd()
        return true
    }

    private mutating func writeAttributes(_ message: FetchedMessage, _ plan: FetchPlan) {
        var isFirst = true
        for item in plan.attributes {
            if !isFirst { connection.writer.space() }
            isFirst = false
            item.write(message, to: &connection.writer)
        }
    }

    /// One FETCH response, or none.
    fileprivate mutating func respond(
        _ number: SequenceNumber, _ message: inout FetchedMessage, _ plan: FetchPlan, _ view: MailboxView
    ) async throws(CommandFailure) -> FetchOutcome {
        var parts: [(item: any StreamedFetchItem, value: FetchedValue)] = []
        // Of the first value that is streamed, while the answer can still be NO.
        var first: [UInt8]?
        var held = heldMessage
        let known = plan.usesDigest ? MessageStructure(message.record) : nil
        if let known, plan.streamed.isEmpty {
            message.envelope = known.envelope
            message.structure = known.body
        } else if !plan.streamed.isEmpty || plan.needs != .nothing {
            do {
                let octets = try await view.mailbox.body(of: message.record.uid)
                if let size = message.record.size, size != octets.size {
                    view.report("body: another size than the message's")
                    return .refused(CommandFailure(.internalError))
                }
                var body = FetchedBody(octets, held, known: known)
                defer { held = body.held }
                if plan.needs == .structure { message.structure = try await body.structure().body }
                if plan.needs != .nothing { message.envelope = try await body.envelope().envelope }
                for item in plan.streamed {
                    let value = try await item.value(of: &body)
                    if case .refused(let code, let text) = value { return .refused(.no(code, text)) }
                    parts.append((item, value))
                    if first == nil { first = try await value.octets?.read(at: 0, max: FetchPlan.chunk) }
                }
            } catch .expunged {
                return .gone
            } catch .corrupt {
                // One damaged message does not keep the client from the others.
                return .refused(CommandFailure(.corrupt))
            } catch {
                throw CommandFailure(error)
            }
        }
        beginFetch(number, message.record.uid, plan.forms)
        writeAttributes(message, plan)
        if held.isLarge {
            message.envelope = nil
            message.structure = nil
            // An answer that is no more than a connection may hold waits for its client without a share.
            if connection.writer.size <= FetchPlan.ownAnswer { held.release() }
            try await drain()
            held.release()
        }
        var isFirst = plan.attributes.isEmpty
        for part in parts {
            if !isFirst { connection.writer.space() }
            isFirst = false
            part.item.write(message, to: &connection.writer)
            connection.writer.space()
            switch part.value {
            case .null, .refused: connection.writer.null()
            case .number(let number): connection.writer.number(number)
            case .literal(let octets):
                try await stream(octets, first: first, isBinary: false)
                first = nil
            case .literal8(let octets):
                try await stream(octets, first: first, isBinary: true)
                first = nil
            }
            try await drain()
        }
        connection.writer.closeList()
        connection.writer.lineEnd()
        return .answered
    }

    /// A literal, piece by piece. Once its size is written there is no way back: when the store fails, the connection
    /// is closed.
    private mutating func stream(
        _ octets: any MessageBody, first: [UInt8]?, isBinary: Bool
    ) async throws(CommandFailure) {
        connection.writer.literalHeader(octets.size, isBinary: isBinary)
        var next = first
        var offset: UInt64 = 0
        while offset < octets.size {
            let chunk: [UInt8]
            do {
                if let next { chunk = next } else { chunk = try await octets.read(at: offset, max: FetchPlan.chunk) }
            } catch {
                observe(.fault("the store: a message could not be read to its end: \(error)"))
                throw .closed(.fault)
            }
            next = nil
            guard !chunk.isEmpty, UInt64(chunk.count) <= octets.size - offset else {
                observe(.fault("the store: body: other octets than its size says"))
                throw .closed(.fault)
            }
            connection.writer.literalOctets(chunk, isBinary: isBinary)
            offset += UInt64(chunk.count)
            try await drain()
        }
    }
}
