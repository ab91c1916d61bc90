import CScan

/// Limits of what is read from one JSON object: its writer chooses depth and size.
enum JSONLimits {
    static let depth = 64
    static let fields = 512
    /// Bytes of a key that are kept.
    static let key = 256
}

/// Reads the scalars of one JSON object as flat fields: `{"a":{"b":[1]}}` gives `a.b.0` = 1.
///
/// One pass, no recursion, and one copy of the line. What was read before a syntax error is kept.
struct JSONScanner {
    private let bytes: UnsafeRawBufferPointer
    private var index = 0
    /// The object or list at hand, in the fields' list of them; -1 for the line itself.
    private var level: Int32 = -1
    private var depth = 1
    private var isArray = false
    /// The path of the object or list at hand.
    private var path = FieldName()
    private var fields: LogFields
    /// The key that the value at hand belongs to.
    private var key = LogFields.Key.element(0)
    private var name = FieldName()

    private init(_ bytes: UnsafeRawBufferPointer, _ fields: consuming LogFields) {
        (self.bytes, self.fields) = (bytes, fields)
    }

    /// - Parameter bytes: UTF-8.
    /// - Returns: the fields, and whether the whole line was one complete object.
    static func scan(_ bytes: UnsafeRawBufferPointer) -> (fields: LogFields, isComplete: Bool) {
        var fields = LogFields()
        let isComplete = scan(bytes, into: &fields)
        return (fields, isComplete)
    }

    /// Reads into the memory of fields that nobody needs any more.
    ///
    /// - Returns: whether the whole line was one complete object.
    static func scan(_ bytes: UnsafeRawBufferPointer, into fields: inout LogFields) -> Bool {
        var own = LogFields()
        guard bytes.count < Int32.max else {
            fields = own
            return false
        }
        swap(&own, &fields)
        own.begin(bytes)
        var scanner = JSONScanner(bytes, consume own)
        scanner.skipBlanks()
        let isComplete = scanner.byte == 0x7B && scanner.readAll()
        swap(&scanner.fields, &fields)
        return isComplete
    }

    /// The byte at hand; 0, which no JSON holds, at the end.
    private var byte: UInt8 { index < bytes.count ? bytes[index] : 0 }

    @inline(__always)
    private mutating func skipBlanks() {
        while byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A { index += 1 }
    }

    private mutating func readAll() -> Bool {
        index += 1
        while true {
            skipBlanks()
            if byte == (isArray ? 0x5D : 0x7D) {
                index += 1
                guard level >= 0 else { break }
                close()
                guard afterValue() else { return false }
                continue
            }
            guard isArray ? nextElement() : readKey() else { return false }
            guard readValue() else { return false }
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

    private mutating func nextElement() -> Bool {
        let element = fields.nextElement(of: level)
        key = .element(element)
        name = path.appending(element: Int(element))
        return true
    }

    private mutating func readKey() -> Bool {
        guard byte == 0x22, let found = readString() else { return false }
        if found.hasEscapes || found.range.count > JSONLimits.key {
            let plain = clip(fields.withBytes(found.range) { unescapeJSON($0) }, to: JSONLimits.key)
            let range = fields.append(plain.utf8)
            key = .bytes(range)
            name = fields.withBytes(range) { path.appending($0) }
        } else {
            key = .bytes(found.range)
            let range = Int(found.range.lowerBound)..<Int(found.range.upperBound)
            name = path.appending(UnsafeRawBufferPointer(rebasing: bytes[range]))
        }
        skipBlanks()
        guard byte == 0x3A else { return false }
        index += 1
        skipBlanks()
        return true
    }

    private mutating func readValue() -> Bool {
        switch byte {
        case 0x7B: return open(isArray: false)
        case 0x5B: return open(isArray: true)
        case 0x22:
            let start = Int32(index + 1)
            guard let text = readString() else {
                // A torn line: what there is of the value is still told.
                add(start..<Int32(bytes.count), .escapedText)
                return false
            }
            add(text.range, text.hasEscapes ? .escapedText : .text)
        default:
            let start = index
            while byte.isLetter || byte.isDigit || byte == 0x2D || byte == 0x2B || byte == 0x2E { index += 1 }
            guard let kind = scalar(start..<index) else { return false }
            add(Int32(start)..<Int32(index), kind)
        }
        return afterValue()
    }

    private mutating func open(isArray: Bool) -> Bool {
        guard depth < JSONLimits.depth else { return false }
        level = fields.addParent(.init(key: key, parent: level, name: name, isArray: isArray))
        (path, depth) = (name, depth + 1)
        self.isArray = isArray
        index += 1
        return true
    }

    /// Goes back to what the object or list at hand lies in.
    private mutating func close() {
        level = fields.parents[Int(level)].parent
        depth -= 1
        (path, isArray) = (FieldName(), false)
        if level >= 0 {
            let around = fields.parents[Int(level)]
            (path, isArray) = (around.name, around.isArray)
        }
    }

    private mutating func add(_ value: Range<Int32>, _ kind: LogFields.Kind) {
        fields.add(.init(name: name, key: key, parent: level, kind: kind, value: value))
    }

    /// Of a number or a word; nil for what is neither.
    private func scalar(_ range: Range<Int>) -> LogFields.Kind? {
        let text = bytes[range]
        guard let first = text.first, text.count <= 64 else { return nil }
        if first.isDigit || first == 0x2D {
            if text.dropFirst().allSatisfy(\.isDigit), first != 0x2D { return .number }
            return Double(String(decoding: text, as: UTF8.self)) == nil ? nil : .number
        }
        switch text.count {
        case 4 where text.elementsEqual("true".utf8): return .yes
        case 5 where text.elementsEqual("false".utf8): return .no
        case 4 where text.elementsEqual("null".utf8): return .absent
        // NaN and Infinity, as Python writes them.
        case 3...9: return first == 0x4E || first == 0x49 ? .absent : nil
        default: return nil
        }
    }

    /// What stands between the quotes; nil where the string does not end, and `index` then stays at its beginning.
    private mutating func readString() -> (range: Range<Int32>, hasEscapes: Bool)? {
        let start = index + 1
        var (end, hasEscapes) = (start, false)
        while end < bytes.count, let base = bytes.baseAddress {
            end += scan_string_end(base + end, bytes.count - end)
            guard end < bytes.count else { break }
            if bytes[end] == 0x22 {
                index = end + 1
                return (Int32(start)..<Int32(end), hasEscapes)
            }
            hasEscapes = true
            end += 2
        }
        return nil
    }
}

/// Resolves JSON's escapes; what is no valid escape stays as written, a lone surrogate becomes U+FFFD.
func unescapeJSON(_ bytes: UnsafeRawBufferPointer) -> String {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
        guard bytes[index] == 0x5C, index + 1 < bytes.count else {
            var end = index + 1
            while end < bytes.count, bytes[end] != 0x5C { end += 1 }
            output.append(contentsOf: bytes[index..<end])
            index = end
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
