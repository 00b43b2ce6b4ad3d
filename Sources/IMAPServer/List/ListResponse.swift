public import IMAPCodec
public import IMAPTypes

/// A LIST response, as options may still change it (RFC 9051 section 7.3.1).
public struct ListResponse: Sendable {
    public let name: MailboxName
    public let separator: UInt8?
    /// Each once. Of `\NonExistent`, `\Noselect`, `\Marked` and `\Unmarked` at most one (RFC 9051 section 9,
    /// `mbx-list-sflag`).
    public private(set) var attributes: [MailboxAttribute] = []
    /// What follows the name in parentheses (RFC 5258 section 3): sent to clients that show that they know it.
    public var extendedData: [ListExtendedData] = []
    private(set) var followers: [@Sendable (inout Context) -> Void] = []
    private(set) var laterFollowers: [any ListFollower] = []

    public init(_ name: MailboxName, separator: UInt8?, attributes: [MailboxAttribute] = []) {
        self.name = name
        self.separator = separator
        for attribute in attributes { add(attribute) }
    }

    /// Adds an attribute, if it is not there. The stronger of two that exclude each other stays.
    public mutating func add(_ attribute: MailboxAttribute) {
        guard !attributes.contains(attribute) else { return }
        guard let strength = ListResponse.selectability.firstIndex(of: attribute) else {
            return attributes.append(attribute)
        }
        if let other = attributes.firstIndex(where: { ListResponse.selectability.contains($0) }) {
            let before = ListResponse.selectability.firstIndex(of: attributes[other]) ?? 0
            if strength < before { attributes[other] = attribute }
        } else {
            attributes.append(attribute)
        }
    }

    /// Writes something behind this response, such as `* STATUS`.
    public mutating func follow(with responses: @escaping @Sendable (inout Context) -> Void) {
        followers.append(responses)
    }

    /// Has something ask the store behind this response, and write what it says: more than may wait in memory.
    public mutating func follow(with follower: some ListFollower) { laterFollowers.append(follower) }

    /// `mbx-list-sflag`, the strongest first.
    private static let selectability: [MailboxAttribute] = [.nonExistent, .noSelect, .marked, .unmarked]
}

/// What asks the store behind a LIST response, and writes more.
public protocol ListFollower: Sendable {
    func follow(_ context: inout Context) async throws(CommandFailure)
}

/// An extended data item of a LIST response.
///
/// ```abnf
/// mbox-list-extended-item = mbox-list-extended-item-tag SP tagged-ext-val
/// ```
public struct ListExtendedData: Sendable {
    public let tag: Keyword
    let write: @Sendable (inout ResponseWriter) -> Void

    /// An item; `value` writes a number or a list in parentheses.
    public init(_ tag: Keyword, _ value: @escaping @Sendable (inout ResponseWriter) -> Void) {
        self.tag = tag
        write = value
    }

    /// `"CHILDINFO" ("SUBSCRIBED")`: a name below meets these selection options (RFC 5258 section 3.5).
    public static func childInfo(_ options: [Keyword]) -> ListExtendedData {
        ListExtendedData("CHILDINFO") { writer in writer.list(options) { $0.string($1.octets) } }
    }

    /// `"OLDNAME" (mailbox)`: what the mailbox was called before (RFC 9051 section 6.3.9.7).
    public static func oldName(_ name: MailboxName) -> ListExtendedData {
        ListExtendedData("OLDNAME") { writer in writer.list([name]) { $0.mailbox($1) } }
    }
}

extension Context {
    /// `* LIST (attributes) separator name`, with its extended data and what follows it.
    public mutating func respondList(_ response: ListResponse) { respondList("LIST", response) }

    mutating func respondList(_ keyword: Keyword, _ response: ListResponse) {
        respond(keyword) { writer in
            writer.listing(response.attributes, response.separator)
            writer.mailbox(response.name)
            guard !response.extendedData.isEmpty else { return }
            writer.space()
            writer.list(response.extendedData) { writer, item in
                writer.string(item.tag.octets)
                writer.space()
                item.write(&writer)
            }
        }
        for follower in response.followers { follower(&self) }
    }

    /// The answer to an empty pattern: the separator, and the root of the reference (RFC 3501 section 6.3.8).
    mutating func respondRoot(_ keyword: Keyword, _ root: [UInt8], _ separator: UInt8?) {
        respond(keyword) { writer in
            writer.listing([.noSelect], separator)
            writer.astring(root)
        }
    }
}

extension ResponseWriter {
    /// ` (attributes) separator `
    fileprivate mutating func listing(_ attributes: [MailboxAttribute], _ separator: UInt8?) {
        space()
        list(attributes) { $0.attribute($1) }
        space()
        nstring(separator.map { [$0] })
        space()
    }
}
