import Glibc

/// Octets that clients send, from the folder beside the checkout.
enum Workload {
    private static let folder = "../shared/workloads/"

    static func read(_ name: String) throws -> [UInt8] {
        guard let file = fopen(folder + name, "r") else {
            throw Benchmark.Skipped(reason: "\(folder)\(name) is not beside the checkout")
        }
        defer { fclose(file) }
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { all += buffer[..<count] }
        return all
    }

    /// What a client sends at once: the octets between the places in `name.idx`.
    static func sends(_ name: String) throws -> [[UInt8]] {
        let octets = try read(name + ".bin")
        let index = String(decoding: try read(name + ".idx"), as: UTF8.self)
        let starts = index.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        return zip(starts, starts.dropFirst() + [octets.count]).map { Array(octets[$0..<$1]) }
    }
}
