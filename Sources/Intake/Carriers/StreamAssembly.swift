import Events

/// Gathers the records of carried lines, each stream's apart, however the streams interleave.
struct StreamAssembly {
    /// A whole record of carried text, and where its lines lie.
    struct Record {
        var assembly = RecordAssembly()
        var facts: LineFacts
        var start: Int64
        var end: Int64
    }

    private struct Open {
        /// nil while the stream's first line is in pieces.
        var record: Record?
        var partial: Partial?
        var lastLine: Int
        var lastTime: Timestamp?
    }

    /// Pieces of a line whose end has not come.
    private struct Partial {
        var line: CarriedLine
        var start: Int64
        var end: Int64
        /// The pieces, where each of them may be a line of its own.
        var pieces: [Partial] = []
    }

    /// So many pieces without an end are lines.
    private static let pieces = 64

    /// A record whose stream says nothing for so many lines is whole.
    static let patience = 128
    /// Or for so long, by the carrier's clock.
    static let silence = Duration.seconds(2)
    private static let streams = 256

    private let times: LogTime
    private let format: SourceSettings.Format?
    private var open: [Int: Open] = [:]
    private var finished: [Record] = []
    private var count = 0
    /// The stream of the last line, where it holds messages.
    private var latest: Int?

    /// - Parameter format: of lines that nothing carries.
    init(times: LogTime, format: SourceSettings.Format? = nil) { (self.times, self.format) = (times, format) }

    var isEmpty: Bool { open.isEmpty && finished.isEmpty }
    /// A line's end has not come.
    var hasPartial: Bool { open.values.contains { $0.partial != nil } }

    /// Whether a line can begin something new while everything before it is whole: there the records may be cut.
    func isCut(before line: CarriedLine) -> Bool {
        guard !isEmpty else { return false }
        for (stream, open) in open where stream != line.stream {
            if !isStale(open, line.facts.time) { return false }
        }
        guard let own = open[line.stream] else { return true }
        guard own.partial == nil, let record = own.record else { return false }
        let first = Self.lines(of: line.text, limit: 1).first ?? ""
        var assembly = record.assembly
        return !assembly.accept(first, LineShape(first[...], times: times, format: format), .utf8)
    }

    mutating func add(_ line: CarriedLine, start: Int64, end: Int64, _ outcome: LineDecoder.Outcome) {
        count += 1
        var own = open[line.stream] ?? Open(lastLine: count)
        (own.lastLine, own.lastTime) = (count, line.facts.time)
        let piece = Partial(line: line, start: start, end: end)
        var whole = piece
        if let partial = own.partial {
            whole = Partial(line: partial.line, start: partial.start, end: end, pieces: partial.pieces)
            // A line that never ends is cut.
            if partial.line.text.utf8.count < IntakeLimits.record { whole.line.text += line.text }
        }
        if line.isPartial {
            if line.mayBeWhole { whole.pieces.append(piece) }
            own.partial = whole
            if whole.pieces.count >= Self.pieces { takePieces(&own, outcome) }
        } else {
            own.partial = nil
            extend(&own, with: whole, outcome)
        }
        open[line.stream] = own
        latest = line.isMessage ? line.stream : nil
        if open.count > Self.streams, let oldest = open.min(by: { $0.value.lastLine < $1.value.lastLine })?.key {
            close(oldest)
        }
    }

    /// Takes a line that nothing carries, when it goes on with the message before it: not every daemon of syslog puts
    /// a header before each line of a trace.
    mutating func takeBare(_ line: String, _ shape: LineShape, end: Int64, _ outcome: LineDecoder.Outcome) -> Bool {
        guard let latest, var own = open[latest], own.partial == nil, var record = own.record,
            record.assembly.accept(line, shape, outcome)
        else { return false }
        record.end = end
        own.record = record
        open[latest] = own
        return true
    }

    /// Adds a whole line to its stream's record, or begins another.
    private mutating func extend(_ own: inout Open, with whole: Partial, _ outcome: LineDecoder.Outcome) {
        let lines = Self.lines(of: whole.line.text, limit: TraceLimits.lines)
        let first = lines.first ?? ""
        let shape = LineShape(first[...], times: times, format: format)
        var record = own.record ?? Record(facts: whole.line.facts, start: whole.start, end: whole.end)
        if own.record == nil || !record.assembly.accept(first, shape, outcome) {
            if let before = own.record { finished.append(before) }
            if case .blank = shape, lines.count <= 1 {
                // An empty line belongs to what stands before it or to nothing.
                own.record = nil
                return
            }
            record = Record(facts: whole.line.facts, start: whole.start, end: whole.end)
            record.assembly.begin(first, shape, outcome, holdsMessages: whole.line.isMessage)
        }
        for line in lines.dropFirst() {
            let shape = LineShape(line[...], times: times, format: format)
            // Lines of one message are one record, whatever they look like.
            if !record.assembly.accept(line, shape, outcome) { record.assembly.append(line) }
        }
        record.end = whole.end
        own.record = record
    }

    private static func lines(of text: String, limit: Int) -> [String] {
        textLines(text, limit: limit).map { LineDecoder.withoutControls(String($0)) }
    }

    private func isStale(_ open: Open, _ now: Timestamp?) -> Bool {
        if count - open.lastLine >= Self.patience { return true }
        guard open.partial == nil, let now, let last = open.lastTime else { return false }
        return last.duration(to: now) > Self.silence
    }

    /// Takes the pieces of a line whose end never came.
    private mutating func takePieces(_ own: inout Open, _ outcome: LineDecoder.Outcome) {
        guard let partial = own.partial else { return }
        own.partial = nil
        for line in partial.pieces.isEmpty ? [partial] : partial.pieces { extend(&own, with: line, outcome) }
    }

    private mutating func close(_ stream: Int) {
        guard var entry = open.removeValue(forKey: stream) else { return }
        takePieces(&entry, .utf8)
        if let record = entry.record { finished.append(record) }
    }

    /// Everything that was gathered, by where it begins.
    mutating func takeAll() -> [Record] {
        for stream in open.keys.sorted() { close(stream) }
        defer { self = StreamAssembly(times: times, format: format) }
        return finished.sorted { ($0.start, $0.end) < ($1.start, $1.end) }
    }
}
