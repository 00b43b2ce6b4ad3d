import IMAPCodec
import IMAPHost
import IMAPParser
import IMAPServer
import IMAPTypes

/// What a client asks for in place of a name: the name, or, with a depth, what is below it. That may be a path that no
/// annotation can have, such as `/shared`.
struct EntrySpecifier: Sendable {
    let path: [UInt8]
    /// `nil` for a path that is too short for an annotation.
    let name: EntryName?

    /// `nil` for what is neither a name nor the beginning of one.
    init?(_ path: [UInt8]) {
        self.path = path
        name = EntryName(path)
        guard name != nil || EntryName(path + EntrySpecifier.below) != nil else { return nil }
    }

    private static let below = Array("/a/b/c".utf8)
}

extension ArgumentReader {
    /// `mailbox`, of which the empty one is the server. `nil` for a name that no mailbox can have.
    mutating func annotatedObject(_ grammar: Grammar) throws(SyntaxError) -> AnnotatedObject? {
        let octets = try astring()
        guard !octets.isEmpty else { return .server }
        return MailboxWireForm.decode(octets, utf8: grammar.traits.contains(.utf8)).map { .mailbox($0) }
    }

    /// `entry`, where values are asked for.
    mutating func entrySpecifier() throws(SyntaxError) -> EntrySpecifier {
        let octets = try astring()
        guard let specifier = EntrySpecifier(octets) else { throw error(.unexpected) }
        return specifier
    }
}

/// A question for annotations: which, and how large they may be.
struct MetadataQuery: Sendable {
    var specifiers: [EntrySpecifier]
    /// How many levels below the names; `nil` for no limit.
    var depth: Int? = 0
    /// The most octets of a value that is answered.
    var maximumSize: Int?

    /// The octets of values read at a time, and the most of them.
    private static let batchSize = 65_536
    private static let batchCount = 100

    /// An annotation to be answered; without a size it has no value.
    private struct Found: Sendable {
        let name: EntryName
        /// As the store says: any number at all.
        var size: Int?
        /// What it takes of a batch.
        var weight: Int { min(max(size ?? 0, 0), MetadataQuery.batchSize) }
    }

    /// Answers it. Returns the size of the largest value that was too large.
    func answer(of object: AnnotatedObject, _ context: inout Context) async throws(CommandFailure) -> Int? {
        let account = try context.annotatedAccount()
        let sizes = try await ask { () async throws(StoreError) in try await account.annotations(of: object) }
        var largest: Int?
        var wanted: [Found] = []
        for found in matches(sizes) {
            if let size = found.size, let maximumSize, size > maximumSize {
                largest = max(largest ?? 0, size)
            } else {
                wanted.append(found)
            }
        }
        var rest = wanted[...]
        while let first = rest.first {
            var batch = [first]
            var room = MetadataQuery.batchSize - first.weight
            rest = rest.dropFirst()
            while let next = rest.first, batch.count < MetadataQuery.batchCount, next.weight <= room {
                batch.append(next)
                room -= next.weight
                rest = rest.dropFirst()
            }
            let large = try await answer(batch, of: object, account, &context)
            if let large { largest = max(largest ?? 0, large) }
            try await context.drain()
        }
        return largest
    }

    /// The annotations asked for, in the order asked; what is below a name in the order of names. A name that is asked
    /// for by itself is answered with NIL when it has no value.
    private func matches(_ sizes: [AnnotationSize]) -> [Found] {
        var found: [Found] = []
        var seen: Set<EntryName> = []
        let sizes = sizes.sorted { $0.name.octets.lexicographicallyPrecedes($1.name.octets) }
        let known = Dictionary(sizes.map { ($0.name, $0.size) }) { first, _ in first }
        for specifier in specifiers {
            guard depth != 0 else {
                guard let name = specifier.name, seen.insert(name).inserted else { continue }
                found.append(Found(name: name, size: known[name]))
                continue
            }
            for one in sizes {
                guard let levels = one.name.levels(below: specifier.path), levels <= depth ?? levels,
                    seen.insert(one.name).inserted
                else { continue }
                found.append(Found(name: one.name, size: one.size))
            }
        }
        return found
    }

    /// Answers some. A value may be another one than its size was told of: gone, or too large now.
    private func answer(
        _ batch: [Found], of object: AnnotatedObject, _ account: any AnnotatedAccount, _ context: inout Context
    ) async throws(CommandFailure) -> Int? {
        let names = batch.filter { $0.size != nil }.map(\.name)
        var values: [EntryName: [UInt8]] = [:]
        if !names.isEmpty {
            values = try await ask { () async throws(StoreError) in try await account.values(of: names, in: object) }
        }
        var largest: Int?
        var answers: [(name: EntryName, value: [UInt8]?)] = []
        for found in batch {
            let value = values[found.name]
            if let value, let maximumSize, value.count > maximumSize {
                largest = max(largest ?? 0, value.count)
            } else if value != nil || depth == 0 {
                answers.append((found.name, value))
            }
        }
        guard !answers.isEmpty else { return largest }
        // What is annotated may be secret: no length tells what stands beside it (R-Z-5).
        try await context.cutCompression()
        context.respondValues(of: object, answers)
        try await context.cutCompression()
        return largest
    }
}

/// METADATA, behind RETURN (RFC 9590 section 4). A mailbox whose annotations cannot be had is listed without.
///
/// ```abnf
/// return-option =/ "METADATA" SP "(" entry *(SP entry) ")"
/// ```
struct MetadataOption: ListReturnOption {
    static let name: Keyword = "METADATA"

    private let query: MetadataQuery

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        let specifiers = try arguments.list(atMost: .options) { reader throws(SyntaxError) in
            try reader.entrySpecifier()
        }
        guard !specifiers.isEmpty else { throw arguments.error(.missing) }
        query = MetadataQuery(specifiers: specifiers)
    }

    func describe(
        _ mailbox: ListedMailbox, in response: inout ListResponse, _ context: inout Context
    ) async throws(CommandFailure) {
        guard mailbox.exists, mailbox.isSelected else { return }
        response.follow(with: Follower(query: query, mailbox: mailbox.name))
    }

    private struct Follower: ListFollower {
        let query: MetadataQuery
        let mailbox: MailboxName

        func follow(_ context: inout Context) async throws(CommandFailure) {
            do {
                _ = try await query.answer(of: .mailbox(mailbox), &context)
            } catch {
                guard case .no = error else { throw error }
            }
        }
    }
}
