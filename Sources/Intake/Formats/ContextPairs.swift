/// The `[key=value key=value]` group of a text line: what a logging context (MDC, thread context) holds.
///
/// Pairs are separated by spaces or commas. A value may be quoted; a word without `=` goes on with the value before it
/// (`user=Kim Jiyoung host=a`, `ids=1,2`). One pass over the text, no more fields than one JSON object may have.
struct ContextPairs {
    private let text: Substring
    private var at: Substring.Index
    private var fields = LogFields()
    private var key: Substring?
    private var value: Range<Substring.Index>
    private var hasPairs = false
    /// Quotes that were found to be closed nowhere: they are looked for once.
    private var unclosed: Set<UInt8> = []

    private init(_ text: Substring) {
        self.text = text
        at = text.utf8.index(after: text.startIndex)
        value = at..<at
    }

    /// - Returns: nil where the text does not begin with a closed group of pairs; `{}` is an empty one.
    static func parse(_ text: Substring) -> (fields: LogFields, rest: Substring)? {
        guard let open = text.utf8.first, let close = closing(open) else { return nil }
        var pairs = ContextPairs(text)
        guard pairs.readAll(until: close) else { return nil }
        return (pairs.fields, text[pairs.at...])
    }

    private static func closing(_ open: UInt8) -> UInt8? {
        switch open {
        case 0x5B: 0x5D
        case 0x7B: 0x7D
        default: nil
        }
    }

    private var byte: UInt8? { at < text.endIndex ? text.utf8[at] : nil }

    private mutating func advance() { at = text.utf8.index(after: at) }

    private mutating func readAll(until close: UInt8) -> Bool {
        while true {
            while let byte, Self.isSeparator(byte) { advance() }
            guard let byte else { return false }
            if byte == close {
                finish()
                advance()
                return hasPairs || close == 0x7D
            }
            if let name = keyHere() {
                finish()
                (hasPairs, key) = (true, name)
                at = text.utf8.index(after: name.endIndex)
                if readQuoted() { continue }
                readWord(until: close)
            } else {
                guard hasPairs else { return false }
                let start = value.lowerBound
                readWord(until: close)
                value = start..<at
            }
        }
    }

    private static func isSeparator(_ byte: UInt8) -> Bool { byte.isBlank || byte == 0x2C }

    /// The name before the `=`, when the word at hand is a pair.
    private func keyHere() -> Substring? {
        let word = text[at...].utf8
        guard let end = word.firstIndex(where: { !Self.isKey($0) }), end > at, word[end] == 0x3D else { return nil }
        return text[at..<end]
    }

    private static func isKey(_ byte: UInt8) -> Bool {
        byte.isIdentifier || byte == 0x2E || byte == 0x2D || byte == 0x40
    }

    private mutating func readWord(until close: UInt8) {
        let start = at
        while let byte, byte != close, !Self.isSeparator(byte) { advance() }
        value = start..<at
    }

    /// Reads `"value"` or `'value'` as one value. A quote that nothing closes is a character like another.
    private mutating func readQuoted() -> Bool {
        guard let quote = byte, quote == 0x22 || quote == 0x27, !unclosed.contains(quote) else { return false }
        let start = text.utf8.index(after: at)
        var (end, hasEscapes) = (start, false)
        while end < text.endIndex, text.utf8[end] != quote {
            if text.utf8[end] == 0x5C {
                hasEscapes = true
                end = text.utf8.index(after: end)
            }
            if end < text.endIndex { end = text.utf8.index(after: end) }
        }
        guard end < text.endIndex else {
            unclosed.insert(quote)
            return false
        }
        var written = String(text[start..<end])
        if hasEscapes { written = written.withUTF8 { unescapeJSON(UnsafeRawBufferPointer($0)) } }
        if let key { fields.add(String(key), .text(written)) }
        key = nil
        at = text.utf8.index(after: end)
        value = at..<at
        return true
    }

    private mutating func finish() {
        if let key, key.utf8.count <= 128 { fields.add(String(key), .init(written: String(text[value]))) }
        key = nil
    }
}
