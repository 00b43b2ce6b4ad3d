import Foundation
import IMAPExtensions
import IMAPHost
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

func temporaryDirectory() -> URL {
    FileManager.default.temporaryDirectory.appendingPathComponent("mail-\(UUID().uuidString)")
}

// listing: conformance
@Suite struct DirectoryStoreConformance {
    static let conformance = StoreConformance(
        makeStore: { DirectoryStore(root: temporaryDirectory()) },
        reopen: { store in
            guard let store = store as? DirectoryStore else { throw StoreError.internalError }
            return DirectoryStore(root: store.root)
        },
        discard: { store in
            if let store = store as? DirectoryStore { try? FileManager.default.removeItem(at: store.root) }
        })

    @Test(arguments: StoreConformance.rules)
    func theStoreKeeps(_ rule: ConformanceRule) async {
        let verdict = await Self.conformance.check(rule)
        #expect(verdict.isPassed, "\(verdict)")
    }
}
// listing: end

/// What the suite does not ask: files that others put there.
@Suite("The store of the article")
struct DirectoryStoreTests {
    @Test(arguments: StoreConformance.rules.filter { $0.identifier.hasPrefix("restart-") })
    func everyRuleOnRestartsApplies(_ rule: ConformanceRule) async {
        // Of refinements that it does not have.
        guard
            !["restart-special-use", "restart-objectids", "restart-annotations", "restart-acl"].contains(
                rule.identifier)
        else {
            return
        }
        let verdict = await DirectoryStoreConformance.conformance.check(rule)
        #expect(verdict.outcome == .passed, "\(verdict)")
    }

    private static func user(_ name: String) -> UserIdentity { UserIdentity(name: Array(name.utf8)) }

    @Test func filesOfOthersAreMail() async throws {
        DocumentationOutput.isChecked
        let root = temporaryDirectory()
        defer { try? FileManager.default.removeItem(at: root) }
        let folder = root.appendingPathComponent("alice/Old mail")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data("Subject: one\n\nfirst\n".utf8).write(to: folder.appendingPathComponent("1 one.eml"))
        try Data("Subject: two\r\n\r\nsecond\r\n".utf8).write(to: folder.appendingPathComponent("2 two.eml"))
        try Data("no mail".utf8).write(to: folder.appendingPathComponent("notes.txt"))
        let store = DirectoryStore(root: root)
        let server = try Server(
            store: store, authenticator: Users(passwords: ["alice": "secret"]),
            extensions: IMAPExtension.standard.supported(by: store))
        let client = await TestClient.connect(to: server).client
        let login = await client.line("a LOGIN alice secret")
        for capability in ["CONDSTORE", "MOVE", "WITHIN"] { #expect(login.contains(" \(capability)")) }
        #expect(await client.line("b SELECT \"Old mail\"").contains("* 2 EXISTS\r\n"))
        #expect(
            await client.line("c FETCH 1:* (RFC822.SIZE BODY.PEEK[])") == """
                * 1 FETCH (RFC822.SIZE 23 BODY[] {23}\r
                Subject: one\r\n\r\nfirst\r
                )\r
                * 2 FETCH (RFC822.SIZE 24 BODY[] {24}\r
                Subject: two\r\n\r\nsecond\r
                )\r
                c OK FETCH completed\r\n
                """)
        // A file more and a file less: told when another session looks into the mailbox.
        try Data("Subject: three\n\n".utf8).write(to: folder.appendingPathComponent("0 three.eml"))
        try FileManager.default.removeItem(at: folder.appendingPathComponent("1 one.eml"))
        let other = await TestClient.connect(to: server).client
        await other.line("a LOGIN alice secret")
        #expect(await other.line("b EXAMINE \"Old mail\"").contains("* 2 EXISTS\r\n"))
        let news = await client.line("d NOOP")
        #expect(news.contains("* 1 EXPUNGE\r\n* 2 EXISTS\r\n"))
        #expect(await client.line("e UID FETCH 1:* UID").contains("* 2 FETCH (UID 3)\r\n"))
    }

    @Test func namesOfFilesAreNamesOfMailboxes() {
        for name in ["INBOX", "a/b", "..", ".", "~root", "100%", "Entwürfe", "new", "a%2Fb"] {
            let file = FileName.encode(Array(name.utf8))
            #expect(file.map { !$0.contains("/") && !$0.hasPrefix(".") } == true)
            #expect(file.flatMap(FileName.decode) == Array(name.utf8))
        }
        #expect(FileName.encode([UInt8](repeating: 0x61, count: 256)) == nil)
        #expect(FileName.decode(".staging") == nil)
    }
}
