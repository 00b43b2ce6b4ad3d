import IMAPMemoryStore
import Testing

@testable import IMAPServer

@Suite("Hostile: what SEARCH reads")
struct SearchedOctetsTests {
    /// R-ALG-5: a header of a million fields is not looked through as one piece, of which each line would leave something
    /// until all of it was fed.
    @Test(arguments: [1, 2000, 100_000], [8 << 20, 65_536])
    func aHeaderComesInPieces(_ fields: Int, atMost most: Int) async throws {
        let message = Array((String(repeating: "X: y\r\n", count: fields) + "\r\nbody\r\n").utf8)
        var octets = SearchedOctets(OctetBody(message))
        try await octets.readHeader(atMost: most)
        #expect(octets.head.count >= min(fields * 6, most))
        var all: [UInt8] = []
        while true {
            let piece = try await octets.next()
            guard !piece.isEmpty else { break }
            #expect(piece.count <= 65_536)
            all += piece
        }
        #expect(all == message)
    }
}
