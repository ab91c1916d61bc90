/// Limits of what is read from one JSON object: its writer chooses depth and size.
enum JSONLimits {
    static let depth = 64
    static let fields = 512
}

/// Reads the scalars of one JSON object as flat fields: `{"a":{"b":[1]}}` gives `a.b.0` = 1.
///
/// No recursion, no copies but of the values. What was read before a syntax error is kept.
struct JSONScanner {
    private let bytes: UnsafeRawBufferPointer
    private var index = 0
    private var path = ""
    private var levels: [Level] = []
    private var fields = LogFields()

    private struct Level {
        var isArray: Bool
        var pathLength: Int
        var element = 0
    }

    private init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// - Returns: the fields, and whether the whole line was one complete object.
    static func scan(_ bytes: UnsafeRawBufferPointer) -> (fields: LogFields, isComplete: Bool) {
        var scanner = JSONScanner(bytes)
        scanner.skipBlanks()
        let isComplete = scanner.byte == 0x7B && scanner.readAll()
        return (scanner.fields, isComplete)
    }

    private var byte: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipBlanks() {
        while let byte, byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A { index += 1 }
    }

    private mutating func readAll() -> Bool {
        guard open() else { return false }
        while let level = levels.last {
            skipBlanks()
            if byte == (level.isArray ? 0x5D : 0x7D) {
                index += 1
                close()
                if levels.isEmpty { break }
                guard afterValue() else { return false }
                continue
            }
            guard readKey(of: level), readValue() else { return false }
        }
        skipBlanks()
        return index == bytes.count
    }

    /// Behind a value: a comma, or the end of the level that the loop sees next.
    private mutating func afterValue() -> Bool {
        skipBlanks()
        if byte == 0x2C {
            index += 1
            return true
        }
        return byte == 0x7D || byte == 0x5D
    }

    private mutating func readKey(of level: Level) -> Bool {
        truncatePath(to: level.pathLength)
        if !path.isEmpty { path.append(".") }
        if level.isArray {
            path.append(String(level.element))
            levels[levels.count - 1].element += 1
            return true
        }
        guard let key = readString(limit: 256) else { return false }
        if levels.count == 1 { fields.marks.formUnion(ServiceMarks(key)) }
        path.append(key)
        skipBlanks()
        guard byte == 0x3A else { return false }
        index += 1
        skipBlanks()
        return true
    }

    private mutating func readValue() -> Bool {
        switch byte {
        case 0x7B, 0x5B: return open()
        case 0x22:
            guard let text = readString(limit: .max) else { return false }
            add(.text(text))
        default:
            let start = index
            while let byte, byte.isLetter || byte.isDigit || byte == 0x2D || byte == 0x2B || byte == 0x2E { index += 1 }
            guard let value = scalar(bytes[start..<index]) else { return false }
            add(value)
        }
        return afterValue()
    }

    private mutating func open() -> Bool {
        guard levels.count < JSONLimits.depth else { return false }
        levels.append(Level(isArray: byte == 0x5B, pathLength: path.utf8.count))
        index += 1
        return true
    }

    private mutating func close() {
        if let level = levels.popLast() { truncatePath(to: level.pathLength) }
    }

    private mutating func truncatePath(to length: Int) {
        if path.utf8.count > length { path = String(path.utf8.prefix(length)) ?? "" }
    }

    private mutating func add(_ value: LogFields.Value) { fields.add(path, value) }

    private func scalar(_ text: Slice<UnsafeRawBufferPointer>) -> LogFields.Value? {
        guard let first = text.first, text.count <= 64 else { return nil }
        if first.isDigit || first == 0x2D {
            let digits = String(decoding: text, as: UTF8.self)
            return Double(digits).map { .number($0, digits) }
        }
        switch text.count {
        case 4 where text.elementsEqual("true".utf8): return .flag(true)
        case 5 where text.elementsEqual("false".utf8): return .flag(false)
        case 4 where text.elementsEqual("null".utf8): return .absent
        // NaN and Infinity, as Python writes them.
        case 3...9: return first == 0x4E || first == 0x49 ? .absent : nil
        default: return nil
        }
    }

    /// - Returns: nil where there is no string or it does not end; `index` then stays inside it.
    private mutating func readString(limit: Int) -> String? {
        guard byte == 0x22 else { return nil }
        let start = index + 1
        var (end, hasEscapes) = (start, false)
        while end < bytes.count, bytes[end] != 0x22 {
            if bytes[end] == 0x5C {
                hasEscapes = true
                end += 1
            }
            end += 1
        }
        let isClosed = end < bytes.count
        let raw = UnsafeRawBufferPointer(rebasing: bytes[start..<min(end, bytes.count)])
        let text = hasEscapes ? unescapeJSON(raw) : LineDecoder.decode(raw).text
        guard isClosed else {
            // A torn line: what there is of the value is still told.
            if !path.isEmpty { fields.add(path, .text(text)) }
            return nil
        }
        index = end + 1
        return text.utf8.count > limit ? clip(text, to: limit) : text
    }
}

/// Resolves JSON's escapes; what is no valid escape stays as written, a lone surrogate becomes U+FFFD.
func unescapeJSON(_ bytes: UnsafeRawBufferPointer) -> String {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
        guard bytes[index] == 0x5C, index + 1 < bytes.count else {
            output.append(bytes[index])
            index += 1
            continue
        }
        let escape = bytes[index + 1]
        index += 2
        switch escape {
        case 0x6E: output.append(0x0A)
        case 0x74: output.append(0x09)
        case 0x72: output.append(0x0D)
        case 0x62: output.append(0x08)
        case 0x66: output.append(0x0C)
        case 0x22, 0x5C, 0x2F: output.append(escape)
        case 0x75: appendUnicodeEscape(bytes, &index, to: &output)
        default: output += [0x5C, escape]
        }
    }
    return output.withUnsafeBytes { LineDecoder.decode($0).text }
}

private func appendUnicodeEscape(_ bytes: UnsafeRawBufferPointer, _ index: inout Int, to output: inout [UInt8]) {
    guard let unit = hexUnit(bytes, index) else {
        output += [0x5C, 0x75]
        return
    }
    index += 4
    var value = UInt32(unit)
    if 0xD800..<0xDC00 ~= value, index + 1 < bytes.count, bytes[index] == 0x5C, bytes[index + 1] == 0x75,
        let low = hexUnit(bytes, index + 2), 0xDC00..<0xE000 ~= low
    {
        value = 0x10000 + ((value - 0xD800) << 10) + (UInt32(low) - 0xDC00)
        index += 6
    }
    let scalar = Unicode.Scalar(value) ?? "\u{FFFD}"
    output.append(contentsOf: String(Character(scalar)).utf8)
}

private func hexUnit(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> UInt16? {
    guard start + 4 <= bytes.count else { return nil }
    var value: UInt16 = 0
    for index in start..<start + 4 {
        let byte = bytes[index]
        switch byte {
        case 0x30...0x39: value = value << 4 | UInt16(byte - 0x30)
        case 0x41...0x46, 0x61...0x66: value = value << 4 | UInt16((byte | 0x20) - 0x61 + 10)
        default: return nil
        }
    }
    return value
}
