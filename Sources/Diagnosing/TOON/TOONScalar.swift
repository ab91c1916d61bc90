/// Names, texts and numbers of TOON: when quotes are needed, and how numbers are written.
enum TOONScalar {
    /// Bare where it cannot be taken for anything else: `^[A-Za-z_][A-Za-z0-9_.]*$`.
    static func append(name: String, to bytes: inout [UInt8]) {
        var name = name
        name.withUTF8 { text in
            let isBare =
                !text.isEmpty && (isLetter(text[0]) || text[0] == 0x5F)
                && text.allSatisfy { isLetter($0) || isDigit($0) || $0 == 0x5F || $0 == 0x2E }
            if isBare { bytes.append(contentsOf: text) } else { appendQuoted(text, to: &bytes) }
        }
    }

    static func append(_ text: String, delimiter: UInt8, to bytes: inout [UInt8]) {
        var text = text
        text.withUTF8 { text in
            if needsQuotes(text, delimiter: delimiter) {
                appendQuoted(text, to: &bytes)
            } else {
                bytes.append(contentsOf: text)
            }
        }
    }

    private static func needsQuotes(_ text: UnsafeBufferPointer<UInt8>, delimiter: UInt8) -> Bool {
        guard let first = text.first, let last = text.last else { return true }
        if first == 0x20 || last == 0x20 || first == 0x2D || first == 0x23 { return true }
        for byte in text {
            switch byte {
            case 0..<0x20, 0x22, 0x3A, 0x5B, 0x5C, 0x5D, 0x7B, 0x7D: return true
            case delimiter: return true
            default: break
            }
        }
        // A byte order mark at the beginning would be taken for the file's own.
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { return true }
        return isWord(text) || isNumberLike(text)
    }

    private static func isWord(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        switch text.count {
        case 4: text.elementsEqual("true".utf8) || text.elementsEqual("null".utf8)
        case 5: text.elementsEqual("false".utf8)
        default: false
        }
    }

    /// `[+-]?digits(.digits)?([eE][+-]?digits)?`, leading zeros included.
    private static func isNumberLike(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var index = text[0] == 0x2B || text[0] == 0x2D ? 1 : 0
        func digits() -> Bool {
            let start = index
            while index < text.count, isDigit(text[index]) { index += 1 }
            return index > start
        }
        guard digits() else { return false }
        if index < text.count, text[index] == 0x2E {
            index += 1
            guard digits() else { return false }
        }
        if index < text.count, text[index] | 0x20 == 0x65 {
            index += 1
            if index < text.count, text[index] == 0x2B || text[index] == 0x2D { index += 1 }
            guard digits() else { return false }
        }
        return index == text.count
    }

    private static func appendQuoted(_ text: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(0x22)
        for byte in text {
            switch byte {
            case 0x22, 0x5C: bytes += [0x5C, byte]
            case 0x0A: bytes += [0x5C, 0x6E]
            case 0x0D: bytes += [0x5C, 0x72]
            case 0x09: bytes += [0x5C, 0x74]
            case 0..<0x20:
                bytes += [0x5C, 0x75, 0x30, 0x30, hexDigit(byte >> 4), hexDigit(byte & 15)]
            default: bytes.append(byte)
            }
        }
        bytes.append(0x22)
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }
    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
    private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
}

// MARK: numbers

extension TOONScalar {
    /// Exponents beyond it are written with an exponent: 1e-6 ≤ |n| < 1e21 has none.
    private static let decimalPoint = -5...21

    /// A JSON number in decimal form, its digits kept exactly: `1e6` is 1000000, `1.50` is 1.5, `-0` is 0.
    ///
    /// - Parameter text: as JSON's grammar has it; anything else is null.
    static func append(number text: String, to bytes: inout [UInt8]) {
        if isPlain(text) {
            bytes.append(contentsOf: text.utf8)
            return
        }
        guard let number = Decimal(text) else {
            bytes.append(contentsOf: "null".utf8)
            return
        }
        if number.digits.isEmpty { return bytes.append(0x30) }
        if number.isNegative { bytes.append(0x2D) }
        if decimalPoint.contains(number.point) {
            appendDecimal(number, to: &bytes)
        } else {
            bytes.append(number.digits[0])
            if number.digits.count > 1 {
                bytes.append(0x2E)
                bytes.append(contentsOf: number.digits.dropFirst())
            }
            let exponent = number.point - 1
            bytes.append(contentsOf: "e\(exponent < 0 ? "-" : "+")\(exponent.magnitude)".utf8)
        }
    }

    /// Whole numbers of up to 18 digits need no change.
    private static func isPlain(_ text: String) -> Bool {
        let utf8 = text.utf8
        guard utf8.count <= 18, let first = utf8.first, first &- 0x31 < 9 || (first == 0x30 && utf8.count == 1) else {
            return false
        }
        return utf8.allSatisfy(isDigit)
    }

    private static func appendDecimal(_ number: Decimal, to bytes: inout [UInt8]) {
        let digits = number.digits
        if number.point <= 0 {
            bytes += [0x30, 0x2E]
            bytes.append(contentsOf: repeatElement(0x30, count: -number.point))
            bytes.append(contentsOf: digits)
        } else if number.point >= digits.count {
            bytes.append(contentsOf: digits)
            bytes.append(contentsOf: repeatElement(0x30, count: number.point - digits.count))
        } else {
            bytes.append(contentsOf: digits[..<number.point])
            bytes.append(0x2E)
            bytes.append(contentsOf: digits[number.point...])
        }
    }

    /// `0.DIGITS × 10^point`, without leading and trailing zeros; no digits for zero.
    private struct Decimal {
        var isNegative = false
        var digits: [UInt8] = []
        var point = 0

        init?(_ text: String) {
            var rest = text.utf8[...]
            if rest.first == 0x2D {
                isNegative = true
                rest.removeFirst()
            }
            let whole = rest.prefix(while: TOONScalar.isDigit)
            rest = rest.dropFirst(whole.count)
            var fraction = rest.prefix(0)
            if rest.first == 0x2E {
                fraction = rest.dropFirst().prefix(while: TOONScalar.isDigit)
                rest = rest.dropFirst(fraction.count + 1)
            }
            var exponent = 0
            if let sign = rest.first {
                guard sign | 0x20 == 0x65, let value = Int(String(Substring(rest.dropFirst()))) else { return nil }
                exponent = value
            }
            guard !whole.isEmpty else { return nil }
            digits = Array(whole) + Array(fraction)
            let zeros = digits.prefix { $0 == 0x30 }.count
            digits.removeFirst(zeros)
            while digits.last == 0x30 { digits.removeLast() }
            let (sum, overflow) = exponent.addingReportingOverflow(whole.count - zeros)
            guard !overflow else { return nil }
            point = sum
        }
    }
}
