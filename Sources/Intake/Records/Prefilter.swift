import CScan
import Events

/// Finds the next place in raw bytes that could make a record an error, without looking at lines.
///
/// It may find too much, never too little: what it finds is parsed and judged by the triggers.
final class Prefilter {
    private let set: OpaquePointer
    private let durationPatterns: Range<Int>
    private let durationLimit: Double

    /// - Returns: nil where every record is wanted, or a code's pattern has no literal beginning to look for.
    init?(_ triggers: Triggers) {
        guard !triggers.everything, let set = scan_set_create() else { return nil }
        self.set = set
        var words: [(String, Bool)] = []
        if let level = triggers.level {
            // Below error, level words are too common to look for: every line is parsed.
            guard level >= .error else {
                scan_set_free(set)
                return nil
            }
            words += Self.levelWords.map { ($0, true) } + Self.numericLevels.map { ($0, false) }
        }
        if triggers.traces { words += Self.traceWords.map { ($0, true) } }
        for pattern in triggers.codes {
            let literal = String(pattern.prefix { $0 != "*" })
            guard literal.utf8.count >= 2 else {
                scan_set_free(set)
                return nil
            }
            words.append((literal, false))
        }
        for (word, folds) in words { Self.add(word, folds, to: set) }
        let first = words.count
        let durations = triggers.durationMilliseconds == nil ? [] : Self.durationWords
        var added = 0
        for word in durations where Self.add(word, true, to: set) >= 0 { added += 1 }
        durationPatterns = first..<first + added
        durationLimit = triggers.durationMilliseconds ?? 0
    }

    deinit { scan_set_free(set) }

    /// Where the first candidate begins, in a part of the buffer.
    func next(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        var at = start
        while at < bytes.count {
            let found = scan_set_find(set, base, bytes.count, at)
            guard found.position >= 0 else { return nil }
            if !durationPatterns.contains(Int(found.pattern)) || isLong(bytes, from: found.position) {
                let isLineStart = bytes[found.position] == 0x0A
                return isLineStart ? found.position + 1 : found.position
            }
            at = found.position + 1
        }
        return nil
    }

    /// Whether the number behind a duration's name could exceed the limit. Units other than ms always could.
    private func isLong(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Bool {
        var index = start
        let end = min(bytes.count, start + 64)
        while index < end, bytes[index].isIdentifier, !bytes[index].isDigit { index += 1 }
        let isMilliseconds = index >= 2 && bytes[index - 1] | 0x20 == 0x73 && bytes[index - 2] | 0x20 == 0x6D
        guard isMilliseconds else { return true }
        while index < end, !bytes[index].isDigit, bytes[index] != 0x2C, bytes[index] != 0x0A { index += 1 }
        var value = 0.0
        while index < end, bytes[index].isDigit {
            value = value * 10 + Double(bytes[index] - 0x30)
            index += 1
        }
        // An exponent or a unit of its own behind the number: judged by the parser.
        if index < end, bytes[index] | 0x20 == 0x65 || bytes[index] | 0x20 == 0x73 || bytes[index] | 0x20 == 0x6D {
            return true
        }
        return index >= end || value + 1 > durationLimit
    }

    @discardableResult
    private static func add(_ word: String, _ folds: Bool, to set: OpaquePointer) -> Int32 {
        let bytes = Array(word.utf8)
        return scan_set_add(set, bytes, bytes.count, folds ? 1 : 0)
    }

    private static let levelWords = [
        "err", "eror", "severe", "exception", "fatal", "ftl", "crit", "panic", "emerg", "alert",
    ]
    private static let numericLevels = [
        "level\":5", "level\":6", "level\": 5", "level\": 6", "level\":\"5", "level\":4", "level\": 4",
        "level\":0", "level\":1", "level\":2", "level\":3,", "level\":3}", "level\": 3,", "level\": 3}",
        "PRIORITY\":\"0", "PRIORITY\":\"1", "PRIORITY\":\"2", "PRIORITY\":\"3", "PRIORITY\" : \"",
        "PRIORITY\": \"", "MESSAGE\":[", "MESSAGE\" : [", "event_id\"", "eventID\"", "\"logentry\"", "\"trace_chain\"",
        "\"code\":2", "\"code\": 2", "everityNumber\":", "everity_number\":", "\nE0", "\nE1", "\nF0", "\nF1", "\n<",
    ]
    private static let traceWords = [
        "err", "exception", "panic", "traceback", "goroutine ", "caused by:", "\n\tat ", "\n    at ", "\n  at ",
        "\n   at ",
        "stack", "F \tat ", "F     at ", "\"\\tat ", "\"    at ", "\"\\u0009at ",
    ]
    private static let durationWords = [
        "duration", "elapsed", "latency", "took", "response", "timems", "time_ms", "executiontime",
    ]
}
