import Foundation
import Pipeline

/// Data goes to standard output, everything else to standard error; both are written at once, unbuffered.
enum Console {
    /// Writes data. A reader that went away ends the program quietly, as `| head` expects.
    static func data(_ text: String) {
        if !write(text, to: STDOUT_FILENO) { _exit(0) }
    }

    static func data(line: String) { data(line + "\n") }

    /// Writes a message for people, without the secrets that a path, a configuration or a log may have put into it.
    static func note(_ text: String) { _ = write(withoutSecrets(text) + "\n", to: STDERR_FILENO) }

    /// Writes text for people without a line end.
    static func raw(_ text: String) { _ = write(withoutSecrets(text), to: STDERR_FILENO) }

    static var isErrorTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    private static func write(_ text: String, to descriptor: Int32) -> Bool {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                return false
            }
            bytes = bytes.dropFirst(count)
        }
        return true
    }
}
