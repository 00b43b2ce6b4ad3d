import IMAPCodec
import IMAPHost
import IMAPParser

/// A SASL security layer, and compression above it, of which one is announced or on.
struct ActiveLayers: Sendable {
    /// What the tagged OK of the command at work brings.
    private enum Announced: Sendable {
        case compression(emptyBlocks: Int)
        case security(any SecurityLayer)
    }

    private var announced: Announced?
    private var security: SecurityFraming?
    private var compression: Compression?
    /// Octets of the transport that no layer has read.
    private var wire = InputBuffer()
    /// Octets without their protection that were not decompressed.
    private var unprotected = InputBuffer()

    init() {}

    var isCompressed: Bool { compression?.isOn ?? announcesCompression }

    private var announcesCompression: Bool { if case .compression = announced { true } else { false } }

    /// Whether octets go through as they are.
    var isTransparent: Bool { security == nil && compression == nil }

    /// Octets that wait in a layer.
    var held: Int { wire.count + unprotected.count }

    /// Nothing is under way, and that may go on for long.
    mutating func rest() { compression?.rest() }

    /// The octets of memory that the compression has.
    var compressionMemory: Int { compression?.held ?? 0 }

    // MARK: Beginning

    /// The client may send so many blocks of nothing in a row.
    mutating func announceCompression(emptyBlocks: Int) { announced = .compression(emptyBlocks: emptyBlocks) }

    mutating func announce(_ layer: any SecurityLayer) { announced = .security(layer) }

    /// A command failed: what it announced does not come.
    mutating func withdraw() { announced = nil }

    /// Whether the tagged OK brings a layer.
    var isAnnounced: Bool { announced != nil }

    /// The tagged OK was written: what comes from now on, and what came behind the command, goes through the new layer
    /// (R-Z-3).
    mutating func begin(_ input: inout InputBuffer) {
        guard let announced else { return }
        self.announced = nil
        switch announced {
        case .compression(let emptyBlocks):
            compression = Compression(emptyBlocks: emptyBlocks)
            if security == nil {
                wire = input.takeAll(before: wire)
            } else {
                unprotected = input.takeAll(before: unprotected)
            }
        case .security(let layer):
            security = SecurityFraming(layer)
            wire = input.takeAll(before: wire)
        }
    }

    // MARK: In

    /// Octets of the transport.
    mutating func receive(_ octets: [UInt8], into input: inout InputBuffer) {
        if isTransparent { input.append(octets) } else { wire.append(octets) }
    }

    /// Takes a piece through the layers. Returns false when more must come from the transport.
    mutating func pull(into input: inout InputBuffer) throws(LayerError) -> Bool {
        while !isTransparent {
            guard compression != nil else {
                guard let octets = try security?.next(&wire) else { return false }
                guard !octets.isEmpty else { continue }
                input.append(octets)
                return true
            }
            let isProtected = security != nil
            var octets: [UInt8] = []
            let progress: Compression.Progress?
            if isProtected {
                progress = try compression?.read(&unprotected, into: &octets)
            } else {
                progress = try compression?.read(&wire, into: &octets)
            }
            guard octets.isEmpty else {
                input.append(octets)
                return true
            }
            switch progress {
            case .ended, nil: try endInput()
            case .goesOn: continue
            case .needsMore:
                guard isProtected, let more = try security?.next(&wire) else { return false }
                unprotected.append(more)
            }
        }
        guard !wire.isEmpty else { return false }
        input.append(wire.takeAll())
        return true
    }

    // MARK: Out

    /// What the transport is given for these octets, so that the client can read all of them.
    ///
    /// Behind transition 7 the server's layers have ended, while the client's may be about to: a BYE is plain then.
    mutating func write(_ octets: [UInt8], _ flush: OutputFlush) throws(LayerError) -> [UInt8] {
        guard !isTransparent, compression?.isOn ?? true else { return octets }
        let compressed = compression?.write(octets, flush) ?? octets
        return try security?.protect(compressed) ?? compressed
    }

    // MARK: The end

    /// Transition 7, when the tagged OK was written: the client's layers ended behind the line of its command, and the
    /// server's now (RFC 8437 sections 3 and 4.1). Returns what still has to come before plain octets do, or nothing.
    /// Of `input`, what was read behind the command, there must be none inside a layer.
    consuming func end(_ input: inout InputBuffer) throws(LayerError) -> ActiveLayers? {
        guard !isTransparent else { return nil }
        guard input.isEmpty else { throw .behindTheEnd }
        announced = nil
        compression?.end()
        // The boundary may be here already.
        if compression != nil {
            var nothing = InputBuffer()
            if try pull(into: &nothing) {
                guard isTransparent else { throw .behindTheEnd }
                input = nothing
            }
        } else {
            security = nil
            input.append(wire.takeAll())
        }
        return isTransparent ? nil : self
    }

    /// The client's compression has ended at its boundary, and the security layer with it: its buffer ends there too.
    private mutating func endInput() throws(LayerError) {
        compression = nil
        guard unprotected.isEmpty else { throw .behindTheEnd }
        security = nil
    }
}

extension InputBuffer {
    /// Takes what waits here, with what waits in `later` behind it.
    fileprivate mutating func takeAll(before later: InputBuffer) -> InputBuffer {
        var all = InputBuffer(takeAll())
        var later = later
        if !later.isEmpty { all.append(later.takeAll()) }
        return all
    }
}

/// The buffers of a security layer: four octets of length, and as many of the layer's (RFC 4422 section 3.7).
private struct SecurityFraming: Sendable {
    private var layer: any SecurityLayer

    init(_ layer: any SecurityLayer) { self.layer = layer }

    /// The next whole buffer without its protection; `nil` until it has come.
    mutating func next(_ wire: inout InputBuffer) throws(LayerError) -> [UInt8]? {
        guard let header = wire.first(4) else { return nil }
        let length = header.reduce(0) { $0 << 8 | Int($1) }
        guard length <= layer.maximumIncoming else { throw .damaged }
        guard let whole = wire.first(4 + length) else { return nil }
        wire.consume(4 + length)
        do {
            return try layer.unprotect(Array(whole.dropFirst(4)))
        } catch {
            throw .damaged
        }
    }

    mutating func protect(_ octets: [UInt8]) throws(LayerError) -> [UInt8] {
        var out: [UInt8] = []
        var rest = octets[...]
        let piece = max(layer.maximumOutgoing, 1)
        while !rest.isEmpty {
            let buffer: [UInt8]
            do {
                buffer = try layer.protect(Array(rest.prefix(piece)))
            } catch {
                throw .damaged
            }
            guard let length = UInt32(exactly: buffer.count) else { throw .damaged }
            for shift in [UInt32(24), 16, 8, 0] { out.append(UInt8(truncatingIfNeeded: length >> shift)) }
            out.append(contentsOf: buffer)
            rest = rest.dropFirst(piece)
        }
        return out
    }
}
