package import IMAPParser
internal import IMAPTypes

/// `section` and what may follow it (RFC 9051 section 6.4.5.1)
///
/// ```abnf
/// section         = "[" [section-spec] "]" ["<" number64 "." nz-number64 ">"]
/// section-spec    = section-msgtext / (section-part ["." section-text])
/// section-msgtext = "HEADER" / "HEADER.FIELDS" [".NOT"] SP header-list / "TEXT"
/// section-part    = nz-number *("." nz-number)
/// section-text    = section-msgtext / "MIME"
/// ```
package struct BodySection: Hashable, Sendable {
    package enum Text: Hashable, Sendable {
        /// Nothing: the whole message, or a part's body.
        case whole
        /// `HEADER`: up to and with the empty line.
        case header
        /// `HEADER.FIELDS`: these fields.
        case fields([[UInt8]])
        /// `HEADER.FIELDS.NOT`: all but these fields.
        case fieldsNot([[UInt8]])
        /// `TEXT`: behind the empty line.
        case text
        /// `MIME`: the header of the part itself.
        case mime
    }

    /// The part's numbers; none for the message itself.
    package let path: [UInt32]
    package let text: Text
    /// Octets from `offset`, at most `count`.
    package let partial: PartialOctets?

    package init(path: [UInt32] = [], text: Text, partial: PartialOctets? = nil) {
        self.path = path
        self.text = text
        self.partial = partial
    }

    package init(_ arguments: inout ArgumentReader) throws(SyntaxError) {
        try arguments.expect(ASCII.leftBracket)
        let (path, expectsText) = try BodySection.path(&arguments)
        self.path = path
        if expectsText || (path.isEmpty && arguments.next != ASCII.rightBracket) {
            text = try BodySection.text(&arguments, inPart: !path.isEmpty)
        } else {
            text = .whole
        }
        try arguments.expect(ASCII.rightBracket)
        partial = try arguments.partialOctets()
    }

    /// Reads `section-part`, and whether a dot behind it asks for `section-text`.
    static func path(_ arguments: inout ArgumentReader) throws(SyntaxError) -> ([UInt32], Bool) {
        var path: [UInt32] = []
        while let next = arguments.next, ASCII.isDigit(next) {
            guard path.count < arguments.limits[.sectionLevels] else { throw arguments.error(.limit) }
            path.append(try arguments.nonZeroNumber())
            guard arguments.take(ASCII.dot) else { return (path, false) }
        }
        return (path, !path.isEmpty)
    }

    private static func text(_ arguments: inout ArgumentReader, inPart: Bool) throws(SyntaxError) -> Text {
        switch try arguments.keyword() {
        case header: return .header
        case text: return .text
        case fields: return .fields(try fieldNames(&arguments))
        case fieldsNot: return .fieldsNot(try fieldNames(&arguments))
        case mime where inPart: return .mime
        default: throw arguments.error(.unknown)
        }
    }

    fileprivate static let header: Keyword = "HEADER"
    fileprivate static let text: Keyword = "TEXT"
    fileprivate static let fields: Keyword = "HEADER.FIELDS"
    fileprivate static let fieldsNot: Keyword = "HEADER.FIELDS.NOT"
    fileprivate static let mime: Keyword = "MIME"

    private static func fieldNames(_ arguments: inout ArgumentReader) throws(SyntaxError) -> [[UInt8]] {
        try arguments.space()
        let names = try arguments.list { reader throws(SyntaxError) in try reader.headerFieldName() }
        guard !names.isEmpty else { throw arguments.error(.missing) }
        return names
    }
}

extension ResponseWriter {
    /// `section ["<" number ">"]` as a FETCH response names it: the origin without the count.
    package mutating func bodySection(_ section: BodySection) {
        append(ASCII.leftBracket)
        sectionPart(section.path)
        if !section.path.isEmpty, section.text != .whole { append(ASCII.dot) }
        switch section.text {
        case .whole: break
        case .header: keyword(BodySection.header)
        case .text: keyword(BodySection.text)
        case .mime: keyword(BodySection.mime)
        case .fields(let names): fieldNames(BodySection.fields, names)
        case .fieldsNot(let names): fieldNames(BodySection.fieldsNot, names)
        }
        append(ASCII.rightBracket)
        origin(section.partial)
    }

    private mutating func fieldNames(_ keyword: Keyword, _ names: [[UInt8]]) {
        self.keyword(keyword)
        space()
        list(names) { $0.astring($1) }
    }
}
