import Dispatch
import Events
import Glibc
import Synchronization

/// Tells that something changed in one of many folders: inotify(7), without its details.
///
/// Whatever it cannot watch (a network file system, a limit of the kernel) is left to whoever looks by the clock.
final class FolderWatch: Sendable {
    private let descriptor: Int32
    private let state: Mutex<State>
    /// Unsafe to share only while it is set up, which the initializer alone does.
    nonisolated(unsafe) private let source: any DispatchSourceRead

    private struct State {
        var folders: [String: Int32] = [:]
        /// A change was told, and nobody has looked yet.
        var isTold = false
    }

    /// - Parameter changed: called once after each ``arm()``, from a thread of its own.
    /// - Returns: nil where the kernel gives no descriptor.
    init?(changed: @escaping @Sendable () -> Void) {
        let descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        guard descriptor >= 0 else { return nil }
        self.descriptor = descriptor
        state = Mutex(State())
        source = DispatchSource.makeReadSource(
            fileDescriptor: descriptor, queue: DispatchQueue(label: "appliance.folders"))
        source.setEventHandler { [weak self] in
            Self.drain(descriptor)
            let isNews = self?.state.withLock { state in
                defer { state.isTold = true }
                return !state.isTold
            }
            if isNews == true { changed() }
        }
        source.setCancelHandler { close(descriptor) }
        source.activate()
    }

    deinit { source.cancel() }

    /// From here on the next change is told.
    func arm() { state.withLock { $0.isTold = false } }

    /// Watches these folders and no others.
    ///
    /// - Returns: how many of them cannot be watched.
    func follow(_ folders: Set<String>) -> Int {
        state.withLock { state in
            for (folder, watch) in state.folders where !folders.contains(folder) {
                inotify_rm_watch(descriptor, watch)
                state.folders[folder] = nil
            }
            // Adding a folder again follows one that was replaced under the same name.
            for folder in folders {
                let watch = inotify_add_watch(descriptor, folder, Self.changes)
                state.folders[folder] = watch < 0 ? nil : watch
            }
            return folders.count - state.folders.count
        }
    }

    private static let changes =
        UInt32(IN_MODIFY) | UInt32(IN_CREATE) | UInt32(IN_MOVED_TO) | UInt32(IN_MOVED_FROM) | UInt32(IN_DELETE)
        | UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF)

    /// What exactly happened is seen in the files themselves.
    private static func drain(_ descriptor: Int32) {
        withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 8) { buffer in
            while read(descriptor, buffer.baseAddress, buffer.count) > 0 {}
        }
    }
}
