/// One promise of a store to the library.
public struct ConformanceRule: Sendable {
    /// Its name, which stays: `uid-ascending`.
    public let identifier: String
    /// The promise, in a sentence.
    public let statement: String
    /// Where it stands: a section of an RFC, or the interface.
    public let reference: String

    let check: @Sendable (Ground) async throws -> Void

    init(
        _ identifier: String, _ statement: String, _ reference: String,
        check: @escaping @Sendable (Ground) async throws -> Void
    ) {
        self.identifier = identifier
        self.statement = statement
        self.reference = reference
        self.check = check
    }
}

extension ConformanceRule: CustomStringConvertible {
    public var description: String { "\(identifier): \(statement) (\(reference))" }
}

/// What came out of one rule.
public struct ConformanceVerdict: Sendable {
    public enum Outcome: Hashable, Sendable {
        case passed
        /// What was expected, and what was seen.
        case failed(String)
        /// Why the store cannot be asked: it does not have the refinement, or does not take what the rule needs.
        case notApplicable(String)
    }

    public let rule: ConformanceRule
    public let outcome: Outcome

    /// Whether the store does not break the rule. A rule that does not apply is not broken.
    public var isPassed: Bool {
        switch outcome {
        case .passed, .notApplicable: true
        case .failed: false
        }
    }
}

extension ConformanceVerdict: CustomStringConvertible {
    public var description: String {
        switch outcome {
        case .passed: "\(rule.identifier): passed"
        case .failed(let what): "\(rule) FAILED: \(what)"
        case .notApplicable(let why): "\(rule.identifier): does not apply, \(why)"
        }
    }
}
