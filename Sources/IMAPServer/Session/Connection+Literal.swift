import IMAPCodec
import IMAPParser
import IMAPTypes

/// A literal that a command at work takes in pieces.
extension Connection {
    /// What follows a literal that was streamed.
    enum Rest: Sendable {
        case needsMore
        case literal(ArgumentReader)
        case end(ArgumentReader)
        case failed(CommandFailure)
    }

    /// Takes the literal that was announced. A client that waits is invited.
    mutating func acceptStream(atMost limit: UInt64) -> CommandFailure? {
        guard let header = announcedLiteral else { return .bad(nil, "Literal expected") }
        if let failure = refusal(ofKind: header) { return failure }
        guard let size = header.size, size <= limit else { return .no(.tooBig, "Message too big") }
        guard framer.stream() else { return .bad(nil, "Literal expected") }
        announcedLiteral = nil
        if header.kind == .synchronizing { writer.continuationRequest("Ready for literal data") }
        return nil
    }

    mutating func nextStreamed() -> StreamedOctets { framer.readStream(&input, max: Connection.streamedPiece) }

    /// Octets of a streamed literal handed on at a time.
    private static var streamedPiece: Int { 65_536 }

    /// What follows the literal: the command's end, or the announcement of another.
    mutating func nextRest() -> Rest {
        switch framer.next(&input) {
        case .needsMore: return .needsMore
        case .skipped: return .needsMore
        case .lost: return .failed(.bye(.tooBig, "Too much to swallow", .limitExceeded))
        case .overLimit: return .failed(.bad(.limit, "Command too long"))
        case .literal(let header):
            announcedLiteral = header
            guard framer.partialFrame.flaws.isEmpty else { return .failed(.bad(nil, "A line ends with CRLF")) }
            return .literal(tail(of: framer.partialFrame))
        case .command(let frame):
            guard frame.flaws.isEmpty else { return .failed(.bad(nil, "A line ends with CRLF")) }
            return .end(tail(of: frame))
        }
    }

    private func tail(of frame: Frame) -> ArgumentReader {
        var arguments = ArgumentReader(
            tailOf: frame, nesting: configuration.limits.nestingAfterLogin,
            limits: configuration.limits.counts)
        arguments.quotesUTF8 = traits.contains(.utf8)
        return arguments
    }

    /// The command at work was answered: what the client still sends of it means nothing.
    mutating func abandonCommand() {
        announcedLiteral = nil
        framer.abandon(swallowing: swallow)
    }

    /// Why a literal of this kind is not taken, however small it is.
    func refusal(ofKind header: LiteralHeader) -> CommandFailure? {
        guard header.kind == .nonSynchronizing else { return nil }
        switch tables.nonSynchronizingLiterals {
        case .any: return nil
        case .upTo4096:
            guard header.size ?? .max > 4096 else { return nil }
            return .bad(.tooBig, "Literal too big to be sent without waiting")
        case .none: return .bad(nil, "A literal waits for its continuation request here")
        }
    }
}
