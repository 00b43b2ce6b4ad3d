/// Octets that have arrived and were not read yet.
///
/// Filled by the connection, emptied by the ``Framer``. Holds no memory while it is empty, so an idle connection has
/// no input buffer.
public struct InputBuffer: Sendable {
    package private(set) var octets: [UInt8] = []
    /// The index of the first unread octet.
    package private(set) var start = 0

    public init() {}

    public init(_ octets: [UInt8]) { self.octets = octets }

    /// How many octets wait to be read.
    public var count: Int { octets.count - start }

    public var isEmpty: Bool { start == octets.count }

    /// Adds octets behind those that wait.
    public mutating func append(_ more: [UInt8]) {
        if isEmpty {
            octets = more
            start = 0
            return
        }
        // Moving the rest down costs at most what was read since the last move.
        if start > octets.count / 2 {
            octets.removeSubrange(..<start)
            start = 0
        }
        octets.append(contentsOf: more)
    }

    /// Marks the first `count` unread octets as read.
    package mutating func consume(_ count: Int) {
        start += min(count, self.count)
        if isEmpty {
            octets = []
            start = 0
        }
    }

    /// What waits to be read.
    package var unread: ArraySlice<UInt8> { octets[start...] }

    /// The first `count` unread octets, if there are as many.
    package func first(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, self.count >= count else { return nil }
        return octets[start..<(start + count)]
    }

    /// Takes everything that waits: for another layer, or for the connection that begins after this one.
    public mutating func takeAll() -> [UInt8] {
        let rest = start == 0 ? octets : Array(octets[start...])
        octets = []
        start = 0
        return rest
    }
}
