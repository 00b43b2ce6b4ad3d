package import IMAPCodec
import IMAPHost
import IMAPSession
import IMAPTypes

extension FetchCommand: Command {
    package static let facts = CommandFacts(
        "FETCH", in: .selected, forms: .plainAndUID, expunge: .forbiddenWithSequenceNumbers, right: .read)

    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let view = try context.selectedMailbox()
        let uids: UIDSet
        switch numbering {
        case .uids:
            uids = view.uids(in: set)
            context.expunge = .permitted
        case .sequenceNumbers:
            guard let numbered = view.uids(numbered: set) else { throw .bad(nil, "No such message") }
            uids = numbered
        }
        let plan = FetchPlan(items, numbering: numbering)
        var isIncomplete = false
        for batch in uids.batches(of: context.configuration.limits.messageBatch) {
            if plan.marksSeen, view.access == .readWrite { try await context.markSeen(batch) }
            let records: [MessageRecord]
            do {
                records = try await view.mailbox.messages(batch, plan.columns)
            } catch {
                throw CommandFailure(error)
            }
            if records.count < batch.count { isIncomplete = true }
            for record in records {
                guard let number = view.sequenceNumber(of: record.uid) else { continue }
                let message = FetchedMessage(record: record, isRecent: view.recent.contains(record.uid))
                let isWhole = try await context.respond(number, message, plan, view.mailbox)
                if !isWhole { isIncomplete = true }
                try await context.drain()
            }
        }
        if plan.marksSeen { try await context.synchronise(asks: true) }
        // Expunged elsewhere while in view: by number that is said, by UID it is left out (SEMANTICS 3).
        guard !isIncomplete || numbering == .uids else { throw CommandFailure(.expunged) }
        return .ok("FETCH completed")
    }
}

/// What a FETCH answers for each message, resolved once.
private struct FetchPlan: Sendable {
    private(set) var attributes: [any FetchItem] = []
    private(set) var streamed: [any StreamedFetchItem] = []
    let columns: MessageColumns
    let marksSeen: Bool

    init(_ items: [any FetchItemSyntax], numbering: MessageNumbering) {
        var attributes: [any FetchItem] = []
        if numbering == .uids, !items.contains(where: { $0 is UIDItem }) { attributes.append(UIDItem()) }
        for item in items {
            if let item = item as? any StreamedFetchItem {
                streamed.append(item)
            } else if let item = item as? any FetchItem {
                attributes.append(item)
            }
        }
        self.attributes = attributes
        columns = (attributes + streamed).reduce(into: []) { $0.formUnion($1.columns) }
        marksSeen = streamed.contains { $0.marksSeen }
    }
}

extension Context {
    fileprivate func selectedMailbox() throws(CommandFailure) -> MailboxView {
        guard let view = connection.machine.mailbox else { throw .bad(nil, "No mailbox is selected") }
        return view
    }

    fileprivate func markSeen(_ uids: UIDSet) async throws(CommandFailure) {
        do {
            try await connection.machine.mailbox?.mailbox.changeFlags(.add([.seen]), of: uids)
        } catch .noPermission {
            // A user who may read and not mark reads all the same (RFC 4314 section 4).
        } catch {
            throw CommandFailure(error)
        }
    }

    /// One FETCH response. Returns false, and writes nothing, when the message is gone.
    fileprivate mutating func respond(
        _ number: SequenceNumber, _ message: FetchedMessage, _ plan: FetchPlan, _ mailbox: any Mailbox
    ) async throws(CommandFailure) -> Bool {
        var parts: [(item: any StreamedFetchItem, octets: any MessageBody, first: [UInt8])] = []
        if !plan.streamed.isEmpty {
            do {
                let body = try await mailbox.body(of: message.record.uid)
                for item in plan.streamed {
                    let octets = try await item.octets(of: body)
                    parts.append((item, octets, try await octets.read(at: 0, max: StreamedOctetsWriter.chunk)))
                }
            } catch .expunged {
                return false
            } catch {
                throw CommandFailure(error)
            }
        }
        connection.writer.untagged()
        connection.writer.number(number.rawValue)
        connection.writer.space()
        connection.writer.keyword("FETCH")
        connection.writer.space()
        connection.writer.openList()
        var isFirst = true
        for item in plan.attributes {
            if !isFirst { connection.writer.space() }
            isFirst = false
            item.write(message, to: &connection.writer)
        }
        for part in parts {
            if !isFirst { connection.writer.space() }
            isFirst = false
            part.item.write(message, to: &connection.writer)
            connection.writer.space()
            try await stream(part.octets, first: part.first)
        }
        connection.writer.closeList()
        connection.writer.lineEnd()
        return true
    }

    /// A literal, piece by piece. Once its size is written there is no way back: when the store fails, the connection
    /// is closed.
    private mutating func stream(_ octets: any MessageBody, first: [UInt8]) async throws(CommandFailure) {
        connection.writer.literalHeader(octets.size)
        var chunk = first
        var offset: UInt64 = 0
        while true {
            guard UInt64(chunk.count) <= octets.size - offset else { throw .closed(.fault) }
            connection.writer.literalOctets(chunk)
            offset += UInt64(chunk.count)
            guard offset < octets.size else { return }
            try await drain()
            do {
                chunk = try await octets.read(at: offset, max: StreamedOctetsWriter.chunk)
            } catch {
                throw .closed(.fault)
            }
            guard !chunk.isEmpty else { throw .closed(.fault) }
        }
    }
}

/// How message octets are read from a store.
private enum StreamedOctetsWriter {
    static let chunk = 65_536
}
