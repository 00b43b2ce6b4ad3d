import IMAPCodec
import IMAPParser
import IMAPTypes

/// Reads the arguments of every command in the input by productions that the input chooses.
enum ArgumentsTarget {
    /// What is wrong with the reader on this input, or `nil`.
    ///
    /// The low three bits of the first octet say how many productions follow, less one; each is one octet. The rest
    /// is what a client sends.
    static func problem(_ input: [UInt8]) -> String? {
        guard let first = input.first else { return nil }
        let count = Int(first & 7) + 1
        let productions = input.dropFirst().prefix(count).map { Production.all[Int($0) % Production.all.count] }
        for frame in Frames.all(in: Array(input.dropFirst(1 + count))) {
            let head = frame.head
            guard head.end <= frame.octets.count else { return "the head ends behind the frame" }
            for nesting in [NestingLimits(depth: 1, lists: 1), NestingLimits(depth: 32, lists: 10_000)] {
                var reader = ArgumentReader(frame, head: head, nesting: nesting)
                if let problem = read(productions, &reader, frame) { return problem }
            }
        }
        return nil
    }

    private static func read(_ productions: [Production], _ reader: inout ArgumentReader, _ frame: Frame) -> String? {
        for production in productions {
            // Most productions stand behind a space; a command's syntax reads its own.
            if production.standsBehindSpace { _ = reader.take(ASCII.space) }
            let before = reader.error(.unexpected).offset
            do throws(SyntaxError) {
                if let problem = try production.read(&reader) { return "\(production.name): \(problem)" }
            } catch {
                guard error.offset >= 0, error.offset <= frame.octets.count else {
                    return "\(production.name): error at \(error.offset) of \(frame.octets.count)"
                }
                return nil
            }
            let after = reader.error(.unexpected).offset
            guard after >= before, after <= frame.octets.count else {
                return "\(production.name): from \(before) to \(after) of \(frame.octets.count)"
            }
            guard !reader.isAtEnd || (reader.next == nil && !reader.isAtLiteral) else {
                return "\(production.name): something comes at the end"
            }
        }
        return nil
    }
}
