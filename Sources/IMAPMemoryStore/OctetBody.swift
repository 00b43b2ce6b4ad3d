public import IMAPHost

/// The octets of a message, held in memory.
public struct OctetBody: MessageBody {
    /// The octets, with CRLF at every line's end.
    public let octets: [UInt8]

    /// A body of `octets`. An LF without a CR before it becomes CRLF, so that the size and what a client reads agree.
    public init(_ octets: [UInt8]) { self.octets = OctetBody.withCRLF(octets) }

    public var size: UInt64 { UInt64(octets.count) }

    public func read(at offset: UInt64, max: Int) async throws(StoreError) -> [UInt8] {
        guard max > 0, let start = Int(exactly: offset), start < octets.count else { return [] }
        return Array(octets[start..<(start + min(max, octets.count - start))])
    }

    /// `octets` with CRLF for each bare LF; the same array when there is none.
    static func withCRLF(_ octets: [UInt8]) -> [UInt8] {
        var bare = 0
        var previous: UInt8 = 0
        for octet in octets {
            if octet == lf, previous != cr { bare += 1 }
            previous = octet
        }
        guard bare > 0 else { return octets }
        var result: [UInt8] = []
        result.reserveCapacity(octets.count + bare)
        previous = 0
        for octet in octets {
            if octet == lf, previous != cr { result.append(cr) }
            result.append(octet)
            previous = octet
        }
        return result
    }

    private static let cr: UInt8 = 0x0D
    private static let lf: UInt8 = 0x0A
}
