import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPTestKit
import IMAPTypes
import Testing

@testable import IMAPServer

@Suite("Limits: those that a host sets otherwise, at the limit, one over it, far over it (R-LIT-11)")
struct LimitEdgesTests {
    /// Behind the octet that is one too many, the rest of the line and its end.
    @Test(arguments: [101, 1098, 1099, 1100, 1101, 50_000])
    func whatIsSwallowedOfALine(_ length: Int) async throws {
        let lab = try Lab {
            $0.limits.afterLogin = FramerLimits(line: 100, command: 200, literal: 50, literals: 4)
            $0.limits.swallowLine = 1000
        }
        let peer = await lab.logIn()
        let answer = await peer.send("a X " + String(repeating: "x", count: length - 4) + "\r\nb NOOP\r\n")
        let isSwallowed = length + 2 - 101 <= 1000
        #expect(
            answer == "a BAD [LIMIT] Command too long\r\n"
                + (isSwallowed ? "b OK NOOP completed\r\n" : "* BYE [TOOBIG] Too much to swallow\r\n"))
        #expect(peer.isClosed == !isSwallowed)
    }

    @Test(arguments: [97, 98, 99, 5000])
    func whatIsSwallowedBeforeLogin(_ size: Int) async throws {
        let lab = try Lab { $0.limits.swallowBeforeLogin = 100 }
        let peer = await lab.connect()
        let answer = await peer.send("a NOPE {\(size)+}\r\n" + String(repeating: "x", count: size) + "\r\nb NOOP\r\n")
        let isSwallowed = size + 2 <= 100
        #expect(
            answer == "a BAD Unknown command\r\n"
                + (isSwallowed ? "b OK NOOP completed\r\n" : "* BYE [TOOBIG] Too much to swallow\r\n"))
    }

    /// Smaller, and the 64 KiB that HOSTILE-INPUT.md leaves to a host.
    @Test(arguments: [100, 65_536])
    func aLineOfASASLExchange(_ most: Int) async throws {
        let lab = try Lab { $0.limits.saslResponse = most }
        for length in [most - 4, most, most + 1, most * 20] {
            let peer = await lab.connect()
            #expect(await peer.line("a AUTHENTICATE PLAIN") == "+ \r\n")
            let answer = await peer.send(String(repeating: "A", count: length) + "\r\n")
            #expect(answer.hasPrefix(length <= most ? "a BAD " : "* BYE [TOOBIG] "), "\(length): \(answer)")
        }
        #expect(lab.users.questions.isEmpty)
    }

    /// The mechanism has three challenges, or as many more as it is asked for.
    @Test(arguments: [2, 3, 4])
    func challengesOfASASLExchange(_ most: Int) async throws {
        let lab = try Lab(
            users: HostileUsers(acceptsStrangers: true), extensions: IMAPExtension.standard + [.steps]
        ) { $0.limits.saslSteps = most }
        let tooMany = "a BAD [LIMIT] Too many steps\r\n"
        let peer = await lab.connect()
        #expect(await peer.line("a AUTHENTICATE X-STEPS").hasPrefix("+ "))
        for step in 2...3 {
            let answer = await peer.line("YQ==")
            guard step <= most else {
                #expect(answer == tooMany)
                return
            }
            #expect(answer.hasPrefix("+ "), "\(step)")
        }
        #expect(await peer.line("YQ==").contains("a OK "))
        let other = await lab.connect()
        await other.line("a AUTHENTICATE X-STEPS")
        for _ in 1..<most { #expect(await other.line(base64("again")).hasPrefix("+ ")) }
        #expect(await other.line(base64("again")) == tooMany)
        #expect(await other.isAlive())
    }

    /// PLAIN has one challenge, where its response does not come with the command.
    @Test func oneChallengeIsEnoughForPLAIN() async throws {
        let lab = try Lab { $0.limits.saslSteps = 1 }
        let peer = await lab.connect()
        #expect(await peer.line("a AUTHENTICATE PLAIN") == "+ \r\n")
        #expect(await peer.line(base64("\0alice\0secret")).contains("a OK "))
    }

    @Test(arguments: [1, 2, 3, 40])
    func aHostAllowsTwoFailedLogins(_ count: Int) async throws {
        let lab = try Lab { $0.limits.failedLogins = 2 }
        let peer = await lab.connect()
        let answer = await peer.send(String(repeating: "a LOGIN alice wrong\r\n", count: count))
        let no = "a NO [AUTHENTICATIONFAILED] Authentication failed\r\n"
        #expect(answer == no + (count < 2 ? "" : "* BYE Too many failed logins\r\n"))
        #expect(lab.users.questions.count == min(count, 2))
    }

    /// R-PIPE-2
    @Test(arguments: [22, 100, 65_536])
    func inputThatWaits(_ most: Int) async throws {
        let users = HostileUsers()
        users.hang("alice")
        let lab = try Lab(users: users) { $0.limits.unreadInput = most }
        let transport = SegmentedTransport(
            [octets("a LOGIN alice secret\r\n") + [UInt8](repeating: 0x0A, count: 4_000_000)],
            facts: ScriptedTransport().facts)
        lab.server.accept(transport)
        #expect(await eventually { users.questions.count == 1 })
        for _ in 0..<200 { await Task.yield() }
        #expect(transport.largestRequest <= most)
        // What was read with the command that runs, and once more while it runs.
        #expect(transport.delivered <= 2 * most, "\(transport.delivered)")
        transport.hangUp()
        #expect(await eventually { transport.isClosed && lab.server.connectionCount == 0 })
    }

    /// R-OUT-8: no more than one answer over the limit is made.
    @Test(arguments: [1, 1000, 4096, 20_000])
    func outputThatWaitsBeforeLogin(_ most: Int) async throws {
        let lab = try Lab { configuration in
            configuration.limits.outputBeforeLogin = most
            configuration.limits.commandsBeforeLogin = 10_000
        }
        let peer = await lab.connect()
        let one = await peer.line("a CAPABILITY").utf8.count
        peer.transport.block()
        peer.transport.send(String(repeating: "a CAPABILITY\r\n", count: 1100))
        #expect(await eventually { peer.transport.largestWrite >= most })
        for _ in 0..<100 { await Task.yield() }
        let waiting = peer.drained().utf8.count
        #expect(waiting >= most && waiting < most + one, "\(waiting)")
        peer.transport.hangUp()
        #expect(await eventually { lab.server.connectionCount == 0 })
    }

    /// R-OUT-8: no more than one answer over the limit is made, here of one message.
    @Test(arguments: [1, 5000, 65_536, 200_000])
    func outputThatWaitsAfterLogin(_ most: Int) async throws {
        let lab = try Lab { $0.limits.outputAfterLogin = most }
        try lab.memory.append(
            contentsOf: Array(repeating: MemoryMessage(octets("Subject: x\r\n\r\ny\r\n")), count: 20_000), to: .inbox,
            for: user("alice"))
        let peer = await lab.select()
        peer.transport.block()
        peer.transport.send("a FETCH 1:* (UID)\r\n")
        #expect(await eventually { peer.transport.largestWrite >= most })
        for _ in 0..<100 { await Task.yield() }
        let waiting = peer.drained().utf8.count
        #expect(waiting >= most && waiting < most + 64, "\(waiting)")
        peer.transport.hangUp()
        #expect(await eventually { lab.server.connectionCount == 0 })
    }

    /// At the limit each is remembered; one more, and any may have changed: once, and then they are remembered again.
    @Test(arguments: [1, 3, 1000])
    func mailboxesRememberedAsChanged(_ most: Int) throws {
        func name(_ index: Int) throws -> MailboxName { try #require(MailboxName("m\(index)")) }
        for count in [most - 1, most, most + 1, most * 50] {
            let changed = ChangedMailboxes(limit: most)
            for _ in 1...2 {
                for index in 0..<count { changed.wake(try name(index)) }
                let others = changed.take(.inbox)
                #expect(others == (count > most), "\(count)")
                guard !others else { continue }
                for index in 0..<count { #expect(changed.take(try name(index)), "\(index) of \(count)") }
            }
            #expect(!changed.take(try name(0)))
            #expect(!changed.take(.inbox))
        }
    }

    /// RFC 5465 section 5.8
    @Test(arguments: [4, 5, 6, 500])
    func changesToldAtOnce(_ count: Int) async throws {
        let lab = try Lab { $0.limits[.notifyChanges] = 5 }
        let peer = await lab.logIn()
        await peer.line("n NOTIFY SET (PERSONAL (MailboxName))")
        func make(_ name: String) throws {
            try lab.memory.createMailbox(try #require(MailboxName(name)), for: user("alice"))
        }
        peer.transport.block()
        try make("first")
        #expect(await eventually { peer.transport.largestWrite > 0 && !peer.transport.takeOutput().isEmpty })
        for index in 0..<count { try make("m\(index)") }
        peer.transport.unblock()
        var heard = ""
        let overflow = "* OK [NOTIFICATIONOVERFLOW] Too much happened, nothing more is told\r\n"
        let last = count <= 5 ? "m\(count - 1)\r\n" : overflow
        #expect(
            await eventually {
                heard += peer.drained()
                return heard.hasSuffix(last)
            }, "\(heard)")
        #expect(heard.ranges(of: "* LIST ").count == (count <= 5 ? count : 0), "\(heard)")
        try make("Again")
        #expect(await peer.line("a NOOP").contains("Again") == (count <= 5))
    }

    /// What no host sets, as a client meets it.
    @Test(arguments: [
        ("STORE 1 +FLAGS.SILENT (", ")", 255), ("SEARCH KEYWORD ", "", 255), ("SEARCH EMAILID ", "", 255),
        ("GETMETADATA \"\" /shared/", "", 1024 - 8), ("DELETEACL INBOX ", "", 1024),
        ("SEARCH CHARSET ", " ALL", 100),
    ])
    func aWordOf(_ front: String, _ back: String, _ most: Int) async throws {
        let lab = try Lab()
        try lab.fill()
        let peer = await lab.select()
        for count in [most - 1, most, most + 1, 10_000] {
            let answer = await peer.line("a \(front)\(String(repeating: "x", count: count))\(back)")
            if front.hasPrefix("SEARCH CHARSET") {
                // Longer than any, it is none of those that are known.
                #expect(answer.hasPrefix("a NO [BADCHARSET "), "\(count): \(answer)")
            } else {
                #expect(answer.hasPrefix("a BAD ") == (count > most), "\(count): \(answer)")
            }
        }
        #expect(await peer.isAlive())
    }
}
