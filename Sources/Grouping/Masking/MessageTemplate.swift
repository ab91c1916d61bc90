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
    public static func mask(_ message: String) -> String { scan(message, keepingValues: false) }

    /// Calls `body` with the masked form of a message's bytes, which lives as long as the call.
    static func withMasked<Result>(_ message: Bytes, _ body: (Bytes) throws -> Result) rethrows -> Result {
        // `maxBytes` and the scanner's slack, on the stack: a temporary allocation of this size would be on the heap.
        var storage = InlineArray<1088, UInt8>(repeating: 0)
        var span = storage.mutableSpan
        return try span.withUnsafeMutableBufferPointer { output in
            var scanner = MaskScanner(Bytes(rebasing: message.prefix(maxMessageBytes)), into: output)
            scanner.scan()
            return try body(Bytes(rebasing: UnsafeBufferPointer(output)[..<scanner.finish()]))
        }
    }

    /// Masks only what differs from one run of the same test to the next: times, addresses, random names.
    static func steady(_ message: String) -> String { scan(message, keepingValues: true) }

    private static func scan(_ message: String, keepingValues: Bool) -> String {
        var message = message
        return message.withUTF8 { bytes in
            String(unsafeUninitializedCapacity: maxBytes + MaskScanner.slack) { output in
                let bytes = Bytes(rebasing: bytes.prefix(maxMessageBytes))
                var scanner = MaskScanner(bytes, into: output, keepingValues: keepingValues)
                scanner.scan()
                return scanner.finish()
            }
        }
    }

    /// Words of two letters or more in the part of a message that a template keeps.
    static func plainWords(in message: String) -> Int {
        var message = message
        return message.withUTF8 { bytes in
            let bytes = Bytes(rebasing: bytes.prefix(maxBytes))
            var (count, index) = (0, 0)
            while index < bytes.count {
                let end = bytes.run(from: index) { $0.isLetter || $0.isForeign }
                if end - index >= 2 { count += 1 }
                index = max(end, index + 1)
            }
            return count
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
