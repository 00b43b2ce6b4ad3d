/// A conversation, as RFCs print them: `C: ` lines are sent, `S: ` lines are expected.
///
///     C: a1 LOGIN alice secret
///     S: a1 OK [CAPABILITY ...] Logged in
///
/// Blank lines and lines that begin with `#` are notes. In an expected line, `...` stands for anything. `C: ` lines in
/// a row are sent as one segment.
public struct Transcript: Sendable {
    public enum Turn: Sendable, Equatable {
        case send([UInt8])
        case expect([UInt8])
    }

    public let turns: [Turn]

    /// Reads a transcript. A line that is neither is the test's mistake and is kept as an expectation that fails.
    public init(_ text: String) {
        var turns: [Turn] = []
        for line in Array(text.utf8).split(separator: 0x0A, omittingEmptySubsequences: true) {
            let line = line.drop { $0 == 0x20 }
            guard let first = line.first, first != 0x23 else { continue }
            let rest = Array(line.dropFirst(3))
            if line.starts(with: Array("C:".utf8)) {
                let octets = rest + [0x0D, 0x0A]
                if case .send(let before)? = turns.last {
                    turns[turns.count - 1] = .send(before + octets)
                } else {
                    turns.append(.send(octets))
                }
            } else if line.starts(with: Array("S:".utf8)) {
                turns.append(.expect(rest))
            } else {
                turns.append(.expect(Array(line)))
            }
        }
        self.turns = turns
    }

    /// Whether `line` is what `pattern` expects.
    public static func matches(_ line: [UInt8], _ pattern: [UInt8]) -> Bool {
        var pieces: [[UInt8]] = [[]]
        var index = 0
        while index < pattern.count {
            if pattern[index...].starts(with: Array("...".utf8)) {
                pieces.append([])
                index += 3
            } else {
                pieces[pieces.count - 1].append(pattern[index])
                index += 1
            }
        }
        guard pieces.count > 1 else { return line == pattern }
        guard let first = pieces.first, let last = pieces.last, line.starts(with: first),
            line.count >= first.count + last.count, line.reversed().starts(with: last.reversed())
        else { return false }
        var rest = line.dropFirst(first.count).dropLast(last.count)
        for piece in pieces.dropFirst().dropLast() {
            guard let found = rest.end(ofOctets: piece) else { return false }
            rest = rest[found...]
        }
        return true
    }
}

extension ArraySlice<UInt8> {
    /// The index behind the first occurrence of `piece`.
    fileprivate func end(ofOctets piece: [UInt8]) -> Int? {
        guard !piece.isEmpty else { return startIndex }
        var index = startIndex
        while index + piece.count <= endIndex {
            if self[index...].starts(with: piece) { return index + piece.count }
            index += 1
        }
        return nil
    }
}
