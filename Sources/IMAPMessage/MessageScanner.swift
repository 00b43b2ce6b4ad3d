package import IMAPTypes

/// Reads a message in pieces and finds its structure: one pass, no input or output of its own, no octet of a body
/// kept. The result does not depend on where the pieces are cut.
///
///     var scanner = MessageScanner()
///     while let octets = ... { scanner.feed(octets) }
///     let structure = scanner.finish()
///
/// How mail is read where the RFCs leave it open, or senders break it:
/// - A header ends at its first empty line, or where a boundary of a multipart around it ends its part. A line ends at
///   LF; one CR before it belongs to the line's end.
/// - A boundary line is `--`, the boundary of any multipart that is open, `--` if it closes it, and white space. The
///   innermost multipart with that boundary is meant, and every part inside it ends. What only begins with a boundary
///   is text, so a boundary may be the beginning of another.
/// - A multipart that is never closed ends where what it is in ends. One without a boundary line holds one empty
///   `text/plain`. One without a boundary is `text/plain` itself.
/// - `message/rfc822` and `message/global` are read as messages whatever their transfer encoding says.
/// - At the limits for levels and parts a part is a leaf, and boundary lines behind the last part belong to it.
package struct MessageScanner: Sendable {
    enum Line: Sendable {
        /// Before the first octet of a line.
        case start
        case header
        case body
        /// A line that begins with a dash while a multipart is open.
        case boundary
    }

    var limits: MessageLimits
    var budget: MessageBudget
    var header: HeaderReader
    /// The innermost part's header is being read.
    var isInHeader = true
    private var line = Line.start

    /// Octets taken in earlier pieces.
    private var offset: UInt64 = 0
    private var lastOctet: UInt8 = 0
    /// Line ends so far.
    var lineEnds: UInt64 = 0
    /// Where the line began, and how long the end of the line before it was.
    var lineStart: UInt64 = 0
    var endBeforeLine: UInt64 = 0

    private var boundaryLine: BoundaryLine
    var boundaries = OpenBoundaries()

    /// Every part so far, each before those inside it.
    var drafts: [PartDraft] = []
    /// The parts that are open, the whole message's body first.
    var open: [OpenPart] = []
    /// Open multiparts that have no part yet: each will need one.
    var reserved = 0

    /// Where text is, piece by piece, for a reader that looks into it; empty unless ``keepsPieces`` says so.
    var pieces: [TextPiece] = []
    private let keepsPieces: Bool

    /// How much was done beyond passing over octets: parts opened and closed, and octets of possible boundaries. It is
    /// what tests hold against the size of a message.
    package internal(set) var steps = 0
    /// Octets of headers that were looked at, and kept: beside ``steps``.
    package var headerSteps: Int { header.steps }

    /// The whole message's envelope, as soon as its header was read.
    package internal(set) var envelope: Envelope?
    /// The whole message's References field, as soon as its header was read.
    package internal(set) var references: [UInt8]?

    package init(_ limits: MessageLimits = .standard) { self.init(limits, keepsPieces: false) }

    /// A scanner that also says where the text is in what it is fed: ``pieces``, to be emptied after each feed.
    init(_ limits: MessageLimits, keepsPieces: Bool) {
        self.keepsPieces = keepsPieces
        var limits = limits
        limits.levels = max(1, min(limits.levels, BodyStructure.maximumDepth))
        limits.parts = max(1, min(limits.parts, BodyStructure.maximumParts))
        self.limits = limits
        budget = MessageBudget(limits)
        header = HeaderReader(limits)
        boundaryLine = BoundaryLine(limit: limits.boundaryOctets)
        openPart(at: 0)
    }

    /// Where the whole message's header ends, as soon as it was read: a reader that needs no more can stop here.
    package var headerEnd: UInt64? { envelope == nil ? nil : drafts[0].bodyStart }

    /// Octets of headers that were read, up to the limit for them, and parts that were begun: what is held is made of
    /// them.
    package var effort: (headerOctets: Int, parts: Int) { (limits.headerOctets - header.octetsLeft, drafts.count) }

    /// Takes the next piece.
    package mutating func feed(_ octets: [UInt8]) {
        var index = 0
        while index < octets.count {
            switch line {
            case .start:
                lineStart = offset + UInt64(index)
                if octets[index] == ASCII.minus, !boundaries.isEmpty {
                    boundaryLine.restart()
                    line = .boundary
                } else {
                    line = isInHeader ? .header : .body
                }
            case .header:
                let start = index
                let isHeaderEnd = header.takeLine(octets, &index)
                keepPiece(start..<index)
                if octets[index - 1] == ASCII.lf {
                    endLine(octets, index)
                    if isHeaderEnd { endHeader(at: lineStart) }
                }
            case .body:
                let start = index
                takeBody(octets, &index)
                keepPiece(start..<index)
            case .boundary: takeBoundary(octets, &index)
            }
        }
        if let last = octets.last { lastOctet = last }
        offset += UInt64(octets.count)
    }

    /// The message is over.
    package consuming func finish() -> MessageStructure {
        endOctets()
        while isInHeader { endHeader(at: offset) }
        closeParts(downTo: 0, at: offset, lines: lineEnds)
        return structure(size: offset)
    }

    /// No octet comes any more: a line that may be a boundary is over.
    mutating func endOctets() {
        if line == .boundary { lineEndedAsBoundary(nextLine: offset, hasLineEnd: false) }
        line = .start
    }

    /// The octet before `index` was an LF.
    private mutating func endLine(_ octets: [UInt8], _ index: Int) {
        let before = index >= 2 ? octets[index - 2] : lastOctet
        endBeforeLine = before == ASCII.cr ? 2 : 1
        lineEnds += 1
        lineStart = offset + UInt64(index)
        line = .start
    }

    /// Takes lines of a body up to one that begins with a dash, or the piece's end.
    private mutating func takeBody(_ octets: [UInt8], _ index: inout Int) {
        let span = octets.span
        let count = span.count
        // Named by another module, so a call each: not in the loops.
        let lf = ASCII.lf
        let dash = ASCII.minus
        guard !boundaries.isEmpty else {
            // Nothing can end here before the message does.
            var ends: UInt64 = 0
            var position = index
            while position <= count - 8 {
                ends += UInt64(span.word(at: position).lineFeeds.nonzeroBitCount)
                position += 8
            }
            while position < count {
                ends += span[position] == lf ? 1 : 0
                position += 1
            }
            lineEnds += ends
            index = count
            return
        }
        var position = index
        var ends: UInt64 = 0
        while true {
            while position <= count - 8, span.word(at: position).lineFeeds == 0 { position += 8 }
            while position < count, span[position] != lf { position += 1 }
            guard position < count else { break }
            position += 1
            ends += 1
            if position == count || span[position] == dash {
                lineEnds += ends - 1
                endLine(octets, position)
                index = position
                return
            }
        }
        lineEnds += ends
        index = count
    }

    private mutating func takeBoundary(_ octets: [UInt8], _ index: inout Int) {
        switch boundaryLine.take(octets, &index) {
        case .incomplete: break
        case .text:
            keepPiece(of: boundaryLine.text)
            // The rest of the line is passed over like any other; a header takes no field from it.
            if isInHeader { header.beginJunk(offset + UInt64(index) - lineStart) }
            line = isInHeader ? .header : .body
        case .lineEnd:
            lineEndedAsBoundary(nextLine: offset + UInt64(index), hasLineEnd: true)
            endLine(octets, index)
        }
    }

    /// A line that began with two dashes is over. Line ends are counted up to its start.
    private mutating func lineEndedAsBoundary(nextLine: UInt64, hasLineEnd: Bool) {
        steps += boundaryLine.octets.count + 1
        let text = keepsPieces ? boundaryLine.text : []
        guard let (level, isClosing) = boundaries.match(&boundaryLine) else {
            keepPiece(of: hasLineEnd ? text + [ASCII.lf] : text)
            if isInHeader { header.skipLine(nextLine - lineStart) }
            return
        }
        endPartsAtBoundary(level)
        if isClosing {
            closeBoundary(level)
        } else {
            openNextPart(level, at: nextLine)
        }
    }

    // MARK: Pieces

    /// These octets of what is being fed belong to the innermost open part.
    private mutating func keepPiece(_ range: Range<Int>) {
        guard keepsPieces else { return }
        keep(.fed(range))
    }

    /// A line that looked like a boundary and was none belongs to it.
    private mutating func keepPiece(of text: [UInt8]) {
        guard keepsPieces else { return }
        keep(.line(text))
    }

    /// In front of, between and behind the parts of a multipart there is nothing that is shown.
    private mutating func keep(_ place: TextPiece.Place) {
        guard let part = open.last else { return }
        guard !isInHeader else { return pieces.append(TextPiece(draft: part.draft, isHeader: true, place: place)) }
        guard case .leaf = part.kind else { return }
        pieces.append(TextPiece(draft: part.draft, isHeader: false, place: place))
    }
}

/// Octets of one part, in the order of the message.
struct TextPiece: Sendable {
    enum Place: Sendable {
        /// In the octets that were fed.
        case fed(Range<Int>)
        /// Some of them may have been fed before.
        case line([UInt8])
    }

    /// The part's place among the scanner's drafts.
    let draft: Int
    let isHeader: Bool
    let place: Place
}
