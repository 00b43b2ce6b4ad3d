import IMAPHost

/// The octets of a message as the library reads them from a store it does not trust: one size from the first look to
/// the last, that a literal can have; no more octets than were asked for; and none for a client that is gone, so that
/// nothing is read for ever. A store that answers at once gives nobody a turn: others have theirs within a long message,
/// too.
struct CheckedBody: MessageBody {
    private let base: any MessageBody
    let size: UInt64
    /// Octets that are read before others have their turn.
    private static let turn: UInt64 = 1 << 20

    init(_ base: any MessageBody) {
        self.base = base
        // number64 has 63 bits (RFC 9051 section 9).
        size = min(base.size, UInt64(Int64.max))
    }

    func read(at offset: UInt64, max most: Int) async throws(StoreError) -> [UInt8] {
        guard !Task.isCancelled else { throw .unavailable }
        let octets = try await base.read(at: offset, max: most)
        let end = offset.addingReportingOverflow(UInt64(octets.count)).partialValue
        if offset / CheckedBody.turn != end / CheckedBody.turn { await Task.yield() }
        return octets.count > most ? Array(octets.prefix(most)) : octets
    }
}
