public import IMAPTypes

/// What is wrong with a command's octets before any grammar is asked.
public struct FrameFlaws: OptionSet, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// NUL outside a literal (R-NUL-1).
    public static let nul = FrameFlaws(rawValue: 1 << 0)
    /// A CR or LF that ends no line (R-LINE-2).
    public static let lineEnd = FrameFlaws(rawValue: 1 << 1)
}

/// One whole command: its lines joined, its literals in place, nothing decoded.
///
/// `A1 LOGIN {5}CRLF alice {3}CRLF abc CRLF` is kept as `A1 LOGIN alice abc`, with the two literals' places beside it:
/// one owned buffer and ranges into it.
public struct Frame: Sendable {
    /// The octets of one literal.
    package struct Literal: Sendable {
        package let start: Int
        package let end: Int
        /// `~{n}`: may hold NUL (RFC 3516).
        package let isBinary: Bool

        package init(start: Int, end: Int, isBinary: Bool) {
            self.start = start
            self.end = end
            self.isBinary = isBinary
        }
    }

    package var octets: [UInt8]
    package var literals: [Literal]
    /// Where the octets behind the last literal that was streamed begin; `nil` when none was.
    package var tailStart: Int?
    /// Flaws of the lines. A frame with any is answered with BAD.
    public var flaws: FrameFlaws

    package init(octets: [UInt8] = [], literals: [Literal] = [], flaws: FrameFlaws = []) {
        self.octets = octets
        self.literals = literals
        self.flaws = flaws
    }

    /// The tag and the name at the front, as far as there are any.
    public var head: CommandHead { CommandHead(octets, literals.first?.start ?? octets.count) }
}

/// The front of a command: what can be judged before its arguments have come.
public struct CommandHead: Sendable, Equatable {
    /// `nil` when the line does not begin with a tag and a space or the line's end (R-LINE-4).
    public let tag: Tag?
    /// The command's name, or `nil` when there is none that a keyword can be.
    public let name: Keyword?
    /// The word behind `UID`; `nil` behind every other name.
    public let uidCommand: Keyword?
    /// Where the arguments begin: the index behind the name.
    package let end: Int

    /// The most octets a command's name can have.
    public static let maximumNameLength = 24

    init(_ octets: [UInt8], _ limit: Int) {
        let span = octets.span
        let tagEnd = CommandHead.wordEnd(span, from: 0, limit)
        tag = Tag(span.extracting(0..<tagEnd))
        guard tag != nil, tagEnd < limit else {
            name = nil
            uidCommand = nil
            end = tagEnd
            return
        }
        let nameEnd = CommandHead.wordEnd(span, from: tagEnd + 1, limit)
        name = CommandHead.keyword(span.extracting(tagEnd + 1..<nameEnd))
        guard name == CommandHead.uid, nameEnd < limit else {
            uidCommand = nil
            end = nameEnd
            return
        }
        let uidEnd = CommandHead.wordEnd(span, from: nameEnd + 1, limit)
        uidCommand = CommandHead.keyword(span.extracting(nameEnd + 1..<uidEnd))
        end = uidCommand == nil ? nameEnd : uidEnd
    }

    /// Where the word that begins at `start` ends: before a space, or at the limit.
    private static func wordEnd(_ octets: Span<UInt8>, from start: Int, _ limit: Int) -> Int {
        var index = start
        while index < limit, octets[index] != ASCII.space { index += 1 }
        return index
    }

    private static func keyword(_ octets: Span<UInt8>) -> Keyword? {
        octets.count <= CommandHead.maximumNameLength ? Keyword(octets) : nil
    }

    private static let uid: Keyword = "UID"
}
