import IMAPHost

/// The byte layers below the protocol (RFC 4978 section 3, RFC 4422 section 3.7).
extension Context {
    /// Compresses with DEFLATE in both directions, from behind the tagged OK of the command at work until the
    /// authentication ends. Nothing comes of it when the command fails.
    public mutating func compress() {
        connection.layers.announceCompression(emptyBlocks: configuration.limits.emptyBlocks)
    }

    /// Installs a security layer behind the tagged OK of the command at work, until the authentication ends.
    mutating func install(_ layer: any SecurityLayer) { connection.layers.announce(layer) }

    /// Writes out everything said so far, and makes the compression forget it. Call it before and behind what must not
    /// be guessed from the size of what stands beside it: a secret (R-Z-5). Does nothing without compression.
    public mutating func cutCompression() async throws(CommandFailure) {
        guard session.isCompressed else { return }
        try await flush(.forgetting)
    }
}
