import Events
import Glibc

/// One file while it is read: where its records begin and end, and the events among them.
final class OpenFile {
    let path: String
    let stream: ByteStream
    let buffer: LineBuffer
    private let reader: RecordReader
    private let filter: Prefilter?
    private let head: [UInt8]
    /// The hash of the first line: the same however much the file grows.
    private let identity: String
    /// The end of the last record that was handed out; a cursor never goes beyond.
    private(set) var consumed: Int64 = 0
    private var scanned: Int64 = 0
    private var pending: Pending?
    private let takesUnfinished: Bool
    var statistics = IntakeStatistics()
    private var countedLines: Int64 = 0
    private var countedBytes: Int64 = 0

    /// A line that was read and found to belong to the next record.
    private struct Pending {
        var start: Int64
        var end: Int64
        var text: String
        var shape: LineShape
        var outcome: LineDecoder.Outcome
    }

    init(
        path: String, stream: ByteStream, reader: RecordReader, takesUnfinished: Bool
    ) throws(ByteStream.Failure) {
        (self.path, self.stream, self.reader, self.takesUnfinished) = (path, stream, reader, takesUnfinished)
        filter = Prefilter(reader.source.triggers)
        buffer = LineBuffer(stream)
        head = try buffer.head(FileCursor.head)
        identity = FileCursor.hash(head.prefix { $0 != 0x0A })
        statistics.files = 1
    }

    /// Goes on where the likeliest cursor of the same content stopped, if there is one.
    ///
    /// - Returns: false when the stream was used up in vain and has to be opened again.
    func resume(from cursors: [FileCursor]) throws(ByteStream.Failure) -> Bool {
        let (device, inode) = (UInt64(stream.status.st_dev), UInt64(stream.status.st_ino))
        let alike = cursors.filter { $0.fits(head: head) }.sorted { left, right in
            let own = { (cursor: FileCursor) in cursor.device == device && cursor.inode == inode }
            return own(left) != own(right) ? own(left) : left.offset > right.offset
        }
        guard let cursor = alike.first, cursor.offset > 0 else { return true }
        guard try buffer.skip(to: cursor.offset) else { return false }
        let tail = buffer.bytes(cursor.offset - Int64(cursor.tailLength), cursor.offset)
        guard cursor.tailLength == 0 || FileCursor.hash(tail) == cursor.tailHash else { return false }
        (consumed, scanned, countedBytes) = (cursor.offset, cursor.offset, cursor.offset)
        return true
    }

    func cursor() -> FileCursor {
        let known = Array(head.prefix(Int(clamping: max(consumed, 0))))
        let tail = Array(buffer.bytes(max(0, consumed - Int64(FileCursor.head)), consumed))
        return FileCursor(
            path: path, device: UInt64(stream.status.st_dev), inode: UInt64(stream.status.st_ino),
            headLength: known.count, headHash: FileCursor.hash(known), offset: consumed, tailLength: tail.count,
            tailHash: FileCursor.hash(tail), size: Int64(stream.status.st_size))
    }

    /// What was read since the last call.
    func takeStatistics() -> IntakeStatistics {
        statistics.lines = buffer.lines - countedLines
        statistics.bytes = max(0, buffer.position - countedBytes)
        (countedLines, countedBytes) = (buffer.lines, max(countedBytes, buffer.position))
        defer { statistics = IntakeStatistics() }
        return statistics
    }

    /// The next error; nil at the end of the file, or (`isPaused`) when the batch has read enough.
    func next(until limit: Int64) throws(ByteStream.Failure) -> (event: ErrorEvent?, isPaused: Bool) {
        while true {
            if pending == nil, let filter, try !findCandidate(filter, limit) {
                let isPaused = scanned >= limit
                if !isPaused { noteCorruption() }
                return (nil, isPaused)
            }
            guard let record = try nextRecord() else {
                noteCorruption()
                return (nil, false)
            }
            if let event = judge(record) { return (event, false) }
            if consumed >= limit, filter == nil { return (nil, true) }
        }
    }

    /// Moves to the beginning of the next record that could be an error.
    private func findCandidate(_ filter: Prefilter, _ limit: Int64) throws(ByteStream.Failure) -> Bool {
        buffer.move(to: max(scanned, consumed))
        let found = try buffer.next(filter, limit: limit)
        scanned = buffer.position
        guard let found else {
            // The cursor may pass what holds no error, up to a line that surely begins a record.
            consumed = try isFinished() ? buffer.position : max(consumed, lastStart(before: buffer.position))
            return false
        }
        buffer.move(to: recordStart(before: found))
        return true
    }

    private func isFinished() throws(ByteStream.Failure) -> Bool {
        let position = buffer.position
        defer { buffer.move(to: position) }
        return try buffer.line() == nil
    }

    private func shape(_ bytes: UnsafeRawBufferPointer) -> LineShape {
        let (text, _) = decode(UnsafeRawBufferPointer(rebasing: bytes.prefix(1024)))
        return LineShape(text[...], times: reader.times)
    }

    private func decode(_ bytes: UnsafeRawBufferPointer) -> (String, LineDecoder.Outcome) {
        let (text, outcome) = LineDecoder.decode(bytes, encoding: reader.source.encoding)
        return (LineDecoder.withoutControls(text), outcome)
    }

    /// Goes back from a candidate to the line that begins its record.
    private func recordStart(before place: Int64) -> Int64 {
        let floor = max(consumed, place - Int64(IntakeLimits.walkBack))
        let window = buffer.bytes(floor, place)
        let own = lineStart(window, window.count)
        var (start, fallback, isOpen) = (own, own, true)
        for _ in 0..<64 {
            let line = lineBytes(start, floor)
            let shape = shape(line)
            if shape.isStart { return floor + Int64(start) }
            switch shape {
            case .continuation, .blank, .traceback: break
            default: isOpen = false
            }
            if isOpen || start == own { fallback = start }
            if start == 0 { break }
            start = lineStart(window, start - 1)
            if isOpen { fallback = start }
        }
        return floor + Int64(fallback)
    }

    private func lineStart(_ window: UnsafeRawBufferPointer, _ end: Int) -> Int {
        var index = end
        while index > 0, window[index - 1] != 0x0A { index -= 1 }
        return index
    }

    private func lineBytes(_ start: Int, _ floor: Int64) -> UnsafeRawBufferPointer {
        let rest = buffer.bytes(floor + Int64(start), floor + Int64(start) + 1024)
        let end = rest.firstIndex(of: 0x0A) ?? rest.count
        return UnsafeRawBufferPointer(rebasing: rest[..<end])
    }

    /// The last line before a place that begins a record whatever stands before it.
    private func lastStart(before place: Int64) -> Int64 {
        let floor = max(consumed, place - Int64(IntakeLimits.walkBack))
        let window = buffer.bytes(floor, place)
        var end = window.count
        while end > 0 {
            let start = lineStart(window, end - 1)
            if start > 0, shape(lineBytes(start, floor)).isStart { return floor + Int64(start) }
            end = start
        }
        return consumed
    }
}

extension OpenFile {
    /// A whole record, and where it lies.
    struct Record {
        var assembly: RecordAssembly
        var start: Int64
        var end: Int64
    }

    private func nextRecord() throws(ByteStream.Failure) -> Record? {
        guard let first = try takeLine() else { return nil }
        var record = Record(assembly: RecordAssembly(), start: first.start, end: first.end)
        record.assembly.begin(first.text, first.shape, first.outcome)
        var isTorn = false
        while let line = try takeLine(isTorn: &isTorn) {
            guard record.assembly.accept(line.text, line.shape, line.outcome) else {
                pending = line
                break
            }
            record.end = line.end
        }
        // A trace whose last line is still being written is read when it is whole.
        if isTorn, !record.assembly.isJSON, record.assembly.lines.count > 1 { return nil }
        (consumed, scanned) = (record.end, record.end)
        return record
    }

    private func takeLine() throws(ByteStream.Failure) -> Pending? {
        var isTorn = false
        return try takeLine(isTorn: &isTorn)
    }

    private func takeLine(isTorn: inout Bool) throws(ByteStream.Failure) -> Pending? {
        if let line = pending {
            pending = nil
            return line
        }
        guard let line = try buffer.line() else { return nil }
        guard line.isTerminated || takesUnfinished else {
            buffer.move(to: line.start)
            isTorn = true
            return nil
        }
        if line.isCut {
            statistics.skippedLines += 1
            problem(.lineTooLong, line.start)
        }
        let (text, outcome) = decode(line.bytes)
        if outcome == .repaired { problem(.notText, line.start) }
        let shape = LineShape(text[...], times: reader.times)
        return Pending(start: line.start, end: line.end, text: text, shape: shape, outcome: outcome)
    }

    private func judge(_ record: Record) -> ErrorEvent? {
        if record.assembly.lines.allSatisfy({ $0.isEmpty }) { return nil }
        let reading = reader.read(record.assembly)
        if reading.isBroken { problem(.brokenJSON, record.start) }
        guard reader.source.triggers.match(reading.draft.event) else { return nil }
        var event = reading.draft.event
        if event.id.isEmpty {
            event.id = RecordReader.identifier(file: identity, offset: record.start, record: record.assembly.lines)
        }
        event.source = EventSource(name: reader.source.name, offset: record.start)
        if event.linesBefore.isEmpty, record.end - record.start <= Int64(IntakeLimits.record) {
            event.linesBefore = linesBefore(record.start, ids: [event.traceID, reading.draft.requestID])
        }
        statistics.events += 1
        return event
    }

    /// The lines before a record, those of the same request or trace first to be kept; in their order.
    private func linesBefore(_ place: Int64, ids: [String?]) -> [String] {
        let wanted = min(reader.source.linesBefore, IntakeLimits.linesBefore)
        let floor = max(0, place - Int64(IntakeLimits.lookBack))
        let window = buffer.bytes(floor, place)
        guard wanted > 0, window.count == Int(place - floor) else { return [] }
        var lines: [String] = []
        var end = window.count
        while end > 0, lines.count < IntakeLimits.linesBefore {
            let start = lineStart(window, end - 1)
            if start == 0, floor > 0 { break }
            let line = decode(UnsafeRawBufferPointer(rebasing: window[start..<end - 1])).0
            if !line.isEmpty { lines.append(line) }
            end = start
        }
        let ids = ids.compactMap(\.self).filter { $0.utf8.count >= 4 }
        let related = lines.indices.filter { index in ids.contains { lines[index].contains($0) } }.prefix(wanted)
        let chosen = Set(related)
        let others = lines.indices.filter { !chosen.contains($0) }.prefix(wanted - related.count)
        return chosen.union(others).sorted(by: >).map { clip(lines[$0], to: IntakeLimits.lineBefore) }
    }

    private func noteCorruption() {
        if stream.isCorrupt { problem(.corruptCompression, buffer.position) }
    }

    private func problem(_ reason: IntakeProblem.Reason, _ offset: Int64) {
        statistics.add(IntakeProblem(path: path, offset: offset, reason: reason))
    }
}
