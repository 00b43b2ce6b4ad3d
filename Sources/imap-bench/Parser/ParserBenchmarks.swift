import IMAPCodec
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPServer

/// A client's octets, cut and read. What was read is dropped; nothing is performed.
enum ParserBenchmarks {
    static var all: [Benchmark] {
        [
            frames("parser/frames-mixed", "mixed"), commands("parser/mixed", "mixed", 22),
            commands("parser/mixed-unauth", "mixed-unauth", 23), append,
        ] + ones + ["asc", "desc", "shuffled", "contiguous"].map { uidSet($0) }
    }

    /// Each command of the cycle alone.
    private static var ones: [Benchmark] {
        [
            "00-capability", "01-login", "02-enable", "03-id", "04-namespace", "05-list", "06-list", "07-select",
            "08-status", "09-uid-fetch", "10-uid-fetch", "11-uid-store", "12-uid-search", "13-fetch", "14-uid-copy",
            "15-uid-move", "16-append", "17-noop", "18-idle", "20-uid-expunge", "21-unselect", "22-logout",
        ].map { commands("parser/one/\($0)", "one/\($0)", 1) }
    }

    private static func uidSet(_ order: String) -> Benchmark {
        commands("parser/uidset10k-\(order)", "uidset10k-\(order)", 1, unit: "UID", units: 10_000)
    }

    private static func frames(_ name: String, _ workload: String) -> Benchmark {
        Benchmark(name, per: "command", units: 22, octets: 1089) {
            let sends = try Workload.sends(workload)
            var reading = try Reading(framesOnly: true)
            return { try reading.take(sends, expecting: 22) }
        }
    }

    private static func commands(
        _ name: String, _ workload: String, _ count: Int, unit: String = "command", units: Int? = nil
    ) -> Benchmark {
        Benchmark(name, per: unit, units: units ?? count) {
            let sends = try Workload.sends(workload)
            var reading = try Reading(framesOnly: false)
            return { try reading.take(sends, expecting: count) }
        }
    }

    /// One APPEND of 64 MiB in pieces of 64 KiB, its literal streamed. Each piece is copied, as a socket's read would bring
    /// it, and no more than one is held.
    private static var append: Benchmark {
        let size = 64 << 20
        return Benchmark("parser/append-64MiB", per: "MiB", units: 64, octets: size) {
            let line = Array("a1 APPEND INBOX {\(size)+}\r\n".utf8)
            let piece = [UInt8](repeating: 0x61, count: 65_536)
            var framer = Framer(limits: Reading.limits)
            return {
                var input = InputBuffer()
                input.append(line)
                var left = size
                var taken = 0
                while true {
                    switch framer.next(&input) {
                    case .literal:
                        guard framer.stream() else { throw Benchmark.Failure("the literal is not streamed") }
                    case .command:
                        guard taken == size else { throw Benchmark.Failure("\(taken) octets of \(size)") }
                        return
                    case .needsMore:
                        reading: while true {
                            switch framer.readStream(&input, max: 65_536) {
                            case .octets(let octets): taken += octets.count
                            case .needsMore: break reading
                            case .end: break reading
                            }
                        }
                        if left > 0 {
                            input.append(piece.withUnsafeBytes { Array($0) })
                            left -= piece.count
                            guard input.octets.capacity < 2 * piece.count else {
                                throw Benchmark.Failure("\(input.octets.capacity) octets are held for a piece")
                            }
                        } else if input.isEmpty {
                            input.append([0x0D, 0x0A])
                        }
                    case .skipped, .overLimit, .lost: throw Benchmark.Failure("framing is lost")
                    }
                }
            }
        }
    }
}

/// Commands cut out of octets, and read.
private struct Reading: ~Copyable {
    static let limits = FramerLimits(line: 65_536, command: 131_072, literal: 65_536, literals: 100)
    private static let nesting = NestingLimits(depth: 32, lists: 10_000)

    private var framer = Framer(limits: Reading.limits)
    private var input = InputBuffer()
    private let probe: CommandProbe
    private let framesOnly: Bool

    init(framesOnly: Bool) throws {
        let store = MemoryStore()
        let server = try Server(
            store: store, authenticator: Anyone(), extensions: IMAPExtension.standard.supported(by: store))
        let peer = PeerAddress("here", isLoopback: true)
        probe = CommandProbe(server, ConnectionFacts(local: peer, remote: peer))
        self.framesOnly = framesOnly
    }

    mutating func take(_ sends: [[UInt8]], expecting expected: Int) throws {
        var count = 0
        for send in sends {
            // As a socket's read would bring them.
            input.append(send.withUnsafeBytes { Array($0) })
            reading: while true {
                switch framer.next(&input) {
                case .needsMore: break reading
                case .literal: if try takeLiteral() { count += 1 }
                case .command(let frame): if try read(frame) { count += 1 }
                case .skipped, .overLimit, .lost: throw Benchmark.Failure("framing is lost")
                }
            }
        }
        guard count == expected else { throw Benchmark.Failure("\(count) commands of \(expected)") }
    }

    /// Takes a literal into its command, or in pieces. Returns whether the command was read.
    private mutating func takeLiteral() throws -> Bool {
        guard !framesOnly, try probe.streamingCommand(framer.partialFrame, nesting: Reading.nesting) != nil else {
            guard framer.buffer() else { throw Benchmark.Failure("a literal is refused") }
            return false
        }
        guard framer.stream() else { throw Benchmark.Failure("a literal is not streamed") }
        while case .octets = framer.readStream(&input, max: 65_536) {}
        guard case .command(let frame) = framer.next(&input) else { throw Benchmark.Failure("a literal in pieces") }
        try ArgumentReader(tailOf: frame, nesting: Reading.nesting).end()
        return true
    }

    /// Returns whether it is a command: the line that ends IDLE is none.
    private func read(_ frame: Frame) throws -> Bool {
        guard !framesOnly else { return frame.head.name != nil }
        return try probe.command(frame, nesting: Reading.nesting) != nil
    }
}
