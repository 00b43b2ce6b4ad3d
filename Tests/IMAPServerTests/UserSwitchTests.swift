import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import Testing

@Suite("Many users on one connection (RFC 8437; U-REG-5, row 42)")
struct UserSwitchTests {
    /// What many users leave behind on a connection is what one leaves: no account is open, and the number of accounts
    /// that were made and not let go does not grow. `imap-bench switches 10000`, which is run with every change, looks at the
    /// memory of a process of its own.
    @Test func manyUsersLeaveNothingBehind() async throws {
        let store = CountingStore()
        let finding = try await UserSwitches.run(2_000, in: ProgramWorld(store: store)) { done in
            // Those of the sessions beside it, one for each user.
            if done % 200 == 0 || done == 1 {
                #expect(store.openAccounts == ProgramUsers.standard.users.count, "after \(done)")
                #expect(store.liveAccounts <= ProgramUsers.standard.users.count + 1, "after \(done)")
            }
        }
        #expect(finding == nil, "\(finding ?? "")")
        #expect(store.openAccounts == 0)
        #expect(store.opened == 2_000 + ProgramUsers.standard.users.count)
    }
}
