import CScan

/// Words: runs of letters, digits and `_`, and what can start with a letter.
extension MaskScanner {
    mutating func scanWord() {
        guard let base = bytes.baseAddress else { return }
        let start = index
        let run = scan_word(base, start, bytes.count)
        let (end, digits) = (run.end, run.digits)
        let next = bytes.at(end)
        if next != 0x20, next != 0, let (kind, close) = values.matchCompound(start, wordEnd: end, next: next) {
            if let kind { mask(kind, to: close) } else { scanURL(from: close) }
            return
        }
        if digits == 0 {
            if end - start == 3, bytes[start].isUpper, let close = values.matchMonthDate(start, end) {
                return mask(.time, to: close)
            }
            if end - start >= ValueMatcher.minBase64, let close = values.matchBase64(start) {
                return mask(.base64, to: close)
            }
            return copy(end)
        }
        scanMixedWord(start, end, digits: digits, next: next)
    }

    /// A word with digits in it.
    private mutating func scanMixedWord(_ start: Int, _ end: Int, digits: Int, next: UInt8) {
        if next == 0x28 || values.isTechnicalWord(start, end) || values.isErrorCode(start, end, next) {
            return copy(end)
        }
        if let (kind, close) = values.opaqueValue(start, end, digits: digits) { return mask(kind, to: close) }
        var position = start
        while position < end {
            let word = bytes.run(from: position, limit: end - position) { !$0.isDigit }
            if word > position { copy(word) }
            let number = bytes.run(from: word, limit: end - word) { $0.isDigit }
            if number > word { mask(.num, to: number) }
            position = max(number, position + 1)
        }
    }
}
