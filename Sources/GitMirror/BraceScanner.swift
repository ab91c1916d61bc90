/// Walks over the bytes of a brace language, past strings and comments, and notes the functions.
struct BraceScanner {
    let style: BraceStyle

    private(set) var functions: [FunctionFinder.Function] = []
    private var open: [(start: Int, isFunction: Bool, name: String?)] = []
    private var skipped = 0
    private var header: [UInt8] = []
    private var headerLine = 0
    private var parentheses = 0
    /// The header ended with its line, unless a brace comes next.
    private var isLineEnded = false
    private var mode = Mode.code

    private enum Mode { case code, blockComment, backtick, tripleQuote }

    /// Bytes of a header that are kept.
    static let maxHeader = 600

    init(_ style: BraceStyle) { self.style = style }

    mutating func scan(_ lines: [String]) {
        for (index, line) in lines.enumerated() {
            var line = line
            line.withUTF8 { scan($0, number: index + 1) }
            append(0x20, line: index + 1)
            if style.linesEndStatements, parentheses == 0 { isLineEnded = true }
        }
        for block in open where block.isFunction {
            functions.append(.init(first: block.start, last: max(block.start, lines.count), name: block.name))
        }
    }

    private mutating func scan(_ bytes: UnsafeBufferPointer<UInt8>, number: Int) {
        var index = 0
        func at(_ offset: Int) -> UInt8 { index + offset < bytes.count ? bytes[index + offset] : 0 }
        while index < bytes.count {
            let byte = bytes[index]
            switch mode {
            case .blockComment:
                if byte == UInt8(ascii: "*"), at(1) == UInt8(ascii: "/") { (mode, index) = (.code, index + 1) }
            case .backtick:
                if byte == UInt8(ascii: "\\") { index += 1 } else if byte == UInt8(ascii: "`") { mode = .code }
            case .tripleQuote:
                if byte == 0x22, at(1) == 0x22, at(2) == 0x22 { (mode, index) = (.code, index + 2) }
            case .code:
                if byte == UInt8(ascii: "/"), at(1) == UInt8(ascii: "/") { return }
                if style.hashComments, byte == UInt8(ascii: "#"), at(1) != UInt8(ascii: "[") { return }
                if byte == UInt8(ascii: "/"), at(1) == UInt8(ascii: "*") {
                    (mode, index) = (.blockComment, index + 1)
                } else if byte == UInt8(ascii: "`"), style.backtickStrings {
                    mode = .backtick
                } else if byte == 0x22, at(1) == 0x22, at(2) == 0x22 {
                    (mode, index) = (.tripleQuote, index + 2)
                } else if byte == 0x22 || (byte == 0x27 && !style.quotedCharacters) {
                    index = Self.endOfString(bytes, index)
                } else if byte == 0x27 {
                    index = Self.endOfCharacter(bytes, index)
                } else {
                    code(byte, line: number)
                }
            }
            index += 1
        }
    }

    /// The closing quote, or the line's end: strings of these languages do not cross lines.
    private static func endOfString(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        var index = start + 1
        while index < bytes.count, bytes[index] != bytes[start] { index += bytes[index] == 0x5C ? 2 : 1 }
        return min(index, bytes.count)
    }

    /// `'x'` and `'\n'` are characters; a lone quote is a lifetime or a label.
    private static func endOfCharacter(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        let escaped = start + 1 < bytes.count && bytes[start + 1] == 0x5C
        let reach = escaped ? 12 : 5
        for index in stride(from: start + (escaped ? 3 : 2), to: min(bytes.count, start + reach), by: 1)
        where bytes[index] == 0x27 && (escaped || index == start + 2 || bytes[start + 1] >= 0x80) {
            return index
        }
        return start
    }

    private mutating func code(_ byte: UInt8, line: Int) {
        if isLineEnded, byte != 0x20, byte != 0x09 {
            isLineEnded = false
            if byte != UInt8(ascii: "{") { reset() }
        }
        switch byte {
        case UInt8(ascii: "{"):
            guard open.count < FunctionFinder.maxDepth else {
                skipped += 1
                return
            }
            let text = String(decoding: header, as: UTF8.self)
            let (isFunction, name) = FunctionHeader.read(text)
            open.append((headerLine == 0 ? line : headerLine, isFunction, name))
            reset()
        case UInt8(ascii: "}"):
            reset()
            if skipped > 0 {
                skipped -= 1
            } else if let block = open.popLast(), block.isFunction {
                functions.append(.init(first: block.start, last: line, name: block.name))
            }
        case UInt8(ascii: ";"):
            if parentheses == 0 { reset() }
        case UInt8(ascii: "("):
            parentheses += 1
            append(byte, line: line)
        case UInt8(ascii: ")"):
            parentheses = max(0, parentheses - 1)
            append(byte, line: line)
        default: append(byte, line: line)
        }
    }

    private mutating func reset() {
        header.removeAll(keepingCapacity: true)
        (headerLine, parentheses) = (0, 0)
    }

    private mutating func append(_ byte: UInt8, line: Int) {
        if byte == 0x20 || byte == 0x09, header.isEmpty { return }
        if headerLine == 0 { headerLine = line }
        if header.count < Self.maxHeader { header.append(byte) }
    }
}
