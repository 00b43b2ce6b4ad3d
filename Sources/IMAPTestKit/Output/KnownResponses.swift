import Synchronization

/// Responses that were read before, by the grammar without anything declared: tests say the same thousands of times,
/// and what one is does not depend on who reads it.
enum KnownResponses {
    struct Key: Hashable, Sendable {
        let text: String
        let allowsUTF8: Bool
        let inText: Bool
    }

    private static let most = 8192
    private static let longest = 2048
    private static let known = Mutex<[Key: ServerResponse]>([:])

    /// The key of a response that can be known: ASCII alone, without a literal, not too long. (Texts of other characters
    /// can be equal, and their octets not.)
    static func key(_ response: FramedResponse, allowsUTF8: Bool, inText: Bool) -> Key? {
        guard response.literals.isEmpty, response.octets.count <= longest,
            let text = String(validating: response.octets, as: UTF8.self), text.utf8.count == text.utf16.count
        else { return nil }
        return Key(text: text, allowsUTF8: allowsUTF8, inText: inText)
    }

    static func response(_ key: Key) -> ServerResponse? { known.withLock { $0[key] } }

    static func note(_ response: ServerResponse, as key: Key) {
        known.withLock { known in
            if known.count >= most { known = [:] }
            known[key] = response
        }
    }
}
