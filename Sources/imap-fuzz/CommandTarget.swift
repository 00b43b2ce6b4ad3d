import IMAPCodec
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPServer
import IMAPTestKit
import IMAPTypes

/// What a client sends, cut into commands, judged by the gate and read: every command of every extension, in each
/// state and with the modes that change the grammar. Nothing is performed.
enum CommandTarget {
    /// What is wrong with the reading of this input, or `nil`: it depends on the cut (R-LINE-3), writes what is no IMAP,
    /// holds too much (R-LIT-1), points behind the frame, or shows a secret (R-LOG-2).
    ///
    /// The low two bits of the first octet are the state, then come UTF8=ACCEPT, IMAP4rev2, UIDONLY and QRESYNC, and
    /// whether the limits are those that a server has of itself.
    static func problem(_ input: [UInt8]) -> String? {
        guard let first = input.first else { return nil }
        guard let world = first & 0x40 != 0 ? CommandWorld.large : CommandWorld.small else { return "no server" }
        let octets = Array(input.dropFirst())
        var random = SplitMix(hashing: octets)
        var pieces: [(String, [[UInt8]])] = [
            ("at once", octets.isEmpty ? [] : [octets]), ("cut at random", random.cut(octets)),
        ]
        if octets.count <= 200 { pieces.append(("octet by octet", octets.map { [$0] })) }
        var expected: CommandRun?
        for (name, pieces) in pieces {
            let run = CommandRun(world, first, pieces)
            if let problem = run.problem { return "\(name): \(problem)" }
            if let problem = expected?.difference(from: run) { return "\(name): \(problem)" }
            expected = expected ?? run
        }
        for request in expected?.requests ?? [] {
            if let problem = Secrets.problem(request.command) { return problem }
        }
        return readingProblem(world, first, octets)
    }

    /// Every whole command, read whatever the state permits: an error lies inside the command.
    private static func readingProblem(_ world: CommandWorld, _ first: UInt8, _ octets: [UInt8]) -> String? {
        let probe = world.probe(first, always: true)
        for frame in Frames.all(in: octets) {
            do throws(SyntaxError) {
                for nesting in [NestingLimits(depth: 1, lists: 1), NestingLimits(depth: 32, lists: 10_000)] {
                    if let command = try probe.command(frame, nesting: nesting), let problem = Secrets.problem(command)
                    {
                        return problem
                    }
                }
            } catch {
                guard error.offset >= 0, error.offset <= frame.octets.count else {
                    return "error at \(error.offset) of \(frame.octets.count)"
                }
            }
        }
        return nil
    }
}

/// A server, and a mailbox that is asked for nothing.
struct CommandWorld: Sendable {
    let server: Server
    let limits: Limits
    private let account: any Account
    private let mailbox: OpenMailbox

    static let small = CommandWorld(.all)
    static let large = CommandWorld(.sasl)

    private init?(_ kind: FuzzServer.Kind) {
        final class Found: @unchecked Sendable {
            var account: (any Account)?
            var mailbox: OpenMailbox?
        }
        guard OwnThread.isAvailable, let world = try? FuzzServer(kind) else { return nil }
        let found = Found()
        OwnThread.run { own in
            let store = world.store
            Task {
                found.account = try? await store.account(of: UserIdentity(name: Array("alice".utf8)))
                found.mailbox = try? await found.account?.open(.inbox, .readWrite)
            }
            _ = own.drain()
        }
        guard let account = found.account, let mailbox = found.mailbox else { return nil }
        server = world.server
        limits = world.configuration.limits
        self.account = account
        self.mailbox = mailbox
    }

    /// A connection in the state that `choice` says, or selected.
    func probe(_ choice: UInt8, always selected: Bool = false) -> CommandProbe {
        let phases: [CommandProbe.Phase] = [.notAuthenticated, .authenticated, .selected, .selected]
        let words: [(UInt8, Keyword)] = [(4, "UTF8=ACCEPT"), (8, "IMAP4REV2"), (16, "UIDONLY"), (32, "QRESYNC")]
        return CommandProbe(
            server, FuzzServer.facts, selected ? .selected : phases[Int(choice & 3)], account: account,
            mailbox: mailbox,
            enabling: words.filter { choice & $0.0 != 0 }.map(\.1))
    }
}

/// One probe, fed piece by piece.
struct CommandRun {
    private(set) var requests: [CommandProbe.Request] = []
    private(set) var output: [UInt8] = []
    private(set) var problem: String?
    private var isClosed = false

    init(_ world: CommandWorld, _ choice: UInt8, _ pieces: [[UInt8]]) {
        var probe = world.probe(choice)
        var checker = OutputChecker(OutputPermissions(), commands: .unseen, from: .middle)
        // Where the limits change with a login, the probe is in one state for good.
        let limit = max(world.limits.beforeLogin.command, world.limits.afterLogin.command, world.limits.saslResponse)
        var before = 0
        for piece in pieces where !isClosed && problem == nil {
            probe.receive(piece)
            ask: while true {
                let event = probe.next()
                let octets = probe.takeOutput()
                checker.wrote(octets)
                output += octets
                let held = probe.held
                if held.command > limit + 3 { problem = "held \(held.command)" }
                before += 1
                guard before < 100_000 else {
                    problem = "the events do not end"
                    break ask
                }
                switch event {
                case .request(let request): requests.append(request)
                case .paused: continue
                case .needsMore: break ask
                case .closed:
                    isClosed = true
                    break ask
                }
            }
        }
        checker.quiet()
        if problem == nil, let violation = checker.takeViolations().first { problem = "\(violation)" }
    }

    /// What another cut of the same octets came to differently.
    func difference(from other: CommandRun) -> String? {
        if let problem = ConnectionTarget.difference(output, other.output) { return problem }
        guard requests.count == other.requests.count else {
            return "\(requests.count) commands became \(other.requests.count)"
        }
        for (one, two) in zip(requests, other.requests) {
            guard one.tag == two.tag, one.name == two.name, one.streamed == two.streamed,
                Canonical.text(one.command) == Canonical.text(two.command)
            else { return "\(Canonical.text(one.command)) became \(Canonical.text(two.command))" }
        }
        return nil
    }
}

/// What a command shows of itself (R-LOG-2).
enum Secrets {
    /// Whether a description shows more than that there is a secret.
    static func problem(_ command: any Command) -> String? {
        let lawful: String
        switch command {
        case let login as LoginCommand: lawful = "LoginCommand(name: \(login.name), password: <redacted>)"
        case let command as AuthenticateCommand:
            let response = command.initialResponse == nil ? "nil" : "Optional(<redacted>)"
            lawful = "AuthenticateCommand(mechanism: \(command.mechanism), initialResponse: \(response))"
        default: return nil
        }
        var dumped = ""
        dump(command, to: &dumped)
        return problem([String(describing: command), String(reflecting: command)], lawful, dumped, secret(of: command))
    }

    /// What is shown is the lawful text, and every octet of a secret would stand in a line of its own of the dump.
    static func problem(_ shown: [String], _ lawful: String, _ dumped: String, _ secret: [UInt8]?) -> String? {
        for text in shown where text != lawful && text != "IMAPCodec." + lawful { return "shown as \(text)" }
        guard let secret, !secret.isEmpty else { return nil }
        let isHidden = dumped.split(separator: "\n").contains { $0.contains("<redacted>") }
        return isHidden ? nil : "dumped as \(dumped)"
    }

    private static func secret(of command: any Command) -> [UInt8]? {
        switch command {
        case let login as LoginCommand: login.password.exposed
        case let command as AuthenticateCommand: command.initialResponse?.exposed
        default: nil
        }
    }
}

/// A value as text, the same for equal values: sets have no order, and secrets are shown.
enum Canonical {
    static func text(_ value: Any) -> String {
        if let octets = value as? [UInt8] { return "\(octets)" }
        if let secret = value as? Redacted<[UInt8]> { return "secret \(secret.exposed)" }
        if let secret = value as? SpentSecret { return "secret \(secret.exposed ?? [])" }
        // What a command works with is no part of what was said; it is made when the command is.
        if value is any ThreadAlgorithm { return "\(type(of: value))" }
        let mirror = Mirror(reflecting: value)
        guard !mirror.children.isEmpty else { return String(describing: value) }
        var parts = mirror.children.map { child in (child.label.map { $0 + ": " } ?? "") + text(child.value) }
        if mirror.displayStyle == .set || mirror.displayStyle == .dictionary { parts.sort() }
        return "\(type(of: value))(\(parts.joined(separator: ", ")))"
    }
}

extension CommandTarget {
    /// The words of the grammar, from the server's own tables, and what blind changes would hardly find.
    static let words: [[UInt8]] = {
        let names = CommandWorld.small?.server.words.map(\.octets) ?? []
        return Mutator.words + names + others.map { Array($0.utf8) }
    }()

    private static let others = [
        "RETURN (", "PARTIAL 1:10", "UNCHANGEDSINCE 1", "CHANGEDSINCE 1", "VANISHED", "$", "<0.10>", "[HEADER.FIELDS (",
        "[1.MIME]", "[TEXT]", "BINARY.PEEK[1]<0.5>", "SET (SELECTED (MessageNew (UID) MessageExpunge))", "(DEPTH 1)",
        "mailboxes (", "subtree \"\"", "CHARSET UTF-8", "{4096+}\r\n", "{257}\r\n", "~{3+}\r\n", "UTF8 (~{3+}\r\n",
        "+FLAGS.SILENT (", "\\Seen", "\\Deleted", "$Junk", "(CONDSTORE)", "(QRESYNC (1 2 1:3 (1 1)))",
        "/private/comment",
        "\"\" \"*\"", "%", "LOGIN alice secret\r\n", "LOGIN admin root\r\n", "DONE\r\n", "a ", " INBOX", " (", ") ",
        "COMPRESS DEFLATE\r\n", "UNAUTHENTICATE\r\n", "LOGOUT\r\n", "IDLE\r\n", "STARTTLS\r\n", "1-Feb-1994",
        "4294967295",
        "9223372036854775807", "9223372036854775808", "#shared/", "NIL", "mailbox other", "CREATE ",
        "APPEND INBOX {3+}\r\n",
    ]
}
