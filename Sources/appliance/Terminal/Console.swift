import Foundation
import Pipeline

/// Data goes to standard output, everything else to standard error; both are written at once, unbuffered.
enum Console {
    /// Writes data. A reader that went away ends the program quietly, as `| head` expects.
    static func data(_ text: String) {
        var text = text
        text.withUTF8 { data(UnsafeRawBufferPointer($0)) }
    }

    /// Writes data that is text already.
    static func data(_ bytes: UnsafeRawBufferPointer) {
        if !write(bytes, to: STDOUT_FILENO) { _exit(0) }
    }

    static func data(line: String) { data(line + "\n") }

    /// Writes a message for people, without the secrets that a path, a configuration or a log may have put into it, and
    /// without anything that a terminal would obey.
    static func note(_ text: String) { _ = write(withoutSecrets(text).terminalLines + "\n", to: STDERR_FILENO) }

    /// Writes text for people without a line end, with the marks that draw it: what else it holds must be safe.
    static func raw(_ text: String) { _ = write(withoutSecrets(text), to: STDERR_FILENO) }

    static var isErrorTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    private static func write(_ text: String, to descriptor: Int32) -> Bool {
        var text = text
        return text.withUTF8 { write(UnsafeRawBufferPointer($0), to: descriptor) }
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = UnsafeRawBufferPointer(rebasing: rest)
            let count = Foundation.write(descriptor, piece.baseAddress, piece.count)
            if count < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                return false
            }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
