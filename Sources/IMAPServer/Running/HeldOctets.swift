import IMAPCodec
import IMAPParser

/// How many octets of its client's, and for its client, a connection holds (R-LIT-1, R-PIPE-2, R-OUT-8).
package struct HeldOctets: Sendable, Equatable {
    /// Read from the transport and not parsed: behind the layers, and inside them.
    package let unparsed: Int
    /// Of the command that has not ended, or is at work.
    package let command: Int
    /// Waiting to be written.
    package let output: Int
    /// The memory of its compression.
    package let compression: Int

    package init(unparsed: Int, command: Int, output: Int, compression: Int = 0) {
        self.unparsed = unparsed
        self.command = command
        self.output = output
        self.compression = compression
    }
}

/// Is told what a connection holds whenever it asks for octets, and before each command: for tests.
package protocol HeldOctetsMeter: Sendable {
    func note(_ held: HeldOctets)
}

extension Connection {
    var held: HeldOctets {
        HeldOctets(
            unparsed: input.count + layers.held, command: framer.partialFrame.octets.count, output: writer.size,
            compression: layers.compressionMemory)
    }
}

extension Context {
    /// Seldom anybody is told: that is known without a look at whom.
    func noteHeld() { if channel.isMetered { channel.meter?.note(connection.held) } }
}
