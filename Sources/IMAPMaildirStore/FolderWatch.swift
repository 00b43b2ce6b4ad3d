import Dispatch
import Glibc
import Synchronization

/// Tells when some mailboxes' directories change, whoever changes them: one inotify instance for all users, because a
/// system has few. Where it gives no watch, as when there are too many, nothing is told, and changes are found when a
/// session next asks.
final class FolderWatch: Sendable {
    private struct Owner: Sendable {
        var paths: Set<Path> = []
        let changed: @Sendable () -> Void
    }

    private struct State: Sendable {
        var owners: [ObjectIdentifier: Owner] = [:]
        /// The watches of each path, and how many owners it has.
        var paths: [Path: (numbers: [Int32], owners: Int)] = [:]
        /// Whose each watch is.
        var watched: [Int32: Set<ObjectIdentifier>] = [:]
    }

    /// `nil` when the system has none.
    private let descriptor: Int32?
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "IMAPMaildirStore.watch")
    private let source: Mutex<(any DispatchSourceRead)?>

    /// How long changes are gathered before they are told, in microseconds.
    private static let pause: UInt32 = 20_000
    private static let events = UInt32(
        IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_MODIFY | IN_DELETE_SELF | IN_MOVE_SELF)
    private static let headLength = 16

    init() {
        let descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        self.descriptor = descriptor >= 0 ? descriptor : nil
        source = Mutex(nil)
        guard descriptor >= 0 else { return }
        source.withLock { [weak self, queue] source in
            let new = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
            new.setEventHandler { [weak self] in
                usleep(FolderWatch.pause)
                self?.tell(descriptor)
            }
            new.setCancelHandler { close(descriptor) }
            new.resume()
            source = new
        }
    }

    deinit { source.withLock { $0?.cancel() } }

    /// Watches these mailboxes for `owner` and no others. `changed` is called from any thread.
    func watch(_ paths: Set<Path>, for owner: AnyObject, _ changed: @escaping @Sendable () -> Void) {
        guard let descriptor else { return }
        let owner = ObjectIdentifier(owner)
        state.withLock { state in
            let old = state.owners[owner]?.paths ?? []
            state.owners[owner] = paths.isEmpty ? nil : Owner(paths: paths, changed: changed)
            // First what is no longer watched: a directory that was renamed has one watch, by whatever name.
            for path in old.subtracting(paths) { FolderWatch.remove(path, of: owner, descriptor, &state) }
            for path in paths.subtracting(old) { FolderWatch.add(path, for: owner, descriptor, &state) }
        }
    }

    private static func add(_ path: Path, for owner: ObjectIdentifier, _ descriptor: Int32, _ state: inout State) {
        let numbers =
            state.paths[path]?.numbers
            ?? [path, path.entry("new"), path.entry("cur")].compactMap { directory in
                let number = directory.withCString { inotify_add_watch(descriptor, $0, events) }
                return number >= 0 ? number : nil
            }
        state.paths[path] = (numbers, (state.paths[path]?.owners ?? 0) + 1)
        for number in numbers { state.watched[number, default: []].insert(owner) }
    }

    private static func remove(_ path: Path, of owner: ObjectIdentifier, _ descriptor: Int32, _ state: inout State) {
        guard let (numbers, owners) = state.paths[path] else { return }
        for number in numbers { state.watched[number]?.remove(owner) }
        guard owners == 1 else {
            state.paths[path] = (numbers, owners - 1)
            return
        }
        state.paths[path] = nil
        for number in numbers {
            state.watched[number] = nil
            inotify_rm_watch(descriptor, number)
        }
    }

    /// Calls `body` when the time is over, from any thread.
    func wait(nanoseconds: Int64, _ body: @escaping @Sendable () -> Void) {
        queue.asyncAfter(deadline: .now() + .nanoseconds(Int(clamping: nanoseconds)), execute: body)
    }

    /// Reads what happened, and tells whom it concerns.
    private func tell(_ descriptor: Int32) {
        var numbers: Set<Int32> = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            var position = 0
            while count - position >= FolderWatch.headLength {
                let words = buffer.withUnsafeBytes { octets in
                    (
                        octets.loadUnaligned(fromByteOffset: position, as: Int32.self),
                        octets.loadUnaligned(fromByteOffset: position + 12, as: UInt32.self)
                    )
                }
                numbers.insert(words.0)
                position += FolderWatch.headLength + Int(words.1)
            }
        }
        let changed = state.withLock { state -> [@Sendable () -> Void] in
            // -1: so much happened that it is not known what.
            if numbers.contains(-1) { return state.owners.values.map(\.changed) }
            let owners = numbers.reduce(into: Set<ObjectIdentifier>()) { $0.formUnion(state.watched[$1] ?? []) }
            return owners.compactMap { state.owners[$0]?.changed }
        }
        for one in changed { one() }
    }
}
