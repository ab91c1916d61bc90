/// Turns a stream in an encoding without ASCII bytes into UTF-8, a buffer at a time. A character that a buffer's end
/// cuts waits for the next one.
final class StreamTranscoder {
    private let decoder: IconvDecoder
    private var rest: [UInt8] = []
    private var isAtStart = true
    /// Iconv's name of the encoding.
    let encoding: String
    private(set) var isRepaired = false

    init?(_ encoding: String) {
        let name = IconvDecoder.name(encoding)
        guard let decoder = IconvDecoder(name) else { return nil }
        (self.decoder, self.encoding) = (decoder, name)
    }

    /// The encoding of a stream that begins like this, where it is one of two bytes a character: by its mark, or by
    /// the zero bytes that half of its bytes are in any language's blanks, digits and line ends.
    static func wideEncoding(_ head: UnsafeRawBufferPointer) -> String? {
        guard head.count >= 2 else { return nil }
        if head[0] == 0xFF, head[1] == 0xFE { return "UTF-16LE" }
        if head[0] == 0xFE, head[1] == 0xFF { return "UTF-16BE" }
        let count = min(head.count, 4096) & ~1
        guard count >= 8 else { return nil }
        var zeros = (even: 0, odd: 0)
        for index in stride(from: 0, to: count, by: 2) {
            if head[index] == 0 { zeros.even += 1 }
            if head[index + 1] == 0 { zeros.odd += 1 }
        }
        // A file with holes is zero everywhere; text of two bytes a character on one side, with few exceptions.
        let enough = count / 2 / 10
        if zeros.odd > enough, zeros.even * 8 <= zeros.odd { return "UTF-16LE" }
        if zeros.even > enough, zeros.odd * 8 <= zeros.even { return "UTF-16BE" }
        return nil
    }

    func decode(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        let raw = rest + Array(bytes)
        var (text, repaired, unfinished) = raw.withUnsafeBytes { decoder.decode($0) }
        rest = Array(raw.suffix(unfinished))
        if repaired { isRepaired = true }
        if isAtStart, !text.isEmpty {
            isAtStart = false
            if text.starts(with: [0xEF, 0xBB, 0xBF]) { text.removeFirst(3) }
        }
        return text
    }
}
