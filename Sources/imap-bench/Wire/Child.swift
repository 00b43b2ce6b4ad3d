import Glibc

/// A program that runs beside this one and says where it listens. It ends with this value.
final class Child {
    let process: pid_t
    let port: UInt16

    struct Failure: Error {
        let reason: String
    }

    /// Starts `path` with `arguments`, and waits for its line `listening on HOST:PORT`.
    /// A quiet one's complaints are not shown.
    init(_ path: String, _ arguments: [String], isQuiet: Bool = false) throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failure(reason: "no pipe") }
        defer { close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addclose(&actions, ends[0])
        if isQuiet { posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) }
        var process = pid_t()
        var words = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        let status = posix_spawn(&process, path, &actions, nil, &words, environ)
        close(ends[1])
        guard status == 0 else { throw Failure(reason: "\(path) cannot be started") }
        self.process = process
        var line: [UInt8] = []
        var octet: UInt8 = 0
        while read(ends[0], &octet, 1) == 1, octet != 0x0A { line.append(octet) }
        let text = String(decoding: line, as: UTF8.self)
        guard text.utf8.starts(with: "listening on ".utf8),
            let port = text.split(separator: ":").last.flatMap({ UInt16($0) })
        else {
            kill(process, SIGKILL)
            throw Failure(reason: "\(path) says \"\(text)\"")
        }
        self.port = port
    }

    deinit {
        kill(process, SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
    }

    /// What its threads took of the processors so far, in seconds. The kernel tells it to the nanosecond.
    var processorSeconds: Double {
        guard let folder = opendir("/proc/\(process)/task") else { return 0 }
        defer { closedir(folder) }
        var sum = 0.0
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let file = fopen("/proc/\(process)/task/\(name)/schedstat", "r") else { continue }
            defer { fclose(file) }
            var line = [CChar](repeating: 0, count: 128)
            guard fgets(&line, Int32(line.count), file) != nil else { continue }
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            sum += text.split(separator: " ").first.flatMap { Double($0) } ?? 0
        }
        return sum / 1e9
    }
}
