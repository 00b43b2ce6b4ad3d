import IMAPHost
import IMAPServer

/// Nothing of one user reaches the next: random programs of several users on one connection, held against the same
/// programs with a connection for each login (RFC 8437 section 4).
///
/// A program logs in as one user, does things right and wrong, sends UNAUTHENTICATE, logs in as another, and so on,
/// while other sessions change the mail. It runs twice, each time in a new world. The second time each UNAUTHENTICATE
/// that was answered with OK is a lost connection and a new one in its place. What the server says must be the same in
/// both, octet by octet, and everything that belongs to a user carries that user's mark: no octet of a mark may be said
/// to a login that may not see it.
///
///     let property = NonInterference { ProgramWorld(store: MyStore(in: temporaryDirectory())) }
///     if let counterexample = try await property.run(programs: 2000) { print(counterexample) }
///
/// A world must be the same each time it is made: what a store takes from the time of day is named as
/// ``Variation``. Time stands still in a program, and no two things happen at once.
public struct NonInterference: Sendable {
    /// Makes a world that holds nothing of an earlier one.
    public typealias MakeWorld = @Sendable () async throws -> ProgramWorld
    /// Removes what a world left behind.
    public typealias Discard = @Sendable (ProgramWorld) async -> Void

    /// What may differ between two worlds that are made alike.
    public struct Variation: OptionSet, Sendable {
        public let rawValue: UInt8

        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// UIDVALIDITY values, which the store takes from a clock or by chance.
        public static let uidValidity = Variation(rawValue: 1 << 0)
        /// Dates of arrival, which the store takes from a clock.
        public static let internalDate = Variation(rawValue: 1 << 1)
        /// Identifiers of mailboxes, messages and threads (RFC 8474), made of a clock or by chance.
        public static let objectIdentifiers = Variation(rawValue: 1 << 2)
    }

    let users: ProgramUsers
    let templates: CommandTemplates
    let variation: Variation
    let timeLimit: Int
    private let makeWorld: MakeWorld
    private let discard: Discard

    /// The property of the worlds that `makeWorld` makes.
    ///
    /// - Parameters:
    ///   - users: Who logs in. The worlds' authenticator knows them.
    ///   - templates: How commands are made: with lines for the host's own.
    ///   - variation: What the worlds do not make alike.
    ///   - timeLimit: Seconds of real time within which a server makes progress.
    ///   - makeWorld: Called twice for each program.
    ///   - discard: Called once for each world that was made.
    public init(
        users: ProgramUsers = .standard, templates: CommandTemplates = .standard, variation: Variation = [],
        timeLimit: Int = 120, makeWorld: @escaping MakeWorld, discard: @escaping Discard = { _ in }
    ) {
        self.users = users
        self.templates = templates
        self.variation = variation
        self.timeLimit = timeLimit
        self.makeWorld = makeWorld
        self.discard = discard
    }

    /// Runs the programs of `count` seeds, from `first` on. Returns the first counterexample, made short, or `nil`.
    ///
    /// Throws when a world cannot be made. `progress` hears after each program how many are done.
    public func run(
        programs count: UInt64, from first: UInt64 = 1, progress: @Sendable (UInt64) -> Void = { _ in }
    ) async throws -> Counterexample? {
        let bench = try await makeBench()
        let watching = Task { await bench.watchdog.run() }
        defer { watching.cancel() }
        var done: UInt64 = 0
        while done < count {
            if let found = try await bench.check(seed: first + done) { return found }
            done += 1
            progress(done)
        }
        return nil
    }

    /// The commands that are registered and have no template: they are sent with wrong arguments alone. One that is
    /// only known behind UID is called so: `UID EXPUNGE`.
    public func commandsWithoutTemplate() async throws -> [String] {
        let world = try await makeWorld()
        let vocabulary = world.extensions.vocabulary(for: world.store)
        await discard(world)
        return vocabulary.commands.map(\.templateName).filter { templates.arguments[$0] == nil }
    }

    private func makeBench() async throws -> PropertyBench {
        let world = try await makeWorld()
        let vocabulary = world.extensions.vocabulary(for: world.store)
        let separator: UInt8?
        do {
            let account = try await world.store.account(
                of: UserIdentity(name: Array((users.users.first?.name ?? "").utf8)))
            separator = account.separator
            try await account.close()
        } catch {
            await discard(world)
            throw error
        }
        await discard(world)
        return PropertyBench(
            property: self, templates: CompiledTemplates(templates, vocabulary), separator: separator,
            watchdog: Watchdog(seconds: timeLimit))
    }

    /// Runs steps once.
    func record(
        _ steps: [ProgramStep], renewing: [Int: [UInt8]]?, _ watchdog: Watchdog
    ) async throws -> ProgramRecord {
        let world = try await makeWorld()
        do {
            let record = try await ProgramRun.record(steps, in: world, users, renewing: renewing, watchdog)
            await discard(world)
            return record
        } catch {
            await discard(world)
            throw error
        }
    }
}

/// A program that shows that something of one user reached another, with what the server said.
public struct Counterexample: Sendable {
    /// The program's number: the same program for the same number, as long as the templates are the same.
    public let seed: UInt64
    /// What is wrong.
    public let finding: String
    /// What is left of the program, a line for each step: `C:` is sent, `C+` travels with the next, `--` happens in the
    /// store.
    public let steps: [String]
    /// What was sent and answered on the one connection.
    public let conversation: String
    /// How many steps the program had before it was made short.
    public let originalCount: Int
}

extension Counterexample: CustomStringConvertible {
    public var description: String {
        """
        program \(seed): \(finding)
        \(steps.count) of \(originalCount) steps are left:
        \(steps.joined(separator: "\n"))
        on one connection:
        \(conversation)
        """
    }
}
