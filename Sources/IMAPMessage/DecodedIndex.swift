/// What one pass over an encoded body finds out: how many octets it decodes to, whether NUL is among them, and marks
/// from which decoding can begin again.
///
/// So a part is streamed without being held: reading from a mark to the next costs what is read, however far into the
/// part it is, and however large the part is there are only so many marks.
package struct DecodedIndex: Sendable {
    /// A place in the encoded body with the decoder as it was there.
    package struct Mark: Sendable {
        /// Octets of the encoded body before it.
        package let encoded: UInt64
        /// Octets that had been decoded.
        package let decoded: UInt64
        package let decoder: TransferDecoder
    }

    /// Each is behind the one before, in the encoded body and in the decoded.
    package private(set) var marks: [Mark]
    /// Octets decoded so far: of the whole body, once it is finished.
    package private(set) var size: UInt64 = 0
    /// Whether NUL was among them.
    package private(set) var holdsNUL = false

    private var decoder: TransferDecoder
    private var encoded: UInt64 = 0
    /// Octets of the encoded body between two marks, at least. It doubles when there are too many marks.
    private var spacing: UInt64
    private let mostMarks: Int

    /// The beginning of a body that `decoder`, which has not decoded anything yet, decodes.
    package init(_ decoder: TransferDecoder, mostMarks: Int = 4096, spacing: UInt64 = 65_536) {
        self.decoder = decoder
        self.mostMarks = max(2, mostMarks)
        self.spacing = max(1, spacing)
        marks = [Mark(encoded: 0, decoded: 0, decoder: decoder)]
    }

    /// Whether the body is its own decoding: then there is no mark but the first.
    package var isIdentity: Bool { decoder.isIdentity }

    /// Takes the next piece of the encoded body.
    package mutating func feed(_ text: [UInt8]) {
        var octets: [UInt8] = []
        if decoder.isIdentity {
            count(text)
        } else {
            mark()
            octets.reserveCapacity(text.count)
            decoder.decode(text.span, into: &octets)
            count(octets)
        }
        encoded += UInt64(text.count)
    }

    /// The body is over.
    package mutating func finish() {
        var octets: [UInt8] = []
        decoder.finish(into: &octets)
        count(octets)
    }

    /// The last mark at or before this octet of the decoded body.
    package func mark(before offset: UInt64) -> Int {
        var low = 0
        var high = marks.count
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if marks[middle].decoded <= offset { low = middle } else { high = middle }
        }
        return low
    }

    private mutating func count(_ octets: [UInt8]) {
        size += UInt64(octets.count)
        if !holdsNUL, octets.contains(0) { holdsNUL = true }
    }

    private mutating func mark() {
        guard let last = marks.last, encoded - last.encoded >= spacing else { return }
        let mark = Mark(encoded: encoded, decoded: size, decoder: decoder)
        // What decodes to nothing is passed over for good.
        if last.decoded == size { marks.removeLast() }
        marks.append(mark)
        guard marks.count > mostMarks else { return }
        marks = marks.indices.compactMap { $0 % 2 == 0 ? marks[$0] : nil }
        spacing = spacing > .max / 2 ? spacing : spacing * 2
    }
}
