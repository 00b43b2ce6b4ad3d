public import IMAPHost

/// A message made while it is read: a header, then one block of octets again and again. A GiB of it needs no memory.
public struct RepeatingBody: MessageBody {
    /// What comes first, once.
    public let header: [UInt8]
    /// What is repeated. Its octets end in CRLF where a whole number of lines is wanted.
    public let block: [UInt8]
    /// How many octets there are together; the last block may be cut short.
    public let size: UInt64

    /// The most octets one read gives: a client's large `max` makes no large array.
    public static let largestRead = 1 << 18

    /// A body of exactly `size` octets: the beginning of `header` and endless `block`s. With an empty `block` it ends
    /// with the header.
    public init(header: [UInt8], block: [UInt8], size: UInt64) {
        self.header = header
        self.block = block
        self.size = block.isEmpty ? min(size, UInt64(header.count)) : size
    }

    public func read(at offset: UInt64, max: Int) async throws(StoreError) -> [UInt8] {
        guard max > 0, offset < size else { return [] }
        let count = Int(min(UInt64(min(max, RepeatingBody.largestRead)), size - offset))
        var result: [UInt8] = []
        result.reserveCapacity(count)
        if let start = Int(exactly: offset), start < header.count {
            result.append(contentsOf: header[start..<min(header.count, start + count)])
        }
        while result.count < count {
            // The header is behind us, so the offset is not below its count, and the block is not empty.
            let behind = offset + UInt64(result.count) - UInt64(header.count)
            let start = Int(behind % UInt64(block.count))
            result.append(contentsOf: block[start..<min(block.count, start + count - result.count)])
        }
        return result
    }
}
