import IMAPCodec
import IMAPHost
import IMAPParser
import IMAPTypes

/// `BODY[section]<partial>` and `BODY.PEEK[section]<partial>`
struct BodyItem: StreamedFetchItem {
    static let names: [Keyword] = ["BODY", "BODY.PEEK"]

    let section: BodySection
    let marksSeen: Bool

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        section = try BodySection(&arguments)
        marksSeen = name == "BODY"
    }

    var columns: MessageColumns { [] }

    func write(_ message: FetchedMessage, to writer: inout ResponseWriter) { writer.bodySection(section) }

    func isAnswered(by other: any StreamedFetchItem) -> Bool { (other as? BodyItem)?.section == section }

    func octets(of message: inout FetchedBody) async throws(StoreError) -> any MessageBody {
        let whole = message.whole
        let part: MessageRange
        switch section.text {
        case .whole: part = MessageRange(whole, from: 0, to: whole.size)
        case .header: part = MessageRange(whole, from: 0, to: try await message.headerEnd())
        case .text: part = MessageRange(whole, from: try await message.headerEnd(), to: whole.size)
        }
        guard let partial = section.partial else { return part }
        return part.partial(from: partial.offset, count: partial.count)
    }
}

/// Some octets of a message.
struct MessageRange: MessageBody {
    private let body: any MessageBody
    private let start: UInt64
    private let end: UInt64

    init(_ body: any MessageBody, from start: UInt64, to end: UInt64) {
        self.body = body
        self.start = min(start, end)
        self.end = end
    }

    var size: UInt64 { end - start }

    /// Octets from `offset`, at most `count`; none when the offset is behind the end.
    func partial(from offset: UInt64, count: UInt64) -> MessageRange {
        let first = min(offset, size)
        return MessageRange(body, from: start + first, to: start + first + min(count, size - first))
    }

    func read(at offset: UInt64, max: Int) async throws(StoreError) -> [UInt8] {
        guard offset < size else { return [] }
        return try await body.read(at: start + offset, max: Int(clamping: min(UInt64(clamping: max), size - offset)))
    }
}

/// Where a message's header ends: behind the first empty line, or at the message's end when there is none.
enum HeaderEnd {
    private static let chunk = 16_384

    /// Reads only as much as is needed, and keeps none of it.
    static func find(in body: any MessageBody) async throws(StoreError) -> UInt64 {
        var offset: UInt64 = 0
        // Octets since the last line end, other than a CR that may belong to the next.
        var lineIsEmpty = true
        while offset < body.size {
            let octets = try await body.read(at: offset, max: chunk)
            guard !octets.isEmpty else { return offset }
            for (index, octet) in octets.enumerated() {
                switch octet {
                case ASCII.lf:
                    if lineIsEmpty { return offset + UInt64(index) + 1 }
                    lineIsEmpty = true
                case ASCII.cr: break
                default: lineIsEmpty = false
                }
            }
            offset += UInt64(octets.count)
        }
        return body.size
    }
}
