internal import IMAPText
internal import IMAPTypes

/// What the MIME fields of one header say about its part.
struct PartContent: Sendable {
    var type: [UInt8]
    var subtype: [UInt8]
    var fields: BodyPart.Fields
    /// Without the white space that no boundary ends with; `nil` when there is none or it is empty.
    var boundary: [UInt8]?

    var kind: MediaKind { MediaKind(type: type, subtype: subtype) }

    /// `text/plain; charset=us-ascii`, which is what a part without a header is.
    static let plainText: PartContent = {
        var fields = BodyPart.Fields()
        fields.parameters = [defaultCharset]
        return PartContent(type: Array("text".utf8), subtype: Array("plain".utf8), fields: fields)
    }()

    /// What every text is in that does not say (RFC 2045 section 5.2). It is written out, as IMAP servers do.
    static let defaultCharset = BodyPart.Parameter(name: Array("charset".utf8), value: Array("us-ascii".utf8))

    /// The part can hold no parts, so it cannot be shown as what it says: a multipart becomes `text/plain`, the default
    /// for what cannot be understood (RFC 2045 section 5.2), a message `application/octet-stream`.
    mutating func makeLeaf() {
        switch kind {
        case .text, .other: return
        case .multipart:
            type = PartContent.plainText.type
            subtype = PartContent.plainText.subtype
            fields.parameters = [PartContent.defaultCharset]
        case .message:
            type = Array("application".utf8)
            subtype = Array("octet-stream".utf8)
            fields.parameters = []
        }
        boundary = nil
    }
}

extension FieldValues {
    /// What these fields say; `isInDigest` makes `message/rfc822` the default (RFC 2046 section 5.1.5).
    func content(isInDigest: Bool, _ budget: inout MessageBudget) -> PartContent {
        var content = PartContent(type: [], subtype: [], fields: BodyPart.Fields())
        if let value = self[.contentType] { readType(value, &content, &budget) }
        if content.type.isEmpty {
            content.type = isInDigest ? Array("message".utf8) : PartContent.plainText.type
            content.subtype = isInDigest ? Array("rfc822".utf8) : PartContent.plainText.subtype
            content.fields.parameters = []
        }
        let charset = PartContent.defaultCharset
        if case .text = content.kind,
            !content.fields.parameters.contains(where: { FieldValues.isCalled($0, charset.name) })
        {
            content.fields.parameters.append(charset)
        }
        content.fields.id = nonEmpty(.contentID)
        content.fields.description = nonEmpty(.contentDescription)
        content.fields.md5 = nonEmpty(.contentMD5)
        content.fields.location = nonEmpty(.contentLocation)
        if let value = self[.contentTransferEncoding] {
            var reader = ParameterReader(value)
            let token = reader.token()
            if !token.isEmpty { content.fields.encoding = token }
        }
        if let value = self[.contentDisposition] {
            var reader = ParameterReader(value)
            let type = reader.token()
            if !type.isEmpty {
                let parameters = ExtendedParameters.join(reader.parameters(&budget), &budget)
                content.fields.disposition = BodyPart.Disposition(type: type, parameters: parameters)
            }
        }
        if let value = self[.contentLanguage] { content.fields.languages = languages(value, &budget) }
        return content
    }

    private func nonEmpty(_ field: FieldName) -> [UInt8]? { self[field].flatMap { $0.isEmpty ? nil : $0 } }

    private static func isCalled(_ parameter: BodyPart.Parameter, _ name: [UInt8]) -> Bool {
        ASCII.equalFolded(parameter.name, name) || ASCII.equalFolded(parameter.name, name + [ASCII.asterisk])
    }

    /// A type without subtype, which old mail has, gets the usual one; what is not a type leaves `content` without.
    private func readType(_ value: [UInt8], _ content: inout PartContent, _ budget: inout MessageBudget) {
        var reader = ParameterReader(value)
        let type = reader.token()
        guard !type.isEmpty else { return }
        var subtype: [UInt8] = []
        if reader.take(ASCII.slash) { subtype = reader.token() }
        if subtype.isEmpty {
            guard let usual = FieldValues.usualSubtypes.first(where: { ASCII.equalFolded($0.type, type) })
            else { return }
            subtype = usual.subtype
        }
        content.type = type
        content.subtype = subtype
        content.fields.parameters = ExtendedParameters.join(reader.parameters(&budget), &budget)
        guard case .multipart = content.kind else { return }
        let name = Array("boundary".utf8)
        let part = BodyPart(type: type, subtype: subtype, fields: content.fields, count: 1)
        if var boundary = part.plainParameter(name) {
            while let last = boundary.last, last.isBlank { boundary.removeLast() }
            if !boundary.isEmpty { content.boundary = boundary }
        }
    }

    private static let usualSubtypes: [(type: [UInt8], subtype: [UInt8])] = [
        ("text", "plain"), ("multipart", "mixed"), ("message", "rfc822"), ("application", "octet-stream"),
    ].map { (Array($0.0.utf8), Array($0.1.utf8)) }

    private func languages(_ value: [UInt8], _ budget: inout MessageBudget) -> [[UInt8]] {
        var reader = ParameterReader(value)
        var languages: [[UInt8]] = []
        while languages.count < budget.fieldParameters, budget.parameters > 0 {
            let language = reader.token()
            if !language.isEmpty {
                languages.append(language)
                budget.parameters -= 1
            }
            if reader.take(ASCII.comma) { continue }
            if reader.isAtEnd { break }
            reader.skip()
        }
        return languages
    }
}
