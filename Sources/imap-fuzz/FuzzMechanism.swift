import IMAPHost
import IMAPServer
import IMAPTypes

/// A mechanism of a host's own, whose responses say what it does next. It counts the exchanges that are alive.
struct FuzzMechanism: SASLMechanism {
    static let text = "X-STEPS"
    static let name: Keyword = "X-STEPS"
    static let credential = CredentialKind.proven
    static let needsPrivacy = false
    /// The one name that is let in.
    static let known = Array("carol".utf8)

    enum Step: Equatable {
        case asksAgain
        case fails
        case proves([UInt8])
    }

    /// What a response means.
    static func step(_ response: [UInt8]) -> Step {
        switch response.first {
        case 0x63: .asksAgain
        case 0x66: .proves(Array(response.dropFirst()))
        default: .fails
        }
    }

    /// Exchanges that were begun and not released are counted (R-AUTH-2).
    private final class Life: Sendable {
        private let thread = OwnThread.current

        init() { thread?.alive += 1 }
        deinit { thread?.alive -= 1 }
    }

    private let life: Life
    private var last: [UInt8] = []

    init(facts: ConnectionFacts) { life = Life() }

    mutating func respond(to response: Redacted<[UInt8]>?) async throws(SASLError) -> SASLStep {
        guard let response else { return .challenge([]) }
        last = response.exposed
        switch FuzzMechanism.step(response.exposed) {
        case .asksAgain: return .challenge(Array(response.exposed.dropFirst()))
        case .fails: throw SASLError()
        case .proves(let name): return .finished(.proven(name: name), authorizationIdentity: nil)
        }
    }

    var failureChallenge: [UInt8]? { last.count % 2 == 0 ? Array("no".utf8) : nil }
}

extension IMAPExtension {
    static let fuzzMechanism = IMAPExtension("AUTH=X-STEPS") { registry in
        registry.add(mechanism: FuzzMechanism.self)
    }
}
