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
        _ = try store.expunge(UIDSet(try #require(UID(uid))), in: try name(mailbox), for: user("alice"))
    }
}

extension TestClient {
    /// What comes by itself, until it ends with `end`; what there is after a minute.
    func hear(until end: String = "\r\n") async -> String {
        var heard = ""
        let deadline = ContinuousClock.now + .seconds(60)
        while !heard.hasSuffix(end), ContinuousClock.now < deadline {
            heard += await settle()
            try? await Task.sleep(for: .milliseconds(1))
        }
        return heard
    }

    /// The untagged responses to NOTIFY, or what was wrong.
    @discardableResult
    func notify(_ arguments: String) async -> String {
        let answer = await line("n NOTIFY \(arguments)")
        let end = "n OK NOTIFY completed\r\n"
        #expect(answer.hasSuffix(end), "\(answer)")
        return String(answer.dropLast(end.count))
    }
}
