import IMAPCodec
import IMAPHost
import IMAPParser

/// A layer that cannot go on: the connection is closed.
enum LayerError: Error, Sendable {
    /// What came is not what the layer's other side writes.
    case damaged
    /// Octets inside a layer behind the command that ended it (RFC 8437 section 3).
    case behindTheEnd
}

/// What lies between the transport and the protocol: a SASL security layer, and compression above it (RFC 4978
/// section 3). TLS is the host's, below both.
///
/// Octets go through one piece at a time, when the parser has none left: what stands behind a command that ends a
/// layer belongs to another one. With no layer on, octets go through as they are, and this is one empty array: what
/// layers need is much, and most connections have none.
struct ByteLayers: Sendable {
    /// One at most.
    private var active: [ActiveLayers] = []

    init() {}

    private init(_ active: ActiveLayers) { self.active = [active] }

    var isCompressed: Bool { active.isEmpty ? false : active[0].isCompressed }

    /// Whether octets go through as they are.
    var isTransparent: Bool { active.isEmpty ? true : active[0].isTransparent }

    /// Whether the tagged OK of the command at work brings a layer.
    var isAnnounced: Bool { active.isEmpty ? false : active[0].isAnnounced }

    /// Octets that wait in a layer.
    var held: Int { active.isEmpty ? 0 : active[0].held }

    /// The octets of memory that the compression has.
    var compressionMemory: Int { active.isEmpty ? 0 : active[0].compressionMemory }

    /// Nothing is under way, and that may go on for long.
    mutating func rest() { if !active.isEmpty { active[0].rest() } }

    /// The client may send so many blocks of nothing in a row.
    mutating func announceCompression(emptyBlocks: Int) {
        if active.isEmpty { active = [ActiveLayers()] }
        active[0].announceCompression(emptyBlocks: emptyBlocks)
    }

    mutating func announce(_ layer: any SecurityLayer) {
        if active.isEmpty { active = [ActiveLayers()] }
        active[0].announce(layer)
    }

    /// A command failed: what it announced does not come.
    mutating func withdraw() {
        guard !active.isEmpty else { return }
        active[0].withdraw()
        dropIfNothingIsLeft()
    }

    /// The tagged OK was written: what comes from now on, and what came behind the command, goes through the new layer
    /// (R-Z-3).
    mutating func begin(_ input: inout InputBuffer) { if !active.isEmpty { active[0].begin(&input) } }

    /// Octets of the transport.
    mutating func receive(_ octets: [UInt8], into input: inout InputBuffer) {
        guard !active.isEmpty else { return input.append(octets) }
        active[0].receive(octets, into: &input)
    }

    /// Takes a piece through the layers. Returns false when more must come from the transport.
    mutating func pull(into input: inout InputBuffer) throws(LayerError) -> Bool {
        guard !active.isEmpty else { return false }
        let isMore = try active[0].pull(into: &input)
        dropIfNothingIsLeft()
        return isMore
    }

    private mutating func dropIfNothingIsLeft() {
        if active[0].isTransparent, !active[0].isAnnounced, active[0].held == 0 { active = [] }
    }

    /// What the transport is given for these octets, so that the client can read all of them.
    mutating func write(_ octets: [UInt8], _ flush: OutputFlush) throws(LayerError) -> [UInt8] {
        guard !active.isEmpty else { return octets }
        return try active[0].write(octets, flush)
    }

    /// Transition 7. Returns what still has to come before plain octets do, or nothing: see ``ActiveLayers/end(_:)``.
    consuming func end(_ input: inout InputBuffer) throws(LayerError) -> ByteLayers? {
        guard let last = active.popLast() else { return nil }
        return try last.end(&input).map(ByteLayers.init)
    }
}

/// How much of what was written the client must be able to read.
enum OutputFlush: Sendable {
    /// All of it.
    case all
    /// All of it, and nothing of it is referred to by what follows (R-Z-5).
    case forgetting
    /// All of it, and the layers end.
    case last
}

extension LayerError {
    /// The connection's end.
    var failure: CommandFailure {
        switch self {
        case .damaged: .bye(nil, "Damaged data in a layer", .limitExceeded)
        case .behindTheEnd: .bye(nil, "Data behind the end of a layer", .limitExceeded)
        }
    }
}
