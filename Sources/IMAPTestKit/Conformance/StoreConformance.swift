public import IMAPHost
import IMAPTypes
import Synchronization

/// The rules a ``/IMAPHost/MailStore`` keeps, each checked against a store of its own: what the comments of IMAPHost
/// promise to the library, in the form of a test that the author of a store runs.
///
///     @Test(arguments: StoreConformance.rules)
///     func theStoreKeeps(_ rule: ConformanceRule) async {
///         let verdict = await StoreConformance { try MyStore(in: temporaryDirectory()) }.check(rule)
///         #expect(verdict.isPassed, "\(verdict)")
///     }
///
/// A rule makes its own mailboxes, in the account of one user or of two, and needs a store where no other program works
/// meanwhile. Each user may have mail already; the store takes `\Seen`, `\Flagged` and `\Deleted` for good. A rule
/// about a refinement that the store's types do not have does not apply.
public struct StoreConformance: Sendable {
    /// Makes a store that holds nothing of an earlier one.
    public typealias Make = @Sendable () async throws -> any MailStore
    /// Makes another store over the data of the one given, as after a restart. The first is not used again.
    public typealias Reopen = @Sendable (any MailStore) async throws -> any MailStore
    /// Sets the limits of the quota root that a user's mail is under.
    public typealias LimitQuota = @Sendable (any MailStore, UserIdentity, [QuotaLimit]) async throws -> Void
    /// Removes what a store left behind.
    public typealias Discard = @Sendable (any MailStore) async -> Void

    private let makeStore: Make
    private let reopen: Reopen?
    private let limitQuota: LimitQuota?
    private let discard: Discard
    private let user: UserIdentity
    private let secondUser: UserIdentity
    private let timeLimit: Duration

    /// The conformance of the stores that `makeStore` makes.
    ///
    /// - Parameters:
    ///   - user: A user who has an account in every store made.
    ///   - secondUser: Another one.
    ///   - timeLimit: How long a rule may take before it has failed. A store that hangs is left hanging.
    ///   - makeStore: Called once for each rule.
    ///   - reopen: Without it the rules on what survives a restart do not apply.
    ///   - limitQuota: Without it limits are set by ``/IMAPHost/SettableQuotaAccount/setQuota(of:to:)``, where that is
    ///     allowed.
    ///   - discard: Called once for each store that was made or reopened, when its rule is over.
    public init(
        user: UserIdentity = UserIdentity(name: Array("alice".utf8)),
        secondUser: UserIdentity = UserIdentity(name: Array("bob".utf8)), timeLimit: Duration = .seconds(600),
        makeStore: @escaping Make, reopen: Reopen? = nil, limitQuota: LimitQuota? = nil,
        discard: @escaping Discard = { _ in }
    ) {
        self.user = user
        self.secondUser = secondUser
        self.timeLimit = timeLimit
        self.makeStore = makeStore
        self.reopen = reopen
        self.limitQuota = limitQuota
        self.discard = discard
    }

    /// Every rule, in the order of the interface: names, openings, messages, flags, changes, sessions, refinements,
    /// restarts.
    public static let rules: [ConformanceRule] =
        NameRules.all + RenameRules.all + SubscriptionRules.all + StatusRules.all + RecentRules.all
        + AppendRules.all + AppendedMessageRules.all + ReadingRules.all + BodyRules.all + FlagRules.all
        + KeywordRules.all + ExpungeRules.all + CopyRules.all + ChangeRules.all + RandomProgramRules.all
        + WakeRules.all + SessionRules.all + ConcurrencyRules.all + ModSequenceRules.all + MoveRules.all
        + ResynchronizationRules.all + SpecialUseRules.all + QuotaRules.all + ObjectIDRules.all + AnnotationRules.all
        + AccessRules.all + NotificationRules.all + RestartRules.all

    /// Checks the rules of these identifiers, one after the other; all rules when none is named.
    public func run(only identifiers: Set<String> = []) async -> [ConformanceVerdict] {
        var verdicts: [ConformanceVerdict] = []
        for rule in StoreConformance.rules where identifiers.isEmpty || identifiers.contains(rule.identifier) {
            verdicts.append(await check(rule))
        }
        return verdicts
    }

    /// Checks one rule.
    public func check(_ rule: ConformanceRule) async -> ConformanceVerdict {
        let first = FirstAnswer()
        let work = Task { first.give(await judge(rule)) }
        let timer = Task {
            // Cancelled means that the rule has ended; its answer came first.
            try? await Task.sleep(for: timeLimit)
            first.give(.failed("it has not ended after \(timeLimit)"))
            work.cancel()
        }
        let outcome = await first.value
        timer.cancel()
        return ConformanceVerdict(rule: rule, outcome: outcome)
    }

    private func judge(_ rule: ConformanceRule) async -> ConformanceVerdict.Outcome {
        do {
            let ground = try await Ground(
                store: makeStore(), user: user, secondUser: secondUser, reopen: reopen, limitQuota: limitQuota)
            let outcome = await judge(rule, on: ground)
            for store in await ground.clear() { await discard(store) }
            return outcome
        } catch {
            return .failed("no store, or no account of the user: \(error)")
        }
    }

    private func judge(_ rule: ConformanceRule, on ground: Ground) async -> ConformanceVerdict.Outcome {
        do {
            try await rule.check(ground)
            return .passed
        } catch let breach as Breach {
            return .failed(breach.description)
        } catch let reason as Inapplicable {
            return .notApplicable(reason.description)
        } catch {
            return .failed("a call that should succeed threw \(error)")
        }
    }
}

/// The first of several answers, for one who waits.
private final class FirstAnswer: Sendable {
    private enum State: Sendable {
        case open
        case waiting(CheckedContinuation<ConformanceVerdict.Outcome, Never>)
        case given(ConformanceVerdict.Outcome)
        case taken
    }

    private let state = Mutex(State.open)

    func give(_ outcome: ConformanceVerdict.Outcome) {
        let waiting = state.withLock { state -> CheckedContinuation<ConformanceVerdict.Outcome, Never>? in
            switch state {
            case .open:
                state = .given(outcome)
                return nil
            case .waiting(let continuation):
                state = .taken
                return continuation
            case .given, .taken: return nil
            }
        }
        waiting?.resume(returning: outcome)
    }

    var value: ConformanceVerdict.Outcome {
        get async {
            await withCheckedContinuation { continuation in
                let given = state.withLock { state -> ConformanceVerdict.Outcome? in
                    if case .given(let outcome) = state { return outcome }
                    state = .waiting(continuation)
                    return nil
                }
                if let given { continuation.resume(returning: given) }
            }
        }
    }
}
