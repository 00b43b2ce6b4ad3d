import IMAPCodec
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPTestKit
import IMAPText
import IMAPTypes

@testable import IMAPExtensions
@testable import IMAPServer
@testable import IMAPSession

/// Makes the library's own values of what a response says, and has the library write them.
struct ServerVectorProducer: ~Copyable {
    let tables: ServerTables
    var context: Context

    init() throws {
        let clock = VirtualClock()
        let store = MemoryStore()
        tables = try ServerTables(
            IMAPExtension.standard, ServerConfiguration(), authenticator: TestUsers(), store: store)
        let channel = Channel(
            ScriptedTransport(), tables: tables, store: store, clock: clock, timers: TimerService(clock: clock))
        let survivors = Survivors(
            id: ConnectionID(1), facts: channel.transport.facts, opened: clock.now, observer: SilentObserver())
        let connection = Connection(survivors, tables, origin: .greeting, began: clock.now)
        context = Context(connection, channel, now: clock.now)
        _ = context.connection.machine.greet()
    }

    mutating func produce(_ response: WireResponse) async throws -> [UInt8] {
        if response.isContinuation {
            try request(response.line())
        } else if response.isStatus {
            try status(response)
        } else {
            try await data(response)
        }
        return context.connection.writer.takeAll()
    }

    // MARK: Status responses and continuation requests

    private mutating func request(_ line: [UInt8]) throws {
        if Base64.decode(line.span).map({ Base64.encode($0.span) }) == line {
            context.connection.writer.challenge(base64: line)
        } else {
            let text = try require(ResponseText(String(decoding: line, as: UTF8.self)), "text")
            context.connection.writer.continuationRequest(text)
        }
    }

    private mutating func status(_ response: WireResponse) throws {
        let tag = response.tag == octets("*") ? nil : try require(Tag(response.tag), "tag")
        let statuses: [String: ResponseStatus] = [
            "OK": .ok, "NO": .no, "BAD": .bad, "BYE": .bye, "PREAUTH": .preauth,
        ]
        let (arguments, text) = try response.code()
        let code = try response.codeName.map { try responseCode($0, arguments) }
        context.connection.writer.status(
            tag, try require(statuses[response.name], "status"), code,
            text.flatMap { ResponseText(String(decoding: $0, as: UTF8.self)) } ?? "Done")
    }

    private func responseCode(_ name: String, _ nodes: [WireNode]) throws -> ResponseCode {
        switch (name, nodes.count) {
        case ("UIDNEXT", 1): return .uidNext(try nodes[0].uid())
        case ("UIDVALIDITY", 1): return .uidValidity(try require(UIDValidity(try nodes[0].number32()), name))
        case ("UNSEEN", 1): return .unseen(try require(SequenceNumber(try nodes[0].number32()), name))
        case ("HIGHESTMODSEQ", 1): return .highestModSequence(try nodes[0].modSequence())
        case ("CAPABILITY", 1...): return .capability(try nodes.map { try $0.capability() })
        case ("PERMANENTFLAGS", 1):
            let flags = try nodes[0].list()
            let newKeywords = flags.last == .word(octets("\\*"))
            return .permanentFlags(
                try (newKeywords ? Array(flags.dropLast()) : flags).map { try $0.flag() }, newKeywords: newKeywords)
        case ("APPENDUID", 2), ("COPYUID", 3):
            let validity = try require(UIDValidity(try nodes[0].number32()), name)
            let sets: [UIDSet] = try nodes.dropFirst().map { try $0.set() }
            guard sets.allSatisfy({ $0.count == sets[0].count }) || name == "APPENDUID" else {
                throw WireError("COPYUID with sets of two sizes")
            }
            return ResponseCode(
                try keyword(name), [.number(UInt64(validity.rawValue))] + sets.map { ResponseCode.Argument.uids($0) })
        case ("NOUPDATE", 1):
            return .noUpdate(try require(ResponseCode.CommandName(try require(Tag(try nodes[0].value()), name)), name))
        case ("METADATA", 1): return .metadata(try keyword(try nodes[0].text()))
        case ("METADATA", 2): return .metadata(try keyword(try nodes[0].text()), Int(try nodes[1].number32()))
        case ("MAILBOXID", 1): return .mailboxID(try objectID(nodes[0]))
        case ("MODIFIED", 1): return ResponseCode("MODIFIED", [.sequenceNumbers(try nodes[0].set())])
        case (_, 0): return ResponseCode(try keyword(name))
        default: throw WireError("[\(name)] with \(nodes.count) arguments")
        }
    }

    func objectID(_ node: WireNode) throws -> ObjectID {
        try require(ObjectID(try node.list().only().text()), "object ID")
    }

    // MARK: Data

    private mutating func data(_ response: WireResponse) async throws {
        let nodes = try response.data()
        let name = try keyword(response.name)
        switch response.name {
        case "EXISTS", "RECENT", "EXPUNGE":
            guard nodes.isEmpty else { throw WireError("data behind \(name)") }
            context.respond(try require(response.number, "number"), name)
        case "CAPABILITY", "ENABLED":
            let capabilities = try nodes.map { try $0.capability() }
            context.respond(name) { writer in
                for capability in capabilities {
                    writer.space()
                    writer.capability(capability)
                }
            }
        case "FLAGS":
            let flags = try nodes.only().list().map { try $0.flag() }
            context.respond(name) { writer in
                writer.space()
                writer.flags(flags)
            }
        case "VANISHED":
            if nodes.first == .list([.word(octets("EARLIER"))]) {
                context.respondVanishedEarlier(try Array(nodes.dropFirst()).only().set())
                break
            }
            let gone: UIDSet = try nodes.only().set()
            context.respond(name) { writer in
                writer.space()
                writer.uids(gone)
            }
        case "LIST", "LSUB": try list(name, nodes)
        case "STATUS": try status(nodes)
        case "SEARCH", "SORT": try await search(name, nodes)
        case "THREAD":
            var threads = MessageThreads()
            for node in nodes { try threads.append(try node.list(), below: nil) }
            try await context.respond(threads, .uids, in: try result(OrderedMessages(), .uids).mailbox)
        case "ESEARCH": try await extendedSearch(nodes)
        case "FETCH", "UIDFETCH":
            try fetch(try require(response.number, "number"), response.name, try nodes.only().list())
        case "QUOTA":
            let root = try require(QuotaRoot(try nodes.at(0).value()), "root")
            let triples = try nodes.at(1).list()
            let usages = try stride(from: 0, to: triples.count, by: 3).map { index in
                QuotaUsage(
                    QuotaResource(try keyword(try triples[index].text())), usage: try triples.at(index + 1).number(),
                    limit: try triples.at(index + 2).number())
            }
            context.respondQuota(of: root, usages)
        case "QUOTAROOT":
            let roots = try nodes.dropFirst().map { try require(QuotaRoot(try $0.value()), "root") }
            context.respondQuotaRoots(of: try nodes.at(0).mailbox(), roots)
        case "METADATA": try metadata(nodes)
        case "ACL":
            let entries = try stride(from: 1, to: nodes.count, by: 2).map { index in
                (
                    identifier: try require(AccessIdentifier(try nodes[index].value()), "identifier"),
                    rights: try rights(nodes.at(index + 1))
                )
            }
            context.respondACL(of: try nodes.at(0).mailbox(), entries)
        case "LISTRIGHTS":
            let identifier = try require(AccessIdentifier(try nodes.at(1).value()), "identifier")
            context.respondListRights(
                of: identifier, in: try nodes.at(0).mailbox(), try nodes.dropFirst(2).map { try rights($0) })
        case "MYRIGHTS": context.respondMyRights(in: try nodes.at(0).mailbox(), try rights(nodes.at(1)))
        case "NAMESPACE":
            guard nodes.count == 3 else { throw WireError("NAMESPACE of \(nodes.count)") }
            let all = try nodes.map { try $0.namespaces() }
            context.language = .german
            defer { context.language = nil }
            context.respondNamespaces(Namespaces(personal: all[0], otherUsers: all[1], shared: all[2]))
        case "LANGUAGE":
            context.respondLanguages(
                try nodes.only().list().map { try require(LanguageTag(try $0.value()), "language") })
        case "COMPARATOR":
            context.respondComparator(
                try nodes.at(0).value(), matches: nodes.count > 1 ? try nodes[1].list().map { try $0.value() } : [])
        case "ID":
            let pairs = try nodes.only().isNil ? [] : nodes.only().list()
            let fields = try stride(from: 0, to: pairs.count, by: 2).map { index in
                ClientIdentification.Field(
                    name: try pairs[index].value(), value: try pairs.at(index + 1).nstring())
            }
            context.respondID(try require(ClientIdentification(fields), "ID"))
        default: throw WireError("nothing writes \(name)")
        }
    }

    private mutating func list(_ name: Keyword, _ nodes: [WireNode]) throws {
        let attributes = try nodes.at(0).list().map { try require(MailboxAttribute(try $0.value()), "attribute") }
        let separator = try nodes.at(1).nstring().map { try require($0.count == 1 ? $0.first : nil, "separator") }
        guard try !nodes.at(2).value().isEmpty else { return context.respondRoot(name, [], separator) }
        var response = ListResponse(try nodes.at(2).mailbox(), separator: separator, attributes: attributes)
        let extended = nodes.count > 3 ? try nodes[3].list() : []
        for index in stride(from: 0, to: extended.count, by: 2) {
            let values = try extended.at(index + 1).list()
            switch try extended[index].text().uppercased() {
            case "CHILDINFO":
                response.extendedData.append(.childInfo(try values.map { try keyword(try $0.text()) }))
            case "OLDNAME": response.extendedData.append(.oldName(try values.only().mailbox()))
            default: throw WireError("extended data")
            }
        }
        context.respondList(name, response)
    }

    /// Rights, in the order of the print: the RFC has none.
    private func rights(_ node: WireNode) throws -> [UInt8] {
        let octets = try node.value()
        _ = try require(WireRights.read(octets), "rights")
        return octets
    }

    private mutating func metadata(_ nodes: [WireNode]) throws {
        let object: AnnotatedObject =
            try nodes.at(0).value().isEmpty ? .server : .mailbox(try nodes.at(0).mailbox())
        func entry(_ node: WireNode) throws -> EntryName { try require(EntryName(try node.value()), "entry") }
        guard case .list(let pairs) = try nodes.at(1) else {
            return context.respondNames(of: object, try nodes.dropFirst().map { try entry($0) })
        }
        let values = try stride(from: 0, to: pairs.count, by: 2).map { index in
            (name: try entry(pairs[index]), value: try pairs.at(index + 1).nstring())
        }
        context.respondValues(of: object, values)
    }

    private mutating func status(_ nodes: [WireNode]) throws {
        let name = try nodes.at(0).mailbox()
        let pairs = try nodes.at(1).list()
        var status = MailboxStatus(
            messages: 0, recent: 0, unseen: 0, deleted: 0, uidNext: .first,
            uidValidity: try require(UIDValidity(1), ""),
            size: 0, highestModSequence: .zero)
        var items: [any StatusItem] = []
        for index in stride(from: 0, to: pairs.count, by: 2) {
            let item = try pairs[index].text()
            let value = try pairs.at(index + 1)
            items.append(try require(tables.grammar.statusItems[try keyword(item)] as? any StatusItem, item))
            switch item {
            case "MESSAGES": status.messages = try value.number32()
            case "RECENT": status.recent = try value.number32()
            case "UNSEEN": status.unseen = try value.number32()
            case "DELETED": status.deleted = try value.number32()
            case "UIDNEXT": status.uidNext = try value.uid()
            case "UIDVALIDITY": status.uidValidity = try require(UIDValidity(try value.number32()), item)
            case "SIZE": status.size = try value.number()
            case "DELETED-STORAGE": status.deletedSize = try value.number()
            case "HIGHESTMODSEQ": status.highestModSequence = try value.modSequence()
            case "APPENDLIMIT": status.appendLimit = try value.number()
            case "MAILBOXID": status.mailboxID = try objectID(value)
            default: throw WireError("STATUS \(item)")
            }
        }
        context.respondStatus(of: name, status, items)
    }

    // MARK: Searches

    private mutating func search(_ name: Keyword, _ nodes: [WireNode]) async throws {
        var numbers = nodes
        var items: [any SearchResultItem] = []
        if case .list(let item)? = numbers.last {
            numbers.removeLast()
            guard try item.at(0).text() == "MODSEQ" else { throw WireError("SEARCH item") }
            items = [try highest(try item.at(1))]
        }
        let list = try numbers.map { try $0.number32() }
        let found =
            name == "SORT" ? OrderedMessages(sorted: list) : OrderedMessages(UIDSet(list.compactMap { UID($0) }))
        try await context.respond(name, try result(found, .sequenceNumbers), items)
    }

    private func highest(_ node: WireNode) throws -> HighestFound {
        var item = HighestFound()
        item.take(MessageRecord(uid: .first, modSequence: try node.modSequence()))
        return item
    }

    private func result(_ found: OrderedMessages, _ numbering: MessageNumbering) throws -> SearchResult {
        let last = found.uids.last ?? .first
        // Every message has its UID for a number.
        let open = OpenMailbox(
            mailbox: NoMailbox(), access: .readOnly, uidValidity: try require(UIDValidity(1), ""), uidNext: last,
            uids: UIDSet(.first, last), recent: UIDSet(), firstUnseen: nil, flags: [], permanentFlags: [],
            acceptsNewKeywords: false, token: ChangeToken(0))
        return SearchResult(
            messages: found, numbering: numbering, returned: found.uids,
            program: SearchProgram(nodes: [], charset: nil),
            mailbox: MailboxView(open, name: .inbox), criteria: [])
    }

    private mutating func extendedSearch(_ nodes: [WireNode]) async throws {
        var rest = nodes[...]
        context.tag = nil
        if case .list(let correlator)? = rest.first {
            guard try correlator.count == 2 && correlator[0].text() == "TAG" else { throw WireError("correlator") }
            context.tag = try require(Tag(try correlator[1].value()), "tag")
            rest.removeFirst()
        }
        var numbering = MessageNumbering.sequenceNumbers
        if rest.first == .word(octets("UID")) {
            numbering = .uids
            rest.removeFirst()
        }
        var options: [any SearchReturnOption] = []
        var items: [any SearchResultItem] = []
        var updates: [SearchReturnData] = []
        var all: OrderedMessages?
        var page: OrderedMessages?
        var (least, greatest, count): (UInt32?, UInt32?, UInt32?) = (nil, nil, nil)
        while let name = try rest.popFirst()?.text() {
            let value = try require(rest.popFirst(), name)
            switch name {
            case "MIN":
                least = try value.number32()
                options.append(MinimumOption())
            case "MAX":
                greatest = try value.number32()
                options.append(MaximumOption())
            case "ALL":
                all = try value.orderedMessages()
                options.append(AllMatches())
            case "COUNT":
                count = try value.number32()
                options.append(CountOption())
            case "MODSEQ": items.append(try highest(value))
            case "PARTIAL":
                let range = try value.list().at(0).text()
                options.append(try partial(range))
                page = try value.list().at(1).isNil ? OrderedMessages() : value.list()[1].orderedMessages()
            case "ADDTO", "REMOVEFROM":
                let values = try value.list().enumerated().map { index, node -> SearchReturnValue in
                    index % 2 == 0 ? .number(try node.number()) : .messages(try node.orderedMessages())
                }
                updates.append(SearchReturnData(name: try keyword(name), value: .list(values)))
            default: throw WireError("ESEARCH \(name)")
            }
        }
        let found = try all ?? page ?? OrderedMessages(ServerVectorProducer.found(least, greatest, count))
        guard updates.isEmpty else {
            return try await context.respondExtended(
                context.tag, numbering, updates,
                in: try result(OrderedMessages(UIDSet(.first, try require(UID(99_999), ""))), numbering).mailbox)
        }
        try await context.respondExtended(try result(found, numbering), SearchOptions(options), items)
    }

    /// The option that a client asks for to be answered with this page.
    private func partial(_ range: String) throws -> any SearchReturnOption {
        var framer = Framer(limits: tables.configuration.limits.afterLogin)
        var input = InputBuffer(octets("a SEARCH RETURN (PARTIAL \(range)) ALL\r\n"))
        guard case .command(let frame) = framer.next(&input) else { throw WireError("no command: \(range)") }
        var arguments = ArgumentReader(
            frame, head: frame.head, nesting: tables.configuration.limits.nestingAfterLogin)
        let command = try SearchCommand(&arguments, Grammar(tables.grammar, numbering: .sequenceNumbers))
        return try require(command.options?.first as? any SearchReturnOption, "option")
    }

    /// Messages of which these are the lowest, the highest and the number.
    private static func found(_ least: UInt32?, _ greatest: UInt32?, _ count: UInt32?) throws -> UIDSet {
        var found = UIDSet([least, greatest].compactMap { $0.flatMap { UID($0) } })
        guard let count else { return found }
        var next = least ?? 1
        while found.count < count {
            found.insert(try require(UID(next), "UID"))
            next += 1
        }
        return found
    }
}
