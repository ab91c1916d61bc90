/// Placeholders of masked values, `<email:3fa2c1>`: a type, and digits of a keyed hash that tell two values apart.
public enum MaskedText {
    /// Digits of the keyed hash that a placeholder shows.
    public static let hashDigits = 6
    /// Longest type of a placeholder, in bytes.
    public static let maxTypeBytes = 24

    /// The text with placeholders reduced to their type (`<email>`), for what leaves the site: whoever has neither
    /// key nor hash can tell nothing of the value. Markdown's backslashes within a placeholder are passed over,
    /// and HTML's spelling of the brackets is known.
    public static func withoutHashes(_ text: String) -> String {
        var text = text
        return text.withUTF8 { bytes in
            var result: [UInt8] = []
            var copied = 0
            for colon in bytes.indices where bytes[colon] == 0x3A {
                guard let end = placeholderEnd(bytes, colon), isPlaceholderStart(bytes, colon) else { continue }
                result += bytes[copied..<colon]
                copied = end
            }
            return copied == 0
                ? String(decoding: bytes, as: UTF8.self) : String(decoding: result + bytes[copied...], as: UTF8.self)
        }
    }

    /// The text with digits in placeholders that have none (`<email:000000>`): rules know a masked value by them, and
    /// leave it as it is. ``withoutHashes(_:)`` takes them away again.
    public static func withDigits(_ text: String) -> String {
        var text = text
        return text.withUTF8 { bytes in
            var result: [UInt8] = []
            var copied = 0
            for start in bytes.indices where bytes[start] == 0x3C {
                var end = start + 1
                while end < bytes.count, end - start <= maxTypeBytes + 1, isOfType(bytes[end]) { end += 1 }
                let closing = bytes[end...].prefix(2).first { $0 != 0x5C }
                guard end > start + 1, closing == 0x3E else { continue }
                result += bytes[copied..<end]
                result += ":\(String(repeating: "0", count: hashDigits))".utf8
                copied = end
            }
            return copied == 0
                ? String(decoding: bytes, as: UTF8.self) : String(decoding: result + bytes[copied...], as: UTF8.self)
        }
    }

    private static func isOfType(_ byte: UInt8) -> Bool {
        byte &- 0x61 < 26 || byte &- 0x30 < 10 || byte == 0x2D
    }

    /// The end of the digits after a colon, when nothing but the closing bracket follows them, or a text was cut there.
    private static func placeholderEnd(_ bytes: UnsafeBufferPointer<UInt8>, _ colon: Int) -> Int? {
        var end = colon + 1
        while end < bytes.count, end <= colon + hashDigits, bytes[end] &- 0x30 < 10 || bytes[end] &- 0x61 < 6 {
            end += 1
        }
        let rest = bytes[end...].prefix(4)
        if rest.starts(with: "…".utf8) { return end }
        let bracket = rest.first { $0 != 0x5C }
        return end == colon + 1 + hashDigits && (bracket == 0x3E || rest.starts(with: "&gt;".utf8)) ? end : nil
    }

    private static func isPlaceholderStart(_ bytes: UnsafeBufferPointer<UInt8>, _ colon: Int) -> Bool {
        let lowest = max(0, colon - 2 * maxTypeBytes - 1)
        var index = colon - 1
        while index >= lowest,
            bytes[index] &- 0x61 < 26 || bytes[index] &- 0x30 < 10 || bytes[index] == 0x2D || bytes[index] == 0x5C
        {
            index -= 1
        }
        guard index >= lowest, index < colon - 1 else { return false }
        return bytes[index] == 0x3C || bytes[..<(index + 1)].suffix(4).elementsEqual("&lt;".utf8)
    }
}
