public import IMAPParser
import IMAPTypes

/// The octets that a FETCH item asks for of those it names: from `offset`, at most `count`.
///
/// ```abnf
/// partial = "<" number64 "." nz-number64 ">"
/// ```
public struct PartialOctets: Hashable, Sendable {
    public let offset: UInt64
    public let count: UInt64
}

/// A part of a message by its numbers, and which of its octets (RFC 3516, RFC 9051 section 9).
///
/// ```abnf
/// section-binary = "[" [section-part] "]"
/// section-part   = nz-number *("." nz-number)
/// ```
public struct PartSection: Hashable, Sendable {
    /// The part's numbers; none for the whole message.
    public let path: [UInt32]
    public let partial: PartialOctets?

    /// Reads the section and, where it may stand, `partial`.
    public init(_ arguments: inout ArgumentReader, allowsPartial: Bool = true) throws(SyntaxError) {
        try arguments.expect(ASCII.leftBracket)
        let (path, expectsText) = try BodySection.path(&arguments)
        guard !expectsText else { throw arguments.unexpected }
        self.path = path
        try arguments.expect(ASCII.rightBracket)
        partial = allowsPartial ? try arguments.partialOctets() : nil
    }
}

extension ArgumentReader {
    /// `[partial]`
    mutating func partialOctets() throws(SyntaxError) -> PartialOctets? {
        guard next == ASCII.less else { return nil }
        let (offset, count) = try partial()
        return PartialOctets(offset: offset, count: count)
    }
}

extension ResponseWriter {
    /// `section-binary ["<" number ">"]` as a FETCH response names it: the origin without the count.
    public mutating func partSection(_ section: PartSection) {
        append(ASCII.leftBracket)
        sectionPart(section.path)
        append(ASCII.rightBracket)
        origin(section.partial)
    }

    mutating func sectionPart(_ path: [UInt32]) {
        var isFirst = true
        for number in path {
            if !isFirst { append(ASCII.dot) }
            isFirst = false
            self.number(number)
        }
    }

    mutating func origin(_ partial: PartialOctets?) {
        guard let partial else { return }
        append(ASCII.less)
        number(partial.offset)
        append(ASCII.greater)
    }
}
