import IMAPServer
import IMAPText

/// One connection that serves one user after the other, each for some commands: what is looked at is what they leave
/// behind in memory.
package enum UserSwitches {
    /// Logs in `count` times. Returns what was answered otherwise than it should be, or `nil`.
    ///
    /// The mail does not change, and a second passes with each login. Every fifth compresses. `progress` hears after each
    /// UNAUTHENTICATE how many there were, while nobody is logged in.
    package static func run(
        _ count: Int, in world: ProgramWorld, users: ProgramUsers = .standard, progress: (Int) -> Void = { _ in }
    ) async throws -> String? {
        let clock = VirtualClock()
        let server = try Server(
            store: world.store, authenticator: world.authenticator, extensions: world.extensions,
            configuration: world.configuration, observer: world.observer, clock: clock)
        let outside = try await Outside(world.store, users, messages: 3)
        var client = await ProgramClient(to: server, world.facts, nil)
        var finding: String?
        for number in 1...count {
            finding = await serve(users.users[number % users.users.count].name, number, users, &client)
            if finding != nil { break }
            clock.advance(by: .seconds(1))
            progress(number)
        }
        await client.end()
        await outside.close()
        clock.advance(by: .seconds(1_000_000))
        return finding
    }

    private static func serve(
        _ user: String, _ number: Int, _ users: ProgramUsers, _ client: inout ProgramClient
    ) async -> String? {
        let administrator = users.administrator
        let plain = Base64.encode(Array("\(user)\0\(administrator.name)\0\(administrator.password)".utf8).span)
        var lines = [
            "l AUTHENTICATE PLAIN \(String(decoding: plain, as: UTF8.self))", "e ENABLE CONDSTORE QRESYNC",
            "s SELECT INBOX", "f FETCH 1:* (UID FLAGS BODY.PEEK[])", "r SEARCH RETURN (SAVE UPDATE) ALL",
            "t THREAD REFERENCES UTF-8 $", "i IDLE\r\nDONE", "g LIST \"\" * RETURN (STATUS (MESSAGES))",
        ]
        if number % 5 == 0 { lines.insert("c COMPRESS DEFLATE", at: 1) }
        for line in lines {
            client.transport.send(client.wire(Array("\(line)\r\n".utf8)))
            let answer = await client.answer().plain
            let tag = Array("\(line.prefix(1)) OK ".utf8)
            guard answer[...].firstRange(ofOctets: tag) != nil else {
                return "login \(number): \(line) is answered with \(String(decoding: answer, as: UTF8.self))"
            }
            if line.hasPrefix("c ") { client.compress() }
        }
        client.transport.send(
            client.wire(Array("u UNAUTHENTICATE\r\n".utf8), endingBy: StretchEnd.allCases[number % 3]))
        let answer = await client.answer().plain
        guard answer.starts(with: Array("u OK [CAPABILITY ".utf8)) else {
            return "login \(number): UNAUTHENTICATE is answered with \(String(decoding: answer, as: UTF8.self))"
        }
        return nil
    }
}
