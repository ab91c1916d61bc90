import Events
import Foundation
import Glibc

/// A journalctl that is running, and what it writes.
///
/// It gets an empty environment and no input. It is ended when it has been silent for too long, when the reader lets go
/// of it, and with the reader.
final class JournalProcess {
    private let process = Process()
    private let output = Pipe()
    private let errors = Pipe()
    private let timeout: Duration

    enum Reading { case bytes([UInt8]), end, silent(Duration), failed(String), cancelled }

    /// How soon a cancelled task is noticed.
    private static let slice = Duration.milliseconds(200)

    private static let pieceBytes = 64 << 10
    private static let errorBytes = 4096

    init(_ settings: JournalSettings, arguments: [String]) throws {
        timeout = settings.timeout
        process.executableURL = URL(fileURLWithPath: settings.program)
        process.arguments = arguments
        process.environment = [:]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        try process.run()
    }

    deinit { stop() }

    func stop() {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    func read() -> Reading {
        let descriptor = output.fileHandleForReading.fileDescriptor
        var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let start = ContinuousClock.now
        while poll(&polled, 1, Int32(clamping: Self.slice.nanoseconds / 1_000_000)) <= 0 {
            if Task.isCancelled { return .cancelled }
            guard ContinuousClock.now - start < timeout else {
                stop()
                return .silent(timeout)
            }
        }
        var bytes = [UInt8](repeating: 0, count: Self.pieceBytes)
        while true {
            let count = Glibc.read(descriptor, &bytes, bytes.count)
            if count < 0, errno == EINTR { continue }
            if count < 0 { return .failed(String(cString: strerror(errno))) }
            return count == 0 ? finish() : .bytes(Array(bytes[..<count]))
        }
    }

    private func finish() -> Reading {
        process.waitUntilExit()
        guard process.terminationStatus != 0 else { return .end }
        var words = [UInt8](repeating: 0, count: Self.errorBytes)
        let count = max(0, Glibc.read(errors.fileHandleForReading.fileDescriptor, &words, words.count))
        let line = String(decoding: words[..<count], as: UTF8.self).split(separator: "\n").first.map(String.init)
        return .failed(line ?? "it ended with status \(process.terminationStatus)")
    }
}
