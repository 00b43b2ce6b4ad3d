import Dispatch
import Glibc

/// Tells when some mailboxes' directories change, whoever changes them: inotify. Where the system gives no watch, as
/// when there are too many, nothing is told and changes are found when a session next asks.
final class FolderWatch {
    private let descriptor: Int32
    private let source: any DispatchSourceRead
    /// The watches of each path.
    private var watches: [Path: [Int32]] = [:]

    /// How long changes are gathered before they are told.
    private static let pause = DispatchTimeInterval.milliseconds(20)
    private static let events = UInt32(
        IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY | IN_DELETE_SELF | IN_MOVE_SELF)

    /// `nil` when the system has none. `changed` is called from any thread.
    init?(_ changed: @escaping @Sendable () -> Void) {
        let descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
        let queue = DispatchQueue(label: "IMAPMaildirStore.watch")
        source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        source.setEventHandler {
            // What happened is of no interest: that something did is.
            usleep(20_000)
            var buffer = [UInt8](repeating: 0, count: 1 << 14)
            var isEmpty = true
            while buffer.withUnsafeMutableBytes({ read(descriptor, $0.baseAddress, $0.count) }) > 0 { isEmpty = false }
            if !isEmpty { changed() }
        }
        source.setCancelHandler { close(descriptor) }
        source.resume()
    }

    deinit { source.cancel() }

    /// Watches these mailboxes and no others.
    func watch(_ paths: Set<Path>) {
        for (path, numbers) in watches where !paths.contains(path) {
            for number in numbers { inotify_rm_watch(descriptor, number) }
            watches[path] = nil
        }
        for path in paths where watches[path] == nil {
            let directories = [path, path.entry("new"), path.entry("cur")]
            watches[path] = directories.compactMap { directory in
                let number = directory.withCString { inotify_add_watch(descriptor, $0, FolderWatch.events) }
                return number >= 0 ? number : nil
            }
        }
    }
}
