import Glibc

/// Measures the library: `imap-bench large-fetch [OCTETS]`.
@main
enum Bench {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        switch arguments.first {
        case "large-fetch":
            let size = arguments.dropFirst().first.flatMap { UInt64($0) } ?? 1 << 30
            exit(try await LargeFetch.run(octets: size) ? 0 : 1)
        default:
            print("usage: imap-bench large-fetch [OCTETS]")
            exit(64)
        }
    }
}
