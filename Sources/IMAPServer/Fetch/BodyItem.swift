import IMAPCodec
import IMAPHost
import IMAPMessage
import IMAPParser
import IMAPTypes

/// `BODY[section]<partial>` and `BODY.PEEK[section]<partial>` (RFC 9051 section 6.4.5)
struct BodyItem: StreamedFetchItem {
    private static let name: Keyword = "BODY"
    static let names: [Keyword] = [name, "BODY.PEEK"]
    static let takesSection = true

    let section: BodySection
    let marksSeen: Bool

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        section = try BodySection(&arguments)
        marksSeen = name == BodyItem.name
    }

    var columns: MessageColumns { [] }

    var needs: MessageNeed { section.needs }

    func write(_ message: FetchedMessage, to writer: inout ResponseWriter) {
        writer.keyword(BodyItem.name)
        writer.bodySection(section)
    }

    func isAnswered(by other: any StreamedFetchItem) -> Bool { (other as? BodyItem)?.section == section }

    func value(of message: inout FetchedBody) async throws(StoreError) -> FetchedValue {
        guard let part = try await section.pieces(of: &message) else { return .null }
        guard let partial = section.partial else { return .literal(part) }
        return .literal(part.partial(from: partial.offset, count: partial.count))
    }
}

/// `RFC822`, `RFC822.HEADER` and `RFC822.TEXT` (RFC 3501 section 6.4.5): other names for sections of the message.
struct RFC822Item: StreamedFetchItem {
    static let names: [Keyword] = ["RFC822", "RFC822.HEADER", "RFC822.TEXT"]

    let name: Keyword

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        self.name = name
    }

    var columns: MessageColumns { [] }

    /// RFC822.HEADER alone is like BODY.PEEK.
    var marksSeen: Bool { name != "RFC822.HEADER" }

    func write(_ message: FetchedMessage, to writer: inout ResponseWriter) { writer.keyword(name) }

    var needs: MessageNeed { section.needs }

    private var section: BodySection {
        switch name {
        case "RFC822.HEADER": BodySection(text: .header)
        case "RFC822.TEXT": BodySection(text: .text)
        default: BodySection(text: .whole)
        }
    }

    func isAnswered(by other: any StreamedFetchItem) -> Bool { other as? RFC822Item == self }

    func value(of message: inout FetchedBody) async throws(StoreError) -> FetchedValue {
        guard let part = try await section.pieces(of: &message) else { return .null }
        return .literal(part)
    }
}

extension BodySection {
    /// What must be known to find the section.
    fileprivate var needs: MessageNeed {
        guard path.isEmpty else { return .structure }
        return text == .whole ? .nothing : .header
    }

    /// Where the section's octets are, or `nil` when the message has no such section.
    fileprivate func pieces(of message: inout FetchedBody) async throws(StoreError) -> MessagePieces? {
        let whole = message.whole
        switch text {
        case .whole:
            guard !path.isEmpty else { return MessagePieces(whole, [0..<whole.size]) }
            return try await range(.whole, of: &message).map { MessagePieces(whole, [$0]) }
        case .text: return try await range(.text, of: &message).map { MessagePieces(whole, [$0]) }
        case .mime: return try await range(.mime, of: &message).map { MessagePieces(whole, [$0]) }
        case .header: return try await range(.header, of: &message).map { MessagePieces(whole, [$0]) }
        case .fields(let names): return try await fields(.only(names), of: &message)
        case .fieldsNot(let names): return try await fields(.except(names), of: &message)
        }
    }

    private func range(_ text: SectionText, of message: inout FetchedBody) async throws(StoreError) -> Range<UInt64>? {
        guard path.isEmpty else { return try await message.structure().range(of: path, text) }
        // The message's own header and text need no more than the header read.
        let end = try await message.envelope().end
        return text == .text ? end..<max(end, message.whole.size) : 0..<end
    }

    private func fields(
        _ selection: HeaderFilter.Selection, of message: inout FetchedBody
    ) async throws(StoreError) -> MessagePieces? {
        guard let header = try await range(.header, of: &message) else { return nil }
        return try await message.fields(selection, of: header)
    }
}
