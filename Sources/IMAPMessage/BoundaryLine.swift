internal import IMAPTypes

/// A line that may be a boundary, collected up to its end; never more of it than a boundary can have, and as much white
/// space behind it.
struct BoundaryLine: Sendable {
    enum Result {
        case incomplete
        /// It is no boundary line; it may not be over.
        case text
        /// The line is over, its end taken.
        case lineEnd
    }

    /// Octets behind the two dashes.
    private(set) var octets: [UInt8] = []
    private var dashes = 0
    private let limit: Int

    /// - Parameter limit: The longest boundary.
    init(limit: Int) { self.limit = limit + 2 }

    mutating func restart() {
        octets.removeAll(keepingCapacity: true)
        dashes = 0
    }

    /// Takes octets up to the line's end, or as far as it may be a boundary.
    mutating func take(_ input: [UInt8], _ index: inout Int) -> Result {
        while index < input.count {
            let octet = input[index]
            if dashes < 2 {
                guard octet == ASCII.minus else { return .text }
                dashes += 1
                index += 1
                continue
            }
            if octet == ASCII.lf {
                index += 1
                return .lineEnd
            }
            guard octets.count < (octet.isBlank ? 2 * limit : limit) else { return .text }
            octets.append(octet)
            index += 1
        }
        return .incomplete
    }

    /// What was taken, but for the line's end.
    var text: [UInt8] { [UInt8](repeating: ASCII.minus, count: dashes) + octets }

    /// Drops white space at the end.
    mutating func trim() {
        while let last = octets.last, last.isBlank { octets.removeLast() }
    }

    /// Drops the two dashes at the end that close a multipart. Returns whether they were there.
    mutating func dropClosing() -> Bool {
        guard octets.count > 2, octets.last == ASCII.minus, octets[octets.count - 2] == ASCII.minus
        else { return false }
        octets.removeLast(2)
        return true
    }
}

/// The boundaries of the multiparts that are open. Asking costs the length of the line, however many there are.
struct OpenBoundaries: Sendable {
    /// From a boundary to the innermost level that has it.
    private var levels: [[UInt8]: Int] = [:]

    var isEmpty: Bool { levels.isEmpty }

    /// Opens `boundary` at `level`. Returns the level that had it before.
    mutating func open(_ boundary: [UInt8], _ level: Int) -> Int? {
        levels.updateValue(level, forKey: boundary)
    }

    /// Closes `boundary`: it is again that of the level `before`, if there was one.
    mutating func close(_ boundary: [UInt8], before: Int?) { levels[boundary] = before }

    /// The level whose boundary `line` is, and whether it closes it.
    func match(_ line: inout BoundaryLine) -> (level: Int, isClosing: Bool)? {
        line.trim()
        if let level = levels[line.octets] { return (level, false) }
        guard line.dropClosing(), let level = levels[line.octets] else { return nil }
        return (level, true)
    }
}
