import CScan

/// Reads a message once, left to right, and writes its template.
///
/// Each `scan…` function looks at the bytes from `index`, writes what they become and moves on; each
/// `match…` function (in the other files) only says where a value of its kind would end. Look-ahead is
/// bounded everywhere, so that time grows with the length of the text alone.
struct MaskScanner {
    /// Bytes that one step may write beyond the limit.
    static let slack = 64

    let values: ValueMatcher
    var bytes: Bytes { values.bytes }
    private let output: UnsafeMutableBufferPointer<UInt8>
    private let limit: Int
    private var written = 0
    private var pendingSpace = false
    /// Where the word being written, and the one before it, start in the output; to collapse lists.
    private var wordStart = 0
    private var lastWordStart = 0
    /// The last placeholder, and where its text ends, to collapse lists of them; nothing has been masked at 0.
    private var lastMask = Mask.num
    private var lastMaskEnd = 0
    var index = 0
    /// Whether something did not fit.
    private var isCut = false

    /// Values stay, unless they are volatile.
    private let keepsValues: Bool

    init(_ bytes: Bytes, into output: UnsafeMutableBufferPointer<UInt8>, keepingValues: Bool = false) {
        keepsValues = keepingValues
        values = ValueMatcher(bytes)
        self.output = output
        limit = output.count - Self.slack
    }

    private var isFull: Bool { written >= limit }

    mutating func scan() {
        while index < bytes.count, !isFull {
            let byte = bytes[index]
            if byte.isLetter || byte == 0x5F || byte.isForeign {
                if !scanPlainWords() { scanWord() }
            } else if byte.isSpace {
                pendingSpace = true
                index += 1
            } else if byte.isDigit {
                scanNumber(from: index)
            } else {
                scanPunctuation(byte)
            }
        }
    }

    private mutating func scanPunctuation(_ byte: UInt8) {
        switch byte {
        case 0x22, 0x27, 0x60: scanQuote(byte)
        case 0x2F, 0x7E, 0x5C: scanPath()
        case 0x3C: scanMark()
        case 0x7B: scanBraces()
        case 0x2D, 0x2B:
            let before = bytes.at(index - 1)
            if bytes.at(index + 1).isDigit, !before.isAlphanumeric, !before.isForeign, before != 0x29 {
                scanNumber(from: index + 1)
            } else {
                copy(index + 1)
            }
        case 0x3A:
            if let end = values.matchIPv6(index) { mask(.ip, to: end) } else { copy(index + 1) }
        case 0x1B: skipEscape()
        case 0x00..<0x20, 0x7F: index += 1
        default: copy(index + 1)
        }
    }

    /// A redaction placeholder keeps its type; any other `<` is copied.
    private mutating func scanMark() {
        guard let mark = RedactionMark.parse(bytes, at: index) else { return copy(index + 1) }
        copy(mark.typeEnd)
        emit(0x3E)
        index = mark.end
    }

    /// Quoted values vary; a quoted name before a colon is a JSON key and stays.
    private mutating func scanQuote(_ quote: UInt8) {
        let before = bytes.at(index - 1)
        guard !before.isWord else { return copy(index + 1) }
        let limit = min(bytes.count, index + 1 + ValueMatcher.maxValueBytes)
        var end = index + 1
        while end < limit, bytes[end] != quote || (quote == 0x27 && bytes.at(end + 1).isWord) {
            end += bytes[end] == 0x5C ? 2 : 1
        }
        guard end < limit, bytes[end] == quote else { return copy(index + 1) }
        if quote == 0x22, bytes.at(end + 1) == 0x3A { return copy(index + 1) }
        if quote == 0x60, bytes.at(end + 1).isWord { return copy(index + 1) }
        // A request line's method and the fixed parts of its path say what was asked.
        if quote == 0x22, HTTPMethod.end(bytes, index + 1) != nil { return copy(index + 1) }
        mask(.str, to: end + 1)
    }

    /// A JSON object is a value as a whole; other braces are copied.
    private mutating func scanBraces() {
        let inside = bytes.run(from: index + 1, limit: 8) { $0.isSpace }
        guard bytes.at(inside) == 0x22 else { return copy(index + 1) }
        var (depth, quoted, end) = (0, false, index)
        while end < bytes.count {
            switch bytes[end] {
            case 0x5C: end += 1
            case 0x22: quoted.toggle()
            case 0x7B where !quoted: depth += 1
            case 0x7D where !quoted: depth -= 1
            default: break
            }
            end += 1
            if depth == 0 { break }
        }
        mask(.json, to: min(end, bytes.count))
    }

    /// `ESC [ … letter` and two-byte escapes.
    private mutating func skipEscape() {
        guard bytes.at(index + 1) == 0x5B else { return index = min(index + 2, bytes.count) }
        let end = bytes.run(from: index + 2, limit: 32) { $0 &- 0x20 < 0x20 }
        index = min(end + 1, bytes.count)
    }
}

// MARK: - Writing

extension MaskScanner {
    /// Copies the input up to `end`.
    @inline(__always)
    mutating func copy(_ end: Int) {
        if pendingSpace { flushSpace() }
        let count = end - index
        guard count <= Self.chunk, index + Self.chunk <= bytes.count, written + Self.chunk <= output.count,
            let source = bytes.baseAddress, let target = output.baseAddress
        else { return copyLong(end) }
        // A word is copied with as much of what follows it as makes one instruction; that is written over.
        let word = UnsafeRawPointer(source + index).loadUnaligned(as: SIMD16<UInt8>.self)
        UnsafeMutableRawPointer(target + written).storeBytes(of: word, as: SIMD16<UInt8>.self)
        written += count
        index = end
    }

    /// Copies words of letters with single spaces between them, which are most of most messages, without leaving a loop
    /// whose state is in registers.
    ///
    /// - Returns: whether anything was copied; the rest is left to ``scanWord()``.
    @inline(__always)
    private mutating func scanPlainWords() -> Bool {
        guard let source = bytes.baseAddress, let target = output.baseAddress,
            var end = plainWordEnd(source, index)
        else { return false }
        if pendingSpace { flushSpace() }
        var (place, copied, start, before) = (index, written, wordStart, lastWordStart)
        while copied + Self.chunk < limit, lastMaskEnd <= start {
            let word = UnsafeRawPointer(source + place).loadUnaligned(as: SIMD16<UInt8>.self)
            UnsafeMutableRawPointer(target + copied).storeBytes(of: word, as: SIMD16<UInt8>.self)
            copied += end - place
            place = end + 1
            guard source[place].isLetter else {
                pendingSpace = true
                break
            }
            // The space has been copied with the word.
            copied += 1
            (before, start) = (start, copied)
            guard let next = plainWordEnd(source, place) else { break }
            end = next
        }
        let hasCopied = place > index
        (index, written, wordStart, lastWordStart) = (place, copied, start, before)
        return hasCopied
    }

    /// The end of a word of letters with a space and more after it; nil for one that may be a date or go on beyond itself.
    @inline(__always)
    private func plainWordEnd(_ source: UnsafePointer<UInt8>, _ start: Int) -> Int? {
        guard start + Self.chunk < bytes.count else { return nil }
        let run = scan_word(source, start, bytes.count)
        let length = run.end - start
        guard run.digits == 0, length < Self.chunk, source[run.end] == 0x20, length != 3 || !source[start].isUpper
        else { return nil }
        return run.end
    }

    @inline(never)
    private mutating func copyLong(_ end: Int) {
        let count = min(end - index, output.count - written)
        if count < end - index { isCut = true }
        if count > 0, let source = bytes.baseAddress, let target = output.baseAddress {
            (target + written).update(from: source + index, count: count)
            written += count
        }
        index = end
    }

    private static var chunk: Int { 16 }

    /// Writes a placeholder instead of the input up to `end`; repeats of one kind in a list become one.
    mutating func mask(_ mask: Mask, to end: Int) {
        if keepsValues, !mask.isVolatile { return copy(end) }
        index = end
        if lastMaskEnd > 0, lastMask == mask, isListSeparator(from: lastMaskEnd) {
            written = lastMaskEnd
            pendingSpace = false
            return
        }
        if pendingSpace { flushSpace() }
        let text = mask.text
        if written + Self.chunk <= output.count, let target = output.baseAddress {
            // As much as makes one instruction; what lies beyond the placeholder is written over.
            let word = UnsafeRawPointer(text.start).loadUnaligned(as: SIMD16<UInt8>.self)
            UnsafeMutableRawPointer(target + written).storeBytes(of: word, as: SIMD16<UInt8>.self)
            written += text.count
        } else {
            for offset in 0..<text.count { emit(text.start[offset]) }
        }
        (lastMask, lastMaskEnd) = (mask, written)
    }

    mutating func emit(_ byte: UInt8) {
        guard written < output.count else { return }
        output[written] = byte
        written += 1
    }

    private mutating func flushSpace() {
        pendingSpace = false
        collapseRepeat()
        guard written > 0 else { return }
        emit(0x20)
        (lastWordStart, wordStart) = (wordStart, written)
    }

    /// Of neighbouring words that are equal and have a masked part, the first stays: a list is one value.
    private mutating func collapseRepeat() {
        guard lastMaskEnd > wordStart else { return }
        let length = written - wordStart
        guard length == wordStart - 1 - lastWordStart else { return }
        for offset in 0..<length where output[wordStart + offset] != output[lastWordStart + offset] { return }
        written = wordStart - 1
        wordStart = lastWordStart
    }

    /// Whether only a comma or a space has been written since `start`.
    @inline(__always)
    private func isListSeparator(from start: Int) -> Bool {
        switch written - start {
        case 0: pendingSpace && endsWord
        case 1: output[start] == 0x2C
        default: false
        }
    }

    /// Whether the value just read is a word of its own.
    @inline(__always)
    private var endsWord: Bool {
        let next = bytes.at(index)
        return next == 0 || next.isSpace || next == 0x2C || next == 0x5D || next == 0x29
    }

    /// - Returns: the number of bytes written, cut at a character's border.
    mutating func finish() -> Int {
        collapseRepeat()
        guard isCut || isFull && index < bytes.count else { return written }
        var end = min(written, limit)
        while end > 0, output[end] & 0xC0 == 0x80 { end -= 1 }
        written = end
        for byte in "…".utf8 { emit(byte) }
        return written
    }
}
