public import IMAPHost
import IMAPSession

/// What an extension tells unasked when the store wakes the session for it, beside what happens to the messages of the
/// selected mailbox: behind a command, before its tagged reply, and at once while the session waits in IDLE.
///
/// It is asked again behind the next command when it throws what would be a NO: what cannot be told does not change the
/// answer of a command.
public protocol NewsSource: Sendable {
    /// What it is asked for.
    static var topics: WakeTopics { get }

    /// Whether this session wants to be told.
    static func isWanted(_ context: borrowing Context) -> Bool

    /// Tells what happened to `topics`: some of its own.
    static func tell(_ topics: WakeTopics, _ context: inout Context) async throws(CommandFailure)
}

extension ExtensionRegistry {
    /// Adds news that is told unasked.
    public mutating func add(news source: any NewsSource.Type) { newsSources.append(source) }
}

extension Context {
    /// What the session would tell at once.
    var wantedTopics: WakeTopics {
        var topics: WakeTopics = []
        for source in channel.tables.newsSources where source.isWanted(self) { topics.formUnion(source.topics) }
        return topics
    }

    /// Tells the news of extensions.
    mutating func tellOtherNews() async throws(CommandFailure) {
        guard let changes = connection.machine.changes, changes.hasTopics else { return }
        for source in channel.tables.newsSources where source.isWanted(self) {
            let topics = changes.take(source.topics)
            guard !topics.isEmpty else { continue }
            do {
                try await source.tell(topics, &self)
            } catch {
                guard error.outcome != nil else { throw error }
                changes.putBack(topics)
            }
        }
    }
}
