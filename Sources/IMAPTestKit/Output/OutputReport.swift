import Synchronization

/// Where the violations go that a ``ScriptedTransport`` found.
///
/// A test target installs a handler that fails the running test. What was found before is not lost: it waits for the
/// handler. With a handler or without, a line that begins with ``marker`` stands in the output that the test takes.
///
///     OutputReport.install { Issue.record("\($0)") }
public enum OutputReport {
    private struct State {
        var handler: (@Sendable (OutputViolation) -> Void)?
        var waiting: [OutputViolation] = []
    }

    private static let state = Mutex(State())

    /// The beginning of the line that stands for a violation in a transport's output.
    public static let marker = "!! output violation: "

    /// Hands every violation, those that wait among them, to `handler`.
    public static func install(_ handler: @escaping @Sendable (OutputViolation) -> Void) {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            state.handler = handler
            return state.waiting
        }
        for violation in waiting { handler(violation) }
    }

    static func report(_ violations: [OutputViolation]) {
        guard !violations.isEmpty else { return }
        let handler = state.withLock { state in
            if state.handler == nil { state.waiting += violations }
            return state.handler
        }
        guard let handler else { return }
        for violation in violations { handler(violation) }
    }
}
