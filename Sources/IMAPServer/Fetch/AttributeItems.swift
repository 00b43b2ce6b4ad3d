import IMAPCodec
import IMAPHost
import IMAPParser
import IMAPTypes

/// `FLAGS`
struct FlagsItem: FetchItem {
    static let name: Keyword = "FLAGS"
    static let names = [name]

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {}

    var columns: MessageColumns { .flags }

    func write(_ message: FetchedMessage, to writer: inout ResponseWriter) {
        writer.itemName(FlagsItem.name)
        writer.flags(message.record.flags ?? [], recent: message.isRecent)
    }
}

/// `UID`
struct UIDItem: FetchItem {
    static let name: Keyword = "UID"
    static let names = [name]

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {}

    /// The UID that a UID FETCH answers with, asked for or not (RFC 9051 section 6.4.9).
    init() {}

    var columns: MessageColumns { [] }

    func write(_ message: FetchedMessage, to writer: inout ResponseWriter) {
        writer.itemName(UIDItem.name)
        writer.number(message.record.uid.rawValue)
    }
}

/// `INTERNALDATE`
struct InternalDateItem: FetchItem {
    static let name: Keyword = "INTERNALDATE"
    static let names = [name]

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {}

    var columns: MessageColumns { .internalDate }

    func write(_ message: FetchedMessage, to writer: inout ResponseWriter) {
        writer.itemName(InternalDateItem.name)
        writer.dateTime(message.record.internalDate ?? InternalDate(secondsSince1970: 0))
    }
}

/// `RFC822.SIZE`
struct SizeItem: FetchItem {
    static let name: Keyword = "RFC822.SIZE"
    static let names = [name]

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {}

    var columns: MessageColumns { .size }

    func write(_ message: FetchedMessage, to writer: inout ResponseWriter) {
        writer.itemName(SizeItem.name)
        writer.number63(message.record.size ?? 0)
    }
}

/// `ENVELOPE`
struct EnvelopeItem: FetchItem {
    static let name: Keyword = "ENVELOPE"
    static let names = [name]

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {}

    var columns: MessageColumns { [] }

    var needs: MessageNeed { .header }

    func write(_ message: FetchedMessage, to writer: inout ResponseWriter) {
        writer.itemName(EnvelopeItem.name)
        writer.envelope(message.envelope ?? Envelope())
    }
}

/// `BODYSTRUCTURE`, and `BODY`, which is the same without extension data
struct StructureItem: FetchItem {
    static let names: [Keyword] = ["BODYSTRUCTURE", "BODY"]

    let name: Keyword
    let isExtended: Bool

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        self.name = name
        isExtended = name == "BODYSTRUCTURE"
    }

    var columns: MessageColumns { [] }

    var needs: MessageNeed { .structure }

    func write(_ message: FetchedMessage, to writer: inout ResponseWriter) {
        writer.itemName(name)
        writer.bodyStructure(message.structure ?? .empty, extended: isExtended)
    }
}
