import Glibc

/// The process's file descriptors. Running out of them is not survived: Dispatch, which runs Swift's tasks, opens files
/// of its own once a second and stops the program when it cannot. So there are always more than connections may take.
enum Descriptors {
    /// What the process needs beside connections and refusals.
    private static let reserve = 64

    /// Raises the limit as far as `connections`, each of which may hold so many `files` open, need it and the system lets
    /// it; returns how many connections there may be.
    static func prepare(for connections: Int, files: Int) -> Int {
        let each = 1 + files
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return connections }
        let needed = rlim_t(connections * each + reserve)
        if limit.rlim_cur < needed {
            limit.rlim_cur = min(needed, limit.rlim_max)
            _ = setrlimit(resource, &limit)
            guard getrlimit(resource, &limit) == 0 else { return connections }
        }
        let most = Int(clamping: limit.rlim_cur)
        return min(connections, max(most - reserve, most / 4) / each)
    }
}
