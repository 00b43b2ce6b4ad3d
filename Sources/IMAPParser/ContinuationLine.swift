/// A line that is not a command: a SASL response, or DONE (RFC 9051 sections 6.2.2 and 6.3.13).
///
/// `{5}` at its end means nothing; `{5+}` means that the client is sending a command, and that what follows is data
/// (R-LIT-5). The same rule for line ends as everywhere.
public struct ContinuationLine: Sendable {
    public enum Event: Sendable, Equatable {
        case needsMore
        /// The line without its end, and what is wrong with it.
        case line([UInt8], FrameFlaws)
        /// Longer than the limit: close, the rest of it would be read as a command.
        case tooLong
        /// It ends in the header of a literal that follows at once: close, the literal would be read as a command.
        case announcesLiteral
    }

    private var scanner: LineScanner
    private var octets: [UInt8] = []
    private let limit: Int

    public init(limit: Int, crlfOnly: Bool = false) {
        scanner = LineScanner(crlfOnly: crlfOnly)
        self.limit = limit
    }

    public mutating func next(_ input: inout InputBuffer) -> Event {
        switch scanner.scan(&input, into: &octets, limit: limit) {
        case .incomplete: .needsMore
        case .complete:
            LiteralHeader(endOf: octets, from: 0)?.kind == .nonSynchronizing
                ? .announcesLiteral : .line(octets, scanner.flaws)
        case .overLimit: .tooLong
        }
    }
}
