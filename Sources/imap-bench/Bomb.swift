import IMAPCodec
import IMAPExtensions
import IMAPMemoryStore
import IMAPServer

/// `imap-bench bomb MEBIBYTES`: one line of so many, compressed, and the most memory that reading it takes (R-Z-1).
enum Bomb {
    private static let allowed = 1 << 20
    private static let segment = 16_384

    /// Returns whether the connection was closed, and took no more than ``allowed``.
    static func run(mebibytes: Int) throws -> Bool {
        // Behind a full flush nothing is referred to: the same octets again are as much more.
        var one: [UInt8] = []
        var deflater = Deflater()
        deflater.deflate([UInt8](repeating: 0x41, count: 1 << 20).span, into: &one)
        deflater.flush(.full, into: &one)
        let bomb = Array(repeatElement(one, count: mebibytes).joined())
        let server = try TurnServer(MemoryStore(), extensions: [.compressDeflate])
        // What the first connection of a process takes is not the bomb's.
        try logIn(server).say("NOOP")
        let client = try logIn(server)
        try client.say("COMPRESS DEFLATE")
        guard Resident.forgetMost() else {
            print("bomb: the kernel does not tell how much memory there was at most")
            return true
        }
        let before = Resident.octets
        for start in stride(from: 0, to: bomb.count, by: segment) where !client.isClosed {
            client.hear(Array(bomb[start..<min(start + segment, bomb.count)]))
        }
        let taken = Resident.most - before
        print(
            "bomb: a line of \(mebibytes) MiB in \(bomb.count >> 10) KiB took \(taken >> 10) KiB of memory, "
                + (client.isClosed ? "and ended the connection" : "and the connection GOES ON"))
        return client.isClosed && taken <= allowed
    }

    private static func logIn(_ server: TurnServer) throws -> TurnClient {
        let client = server.connect()
        try client.say("LOGIN someone secret")
        return client
    }
}
