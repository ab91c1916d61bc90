import Events
import Foundation

/// Held by the one process that may write in bulk (batch, watch, prune, merge, import).
///
/// An advisory `flock` on `run.lock`: the kernel releases it however the process ends. The file names the
/// holder for whoever comes second.
public final class RunLock: Sendable {
    private let descriptor: Int32

    /// - Parameter holder: what is running, for the message that another run prints (`batch`).
    /// - Throws: ``HomeError/busy(path:holder:)`` when another process holds it.
    public init(home: Home, holder: String) throws(HomeError) {
        let file = open(home.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .cannotCreate(path: home.lock, reason: String(cString: strerror(errno))) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let other = Self.contents(of: file)
            close(file)
            throw .busy(path: home.lock, holder: other.isEmpty ? "unknown" : other)
        }
        let text = Array("\(holder), process \(getpid())\n".utf8)
        let written = ftruncate(file, 0) == 0 ? text.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 0) } : -1
        guard written == text.count else {
            let reason = String(cString: strerror(errno))
            close(file)
            throw .cannotCreate(path: home.lock, reason: reason)
        }
        descriptor = file
    }

    deinit { close(descriptor) }

    private static func contents(of file: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 200)
        let count = buffer.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, 0) }
        let text = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        return text.filter { !$0.isNewline && $0.isASCII }
    }
}
