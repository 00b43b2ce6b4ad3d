import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

/// What a host sets is not what a client can trap with.
@Suite("Limits: values that cannot work", .serialized)
struct UnusableConfigurationTests {
    private static let counts: [any WritableKeyPath<Limits, Int> & Sendable] = [
        \.beforeLogin.line, \.beforeLogin.command, \.beforeLogin.literal, \.beforeLogin.literals, \.afterLogin.line,
        \.afterLogin.command, \.afterLogin.literal, \.afterLogin.literals, \.nestingBeforeLogin.depth,
        \.nestingBeforeLogin.lists, \.nestingAfterLogin.depth, \.nestingAfterLogin.lists, \.saslResponse, \.saslSteps,
        \.commandsBeforeLogin, \.badCommandsBeforeLogin, \.badCommandsAfterLogin, \.failedLogins, \.unreadInput,
        \.outputBeforeLogin, \.outputAfterLogin, \.messageBatch, \.wokenMailboxes, \.mailboxNameOctets,
        \.mailboxLevels, \.emptyBlocks, \.message.levels, \.message.parts, \.message.fields, \.message.fieldOctets,
        \.message.headerOctets, \.message.fieldParameters, \.message.parameters, \.message.addresses,
        \.message.boundaryOctets, \.messagesBeingRead,
    ]
    private static let sizes: [any WritableKeyPath<Limits, UInt64> & Sendable] = [
        \.swallowBeforeLogin, \.swallowLine, \.append, \.appendTotal,
    ]
    private static let times: [any WritableKeyPath<Timeouts, Duration> & Sendable] = [
        \.login, \.loginAfterUnauthenticate, \.commandBeforeLogin, \.idle, \.stall, \.write, \.turn, \.ending,
    ]

    /// A client that does a little of everything. Whatever is answered, each command is, or the connection is over.
    private static func visit(_ lab: Lab) async {
        let message = "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n"
        let peer = await lab.connect()
        for text in [
            "a NOOP\r\n", "b ID (\"a\" \"b\")\r\n", "c LOGIN {5+}\r\nadmin root\r\n", "d CREATE a/b\r\n",
            "e APPEND INBOX {\(message.utf8.count)+}\r\n\(message)\r\n", "f SELECT INBOX\r\n",
            "g FETCH 1:* (ENVELOPE BODYSTRUCTURE BODY.PEEK[1])\r\n", "h SEARCH OR (SUBJECT x) NOT BODY {1+}\r\ny\r\n",
            "i SORT (SUBJECT) UTF-8 ALL\r\n", "j SEARCH RETURN (UPDATE) ALL\r\n", "k STORE 1 FLAGS (a)\r\n",
            "l LIST \"\" (a* b)\r\n", "m NOTIFY SET (personal (MessageNew MessageExpunge))\r\n", "n BOGUS\r\n",
            "o UNAUTHENTICATE\r\n", "p AUTHENTICATE PLAIN \(base64("\0admin\0root"))\r\n", "q LOGOUT\r\n",
        ] {
            guard !peer.isClosed else { return }
            let answer = await peer.send(text)
            #expect(answer.contains("\(text.prefix(1)) ") || answer.contains("* BYE "), "\(text): \(answer)")
        }
    }

    @Test(arguments: [Int.min, -1, 0, 1, .max])
    func everyCountTogether(_ value: Int) async throws {
        let lab = try Lab { configuration in
            for path in Self.counts { configuration.limits[keyPath: path] = value }
            for path in Self.sizes { configuration.limits[keyPath: path] = value < 0 ? 0 : UInt64(value) }
            for one in RepetitionCase.all { configuration.limits[one.limit] = value }
            configuration.timeouts.minimumRate = value
        }
        await Self.visit(lab)
        #expect(await lab.connect().greeting.hasPrefix("* OK "))
    }

    @Test(arguments: counts.indices, [Int.min, 0, 1, .max])
    func oneCountAlone(_ index: Int, _ value: Int) async throws {
        await Self.visit(try Lab { $0.limits[keyPath: Self.counts[index]] = value })
    }

    @Test(arguments: sizes.indices, [UInt64.min, 1, .max])
    func oneSizeAlone(_ index: Int, _ value: UInt64) async throws {
        await Self.visit(try Lab { $0.limits[keyPath: Self.sizes[index]] = value })
    }

    @Test(arguments: times.indices, [Duration.seconds(Int64.min), .seconds(-1), .zero, .seconds(Int64.max)])
    func oneTimeAlone(_ index: Int, _ value: Duration) async throws {
        let lab = try Lab { $0.timeouts[keyPath: Self.times[index]] = value }
        let peer = await lab.connect()
        await peer.line("a LOGIN alice secret")
        await peer.leap(.seconds(400_000_000))
        #expect(await eventually { peer.isClosed || value > .seconds(1) })
    }
}
