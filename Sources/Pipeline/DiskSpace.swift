import Events
import Foundation

/// Watches the free space of the home: below `[retention] min_free` nothing more is read, and a reserve is given up so
/// that what is already known can still be told.
struct DiskSpace: Sendable {
    /// Set aside while there is room, for alerts, report and the history's own work when there is none.
    static let reserveBytes: Int64 = 16_000_000

    let home: Home
    let leastFree: ByteCount

    private var reserve: String { "\(home.path)/reserve" }

    /// - Throws: where the file system cannot be asked.
    func free() throws -> Int64 {
        try FileManager.default.attributesOfFileSystem(forPath: home.path)[.systemFreeSize] as? Int64 ?? 0
    }

    /// - Returns: what to tell when reading has to pause; nil while there is room.
    func shortage() throws -> OwnWords? {
        let free = try free()
        guard free < leastFree.bytes else { return nil }
        let left = "\(free / 1_000_000) MB"
        return OwnWords(
            "reading is paused, and goes on where it stopped when there is room: the file system of \(home.path) has "
                + "\(left) left, and [retention] min_free is \(leastFree.words)",
            "읽기를 멈춤, 공간이 생기면 멈춘 곳부터 계속함: \(home.path)의 파일 시스템에 \(left) 남음, "
                + "[retention] min_free는 \(leastFree.words)")
    }

    /// Makes the reserve, where there is room for it.
    func prepareReserve() throws {
        guard leastFree.bytes > 0, !FileManager.default.fileExists(atPath: reserve),
            try free() >= leastFree.bytes + Self.reserveBytes
        else { return }
        let descriptor = open(reserve, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            // Two readings began at once, and the other made it.
            if errno == EEXIST { return }
            throw HomeError.cannotCreate(path: reserve, reason: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        // An error number, not errno. Without room after all, there is no reserve.
        if posix_fallocate(descriptor, 0, off_t(Self.reserveBytes)) != 0 { unlink(reserve) }
    }

    func giveUpReserve() { unlink(reserve) }
}
