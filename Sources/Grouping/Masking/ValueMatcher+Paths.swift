/// Parts of paths and URLs.
extension ValueMatcher {
    static func isPathByte(_ byte: UInt8) -> Bool {
        byte.isWord || byte == 0x2E || byte == 0x2D || byte == 0x2B || byte == 0x25 || byte == 0x40
    }

    /// Files in a directory for temporary files have names that nobody chose.
    func matchTemporaryPath(_ start: Int) -> Int? {
        guard bytes.has("/tmp/", at: start) || bytes.has("/var/tmp/", at: start) || bytes.has("/dev/shm/", at: start)
        else { return nil }
        return bytes.run(from: start) { Self.isPathByte($0) || $0 == 0x2F }
    }

    /// The end of a Windows path whose first `\` is at `start`.
    func matchWindowsPath(_ start: Int) -> Int {
        bytes.run(from: start) { Self.isPathByte($0) || $0 == 0x5C || $0 == 0x7E || $0 == 0x24 }
    }

    static func endsURL(_ byte: UInt8) -> Bool {
        byte == 0x22 || byte == 0x27 || byte == 0x3C || byte == 0x3E || byte == 0x60 || byte == 0x7C || byte == 0x5C
    }

    /// Closing punctuation after a URL belongs to the sentence.
    func trimmed(_ start: Int, _ end: Int) -> Int {
        var end = end
        while end > start + 1, [0x2E, 0x2C, 0x29, 0x5D, 0x3A, 0x3B].contains(bytes[end - 1]) { end -= 1 }
        return end
    }
}
