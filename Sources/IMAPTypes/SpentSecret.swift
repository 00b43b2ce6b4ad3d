import Synchronization

/// A secret that is handed out once, so that whoever keeps what brought it does not keep the secret.
package final class SpentSecret: Sendable {
    private let octets: Mutex<[UInt8]?>

    package init(_ octets: [UInt8]) { self.octets = Mutex(octets) }

    /// The secret itself, as long as nobody took it.
    package var exposed: [UInt8]? { octets.withLock { $0 } }

    /// Hands it out; `nil` when that was done before.
    package func take() -> Redacted<[UInt8]>? {
        octets.withLock { octets in
            defer { octets = nil }
            return octets.map { Redacted($0) }
        }
    }
}

extension SpentSecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
