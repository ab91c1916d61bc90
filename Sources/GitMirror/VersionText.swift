/// One version of a file by lines, as far as histories compare them.
struct VersionText: Sendable {
    let bytes: [UInt8]
    /// Without line ends.
    let lines: [Range<Int>]
    /// Hashes of the lines, white space aside: what is only indented anew has not changed.
    let keys: [UInt64]
    private let hashComments: Bool

    /// Files with more lines are not followed through their history.
    static let maxLines = 60_000

    /// - Returns: nil for a binary file and one with more than `maxLines` lines.
    init?(path: String, bytes: [UInt8]) {
        guard !bytes.prefix(8000).contains(0) else { return nil }
        var (lines, keys): ([Range<Int>], [UInt64]) = ([], [])
        var (start, hash) = (0, Self.seed)
        for (index, byte) in bytes.enumerated() {
            if byte == 0x0A {
                lines.append(start..<index)
                keys.append(hash)
                (start, hash) = (index + 1, Self.seed)
                guard lines.count <= Self.maxLines else { return nil }
            } else if byte > 0x20 {
                hash = Self.mixed(hash, byte)
            }
        }
        if start < bytes.count {
            lines.append(start..<bytes.count)
            keys.append(hash)
        }
        (self.bytes, self.lines, self.keys) = (bytes, lines, keys)
        let ending = path.split(separator: ".").last.map(String.init) ?? ""
        hashComments = ["py", "pyx", "rb", "rake", "php", "pl", "sh", "yml", "yaml", "toml", "ex", "exs"].contains(
            ending)
    }

    func text(_ line: Int) -> String {
        guard lines.indices.contains(line) else { return "" }
        let range = lines[line]
        let end = range.isEmpty || bytes[range.upperBound - 1] != 0x0D ? range.upperBound : range.upperBound - 1
        return String(decoding: bytes[range.lowerBound..<min(end, range.lowerBound + Self.maxShown)], as: UTF8.self)
    }

    private static let maxShown = 1200

    /// One number for a stretch of lines, white space aside.
    func key(_ range: Range<Int>) -> UInt64 {
        var hash = Self.seed
        for key in keys[range.clamped(to: 0..<keys.count)] where key != Self.seed { hash = (hash ^ key) &* Self.prime }
        return hash
    }

    /// Whether a line has more than a bracket or two: enough to be recognised elsewhere.
    func isTelling(_ line: Int) -> Bool {
        lines.indices.contains(line) && bytes[lines[line]].count { $0 > 0x20 } >= Self.telling
    }

    private static let telling = 6
    private static let seed: UInt64 = 0xCBF2_9CE4_8422_2325
    private static let prime: UInt64 = 0x100_0000_01B3

    /// FNV-1a, 64 bits.
    private static func mixed(_ hash: UInt64, _ byte: UInt8) -> UInt64 { (hash ^ UInt64(byte)) &* prime }
}

/// What is left of lines when everything is taken away that formatters and linters change.
extension VersionText {
    /// Without white space but between words, comments, braces, commas before a closing bracket and semicolons at a line's end; with one
    /// kind of quote.
    func essence(_ range: Range<Int>) -> [UInt8] {
        var kept: [UInt8] = []
        for line in range.clamped(to: 0..<lines.count) { append(lines[line], to: &kept) }
        return kept
    }

    /// Of all lines, and how much there is of it after each.
    func essenceByLine() -> (bytes: [UInt8], ends: [Int]) {
        var (kept, ends): ([UInt8], [Int]) = ([], [])
        ends.reserveCapacity(lines.count)
        for line in lines {
            append(line, to: &kept)
            ends.append(kept.count)
        }
        return (kept, ends)
    }

    private func append(_ range: Range<Int>, to kept: inout [UInt8]) {
        var quote: UInt8 = 0
        // Words that white space keeps apart stay so.
        var isApart = true
        let before = kept.count
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = bytes[index]
            let next = index + 1 < range.upperBound ? bytes[index + 1] : 0
            index += 1
            if byte <= 0x20 {
                isApart = true
                continue
            }
            if quote == 0, isComment(byte, next, first: kept.count == before) { break }
            if byte == 0x22 || byte == 0x27 || byte == 0x60 {
                if quote == 0 { quote = byte } else if quote == byte { quote = 0 }
                kept.append(0x22)
                continue
            }
            if quote == 0, byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") { continue }
            if quote == 0, byte == UInt8(ascii: ")") || byte == UInt8(ascii: "]"), kept.last == UInt8(ascii: ",") {
                kept.removeLast()
            }
            if isApart, let last = kept.last, Self.isWord(last), Self.isWord(byte) { kept.append(0x20) }
            isApart = false
            kept.append(byte)
        }
        while kept.count > before, let last = kept.last, last == UInt8(ascii: ";") || last == UInt8(ascii: "\\") {
            kept.removeLast()
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte == 0x5F || byte &- 0x30 < 10 || (byte | 0x20) &- 0x61 < 26 || byte >= 0x80
    }

    private func isComment(_ byte: UInt8, _ next: UInt8, first: Bool) -> Bool {
        if hashComments { return byte == UInt8(ascii: "#") && next != UInt8(ascii: "[") }
        if byte == UInt8(ascii: "/") { return next == UInt8(ascii: "/") || (first && next == UInt8(ascii: "*")) }
        return first && byte == UInt8(ascii: "*") && (next <= 0x20 || next == UInt8(ascii: "/"))
    }
}
