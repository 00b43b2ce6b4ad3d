import IMAPCodec

/// The layers between the transport and the protocol, as the connection uses them.
extension Connection {
    /// Takes what waits under a layer one piece further. Returns false when more must come from the transport.
    mutating func pull() throws(CommandFailure) -> Bool {
        do {
            return try layers.pull(into: &input)
        } catch {
            throw error.failure
        }
    }

    /// Takes what was written, as the transport is given it.
    mutating func takeOutput(_ flush: OutputFlush) throws(CommandFailure) -> [UInt8] {
        let octets = writer.takeAll()
        do {
            return octets.isEmpty && flush == .all ? [] : try layers.write(octets, flush)
        } catch {
            throw .closed(.fault)
        }
    }

    /// The tagged OK was written: the layer that the command announced is on.
    mutating func beginLayer() { layers.begin(&input) }

    /// Transition 7, when the tagged OK was written through the layers there were: they end on both sides. Returns why
    /// the connection cannot go on.
    mutating func endLayers() -> LayerError? {
        guard !layers.isTransparent else { return nil }
        let ending = layers
        layers = ByteLayers()
        do {
            survivors.endingLayers = try ending.end(&input)
            return nil
        } catch {
            return error
        }
    }
}
