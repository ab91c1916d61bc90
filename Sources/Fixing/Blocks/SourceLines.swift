/// A file as lines that remember how they ended, so that what is not changed stays byte for byte.
struct SourceLines: Sendable, Equatable {
    struct Line: Sendable, Equatable {
        var text: [UInt8]
        /// LF, CR LF, or nothing at the file's end.
        var ending: [UInt8]
    }

    /// Larger files are not changed.
    static let maxBytes = 1 << 20

    var lines: [Line]

    /// - Returns: nil for what is not UTF-8 text, or holds a NUL.
    init?(_ bytes: [UInt8]) {
        guard bytes.count <= Self.maxBytes, !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil else {
            return nil
        }
        lines = []
        var start = 0
        for (index, byte) in bytes.enumerated() where byte == 0x0A {
            let isWide = index > start && bytes[index - 1] == 0x0D
            lines.append(
                Line(text: Array(bytes[start..<(isWide ? index - 1 : index)]), ending: isWide ? [0x0D, 0x0A] : [0x0A]))
            start = index + 1
        }
        if start < bytes.count { lines.append(Line(text: Array(bytes[start...]), ending: [])) }
    }

    var bytes: [UInt8] { lines.flatMap { $0.text + $0.ending } }

    /// The lines of a proposed text, without empty ones at its ends.
    static func block(_ text: String) -> [[UInt8]] {
        var lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
            Array(line.last == 0x0D ? line.dropLast() : line)
        }
        while let first = lines.first, first.allSatisfy(isBlank) { lines.removeFirst() }
        while let last = lines.last, last.allSatisfy(isBlank) { lines.removeLast() }
        return lines
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

    /// White space at the beginning of a line.
    static func indentation(_ line: [UInt8]) -> [UInt8] { Array(line.prefix(while: isBlank)) }

    /// A line without white space at its ends, and with one space for each run inside.
    static func squeezed(_ line: [UInt8]) -> [UInt8] {
        Array(line.split(whereSeparator: isBlank).joined(separator: [0x20]))
    }
}
