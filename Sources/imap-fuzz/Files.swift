#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The few things a fuzzer does with files.
enum Files {
    static func read(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var octets: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Platform.read(file, &chunk, chunk.count)
            guard count >= 0 else { return nil }
            guard count > 0 else { return octets }
            octets += chunk.prefix(count)
        }
    }

    /// Writes a file, and makes the directory it is in and the one above that. Returns whether it is there.
    static func write(_ octets: [UInt8], _ path: String) -> Bool {
        var directory = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let inner = directory.joined(separator: "/")
        directory = directory.dropLast()
        for one in [directory.joined(separator: "/"), inner] where !one.isEmpty { mkdir(one, 0o755) }
        let file = creat(path, 0o644)
        guard file >= 0 else { return false }
        defer { close(file) }
        return Platform.write(file, octets, octets.count) == octets.count
    }

    /// The files right under `directory`, by name, or `nil` when there is no such directory.
    static func list(_ directory: String) -> [String]? {
        guard let handle = opendir(directory) else { return nil }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(directory + "/" + name) }
        }
        return names.sorted()
    }

    /// Says it on standard error.
    static func complain(_ message: String) {
        var line = Array((message + "\n").utf8)
        _ = Platform.write(2, &line, line.count)
    }

    /// Seconds on a clock that only goes forward.
    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

private enum Platform {
    static func write(_ file: Int32, _ buffer: UnsafeRawPointer, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.write(file, buffer, count)
        #elseif canImport(Musl)
            Musl.write(file, buffer, count)
        #else
            Darwin.write(file, buffer, count)
        #endif
    }

    static func read(_ file: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.read(file, buffer, count)
        #elseif canImport(Musl)
            Musl.read(file, buffer, count)
        #else
            Darwin.read(file, buffer, count)
        #endif
    }
}

/// Keeps the input that runs now where a signal handler can reach it, and writes it to a file when the program stops.
enum CrashFile {
    private static let capacity = 65_536
    nonisolated(unsafe) private static let octets = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    nonisolated(unsafe) private static var count = 0
    nonisolated(unsafe) private static var path = strdup("crash-input")

    /// From now on, a trap leaves its input in `crash-NAME`.
    static func install(_ name: String) {
        path = strdup("crash-" + name)
        for number in [SIGILL, SIGTRAP, SIGSEGV, SIGABRT, SIGBUS, SIGFPE] {
            signal(number) { number in
                let file = CrashFile.path.map { creat($0, 0o644) } ?? -1
                if file >= 0 { _ = Platform.write(file, CrashFile.octets, CrashFile.count) }
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }

    static func remember(_ input: [UInt8]) {
        count = min(input.count, capacity)
        for index in 0..<count { octets[index] = input[index] }
    }
}
