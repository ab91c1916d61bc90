import CScan
import Events

/// Whole records, and the events that they make.
extension OpenFile {
    /// A whole record, and where it lies.
    struct Record {
        var assembly: RecordAssembly
        var start: Int64
        var end: Int64
    }

    func nextRecord() throws(ByteStream.Failure) -> Record? {
        guard let first = try takeLine() else { return nil }
        var record = Record(assembly: RecordAssembly(), start: first.start, end: first.end)
        record.assembly.begin(first.text, first.shape, first.outcome)
        var isTorn = false
        while !record.assembly.isJSON, let line = try takeLine(isTorn: &isTorn) {
            guard record.assembly.accept(line.text, line.shape, line.outcome) else {
                pending = line
                break
            }
            record.end = line.end
        }
        // A trace whose last line is still being written is read when it is whole.
        if isTorn, record.assembly.lines.count > 1 { return nil }
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
            problem(.lineTooLong, line.start, sample: decode(line.bytes).0)
        }
        let (text, outcome) = decode(line.bytes)
        if outcome == .repaired { problem(.notText, line.start, sample: text) }
        let shape = reader.shape(text[...])
        return Pending(start: line.start, end: line.end, text: text, shape: shape, outcome: outcome)
    }

    func judge(_ record: Record) -> ErrorEvent? {
        if record.assembly.lines.allSatisfy({ $0.isEmpty }) { return nil }
        let reading = reader.read(record.assembly)
        if reading.isBroken { problem(.brokenJSON, record.start, sample: record.assembly.lines.first) }
        guard reader.source.triggers.match(reading.draft.event) else { return nil }
        var event = reading.draft.event
        if event.tags["time.implausible"] != nil {
            let seconds = reader.times.now.duration(to: event.time).inSeconds.rounded()
            statistics.note(ClockSkew(host: event.host ?? reader.source.name, seconds: seconds))
        }
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
        var lines: [Range<Int>] = []
        var end = window.count
        while end > 0, lines.count < IntakeLimits.linesBefore {
            let start = lineStart(window, end - 1)
            if start == 0, floor > 0 { break }
            let length = end - 1 - start
            if length > 1 || length == 1 && window[start] != 0x0D { lines.append(start..<end - 1) }
            end = start
        }
        let bytes = { (line: Int) in UnsafeRawBufferPointer(rebasing: window[lines[line]]) }
        let ids = ids.compactMap { $0.map { Array($0.utf8) } }.filter { $0.count >= 4 }
        let related = lines.indices.filter { line in ids.contains { Self.contains(bytes(line), $0) } }.prefix(wanted)
        let chosen = Set(related)
        let others = lines.indices.filter { !chosen.contains($0) }.prefix(wanted - related.count)
        return chosen.union(others).sorted(by: >).map { clip(decode(bytes($0)).0, to: IntakeLimits.lineBefore) }
    }

    private static func contains(_ line: UnsafeRawBufferPointer, _ wanted: [UInt8]) -> Bool {
        line.baseAddress.map { scan_find($0, line.count, wanted, wanted.count) >= 0 } ?? false
    }
}
