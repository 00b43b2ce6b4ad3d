import IMAPMemoryStore
import IMAPServer

/// `imap-bench exchanges COUNT`: that many SASL exchanges on one connection that a client gives up in the middle, and
/// what they leave in memory (R-AUTH-2).
enum Exchanges {
    /// Each is begun, and left by `*`, by what is no base64, or by what the mechanism does not take.
    private static let beginnings = [
        "z AUTHENTICATE PLAIN\r\n*\r\n", "z AUTHENTICATE PLAIN\r\n!\r\n", "z AUTHENTICATE PLAIN\r\nYWxpY2U=\r\n",
        "z AUTHENTICATE LOGIN\r\n*\r\n", "z AUTHENTICATE LOGIN\r\nYWxpY2U=\r\n*\r\n",
        "z AUTHENTICATE XOAUTH2\r\n*\r\n", "z AUTHENTICATE OAUTHBEARER\r\n!\r\n",
    ].map { Array($0.utf8) }

    private static let batch = 100
    /// Three octets of an exchange: none is kept.
    private static let allowed = 1 << 18

    /// Returns whether memory grew by no more than ``allowed`` behind the first tenth.
    static func run(_ count: Int) throws -> Bool {
        var configuration = ServerConfiguration()
        configuration.limits.commandsBeforeLogin = .max
        configuration.limits.badCommandsBeforeLogin = .max
        let client = try TurnServer(MemoryStore(), configuration).connect()
        var early: Int?
        var done = 0
        while done < count {
            var octets: [UInt8] = []
            for index in done..<done + batch { octets += beginnings[index % beginnings.count] }
            try client.say(octets, refused: batch)
            done += batch
            if early == nil, done >= count / 10 { early = Resident.octets }
        }
        let growth = Resident.octets - (early ?? 0)
        print("exchanges: \(done) given up on one connection, \(growth >> 10) KiB more at the end than after a tenth")
        return growth <= allowed
    }
}
