internal import IMAPTypes

/// The fields that are kept while a header is read.
enum FieldName: Int, CaseIterable, Sendable {
    case date
    case subject
    case from
    case sender
    case replyTo
    case to
    case cc
    case bcc
    case inReplyTo
    case messageID
    case references
    case contentType
    case contentTransferEncoding
    case contentID
    case contentDescription
    case contentMD5
    case contentDisposition
    case contentLanguage
    case contentLocation

    static let longest = 25

    private var text: StaticString {
        switch self {
        case .date: "date"
        case .subject: "subject"
        case .from: "from"
        case .sender: "sender"
        case .replyTo: "reply-to"
        case .to: "to"
        case .cc: "cc"
        case .bcc: "bcc"
        case .inReplyTo: "in-reply-to"
        case .messageID: "message-id"
        case .references: "references"
        case .contentType: "content-type"
        case .contentTransferEncoding: "content-transfer-encoding"
        case .contentID: "content-id"
        case .contentDescription: "content-description"
        case .contentMD5: "content-md5"
        case .contentDisposition: "content-disposition"
        case .contentLanguage: "content-language"
        case .contentLocation: "content-location"
        }
    }

    /// By length, so that most names are refused without a comparison.
    private static let byLength: [[(name: [UInt8], field: FieldName)]] = {
        var table = [[(name: [UInt8], field: FieldName)]](repeating: [], count: longest + 1)
        for field in allCases {
            let name = Array(field.text.description.utf8)
            table[name.count].append((name, field))
        }
        return table
    }()

    /// The field called `name`, in any ASCII case.
    init?(_ name: [UInt8]) {
        guard name.count <= FieldName.longest else { return nil }
        for (candidate, field) in FieldName.byLength[name.count] where ASCII.equalFolded(candidate, name) {
            self = field
            return
        }
        return nil
    }
}

/// The values of the fields that were kept of one header, unfolded and without white space at either end. Of a field
/// that stands there twice, the first.
struct FieldValues: Sendable {
    private var values = [[UInt8]?](repeating: nil, count: FieldName.allCases.count)

    subscript(field: FieldName) -> [UInt8]? { values[field.rawValue] }

    mutating func keep(_ value: [UInt8], of field: FieldName) {
        if values[field.rawValue] == nil { values[field.rawValue] = value }
    }

    mutating func removeAll() {
        for index in values.indices { values[index] = nil }
    }
}
