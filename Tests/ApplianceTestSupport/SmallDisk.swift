import Foundation
import Glibc

/// A real file system of a few megabytes over a directory, which can be filled to the last byte.
///
/// It is mounted in namespaces of its own, which need no rights where the kernel lets users make them: commands enter
/// them, tests look in from outside.
public final class SmallDisk {
    /// As commands inside see it.
    public let path: String
    private let keeper = Process()
    private let input = Pipe()

    /// Why none can be made here; nil where one can.
    public static let obstacle: String? = {
        do {
            let directory = try TemporaryDirectory()
            defer { directory.remove() }
            try SmallDisk(over: directory.path, bytes: 1 << 20).stop()
            return nil
        } catch {
            return "no file system can be mounted here: \(error)"
        }
    }()

    public struct NotMounted: Error, CustomStringConvertible { public var description: String }

    /// - Parameter path: a directory; what it holds is on the new file system too.
    public init(over path: String, bytes: Int) throws {
        self.path = path
        let seed = try TemporaryDirectory()
        defer { seed.remove() }
        let script = """
            cp -a "$1/." "$2/" && mount -t tmpfs -o size=$3,mode=700 tmpfs "$1" && cp -a "$2/." "$1/" && echo ready
            exec cat
            """
        keeper.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        keeper.arguments = [
            "unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", path, seed.path, "\(bytes)",
        ]
        let (output, errors) = (Pipe(), Pipe())
        (keeper.standardInput, keeper.standardOutput, keeper.standardError) = (input, output, errors)
        try keeper.run()
        let said = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        guard said == "ready\n" else {
            stop()
            let why = String(decoding: errors.fileHandleForReading.availableData, as: UTF8.self)
            throw NotMounted(description: why.trimmingCharacters(in: .whitespacesAndNewlines))
        }
    }

    /// Where tests see it.
    public var outside: String { "/proc/\(keeper.processIdentifier)/root\(path)" }

    /// Makes a process that has not begun one that begins inside.
    public func entered(by process: Process) -> Process {
        process.arguments =
            [
                "--target", "\(keeper.processIdentifier)", "--user", "--preserve-credentials", "--mount", "--",
                process.executableURL?.path ?? "",
            ] + (process.arguments ?? [])
        process.executableURL = URL(fileURLWithPath: "/usr/bin/nsenter")
        return process
    }

    /// Writes until nothing more fits, and gives the last bytes back.
    ///
    /// - Parameter bytes: that stay free; whole pages are counted.
    public func fill(leaving bytes: Int = 0) throws {
        let descriptor = open("\(outside)/filler", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw NotMounted(description: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        let page = [UInt8](repeating: 0x2E, count: 4096)
        while write(descriptor, page, page.count) > 0 {}
        guard errno == ENOSPC else { throw NotMounted(description: String(cString: strerror(errno))) }
        let size = lseek(descriptor, 0, SEEK_END)
        guard ftruncate(descriptor, max(0, size - off_t(bytes))) == 0 else {
            throw NotMounted(description: String(cString: strerror(errno)))
        }
    }

    /// Gives all the room back.
    public func makeRoom() { unlink("\(outside)/filler") }

    public func stop() {
        try? input.fileHandleForWriting.close()
        guard keeper.isRunning else { return }
        kill(keeper.processIdentifier, SIGKILL)
        keeper.waitUntilExit()
    }
}
