/// A path of the file system: octets without NUL, kept as a C string.
struct Path: Hashable, Sendable {
    /// The octets and the NUL behind them.
    private let terminated: [UInt8]

    /// The path of `octets`; `nil` when they are empty or hold NUL.
    init?(_ octets: some Collection<UInt8>) {
        guard !octets.isEmpty, !octets.contains(0) else { return nil }
        terminated = Array(octets) + [0]
    }

    private init(terminated: [UInt8]) { self.terminated = terminated }

    /// Without the NUL.
    var octets: ArraySlice<UInt8> { terminated.dropLast() }

    /// The last component.
    var name: ArraySlice<UInt8> {
        guard let slash = octets.lastIndex(of: 0x2F) else { return octets }
        return octets[(slash + 1)...]
    }

    /// The entry `name` of this directory. A NUL in it ends it: no path leads elsewhere through one.
    func entry(_ name: some Collection<UInt8>) -> Path {
        var path = terminated
        path.reserveCapacity(path.count + name.count + 1)
        path[path.count - 1] = 0x2F
        path.append(contentsOf: name.prefix { $0 != 0 })
        path.append(0)
        return Path(terminated: path)
    }

    func entry(_ name: StaticString) -> Path { entry(Array(name.description.utf8)) }

    /// Lends the C string.
    func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        terminated.withUnsafeBytes { octets in
            // The array holds at least the NUL, so it has an address.
            guard let base = octets.baseAddress else { return body("") }
            return body(base.assumingMemoryBound(to: CChar.self))
        }
    }
}

extension Path: CustomStringConvertible {
    var description: String { String(decoding: octets, as: UTF8.self) }
}
