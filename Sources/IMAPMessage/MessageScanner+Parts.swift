internal import IMAPTypes

/// A part that was begun, without its end.
struct PartDraft: Sendable {
    var content = PartContent.plainText
    var envelope: Envelope?
    var headerStart: UInt64
    var bodyStart: UInt64
    var bodyEnd: UInt64
    /// Line ends before the body, then in it.
    var lines: UInt64 = 0
    /// Parts directly inside.
    var count = 0

    init(at start: UInt64) {
        headerStart = start
        bodyStart = start
        bodyEnd = start
    }
}

/// A part that is open, on the way from the whole message to where the scanner is.
struct OpenPart: Sendable {
    enum Kind: Sendable {
        case leaf
        case message
        /// With the boundary while it can still be met, and the level outside that has the same one.
        case multipart(boundary: [UInt8]?, before: Int?)
    }

    /// Its place among the drafts.
    let draft: Int
    var kind = Kind.leaf

    init(draft: Int) { self.draft = draft }
}

extension MessageScanner {
    /// Begins a part inside the innermost open one; its header begins at `start`.
    mutating func openPart(at start: UInt64) {
        steps += 1
        if let parent = open.last { drafts[parent.draft].count += 1 }
        open.append(OpenPart(draft: drafts.count))
        drafts.append(PartDraft(at: start))
        isInHeader = true
        header.restart()
    }

    /// The innermost part's header is over, and its body begins at `bodyStart`.
    mutating func endHeader(at bodyStart: UInt64) {
        header.end()
        isInHeader = false
        let level = open.count - 1
        let draft = open[level].draft
        drafts[draft].headerStart = min(drafts[draft].headerStart, bodyStart)
        drafts[draft].bodyStart = bodyStart
        drafts[draft].bodyEnd = bodyStart
        drafts[draft].lines = lineEnds
        if level == 0 {
            envelope = header.values.envelope(&budget)
            references = header.values[.references]
        } else if case .message = open[level - 1].kind {
            drafts[draft - 1].envelope = header.values.envelope(&budget)
        }
        var content = header.values.content(isInDigest: isInDigest(level), &budget)
        let hasRoom = open.count < limits.levels && drafts.count + reserved < limits.parts
        switch content.kind {
        case .multipart:
            if hasRoom, let boundary = content.boundary, boundary.count <= limits.boundaryOctets {
                let before = boundaries.open(boundary, level)
                open[level].kind = .multipart(boundary: boundary, before: before)
                reserved += 1
            } else {
                content.makeLeaf()
            }
        case .message where hasRoom: open[level].kind = .message
        case .message, .text, .other: content.makeLeaf()
        }
        content.boundary = nil
        drafts[draft].content = content
        if case .message = open[level].kind { openPart(at: bodyStart) }
    }

    private func isInDigest(_ level: Int) -> Bool {
        guard level > 0, case .multipart = open[level - 1].kind else { return false }
        return ASCII.equalFolded(drafts[open[level - 1].draft].content.subtype, MessageScanner.digest)
    }

    private static let digest = Array("digest".utf8)

    /// A boundary of the multipart at `level` was met at the start of the line: every part inside it ends before the
    /// line end in front of the boundary, which belongs to the boundary (RFC 2046 section 5.1.1).
    mutating func endPartsAtBoundary(_ level: Int) {
        let end = lineStart - min(endBeforeLine, lineStart)
        while isInHeader {
            // A header that is cut off keeps its last line's end where that is inside the multipart it is in.
            let part = open.count - 1
            endHeader(at: part == level + 1 ? lineStart : max(end, drafts[open[part - 1].draft].bodyStart))
        }
        closeParts(downTo: level + 1, at: end, lines: lineEnds - min(lineEnds, endBeforeLine > 0 ? 1 : 0))
    }

    /// Ends the open parts from the innermost to that at `level`. `lines` is how many line ends there are up to `end`.
    ///
    /// A header's empty line may be the line end in front of the boundary: then it is the header's, and what the part
    /// is in ends behind it too.
    mutating func closeParts(downTo level: Int, at boundary: UInt64, lines ends: UInt64) {
        var end = boundary
        var lines = ends
        while open.count > level, let part = open.popLast() {
            steps += 1
            let start = drafts[part.draft].bodyStart
            if start > end {
                end = start
                lines = drafts[part.draft].lines
            }
            drafts[part.draft].bodyEnd = end
            drafts[part.draft].lines = lines - min(lines, drafts[part.draft].lines)
            guard case .multipart(let boundary, let outer) = part.kind else { continue }
            if let boundary { boundaries.close(boundary, before: outer) }
            if drafts[part.draft].count == 0 {
                // The grammar of BODYSTRUCTURE has no multipart without a part.
                reserved -= 1
                drafts[part.draft].count = 1
                drafts.append(PartDraft(at: drafts[part.draft].bodyEnd))
            }
        }
    }

    /// The multipart at `level`, now the innermost open part, was closed by its boundary; an epilogue may follow.
    mutating func closeBoundary(_ level: Int) {
        guard case .multipart(let boundary?, let before) = open[level].kind else { return }
        boundaries.close(boundary, before: before)
        open[level].kind = .multipart(boundary: nil, before: nil)
    }

    /// The next part of the multipart at `level` begins at `start`; at the limit for parts the multipart is over.
    mutating func openNextPart(_ level: Int, at start: UInt64) {
        if drafts[open[level].draft].count == 0 {
            reserved -= 1
        } else if drafts.count + reserved >= limits.parts {
            closeBoundary(level)
            return
        }
        openPart(at: start)
    }

    /// The parts as the world sees them.
    func structure(size: UInt64) -> MessageStructure {
        var parts: [BodyPart] = []
        var extents: [MessageStructure.Extent] = []
        parts.reserveCapacity(drafts.count)
        extents.reserveCapacity(drafts.count)
        for draft in drafts {
            let extent = MessageStructure.Extent(
                headerStart: draft.headerStart, bodyStart: draft.bodyStart, bodyEnd: draft.bodyEnd,
                lines: draft.lines)
            extents.append(extent)
            parts.append(
                BodyPart(
                    type: draft.content.type, subtype: draft.content.subtype, fields: draft.content.fields,
                    octets: UInt64(extent.body.count), lines: draft.lines, envelope: draft.envelope,
                    count: draft.count))
        }
        guard let body = BodyStructure(parts) else {
            // Cannot be: parts are counted when they open, and the limits are those of BodyStructure.
            let nothing = MessageStructure.Extent(headerStart: 0, bodyStart: 0, bodyEnd: 0, lines: 0)
            return MessageStructure(unchecked: size, envelope ?? Envelope(), references, .empty, [nothing])
        }
        return MessageStructure(unchecked: size, envelope ?? Envelope(), references, body, extents)
    }
}
