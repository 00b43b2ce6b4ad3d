import Glibc

/// Measures the library: `imap-bench` without arguments lists what it knows.
@main
enum Bench {
    /// One thing to do. It exits itself when its arguments are wrong; otherwise it returns whether all went well.
    private struct Program: Sendable {
        let name: String
        let arguments: String
        /// Said when the arguments are wrong, where the line above says too little.
        var usage: String?
        let run: @Sendable ([String]) async throws -> Bool?
    }

    private static let programs = [
        Program(name: "run", arguments: "[--filter TEXT] [--json] ...", usage: Measuring.usage) {
            Measuring($0)?.run()
        },
        Program(name: "wire", arguments: "--server PATH ...", usage: WireMeasuring.usage) { WireMeasuring($0)?.run() },
        Program(name: "load", arguments: "--port N ...", usage: Load.usage) { Load($0)?.run() },
        Program(name: "held", arguments: "--server PATH ...", usage: Held.usage) { Held($0)?.run() },
        Program(name: "growth", arguments: "[--filter TEXT] [--most N]") { Growth($0)?.run() },
        Program(name: "echo", arguments: "") { _ in
            print(EchoLoop.run())
            return false
        },
        Program(name: "large-fetch", arguments: "[OCTETS]") { arguments in
            guard let octets = count(arguments, 1 << 30) else { return nil }
            return try await LargeFetch.run(octets: UInt64(octets))
        },
        Program(name: "large-append", arguments: "[OCTETS]") { arguments in
            guard let octets = count(arguments, 1 << 30) else { return nil }
            return try await LargeAppend.run(octets: UInt64(octets))
        },
        Program(name: "fetch-structure", arguments: "[MESSAGES]") { arguments in
            guard let messages = count(arguments, 10_000) else { return nil }
            return try await FetchStructure.run(messages: messages)
        },
        Program(name: "sort", arguments: "[MESSAGES]") { arguments in
            guard let messages = count(arguments, 10_000) else { return nil }
            return try await SortAndThread.run(messages: messages)
        },
        Program(name: "view", arguments: "") { _ in try ManyMessages.measureMemory() },
        Program(name: "switches", arguments: "[USERS]") { arguments in
            guard let users = count(arguments, 10_000) else { return nil }
            return try await Switches.run(users)
        },
        Program(name: "exchanges", arguments: "[EXCHANGES]") { arguments in
            guard let exchanges = count(arguments, 100_000) else { return nil }
            return try Exchanges.run(exchanges)
        },
        Program(name: "bomb", arguments: "[MEBIBYTES]") { arguments in
            guard let mebibytes = count(arguments, 256), mebibytes <= 1 << 20 else { return nil }
            return try Bomb.run(mebibytes: mebibytes)
        },
        Program(name: "property", arguments: "[PROGRAMS] [FIRST-SEED]") { arguments in
            guard let programs = count(arguments, 2000), let first = count(Array(arguments.dropFirst()), 1),
                programs <= Int.max - first
            else { return nil }
            return try await Property.run(programs: UInt64(programs), from: UInt64(first))
        },
    ]

    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard let program = programs.first(where: { $0.name == arguments.first }) else {
            let lines = programs.map { "    imap-bench \($0.name) \($0.arguments)" }
            print("usage:\n" + lines.joined(separator: "\n"))
            exit(64)
        }
        guard let succeeded = try await program.run(Array(arguments.dropFirst())) else {
            print(program.usage ?? "usage: imap-bench \(program.name) \(program.arguments)")
            exit(64)
        }
        exit(succeeded ? 0 : 1)
    }

    /// The first argument as a number from 1 on, or what stands for none.
    private static func count(_ arguments: [String], _ standard: Int) -> Int? {
        guard let first = arguments.first else { return standard }
        return Int(first).flatMap { $0 > 0 ? $0 : nil }
    }
}
