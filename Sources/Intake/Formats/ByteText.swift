import CScan
import Glibc

/// Searching text as bytes: log lines are cut at ASCII characters, where UTF-8 can always be cut.
extension Substring {
    func find(_ needle: StaticString) -> Substring.Index? {
        let wanted = UnsafeRawBufferPointer(start: needle.utf8Start, count: needle.utf8CodeUnitCount)
        return findBytes(wanted)
    }

    func contains(_ needle: StaticString) -> Bool { find(needle) != nil }

    func starts(_ prefix: StaticString) -> Bool {
        withBytes { bytes in
            guard let start = bytes.baseAddress, bytes.count >= prefix.utf8CodeUnitCount else { return false }
            return memcmp(start, prefix.utf8Start, prefix.utf8CodeUnitCount) == 0
        }
    }

    func ends(_ suffix: StaticString) -> Bool {
        withBytes { bytes in
            let before = bytes.count - suffix.utf8CodeUnitCount
            guard let start = bytes.baseAddress, before >= 0 else { return false }
            return memcmp(start + before, suffix.utf8Start, suffix.utf8CodeUnitCount) == 0
        }
    }

    /// What follows `prefix`, when the text begins with it.
    func after(_ prefix: StaticString) -> Substring? {
        starts(prefix) ? self[utf8.index(startIndex, offsetBy: prefix.utf8CodeUnitCount)...] : nil
    }

    /// The text before and after the first `separator`.
    func split(at separator: StaticString) -> (before: Substring, after: Substring)? {
        guard let found = find(separator) else { return nil }
        return (self[..<found], self[utf8.index(found, offsetBy: separator.utf8CodeUnitCount)...])
    }

    /// The text before and after the last `separator`.
    func splitLast(_ separator: StaticString) -> (before: Substring, after: Substring)? {
        var rest = self
        var found: (before: Substring, after: Substring)?
        while let split = rest.split(at: separator) {
            found = (self[..<split.before.endIndex], split.after)
            rest = split.after
        }
        return found
    }

    /// The text before and after the last `byte`.
    func split(atLast byte: UInt8) -> (before: Substring, after: Substring)? {
        let place = withBytes { bytes -> Int? in
            var place = bytes.count
            while place > 0, bytes[place - 1] != byte { place -= 1 }
            return place > 0 ? place - 1 : nil
        }
        guard let place else { return nil }
        let found = utf8.index(startIndex, offsetBy: place)
        return (self[..<found], self[utf8.index(after: found)...])
    }

    var trimmed: Substring {
        var (low, high) = (startIndex, endIndex)
        while low < high, utf8[low].isBlank { low = utf8.index(after: low) }
        while low < high, utf8[utf8.index(before: high)].isBlank { high = utf8.index(before: high) }
        return self[low..<high]
    }

    /// Bytes of white space at the beginning.
    var indentation: Int {
        var count = 0
        for byte in utf8 {
            guard byte == 0x20 || byte == 0x09 else { break }
            count += 1
        }
        return count
    }

    /// A text's bytes lie together, but for one that came from elsewhere than Swift.
    private func withBytes<Result>(_ work: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        utf8.withContiguousStorageIfAvailable(work) ?? Array(utf8).withUnsafeBufferPointer(work)
    }

    private func findBytes(_ wanted: UnsafeRawBufferPointer) -> Substring.Index? {
        let search = { (bytes: UnsafeBufferPointer<UInt8>) -> Int in
            guard let start = bytes.baseAddress, let needle = wanted.baseAddress else { return -1 }
            return scan_find(start, bytes.count, needle, wanted.count)
        }
        guard let offset = utf8.withContiguousStorageIfAvailable(search), offset >= 0 else { return nil }
        return utf8.index(startIndex, offsetBy: offset)
    }
}

extension UnsafeRawBufferPointer {
    func has(_ byte: UInt8) -> Bool { baseAddress.map { memchr($0, Int32(byte), count) != nil } ?? false }
}

extension UInt8 {
    var isBlank: Bool { self == 0x20 || (0x09...0x0D).contains(self) || self == 0 }
    var isDigit: Bool { self &- 0x30 < 10 }
    var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }
    /// Of a name in a program: letters, digits, `_`, `$`, and any byte beyond ASCII.
    var isIdentifier: Bool { isLetter || isDigit || self == 0x5F || self == 0x24 || self >= 0x80 }
}

/// Splits text into lines without their ends; no more than `limit` of them.
func textLines(_ text: String, limit: Int = TraceLimits.lines) -> [Substring] {
    var lines: [Substring] = []
    var start = text.startIndex
    let bytes = text.utf8
    while start < text.endIndex, lines.count < limit {
        let end = bytes[start...].firstIndex(of: 0x0A) ?? text.endIndex
        var line = text[start..<end]
        if line.utf8.last == 0x0D { line = line[..<line.utf8.index(before: line.endIndex)] }
        lines.append(line)
        start = end < text.endIndex ? bytes.index(after: end) : end
    }
    return lines
}
