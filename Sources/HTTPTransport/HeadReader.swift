/// Puts header lines together to the head of an answer, bounded.
struct HeadReader {
    private var head = HTTPResponseHead(status: 0)
    private var count = 0
    private var byteCount = 0
    private var isFinal = false

    enum Step: Equatable {
        case more
        case complete(HTTPResponseHead)
        case tooLarge
    }

    /// - Parameter line: one line with its end, as libcurl hands it on: the status line, a field, or the empty line.
    ///   Interim answers (1xx) are dropped; trailers only count.
    mutating func read(_ line: UnsafeRawBufferPointer) -> Step {
        byteCount += line.count
        count += 1
        guard byteCount <= HTTPLimits.headerBytes, count <= HTTPLimits.headerCount else { return .tooLarge }
        if isFinal { return .more }
        let text = line.prefix { $0 != 0x0D && $0 != 0x0A }
        if text.isEmpty {
            isFinal = !(100..<200).contains(head.status)
            return isFinal ? .complete(head) : .more
        }
        if text.starts(with: "HTTP/".utf8) {
            head = HTTPResponseHead(status: Self.status(text))
        } else if let colon = text.firstIndex(of: 0x3A) {
            let name = Self.string(text[..<colon])
            head.headers.append(HTTPHeader(name, Self.string(text[text.index(after: colon)...])))
        }
        return .more
    }

    /// The number after the first space; 0 where there is none.
    private static func status(_ line: Slice<UnsafeRawBufferPointer>) -> Int {
        let digits = line.drop { $0 != 0x20 }.drop { $0 == 0x20 }.prefix { (0x30...0x39).contains($0) }.prefix(3)
        return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    private static func string(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        let trimmed = bytes.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
        return String(decoding: Array(trimmed), as: UTF8.self)
    }
}
