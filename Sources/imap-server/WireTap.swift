import IMAPHost
import IMAPTypes
import Synchronization

/// Listens to one connection for `--log wire`, and shows no octet that may be part of a login.
///
/// Before login nothing is shown but counts. After it, octets of the client are shown as long as there is no login
/// among them whose end was not heard: behind UNAUTHENTICATE the next one may be in the same read, and a client may
/// send one where it is not permitted.
///
/// What is compressed is not shown: whoever has the log could inflate it, and no login is seen in it.
///
/// Mail is shown, as it travels and cut to 1,024 octets a segment: a wire log is as private as the mail is. The other
/// levels show names of users, of commands and of reasons, and nothing of a message.
final class WireTap: Sendable {
    private struct State {
        var name: ConnectionID?
        var isAuthenticated = false
        /// The words that begin a login, less the logins that ended.
        var openLogins = 0
        /// Compressions that were asked for and not refused, and whether one took effect: its octets can be read by
        /// whoever inflates them, and nobody looks for logins in them.
        var openLayers = 0
        var isCompressed = false

        var shows: Bool { isAuthenticated && openLogins == 0 && openLayers == 0 && !isCompressed }
        /// The client's last octets, which may begin such a word.
        var tail: [UInt8] = []
    }

    private static let words = ["LOGIN", "AUTHENTICATE"].map { Array($0.utf8) }
    private static let prefix = Array("UN".utf8)
    /// The mechanism LOGIN begins no login of its own.
    private static let layer = Array("COMPRESS DEFLATE".utf8)
    private static let mechanism = Array("AUTHENTICATE ".utf8)
    private static let tailLength = 19

    private let log: Log
    private let state = Mutex(State())

    init(_ log: Log) { self.log = log }

    /// Takes the server's name for the connection, by which events come.
    func begin(as name: ConnectionID) {
        state.withLock { $0.name = name }
        log.attach(self, to: name)
    }

    func end() {
        guard let name = state.withLock({ $0.name }) else { return }
        log.detach(name)
    }

    func observe(_ event: ServerEvent) {
        state.withLock { state in
            switch event {
            case .authenticated:
                state.isAuthenticated = true
                state.openLogins = max(0, state.openLogins - 1)
            case .authenticationFailed: state.openLogins = max(0, state.openLogins - 1)
            case .unauthenticated:
                state.isAuthenticated = false
                // The layer ends with the login (RFC 8437 section 4.1).
                (state.openLayers, state.isCompressed) = (0, false)
            case .command("COMPRESS", let outcome):
                if outcome == .ok { state.isCompressed = true } else { state.openLayers = max(0, state.openLayers - 1) }
            case .opened, .command, .accountChanged, .workAbandoned, .fault, .closed: break
            }
        }
    }

    /// The client sent this.
    func heard(_ octets: [UInt8]) {
        let shows = mayShow(octets)
        write(state.withLock { $0.name }, "C", octets, shows)
    }

    /// Whether the client's next octets can be shown.
    func mayShow(_ octets: [UInt8]) -> Bool {
        state.withLock { state in
            let known = state.tail.count
            let text = state.tail + octets
            state.openLogins += WireTap.logins(in: text, endingAfter: known)
            state.openLayers += WireTap.layers(in: text, endingAfter: known)
            state.tail = Array(text.suffix(WireTap.tailLength))
            return state.shows
        }
    }

    /// The server sends this.
    func said(_ octets: [UInt8]) { write(state.withLock { $0.name }, "S", octets, mayShowOutput) }

    /// Whether what the server says can be shown. A line of a login that is not permitted is a command to the server,
    /// and a word of it is the tag in the answer.
    var mayShowOutput: Bool { state.withLock { $0.shows } }

    private func write(_ name: ConnectionID?, _ side: String, _ octets: [UInt8], _ shows: Bool) {
        let connection = name.map { "connection \($0)" } ?? "new connection"
        let text =
            !shows
            ? "<\(octets.count) octets>"
            : octets.count > Log.longest
                ? "\(Log.escape(octets))... <\(octets.count) octets>" : Log.escape(octets)
        log.write(.wire, "\(connection): \(side): \(text)")
    }

    /// How many words that begin a login end behind the first `known` octets.
    private static func logins(in text: [UInt8], endingAfter known: Int) -> Int {
        var count = 0
        for word in words {
            for start in text.indices.dropLast(word.count - 1) where start + word.count > known {
                guard matches(word, text, at: start) else { continue }
                // UNAUTHENTICATE begins none.
                if start >= prefix.count, matches(prefix, text, at: start - prefix.count) { continue }
                if isMechanism(text, at: start) { continue }
                count += 1
            }
        }
        return count
    }

    /// Whether the word stands behind AUTHENTICATE, which was counted. UNAUTHENTICATE may be a tag.
    private static func isMechanism(_ text: [UInt8], at start: Int) -> Bool {
        let front = start - mechanism.count
        guard front >= 0, matches(mechanism, text, at: front) else { return false }
        return front < prefix.count || !matches(prefix, text, at: front - prefix.count)
    }

    private static func layers(in text: [UInt8], endingAfter known: Int) -> Int {
        text.indices.dropLast(layer.count - 1).count { start in
            start + layer.count > known && matches(layer, text, at: start)
        }
    }

    private static func matches(_ word: [UInt8], _ text: [UInt8], at start: Int) -> Bool {
        for index in word.indices where upper(text[start + index]) != word[index] { return false }
        return true
    }

    private static func upper(_ octet: UInt8) -> UInt8 { octet >= 0x61 && octet <= 0x7A ? octet & 0xDF : octet }
}
