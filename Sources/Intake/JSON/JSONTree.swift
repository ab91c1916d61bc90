/// Reads one whole JSON value as a tree, within limits that its writer does not choose.
///
/// Lenient where SDKs are careless: `NaN` and `Infinity` are null, raw control characters in strings stay, bytes that
/// are no UTF-8 are repaired. Values nested deeper than ``JSONLimits/depth`` are null.
struct JSONTree {
    /// Values of one document; one with more is refused.
    static let values = 1_000_000

    private let bytes: UnsafeRawBufferPointer
    private var index = 0
    private var count = 0

    private init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// - Returns: nil where the bytes are no complete JSON value, or one of too many parts.
    static func parse(_ bytes: UnsafeRawBufferPointer) -> JSONValue? {
        var tree = JSONTree(bytes)
        tree.skipBlanks()
        if bytes.count - tree.index >= 3, bytes[tree.index] == 0xEF, bytes[tree.index + 1] == 0xBB {
            tree.index += 3
            tree.skipBlanks()
        }
        guard let value = tree.value(depth: 0) else { return nil }
        tree.skipBlanks()
        return tree.index == bytes.count ? value : nil
    }

    static func parse(_ text: String) -> JSONValue? {
        var text = text
        return text.withUTF8 { parse(UnsafeRawBufferPointer($0)) }
    }

    static func parse(_ bytes: some ContiguousBytesSource) -> JSONValue? { bytes.withBytes(parse) }

    private var byte: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func skipBlanks() {
        while let byte, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
    }

    /// Recursion is bounded by ``JSONLimits/depth``.
    private mutating func value(depth: Int) -> JSONValue? {
        count += 1
        guard count <= Self.values else { return nil }
        switch byte {
        case 0x7B: return depth < JSONLimits.depth ? object(depth) : skipNested()
        case 0x5B: return depth < JSONLimits.depth ? array(depth) : skipNested()
        case 0x22: return string().map(JSONValue.string)
        default: return scalar()
        }
    }

    private mutating func object(_ depth: Int) -> JSONValue? {
        var members: [JSONValue.Member] = []
        index += 1
        skipBlanks()
        if take(0x7D) { return .object([]) }
        while true {
            skipBlanks()
            guard byte == 0x22, let name = string() else { return nil }
            skipBlanks()
            guard take(0x3A) else { return nil }
            skipBlanks()
            guard let value = value(depth: depth + 1) else { return nil }
            members.append(.init(name: name, value: value))
            skipBlanks()
            if take(0x7D) { return .object(members) }
            guard take(0x2C) else { return nil }
        }
    }

    private mutating func array(_ depth: Int) -> JSONValue? {
        var items: [JSONValue] = []
        index += 1
        skipBlanks()
        if take(0x5D) { return .array([]) }
        while true {
            skipBlanks()
            guard let value = value(depth: depth + 1) else { return nil }
            items.append(value)
            skipBlanks()
            if take(0x5D) { return .array(items) }
            guard take(0x2C) else { return nil }
        }
    }

    private mutating func take(_ wanted: UInt8) -> Bool {
        guard byte == wanted else { return false }
        index += 1
        return true
    }

    /// Reads over a value that lies too deep.
    private mutating func skipNested() -> JSONValue? {
        var depth = 0
        while let byte {
            switch byte {
            case 0x22:
                guard skipString() != nil else { return nil }
                continue
            case 0x7B, 0x5B: depth += 1
            case 0x7D, 0x5D: depth -= 1
            default: break
            }
            index += 1
            if depth == 0 { return .null }
        }
        return nil
    }

    /// Moves behind a string. nil where it does not end.
    private mutating func skipString() -> (range: Range<Int>, hasEscapes: Bool)? {
        let start = index + 1
        var (end, hasEscapes) = (start, false)
        while end < bytes.count, bytes[end] != 0x22 {
            if bytes[end] == 0x5C {
                hasEscapes = true
                end += 1
            }
            end += 1
        }
        guard end < bytes.count else { return nil }
        index = end + 1
        return (start..<end, hasEscapes)
    }

    private mutating func string() -> String? {
        guard let (range, hasEscapes) = skipString() else { return nil }
        let raw = UnsafeRawBufferPointer(rebasing: bytes[range])
        return hasEscapes ? unescapeJSON(raw) : LineDecoder.decode(raw).text
    }

    private mutating func scalar() -> JSONValue? {
        let start = index
        while let byte, byte.isLetter || byte.isDigit || byte == 0x2D || byte == 0x2B || byte == 0x2E { index += 1 }
        let word = bytes[start..<index]
        guard let first = word.first else { return nil }
        if first.isDigit || first == 0x2D, word.count <= 512 {
            let digits = String(decoding: word, as: UTF8.self)
            if let number = Double(digits), digits.utf8.last?.isDigit == true { return .number(number, digits) }
        }
        switch String(decoding: word.prefix(10), as: UTF8.self) {
        case "true": return .flag(true)
        case "false": return .flag(false)
        case "null", "NaN", "Infinity", "-Infinity", "undefined": return .null
        default: return nil
        }
    }
}

/// Something whose bytes lie side by side.
protocol ContiguousBytesSource {
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result
}

extension Array<UInt8>: ContiguousBytesSource {
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result { withUnsafeBytes(body) }
}

extension ArraySlice<UInt8>: ContiguousBytesSource {
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result { withUnsafeBytes(body) }
}
