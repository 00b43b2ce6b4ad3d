/// The structure of a message's body (RFC 9051 section 7.5.2, BODYSTRUCTURE): a tree in a flat table.
///
/// The parts stand in the order of the message, each before the parts inside it, so an encoder needs one loop and
/// nothing here recurses. It is a tree by construction, of at most ``maximumDepth`` levels and ``maximumParts`` parts
/// (R-ALG-5): a host cannot hand in one that is not.
public struct BodyStructure: Hashable, Sendable {
    /// Levels from the whole message's body to the innermost part, both counted.
    public static let maximumDepth = 100
    /// Parts of one message, multiparts and encapsulated bodies counted.
    public static let maximumParts = 10_000

    /// Every part, each before those inside it. The first is the body of the whole message.
    public let parts: [BodyPart]
    /// For each part the index behind the last part inside it.
    private let ends: [Int]

    /// The tree whose parts, each before those inside it, are `parts`; or `nil` when their counts do not make exactly
    /// one tree, or a limit is passed.
    public init?(_ parts: [BodyPart]) {
        guard !parts.isEmpty, parts.count <= BodyStructure.maximumParts else { return nil }
        var ends = [Int](repeating: parts.count, count: parts.count)
        // The parts that are open, and how many each still lacks.
        var open: [(index: Int, missing: Int)] = []
        for index in parts.indices {
            if index > 0 {
                guard let last = open.indices.last else { return nil }
                open[last].missing -= 1
            }
            guard open.count < BodyStructure.maximumDepth else { return nil }
            open.append((index, parts[index].childCount))
            while let last = open.last, last.missing == 0 {
                ends[last.index] = index + 1
                open.removeLast()
            }
        }
        guard open.isEmpty else { return nil }
        self.parts = parts
        self.ends = ends
    }

    private init(single part: BodyPart) {
        parts = [part]
        ends = [1]
    }

    /// One empty `text/plain` part: the structure of no octets.
    public static let empty = BodyStructure(single: BodyPart(type: Array("text".utf8), subtype: Array("plain".utf8)))

    /// The body of the whole message.
    public var root: BodyPart { parts[0] }

    /// The index behind the last part inside the part at `index`.
    public func end(of index: Int) -> Int { ends[index] }

    /// The indices of the parts directly inside the part at `index`.
    public func children(of index: Int) -> Children {
        Children(structure: self, index: index + 1, end: ends[index])
    }

    /// Indices of the parts directly inside one, in order.
    public struct Children: Sequence, IteratorProtocol, Sendable {
        private let structure: BodyStructure
        private var index: Int
        private let end: Int

        fileprivate init(structure: BodyStructure, index: Int, end: Int) {
            self.structure = structure
            self.index = index
            self.end = end
        }

        public mutating func next() -> Int? {
            guard index < end else { return nil }
            defer { index = structure.ends[index] }
            return index
        }
    }
}
