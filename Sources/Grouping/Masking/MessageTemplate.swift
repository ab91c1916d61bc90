/// A message with its variable parts masked: `timeout after 31 ms` becomes `timeout after <duration>`.
public enum MessageTemplate {
    /// Longest template, in bytes of UTF-8; what follows is cut and replaced by `…`.
    public static let maxBytes = 1024
    /// Bytes of a message that are read at all.
    public static let maxMessageBytes = 64 * 1024

    /// Masks numbers, identifiers, times, addresses and other values that differ from one occurrence to the next.
    ///
    /// A pure function of the text, in one pass. White space is collapsed, ANSI colours and control
    /// characters are dropped, redaction placeholders (`<email:3fa2c1>`) become their type (`<email>`).
    public static func mask(_ message: String) -> String {
        var message = message
        return message.withUTF8 { bytes in
            String(unsafeUninitializedCapacity: maxBytes + MaskScanner.slack) { output in
                var scanner = MaskScanner(Bytes(rebasing: bytes.prefix(maxMessageBytes)), into: output)
                scanner.scan()
                return scanner.finish()
            }
        }
    }
}

extension MessageTemplate {
    /// The text with redaction placeholders reduced to their type, and nothing else changed.
    static func unmarked(_ text: String) -> String {
        guard text.utf8.contains(0x3C) else { return text }
        var text = text
        return text.withUTF8 { bytes in
            var result: [UInt8] = []
            var index = 0
            while index < bytes.count {
                if let mark = RedactionMark.parse(bytes, at: index) {
                    result += bytes[index..<mark.typeEnd]
                    result.append(0x3E)
                    index = mark.end
                } else {
                    result.append(bytes[index])
                    index += 1
                }
            }
            return String(decoding: result, as: UTF8.self)
        }
    }
}
