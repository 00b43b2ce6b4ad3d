import IMAPCodec
import IMAPExtensions
import IMAPHost
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("LIST-STATUS (RFC 5819) and STATUS=SIZE (RFC 8438)")
struct ListStatusTests {
    private func play(_ lab: ListLab, _ text: String) async {
        let mismatch = await lab.play(text)
        #expect(mismatch == nil, "\(mismatch ?? "")")
    }

    /// Section 3 of RFC 5819. A mailbox here has as many messages as its name has octets.
    @Test func theExamples() async throws {
        let lab = try await ListLab(
            [
                entry("INBOX", subscribed: true), entry("foo"), entry("bar", [.noSelect]),
                entry("foo/x", subscribed: true),
            ],
            separator: 0x2F)
        await play(
            lab,
            """
            C: A01 LIST "" % RETURN (STATUS (MESSAGES UNSEEN))
            S: * LIST () "/" INBOX
            S: * STATUS INBOX (MESSAGES 5 UNSEEN 2)
            S: * LIST (\\Noselect) "/" bar
            S: * LIST () "/" foo
            S: * STATUS foo (MESSAGES 3 UNSEEN 1)
            S: A01 OK LIST completed
            C: A02 LIST (SUBSCRIBED RECURSIVEMATCH) "" % RETURN (STATUS (MESSAGES))
            S: * LIST (\\Subscribed) "/" INBOX
            S: * STATUS INBOX (MESSAGES 5)
            S: * LIST () "/" foo ("CHILDINFO" ("SUBSCRIBED"))
            S: A02 OK LIST completed
            C: A03 list "" foo return (children status (unseen messages UNSEEN) status (recent))
            S: * LIST (\\HasChildren) "/" foo
            S: * STATUS foo (UNSEEN 1 MESSAGES 3)
            S: A03 OK LIST completed
            """)
        // `bar` was not asked about, nor what is only above a match.
        #expect(lab.store.asked == 4)
    }

    /// RFC 8438 section 3.
    @Test func theSizeOfManyMailboxes() async throws {
        let lab = try await ListLab([entry("INBOX"), entry("frop")])
        await play(
            lab,
            """
            C: A01 STATUS frop (MESSAGES SIZE UIDNEXT)
            S: * STATUS frop (MESSAGES 4 SIZE 4000 UIDNEXT 9)
            S: A01 OK STATUS completed
            # IMAP4rev2 has DELETED without QUOTA.
            C: A02 STATUS frop (DELETED)
            S: * STATUS frop (DELETED 1)
            S: A02 OK STATUS completed
            C: A04 LIST "" % RETURN (STATUS (MESSAGES SIZE))
            S: * LIST () "/" INBOX
            S: * STATUS INBOX (MESSAGES 5 SIZE 5000)
            S: * LIST () "/" frop
            S: * STATUS frop (MESSAGES 4 SIZE 4000)
            S: A04 OK LIST completed
            """)
    }

    @Test func sizeIsAtMost63Bits() {
        var writer = ResponseWriter()
        writer.number63(.max)
        writer.space()
        writer.number63(UInt64(Int64.max))
        #expect(writer.takeAll() == octets("9223372036854775807 9223372036854775807"))
    }

    /// Section 2: not selectable after all is `\Noselect` without STATUS; a store in trouble is no STATUS, and OK.
    @Test func aStatusThatFailsIsLeftOut() async throws {
        let lab = try await ListLab([
            entry("a", [.marked]), entry("b"), entry("c"), entry("d"), entry("e"),
            entry("f", [.nonExistent], subscribed: true),
        ])
        lab.store.fail("a", .noPermission)
        lab.store.fail("b", .nonExistent)
        lab.store.fail("c", .cannot)
        lab.store.fail("d", .unavailable)
        await play(
            lab,
            """
            C: A01 LIST "" * RETURN (STATUS (MESSAGES))
            S: * LIST (\\Noselect) "/" a
            S: * LIST (\\Noselect) "/" b
            S: * LIST (\\Noselect) "/" c
            S: * LIST () "/" d
            S: * LIST () "/" e
            S: * STATUS e (MESSAGES 1)
            S: A01 OK LIST completed
            C: A02 LIST (SUBSCRIBED) "" * RETURN (STATUS (MESSAGES))
            S: * LIST (\\NonExistent \\Subscribed) "/" f
            S: A02 OK LIST completed
            """)
    }

    @Test func withoutTheExtensionsTheirItemsAreBAD() async throws {
        let lab = try await ListLab(
            [entry("INBOX")], extensions: IMAPExtension.standard.leavingOut(["LIST-STATUS", "STATUS=SIZE"]))
        for line in ["LIST \"\" * RETURN (STATUS (MESSAGES))", "STATUS INBOX (SIZE)", "STATUS INBOX (DELETED)"] {
            #expect(await lab.client.line("a \(line)").hasPrefix("a BAD "), "\(line)")
        }
        #expect(await lab.client.line("b LIST \"\" * RETURN (CHILDREN)").hasSuffix("b OK LIST completed\r\n"))
        let capabilities = await lab.client.line("c CAPABILITY")
        #expect(!capabilities.contains("LIST-STATUS") && !capabilities.contains("STATUS=SIZE"))
    }
}
