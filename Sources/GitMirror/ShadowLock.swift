import Foundation
import Glibc

/// Says that a private directory is in use for as long as this lives; the kernel lets go however the process ends.
final class ShadowLock: Sendable {
    private let descriptor: Int32

    static let prefix = "appliance-mirror-"
    private static let name = "lock"
    /// A directory younger than this may still be in the making.
    private static let settled: TimeInterval = 60
    /// Directories looked at in one sweep.
    private static let sweepLimit = 1000

    init(in directory: String) throws(MirrorError) {
        let path = directory + "/" + Self.name
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .scratch(path: path, code: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            throw .scratch(path: path, code: code)
        }
    }

    deinit { close(descriptor) }

    /// Removes what a killed process left in `folder`: directories of our name and user that nobody holds.
    static func sweep(_ folder: String) {
        // A folder that cannot be read is told by whoever makes a directory in it.
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return }
        for name in names.filter({ $0.hasPrefix(prefix) }).prefix(sweepLimit) {
            let directory = folder + "/" + name
            var status = stat()
            guard lstat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(),
                Date().timeIntervalSince1970 - TimeInterval(status.st_mtim.tv_sec) > settled
            else { continue }
            let lock = open(directory + "/" + Self.name, O_RDWR | O_NOFOLLOW | O_CLOEXEC)
            guard lock >= 0 else { continue }
            if flock(lock, LOCK_EX | LOCK_NB) == 0 { remove(directory) }
            close(lock)
        }
    }

    /// A left-over is harmless: it holds nothing that the mirror, or whoever asked for it, has not.
    static func remove(_ directory: String) { try? FileManager.default.removeItem(atPath: directory) }
}
