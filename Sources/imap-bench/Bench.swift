import Glibc

/// Measures the library: `imap-bench run [--filter TEXT] [--json] ...`, `imap-bench large-fetch [OCTETS]`, `large-append [OCTETS]`,
/// `imap-bench fetch-structure [MESSAGES]`, `imap-bench sort [MESSAGES]`, `imap-bench switches [USERS]`,
/// `imap-bench property [PROGRAMS] [FIRST-SEED]`, `imap-bench load --port N ...`.
@main
enum Bench {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        switch arguments.first {
        case "run":
            guard let measuring = Measuring(Array(arguments.dropFirst())) else {
                print(Measuring.usage)
                exit(64)
            }
            exit(measuring.run() ? 0 : 1)
        case "wire":
            guard let measuring = WireMeasuring(Array(arguments.dropFirst())) else {
                print(WireMeasuring.usage)
                exit(64)
            }
            exit(measuring.run() ? 0 : 1)
        case "echo":
            print(EchoLoop.run())
            exit(1)
        case "large-fetch":
            let size = arguments.dropFirst().first.flatMap { UInt64($0) } ?? 1 << 30
            exit(try await LargeFetch.run(octets: size) ? 0 : 1)
        case "large-append":
            let size = arguments.dropFirst().first.flatMap { UInt64($0) } ?? 1 << 30
            exit(try await LargeAppend.run(octets: size) ? 0 : 1)
        case "fetch-structure":
            let count = arguments.dropFirst().first.flatMap { Int($0) } ?? 10_000
            exit(try await FetchStructure.run(messages: max(1, count)) ? 0 : 1)
        case "sort":
            let count = arguments.dropFirst().first.flatMap { Int($0) } ?? 10_000
            exit(try await SortAndThread.run(messages: max(1, count)) ? 0 : 1)
        case "switches":
            let count = arguments.dropFirst().first.flatMap { Int($0) } ?? 10_000
            exit(try await Switches.run(max(1, count)) ? 0 : 1)
        case "load":
            guard let load = Load(Array(arguments.dropFirst())) else {
                print(Load.usage)
                exit(64)
            }
            exit(load.run() ? 0 : 1)
        case "property":
            let numbers = arguments.dropFirst().map { UInt64($0) }
            let count = numbers.first ?? 2000
            let first = numbers.dropFirst().first ?? 1
            guard let count, let first, count > 0, first <= UInt64.max - count else { fallthrough }
            exit(try await Property.run(programs: count, from: first) ? 0 : 1)
        default:
            print(
                "usage: imap-bench run ... | wire --server PATH | echo | large-fetch [OCTETS] | large-append [OCTETS] | fetch-structure [MESSAGES] | "
                    + "sort [MESSAGES] | switches [USERS] | property [PROGRAMS] [FIRST-SEED] | "
                    + "load --port N ...")
            exit(64)
        }
    }
}
