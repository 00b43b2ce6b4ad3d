import IMAPHost
import IMAPMessage

/// What is held of one message while it is read. Ordinary mail is the connection's own; a message that turns out to be
/// large takes its share of the server's budget, for all that it may come to, before more of it is read.
struct HeldMessage: Sendable {
    let limits: MessageLimits
    private let budget: ReadingBudget
    private var share: ReadingShare?

    /// Octets of a header that are nobody's business.
    private static let ownOctets = 65_536
    /// Parts, whose octets may be few.
    private static let ownParts = 256

    init(_ limits: MessageLimits, _ budget: ReadingBudget) {
        self.limits = limits
        self.budget = budget
    }

    /// Whether it takes a share.
    var isLarge: Bool { share != nil }

    /// So much of a message of `size` octets is held.
    mutating func hold(
        _ held: (headerOctets: Int, parts: Int), of size: UInt64
    ) async throws(StoreError) {
        let own = min(HeldMessage.ownOctets, budget.whole)
        guard share == nil, held.headerOctets > own || held.parts > HeldMessage.ownParts else { return }
        share = try await budget.take(limits.mostHeld(of: size))
    }

    /// Nothing is held any more.
    mutating func release() { share = nil }
}

extension [UInt8] {
    /// In pieces of which none makes much of a message before it was looked at what it made: parts may have six octets.
    var readingPieces: [[UInt8]] {
        let most = 16_384
        guard count > most else { return [self] }
        return stride(from: 0, to: count, by: most).map { Array(self[$0..<Swift.min($0 + most, count)]) }
    }
}

extension MessageLimits {
    /// Octets of memory for each octet of headers: the header itself, its fields as they are and as they were understood.
    private static let memoryOfOctet = 3
    /// Octets of memory for a part.
    private static let memoryOfPart = 1024

    /// Octets of memory that a message of `size` octets may take while it is read.
    func mostHeld(of size: UInt64) -> Int {
        let size = Int(clamping: size)
        // Bounded by what a limit may be, 2^40, and by the greatest number of parts.
        return min(size, max(headerOctets, 0)) * MessageLimits.memoryOfOctet
            + min(size, max(parts, 0)) * MessageLimits.memoryOfPart
    }
}
