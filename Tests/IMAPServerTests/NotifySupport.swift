import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

/// What a test of NOTIFY needs: users whose mail others change.
struct NotifyLab {
    let fixture: Fixture
    var store: MemoryStore { fixture.store }

    init(
        extensions: [IMAPExtension] = IMAPExtension.standard, users: TestUsers = TestUsers(),
        store: MemoryStore = MemoryStore(sharedPrefix: "#shared/")
    ) throws {
        fixture = try Fixture(users: users, extensions: extensions, store: store)
    }

    func client(_ name: String = "alice", permitting permissions: OutputPermissions = OutputPermissions()) async
        -> TestClient
    {
        await fixture.logIn(name, TestUsers().users[name] ?? "", permitting: permissions)
    }

    func name(_ text: String) throws -> MailboxName { try #require(MailboxName(text)) }

    func make(_ names: String..., user name: String = "alice") throws {
        for one in names { try store.createMailbox(try self.name(one), for: user(name)) }
    }

    /// Messages that come from outside.
    func deliver(_ count: Int = 1, to mailbox: String = "INBOX", user name: String = "alice") throws {
        for _ in 0..<count {
            _ = try store.append(
                octets("From: bob@example.com\r\nSubject: news\r\n\r\ntext\r\n"), to: try self.name(mailbox),
                for: user(name))
        }
    }

    func flag(_ uid: UInt32, in mailbox: String = "INBOX", _ flags: [Flag] = [.flagged]) throws {
        _ = try store.changeFlags(
            .add(flags), of: UIDSet(try #require(UID(uid))), in: try name(mailbox), for: user("alice"))
    }

    func expunge(_ uid: UInt32, in mailbox: String = "INBOX") throws {
        _ = try store.remove(UIDSet(try #require(UID(uid))), in: try name(mailbox), for: user("alice"))
    }
}

extension TestClient {
    /// What comes by itself, until it ends with `end`; what there is after a minute.
    func hear(until end: String = "\r\n") async -> String {
        var heard = ""
        let deadline = ContinuousClock.now + .seconds(300)
        while !heard.hasSuffix(end), ContinuousClock.now < deadline {
            heard += await settle()
            try? await Task.sleep(for: .milliseconds(1))
        }
        return heard
    }

    /// Expects what comes by itself.
    func hears(_ expected: String, sourceLocation: SourceLocation = #_sourceLocation) async {
        let last = expected.split(separator: "\r\n").last.map { $0 + "\r\n" } ?? ""
        let heard = await hear(until: String(last))
        #expect(heard == expected, sourceLocation: sourceLocation)
    }

    /// Sends a line, and expects the answer.
    func says(_ line: String, _ expected: String, sourceLocation: SourceLocation = #_sourceLocation) async {
        let answer = await self.line(line)
        #expect(answer == expected, sourceLocation: sourceLocation)
    }

    /// NOTIFY, and what is told before its OK.
    func notify(
        _ arguments: String, tells expected: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        let answer = await line("n NOTIFY \(arguments)")
        guard let expected else {
            #expect(answer.hasSuffix("n OK NOTIFY completed\r\n"), "\(answer)", sourceLocation: sourceLocation)
            return
        }
        #expect(answer == expected + "n OK NOTIFY completed\r\n", sourceLocation: sourceLocation)
    }
}
