import CScan
import Events
import Synchronization

/// Finds the next place in raw bytes that could make a record an error, without looking at lines.
///
/// It may find too much, never too little: what it finds is parsed and judged by the triggers. So whatever a reader of
/// some format takes for a level, a trace, a code or a duration must have its needle here; the tests compare both.
/// Not seen are words that are written with escapes (`\u0045RROR`) or with control characters inside.
final class Prefilter: Sendable {
    private let needles: NeedleSet
    /// What is looked at behind each needle.
    private let checks: [Check]
    private let levels: NumericLevels
    private let durations: DurationKeys

    /// Levels alone are wanted: a line of JSON that begins with its level is judged by that.
    let looksAtLevelsAlone: Bool

    private enum Check { case none, level, duration, priority, rustFrame }

    private static let made = Mutex<[Triggers: Prefilter]>([:])

    /// The prefilter of these triggers, made once: choosing the places by which needles are recognised takes a while.
    ///
    /// - Returns: nil where every record is wanted, a code's pattern has no literal beginning to look for, or there are
    ///   more needles than can be looked for: every line is parsed, rather than one overlooked.
    static func of(_ triggers: Triggers) -> Prefilter? {
        made.withLock { made in
            if let known = made[triggers] { return known }
            let new = Prefilter(triggers)
            if made.count > 64 { made.removeAll() }
            made[triggers] = new
            return new
        }
    }

    /// - Parameter processor: for tests, the instructions that may be used.
    init?(_ triggers: Triggers, processor: Int32 = .max) {
        if triggers.everything { return nil }
        looksAtLevelsAlone =
            triggers.level != nil && !triggers.traces && triggers.durationMilliseconds == nil && triggers.codes.isEmpty
        levels = NumericLevels(atLeast: triggers.level ?? .error)
        durations = DurationKeys(limit: triggers.durationMilliseconds ?? 0)
        var (all, checks): ([Needle], [Check]) = ([], [])
        func add(_ needles: [Needle], _ check: Check) {
            all += needles
            checks += needles.map { _ in check }
        }
        if let level = triggers.level {
            // Below error, level words are too common to be looked for: every line is parsed.
            guard level >= .error else { return nil }
            add(Self.errorWords.map(Needle.word) + CandidateWords.otherLanguages.map(Needle.word(bytes:)), .none)
            add(levels.needles, .level)
            // At the beginning of a line, or of what a carrier's line holds.
            add([Needle("[\n \"]<[0-9]")], .priority)
            add([Needle("\n[EF][01][0-9]"), Needle("[ \"][EF][01][0-9][0-3][0-9] ")], .none)
            // What a server answered, in the ways of Apache, HAProxy and uWSGI, and how a connection ended.
            add([Needle("\" 5[0-9][0-9] [0-9\\-]"), Needle("[0-9] 5[0-9][0-9] [0-9]")], .none)
            add([Needle("HTTP/[12].[0-9] 5[0-9][0-9])"), Needle("HTTP/[23] 5[0-9][0-9])")], .none)
            add([Needle(" [SPIRDUKLspirdukl][RQCHDLT\\-] [0-9]")], .none)
            // Android's letters: `E/Tag( 812): `, `5678 E Tag: `.
            add([Needle("[\n ][EFA]/[A-Za-z_.:\\[]"), Needle("[0-9] [EFA] [A-Za-z_.:\\[]")], .none)
        }
        // Without a level, a trace makes an error of its record.
        if triggers.traces || triggers.level != nil {
            add(Self.traceWords.map(Needle.word) + Self.tracePlaces.map { Needle($0) }, .none)
            add(CandidateWords.reports.map(Needle.literal), .none)
            add([Needle("[0-9]: ")], .rustFrame)
        }
        add(CandidateWords.services.map(Needle.literal), .none)
        for pattern in triggers.codes {
            let literal = String(pattern.prefix { $0 != "*" })
            guard literal.utf8.count >= 2 else { return nil }
            add([Needle.literal(String(decoding: literal.utf8.prefix(16), as: UTF8.self))], .none)
        }
        if triggers.durationMilliseconds != nil {
            add(DurationKeys.needles, .duration)
            // What Heroku's router calls the time that a program took.
            add([Needle(" service=[0-9]")], .none)
        }
        guard let needles = NeedleSet(all, processor: processor) else { return nil }
        (self.needles, self.checks) = (needles, checks)
    }

    /// Where the first candidate begins at `from` or behind it; a newline before it belongs to some needles.
    ///
    /// - Parameter bytes: whole lines; a needle at their end may go on behind it.
    func next(in bytes: UnsafeRawBufferPointer, from: Int) -> Int? {
        var cursor = scan_cursor(place: from, tried: -1)
        while let found = needles.next(in: bytes, from: &cursor) {
            let start = found.position
            switch checks[found.needle] {
            case .none: break
            case .level: if !levels.isWanted(bytes, at: start) { continue }
            case .duration: if !durations.isLong(bytes, at: start) { continue }
            case .priority: if !levels.isWantedPriority(bytes, at: start + 2) { continue }
            case .rustFrame: if !Self.isNumbered(bytes, at: start) { continue }
            }
            return bytes[start] == 0x0A ? start + 1 : start
        }
        return nil
    }

    /// Whether only digits and white space stand before the place in its line, or in what a carrier's line holds:
    /// `   3: core::panicking`.
    private static func isNumbered(_ bytes: UnsafeRawBufferPointer, at start: Int) -> Bool {
        var index = start
        while index > 0, bytes[index - 1].isDigit { index -= 1 }
        while index > 0, bytes[index - 1] != 0x0A, bytes[index - 1].isBlank { index -= 1 }
        if index == 0 || bytes[index - 1] == 0x0A { return true }
        // A line's end inside of a JSON string, the string's beginning, the marks of containers' lines.
        let before = bytes[index - 1]
        return before == 0x22 || before == 0x46 || before == 0x7C
            || index > 1 && bytes[index - 2] == 0x5C && before == 0x6E
    }

    /// Parts of every word that `LogLevel` takes for an error or worse.
    static let errorWords = [
        "err", "eror", "severe", "exception", "fatal", "ftl", "crit", "panic", "emerg", "alert",
    ]
    /// Of the keys that hold traces, and of the lines of traces.
    private static let traceWords = [
        "err", "exc", "panic", "stack", "traceb", "backt", "thrown", "throwable", "goroutine ", "eval at ",
    ]
    private static let tracePlaces = [
        "[Tt]race[_-][Bb]", "[Bb]ack[_-][Tt]", "@x\"", "[\n \t\u{0B}\u{0C}\r\0][ \t\u{0B}\u{0C}\r\0]at ",
        "\\\\tat ", "\\\\n[ \t]at ", "\\\\tfrom ", "\\\\n#0 ", ".go:[0-9]", ".s:[0-9]", ", line [0-9]",
        "\"v\":", "\"v\"[ \t]", "Failure[: \t\r\n]", "Fault[: \t\r\n]", "Rejection[: \t\r\n]",
    ]
}
