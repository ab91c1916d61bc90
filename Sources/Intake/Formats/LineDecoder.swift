import CScan

/// Turns the bytes of one line into text, whatever they are, and says what it had to do.
enum LineDecoder {
    /// How the bytes became text.
    enum Outcome: Equatable { case utf8, converted, repaired }

    /// Valid UTF-8 as it is; else in the encoding that makes it plausible; else repaired with U+FFFD.
    static func decode(_ bytes: UnsafeRawBufferPointer) -> (text: String, outcome: Outcome) {
        if let text = String(validating: bytes, as: UTF8.self) { return (text, .utf8) }
        return TextDecoder(encoding: nil, head: UnsafeRawBufferPointer(start: nil, count: 0)).decode(bytes)
    }

    /// Whether there is anything that `withoutControls` could take out.
    static func hasControls(_ text: inout String) -> Bool {
        text.withUTF8 { bytes in bytes.baseAddress.map { scan_text($0, bytes.count) & SCAN_CONTROL != 0 } ?? false }
    }

    /// Without the colours and cursor movements of terminals (ECMA-48's control sequences), NULs and a final CR.
    static func withoutControls(_ text: String) -> String {
        var text = text
        guard hasControls(&text) else { return text }
        var output: [UInt8] = []
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            if byte == 0x1B, bytes.first == 0x5B {
                bytes.removeFirst()
                while let next = bytes.first, !(0x40...0x7E).contains(next), next < 0x80 { bytes.removeFirst() }
                if let final = bytes.first, (0x40...0x7E).contains(final) { bytes.removeFirst() }
            } else if byte == 0x0D, bytes.isEmpty || bytes.first == 0x0A {
                continue
            } else if byte != 0, byte != 0x1B {
                output.append(byte)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
