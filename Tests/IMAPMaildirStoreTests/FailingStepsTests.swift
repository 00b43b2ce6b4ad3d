import Glibc
import IMAPHost
import IMAPTypes
import Synchronization
import Testing

@testable import IMAPMaildirStore

/// Counts the steps, and takes the directory away that one of them is about to be made in: what it calls fails. What is
/// made in a file that is open already cannot be made to fail so.
private final class FailingSteps: FileSteps {
    private struct State {
        var isArmed = false
        var count = 0
        var moved: String?
    }

    private let fatal: Int
    private let state = Mutex(State())

    init(at fatal: Int) { self.fatal = fatal }

    var splitsWrites: Bool { true }
    var count: Int { state.withLock { $0.count } }

    func arm() { state.withLock { $0.isArmed = true } }

    /// Gives the directory back.
    func restore() {
        state.withLock { state in
            state.isArmed = false
            guard let moved = state.moved else { return }
            state.moved = nil
            rename(moved + ".away", moved)
        }
    }

    func pass(_ step: FileStep) {
        state.withLock { state in
            guard state.isArmed else { return }
            defer { state.count += 1 }
            guard state.count == fatal else { return }
            let path =
                switch step {
                case .create(let path), .write(let path), .truncate(let path), .setTime(let path), .sync(let path),
                    .remove(let path), .makeDirectory(let path), .removeDirectory(let path), .rename(let path, _):
                    path
                // From `tmp` to where it is seen.
                case .link(_, let path): path
                }
            let directory = path.description.split(separator: "/", omittingEmptySubsequences: false).dropLast()
                .joined(separator: "/")
            if rename(directory, directory + ".away") == 0 { state.moved = directory }
        }
    }
}

@Suite("Maildir: an append whose calls of the file system fail, at every step")
struct FailingStepsTests {
    /// OK: it is there, also for who opens the store anew. Not OK: nothing is, no file and no UID.
    @Test(arguments: [1, 3]) func anAppendIsThereOrHasLeftNothing(_ count: Int) async throws {
        let whole = FailingSteps(at: -1)
        let first = try Scratch()
        let account = try await first.account(steps: whole)
        try await account.add(2)
        whole.arm()
        try await account.add(count)
        #expect(whole.count > 3)
        var failures = 0
        for fatal in 0..<whole.count {
            let scratch = try Scratch()
            let steps = FailingSteps(at: fatal)
            let account = try await scratch.account(steps: steps)
            try await account.add(2)
            let before = try await scratch.account().contents()
            let status = try await scratch.account().status(of: .inbox)
            let append = try await account.append(to: .inbox)
            steps.arm()
            var isOK = true
            do throws(StoreError) {
                for index in 0..<count {
                    let text = Array("Subject: new \(index)\r\n\r\nbody\r\n".utf8)
                    do throws(StoreError) {
                        try await append.begin(
                            NewMessage(flags: [.seen], internalDate: nil, size: UInt64(text.count)))
                        try await append.write(text)
                        try await append.end(nil)
                    } catch {
                        steps.restore()
                        await append.cancel()
                        throw error
                    }
                }
                _ = try await append.commit()
            } catch {
                isOK = false
                failures += 1
            }
            steps.restore()
            try await account.close()
            let place = "step \(fatal) of \(whole.count)"
            let now = try await scratch.account()
            let found = try await now.contents()
            if isOK {
                #expect(found.count == before.count + count && Array(found.prefix(2)) == before, "\(place)")
            } else {
                #expect(found == before, "\(place): \(found)")
                #expect(try await now.status(of: .inbox).messages == status.messages, "\(place)")
                let files = ["cur", "new", "tmp"].map { scratch.entries($0).count }
                #expect(files[0] + files[1] == 2, "\(place): \(files)")
                // A directory that is away cannot be cleaned up; nobody sees what is in it.
                #expect(files[2] <= count, "\(place): \(scratch.entries("tmp"))")
            }
            // And it goes on.
            let uids = try await now.add(1).uids
            #expect(uids.first.map { $0.rawValue > found.last?.uid ?? 0 } ?? false, "\(place)")
            try await now.close()
        }
        #expect(failures > 2)
    }
}
