import CScan
import Foundation
import Glibc

/// Turns the bytes of one line into text, whatever they are, and says what it had to do.
enum LineDecoder {
    /// How the bytes became text.
    enum Outcome: Equatable { case utf8, converted, repaired }

    /// Valid UTF-8 as it is; else CP949 where the bytes are plausible; else repaired with U+FFFD.
    static func decode(_ bytes: UnsafeRawBufferPointer, encoding: String? = nil) -> (text: String, outcome: Outcome) {
        if let encoding, !isUTF8(encoding), let text = convert(bytes, from: encoding) { return (text, .converted) }
        if let text = String(validating: bytes, as: UTF8.self) { return (text, .utf8) }
        if isPlausibleCP949(bytes), let text = convert(bytes, from: "CP949") { return (text, .converted) }
        return (String(decoding: bytes, as: UTF8.self), .repaired)
    }

    static func isUTF8(_ name: String) -> Bool { ["utf8", "utf-8"].contains(name.lowercased()) }

    /// Every byte beyond ASCII begins a pair that KS X 1001 or its extension uses, and Hangul is among them.
    static func isPlausibleCP949(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var (index, hangul, pairs) = (0, 0, 0)
        while index < bytes.count {
            let lead = bytes[index]
            guard lead >= 0x80 else {
                index += 1
                continue
            }
            guard (0x81...0xFE).contains(lead), index + 1 < bytes.count else { return false }
            let trail = bytes[index + 1]
            guard trail.isLetter || (0x81...0xFE).contains(trail) else { return false }
            if (0xB0...0xC8).contains(lead), trail >= 0xA1 { hangul += 1 }
            pairs += 1
            index += 2
        }
        return hangul * 2 >= pairs && pairs > 0
    }

    /// - Returns: nil when iconv does not know the encoding or the bytes are not of it.
    static func convert(_ bytes: UnsafeRawBufferPointer, from encoding: String) -> String? {
        let handle = iconv_open("UTF-8", encoding)
        guard handle != iconv_t(bitPattern: -1), let handle else { return nil }
        defer { iconv_close(handle) }
        var input = bytes.map { CChar(bitPattern: $0) }
        var output = [CChar](repeating: 0, count: bytes.count * 4 + 16)
        let capacity = output.count
        let written = input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target -> Int? in
                var (from, to) = (source.baseAddress, target.baseAddress)
                var (left, room) = (source.count, target.count)
                let result = iconv(handle, &from, &left, &to, &room)
                return result == Int(bitPattern: UInt.max) || left > 0 ? nil : capacity - room
            }
        }
        return written.flatMap { String(validating: output[..<$0].map { UInt8(bitPattern: $0) }, as: UTF8.self) }
    }

    /// Without the colours and cursor movements of terminals (ECMA-48's control sequences), NULs and a final CR.
    static func withoutControls(_ text: String) -> String {
        var text = text
        let isClean = text.withUTF8 { bytes in
            bytes.baseAddress.map { scan_text($0, bytes.count) & SCAN_CONTROL == 0 } ?? true
        }
        if isClean { return text }
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
