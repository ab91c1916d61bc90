/// JSON in fewer bytes, without loss: what recurs is referred to, and numbers and hexadecimal texts are binary.
///
/// One byte says what follows; lengths, counts and references are LEB128. Objects name their keys by one text
/// (`a"b"c`: a quotation mark cannot be in a key as it is written), so that a shape is a single reference. Texts are
/// kept as they are written, escapes included.
enum CompactJSON {
    /// Deeper values are not taken apart: the whole is then kept as it is.
    static let maximumDepth = 64
    /// Shorter texts are cheaper as they are.
    static let leastShared = 4
    /// Longer ones do not recur.
    static let mostShared = 512

    enum Tag: UInt8 {
        case shape = 1, sharedShape, list, number, literal, hexadecimal, text, sharedText
    }

    /// - Parameter share: the number of a text that is stored once; nil keeps it in the record.
    /// - Returns: nil for bytes that do not come back as they were: no JSON, white space between tokens, too deep.
    static func encode(_ json: [UInt8], share: ([UInt8]) throws -> Int?) rethrows -> [UInt8]? {
        try json.withUnsafeBufferPointer { bytes -> [UInt8]? in
            var encoder = CompactEncoder(bytes, output: [])
            guard try encoder.value(depth: 0, share), encoder.isAtEnd else { return nil }
            return encoder.output
        }
    }

    /// - Parameters:
    ///   - length: of the JSON, as the record's header tells it; the result is no longer.
    ///   - text: a shared text by its number.
    /// - Returns: nil for bytes that ``encode(_:share:)`` did not make.
    static func decode(_ packed: [UInt8], length: Int, text: (Int) throws -> [UInt8]?) rethrows -> [UInt8]? {
        var isWhole = false
        let json = try [UInt8](unsafeUninitializedCapacity: length) { output, count in
            try packed.withUnsafeBufferPointer { bytes in
                var decoder = CompactDecoder(bytes, into: output)
                isWhole = try decoder.value(depth: 0, text) && decoder.isAtEnd && decoder.count == length
                count = decoder.count
            }
        }
        return isWhole ? json : nil
    }

    static func append(_ number: Int, to bytes: inout [UInt8]) {
        var rest = UInt64(number)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

private struct CompactEncoder {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    var output: [UInt8]

    /// Digits of a number that fits 64 bits whatever they are.
    private static let mostDigits = 18
    private static let leastHexadecimal = 8

    init(_ bytes: UnsafeBufferPointer<UInt8>, output: [UInt8]) { (self.bytes, self.output) = (bytes, output) }

    var isAtEnd: Bool { position == bytes.count }

    mutating func value(depth: Int, _ share: ([UInt8]) throws -> Int?) rethrows -> Bool {
        guard depth < CompactJSON.maximumDepth, position < bytes.count else { return false }
        switch bytes[position] {
        case 0x7B: return try object(depth, share)
        case 0x5B: return try list(depth, share)
        case 0x22:
            guard let range = text() else { return false }
            try append(range, share)
            return true
        default: return literal()
        }
    }

    private mutating func object(_ depth: Int, _ share: ([UInt8]) throws -> Int?) rethrows -> Bool {
        position += 1
        var (keys, values): ([UInt8], CompactEncoder) = ([], self)
        values.output = []
        if position < bytes.count, bytes[position] == 0x7D {
            position += 1
        } else {
            while true {
                guard let key = values.text(), values.take(0x3A) else { return false }
                if key.isEmpty, keys.isEmpty { return false }
                if !keys.isEmpty { keys.append(0x22) }
                keys += bytes[key]
                guard try values.value(depth: depth + 1, share) else { return false }
                if values.take(0x2C) { continue }
                guard values.take(0x7D) else { return false }
                break
            }
            position = values.position
        }
        if let number = try share(keys) {
            append(.sharedShape, number)
        } else {
            append(.shape, keys.count)
            output += keys
        }
        output += values.output
        return true
    }

    private mutating func list(_ depth: Int, _ share: ([UInt8]) throws -> Int?) rethrows -> Bool {
        position += 1
        var values = self
        values.output = []
        var count = 0
        if !values.take(0x5D) {
            while true {
                guard try values.value(depth: depth + 1, share) else { return false }
                count += 1
                if values.take(0x2C) { continue }
                guard values.take(0x5D) else { return false }
                break
            }
        }
        position = values.position
        append(.list, count)
        output += values.output
        return true
    }

    /// A number, true, false or null.
    private mutating func literal() -> Bool {
        let start = position
        while position < bytes.count, bytes[position] != 0x2C, bytes[position] != 0x5D, bytes[position] != 0x7D {
            guard bytes[position] > 0x20, bytes[position] != 0x22, bytes[position] != 0x3A else { return false }
            position += 1
        }
        let written = bytes[start..<position]
        guard !written.isEmpty else { return false }
        let isPlain =
            written.count <= Self.mostDigits && written.allSatisfy { $0 &- 0x30 < 10 }
            && (written.first != 0x30 || written.count == 1)
        if isPlain {
            append(.number, written.reduce(0) { $0 * 10 + Int($1 - 0x30) })
        } else {
            append(.literal, written.count)
            output += written
        }
        return true
    }

    /// What stands between quotation marks.
    private mutating func text() -> Range<Int>? {
        guard take(0x22) else { return nil }
        let start = position
        while position < bytes.count, bytes[position] != 0x22 { position += bytes[position] == 0x5C ? 2 : 1 }
        guard position < bytes.count else { return nil }
        position += 1
        return start..<position - 1
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func append(_ range: Range<Int>, _ share: ([UInt8]) throws -> Int?) rethrows {
        let written = bytes[range]
        let isHexadecimal =
            written.count >= Self.leastHexadecimal && written.count % 2 == 0
            && written.allSatisfy { $0 &- 0x30 < 10 || $0 &- 0x61 < 6 }
        if isHexadecimal {
            append(.hexadecimal, written.count / 2)
            var high: UInt8?
            for digit in written {
                let value = digit < 0x3A ? digit - 0x30 : digit - 0x57
                if let first = high { (_, high) = (output.append(first << 4 | value), nil) } else { high = value }
            }
        } else if (CompactJSON.leastShared...CompactJSON.mostShared).contains(written.count),
            let number = try share(Array(written))
        {
            append(.sharedText, number)
        } else {
            append(.text, written.count)
            output += written
        }
    }

    private mutating func append(_ tag: CompactJSON.Tag, _ number: Int) {
        output.append(tag.rawValue)
        CompactJSON.append(number, to: &output)
    }
}

private struct CompactDecoder {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let output: UnsafeMutableBufferPointer<UInt8>
    private var position = 0
    private(set) var count = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>) {
        (self.bytes, self.output) = (bytes, output)
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func value(depth: Int, _ text: (Int) throws -> [UInt8]?) rethrows -> Bool {
        guard depth < CompactJSON.maximumDepth, position < bytes.count,
            let tag = CompactJSON.Tag(rawValue: bytes[position])
        else { return false }
        position += 1
        guard let number = number() else { return false }
        switch tag {
        case .shape:
            guard let keys = take(number) else { return false }
            return try object(UnsafeBufferPointer(rebasing: keys), depth, text)
        case .sharedShape:
            guard let keys = try text(number) else { return false }
            return try keys.withUnsafeBufferPointer { try object($0, depth, text) }
        case .list: return try list(number, depth, text)
        case .number: return decimal(number)
        case .literal:
            guard let written = take(number) else { return false }
            return append(UnsafeBufferPointer(rebasing: written))
        case .hexadecimal:
            guard let packed = take(number) else { return false }
            return hexadecimal(packed)
        case .text:
            guard let written = take(number) else { return false }
            return quote(UnsafeBufferPointer(rebasing: written))
        case .sharedText:
            guard let written = try text(number) else { return false }
            return written.withUnsafeBufferPointer { quote($0) }
        }
    }

    private mutating func list(_ number: Int, _ depth: Int, _ text: (Int) throws -> [UInt8]?) rethrows -> Bool {
        guard number <= bytes.count - position, append(0x5B) else { return false }
        for index in 0..<number {
            if index > 0, !append(0x2C) { return false }
            guard try value(depth: depth + 1, text) else { return false }
        }
        return append(0x5D)
    }

    private mutating func object(
        _ keys: UnsafeBufferPointer<UInt8>, _ depth: Int, _ text: (Int) throws -> [UInt8]?
    ) rethrows -> Bool {
        guard append(0x7B) else { return false }
        var start = 0
        while start < keys.count {
            if start > 0, !append(0x2C) { return false }
            var end = start
            while end < keys.count, keys[end] != 0x22 { end += 1 }
            guard quote(UnsafeBufferPointer(rebasing: keys[start..<end])), append(0x3A),
                try value(depth: depth + 1, text)
            else { return false }
            start = end + 1
        }
        return append(0x7D)
    }

    // MARK: - Output: false where it would be longer than it was told to be

    private mutating func append(_ byte: UInt8) -> Bool {
        guard count < output.count else { return false }
        output[count] = byte
        count += 1
        return true
    }

    private mutating func append(_ written: UnsafeBufferPointer<UInt8>) -> Bool {
        guard written.count <= output.count - count else { return false }
        for index in written.indices { output[count + index] = written[index] }
        count += written.count
        return true
    }

    private mutating func quote(_ written: UnsafeBufferPointer<UInt8>) -> Bool {
        append(0x22) && append(written) && append(0x22)
    }

    private mutating func hexadecimal(_ packed: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
        guard packed.count <= (output.count - count) / 2, append(0x22) else { return false }
        for byte in packed {
            guard append(digit(byte >> 4)), append(digit(byte & 15)) else { return false }
        }
        return append(0x22)
    }

    private mutating func decimal(_ number: Int) -> Bool {
        var (rest, digits) = (number, 1)
        while rest >= 10 { (rest, digits) = (rest / 10, digits + 1) }
        guard digits <= output.count - count else { return false }
        rest = number
        for place in stride(from: count + digits - 1, through: count, by: -1) {
            output[place] = 0x30 + UInt8(rest % 10)
            rest /= 10
        }
        count += digits
        return true
    }

    private mutating func take(_ count: Int) -> Slice<UnsafeBufferPointer<UInt8>>? {
        guard count <= bytes.count - position else { return nil }
        defer { position += count }
        return bytes[position..<position + count]
    }

    private mutating func number() -> Int? {
        var (result, shift) = (0, 0)
        while position < bytes.count, shift < 63 {
            let byte = bytes[position]
            position += 1
            result |= Int(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return result }
            shift += 7
        }
        return nil
    }
}
