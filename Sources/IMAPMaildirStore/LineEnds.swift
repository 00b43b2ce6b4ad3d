import IMAPTypes

/// Octets with CRLF for each LF that has no CR before it, made piece by piece.
struct LineEnds: Sendable {
    /// Whether the last octet so far was CR.
    private(set) var endsInCR = false

    /// The piece as it is sent; the same array when nothing is missing in it.
    mutating func convert(_ octets: [UInt8]) -> [UInt8] {
        let bare = missing(in: octets)
        guard bare > 0 else {
            endsInCR = octets.last.map { $0 == ASCII.cr } ?? endsInCR
            return octets
        }
        var result: [UInt8] = []
        result.reserveCapacity(octets.count + bare)
        for octet in octets {
            if octet == ASCII.lf, !endsInCR { result.append(ASCII.cr) }
            result.append(octet)
            endsInCR = octet == ASCII.cr
        }
        return result
    }

    /// How many CR the piece lacks.
    private func missing(in octets: [UInt8]) -> Int {
        var count = 0
        var isCR = endsInCR
        for octet in octets {
            if octet == ASCII.lf, !isCR { count += 1 }
            isCR = octet == ASCII.cr
        }
        return count
    }

    /// The octets a file has when every line ends in CRLF.
    static func size(of file: OpenFile, _ files: Files) throws(Failure) -> UInt64 {
        var ends = LineEnds()
        var offset: UInt64 = 0
        var size: UInt64 = 0
        while true {
            let piece = try files.read(file, at: offset, count: 1 << 16)
            guard !piece.isEmpty else { return size }
            offset += UInt64(piece.count)
            size += UInt64(piece.count + ends.missing(in: piece))
            ends.endsInCR = piece.last == ASCII.cr
        }
    }
}
