/// A JSON value as a server sent it, read strictly: RFC 8259, UTF-8, no duplicate names, bounded depth.
///
/// Foundation's reader guesses other encodings and keeps one of two equal names; a reply that can be read in two
/// ways is refused instead. Names keep their order, which TOON's tables show.
enum JSONText: Sendable, Equatable {
    case null
    case bool(Bool)
    /// As it was written: counts must not pass through a Double.
    case number(String)
    case string(String)
    case array([JSONText])
    case object(JSONFields)

    /// Deeper nesting than any reply of the server has.
    static let maximumDepth = 32

    /// - Returns: nil for anything that is not exactly one value, white space around it allowed.
    init?(_ bytes: [UInt8]) {
        let value = bytes.withUnsafeBufferPointer { buffer -> JSONText? in
            var reader = JSONTextReader(bytes: buffer)
            return reader.readAll()
        }
        guard let value else { return nil }
        self = value
    }

    subscript(_ name: String) -> JSONText? {
        if case .object(let fields) = self { fields[name] } else { nil }
    }

    var string: String? { if case .string(let text) = self { text } else { nil } }
    var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    var elements: [JSONText]? { if case .array(let values) = self { values } else { nil } }

    /// A whole number that fits 64 bits; nil otherwise.
    var integer: Int? {
        guard case .number(let text) = self else { return nil }
        return Int(text) ?? Double(text).flatMap { Int(exactly: $0) }
    }

    /// A text as a JSON string, quotes included.
    static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = [0x22]
        for byte in text.utf8 {
            switch byte {
            case 0x22, 0x5C: bytes += [0x5C, byte]
            case 0x0A: bytes += Array("\\n".utf8)
            case 0x0D: bytes += Array("\\r".utf8)
            case 0x09: bytes += Array("\\t".utf8)
            case 0..<0x20, 0x7F: bytes += Array("\\u00".utf8) + [hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(0x22)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)
}

/// Recursive descent over bytes; the depth is bounded by ``JSONText/maximumDepth``, never by the input.
private struct JSONTextReader {
    let bytes: UnsafeBufferPointer<UInt8>
    var index = 0

    init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    mutating func readAll() -> JSONText? {
        guard let value = readValue(depth: 0) else { return nil }
        skipSpace()
        return index == bytes.count ? value : nil
    }

    private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || (0x09...0x0A).contains(byte) || byte == 0x0D { index += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        index += 1
        return true
    }

    private mutating func take(word: StaticString, as value: JSONText) -> JSONText? {
        guard bytes.count - index >= word.utf8CodeUnitCount,
            (0..<word.utf8CodeUnitCount).allSatisfy({ bytes[index + $0] == word.utf8Start[$0] })
        else { return nil }
        index += word.utf8CodeUnitCount
        return value
    }

    private mutating func readValue(depth: Int) -> JSONText? {
        guard depth < JSONText.maximumDepth else { return nil }
        skipSpace()
        switch current {
        case 0x7B: return readObject(depth: depth)
        case 0x5B: return readArray(depth: depth)
        case 0x22: return readString().map(JSONText.string)
        case 0x74: return take(word: "true", as: .bool(true))
        case 0x66: return take(word: "false", as: .bool(false))
        case 0x6E: return take(word: "null", as: .null)
        default: return readNumber()
        }
    }

    private mutating func readObject(depth: Int) -> JSONText? {
        index += 1
        var fields = JSONFields()
        skipSpace()
        if take(0x7D) { return .object(fields) }
        while true {
            skipSpace()
            guard let name = readString() else { return nil }
            skipSpace()
            guard take(0x3A), let value = readValue(depth: depth + 1),
                fields.add(name, value)
            else { return nil }
            skipSpace()
            if take(0x7D) { return .object(fields) }
            guard take(0x2C) else { return nil }
        }
    }

    private mutating func readArray(depth: Int) -> JSONText? {
        index += 1
        var values: [JSONText] = []
        skipSpace()
        if take(0x5D) { return .array(values) }
        while true {
            guard let value = readValue(depth: depth + 1) else { return nil }
            values.append(value)
            skipSpace()
            if take(0x5D) { return .array(values) }
            guard take(0x2C) else { return nil }
        }
    }

    private mutating func readNumber() -> JSONText? {
        let start = index
        _ = take(0x2D)
        if !take(0x30), skipDigits() == 0 { return nil }
        if take(0x2E), skipDigits() == 0 { return nil }
        if take(0x65) || take(0x45) {
            if !take(0x2B) { _ = take(0x2D) }
            if skipDigits() == 0 { return nil }
        }
        return .number(String(decoding: bytes[start..<index], as: UTF8.self))
    }

    private mutating func skipDigits() -> Int {
        let start = index
        while let byte = current, (0x30...0x39).contains(byte) { index += 1 }
        return index - start
    }

    private mutating func readString() -> String? {
        guard take(0x22) else { return nil }
        var text: [UInt8] = []
        var start = index
        while let byte = current {
            switch byte {
            case 0x22:
                text += bytes[start..<index]
                index += 1
                return String(validating: text, as: UTF8.self)
            case 0x5C:
                text += bytes[start..<index]
                index += 1
                guard let scalar = readEscape() else { return nil }
                text += Array(String(Character(scalar)).utf8)
                start = index
            case 0..<0x20: return nil
            default: index += 1
            }
        }
        return nil
    }

    private mutating func readEscape() -> Unicode.Scalar? {
        guard let byte = current else { return nil }
        index += 1
        switch byte {
        case 0x22, 0x5C, 0x2F: return Unicode.Scalar(byte)
        case 0x62: return "\u{8}"
        case 0x66: return "\u{C}"
        case 0x6E: return "\n"
        case 0x72: return "\r"
        case 0x74: return "\t"
        case 0x75: return readUnicodeEscape()
        default: return nil
        }
    }

    /// A lone surrogate becomes U+FFFD, as Go's encoder on the other side writes it.
    private mutating func readUnicodeEscape() -> Unicode.Scalar? {
        guard let unit = readHex() else { return nil }
        guard (0xD800...0xDBFF).contains(unit) else { return Unicode.Scalar(unit) ?? "\u{FFFD}" }
        let afterHigh = index
        if take(0x5C), take(0x75), let low = readHex(), (0xDC00...0xDFFF).contains(low) {
            return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
        }
        index = afterHigh
        return "\u{FFFD}"
    }

    private mutating func readHex() -> UInt32? {
        guard bytes.count - index >= 4 else { return nil }
        var value: UInt32 = 0
        for _ in 0..<4 {
            switch bytes[index] {
            case 0x30...0x39: value = value << 4 | UInt32(bytes[index] - 0x30)
            case 0x41...0x46: value = value << 4 | UInt32(bytes[index] - 0x41 + 10)
            case 0x61...0x66: value = value << 4 | UInt32(bytes[index] - 0x61 + 10)
            default: return nil
            }
            index += 1
        }
        return value
    }
}
