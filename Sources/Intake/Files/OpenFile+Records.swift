import CScan
import Events

/// Whole records, and the events that they make.
extension OpenFile {
    /// A whole record, and where it lies.
    struct Record {
        var assembly: RecordAssembly
        var start: Int64
        var end: Int64
        /// What the carrier of its lines says of it.
        var facts: CarrierFacts?
    }

    /// The next record, or the records of carried lines that interleave. nil at the end.
    func nextRecords() throws(ByteStream.Failure) -> [Record]? {
        guard let first = try takeLine() else { return nil }
        if first.carried != nil { return try carriedRecords(from: first) }
        var record = Record(assembly: RecordAssembly(), start: first.start, end: first.end)
        record.assembly.begin(first.text, first.shape, first.outcome)
        var isTorn = false
        while !record.assembly.isJSON, let line = try takeLine(isTorn: &isTorn) {
            guard line.carried == nil, record.assembly.accept(line.text, line.shape, line.outcome) else {
                pending = line
                break
            }
            record.end = line.end
        }
        // A trace whose last line is still being written is read when it is whole.
        if isTorn, record.assembly.lines.count > 1 { return nil }
        (consumed, scanned) = (record.end, record.end)
        return [record]
    }

    private func takeLine() throws(ByteStream.Failure) -> Pending? {
        var isTorn = false
        return try takeLine(isTorn: &isTorn)
    }

    func takeLine(isTorn: inout Bool) throws(ByteStream.Failure) -> Pending? {
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
        if let carried = carriers.unwrap(text) {
            return Pending(
                start: line.start, end: line.end, text: "", shape: .plain, outcome: outcome, carried: carried)
        }
        let shape = reader.shape(text[...])
        return Pending(start: line.start, end: line.end, text: text, shape: shape, outcome: outcome)
    }

    /// The events of a record that a trigger wants.
    func judge(_ record: Record) -> [ErrorEvent] {
        if record.assembly.lines.allSatisfy({ $0.isEmpty }) { return [] }
        return judge(reader.readAll(record.assembly, facts: record.facts), of: record, hasNeighbours: true)
    }

    /// - Parameter hasNeighbours: the lines before the record are the program's too.
    func judge(_ readings: [RecordReader.Reading], of record: Record, hasNeighbours: Bool) -> [ErrorEvent] {
        var events: [ErrorEvent] = []
        for (index, reading) in readings.enumerated() {
            if let problem = reading.problem { self.problem(problem, record.start, count: reading.count) }
            guard let draft = reading.draft, reader.source.triggers.match(draft.event) else { continue }
            var event = draft.event
            if event.id.isEmpty {
                let id = RecordReader.identifier(file: identity, offset: record.start, record: record.assembly.lines)
                event.id = index == 0 ? id : "\(id)-\(index)"
            }
            event.source = EventSource(name: reader.source.name, offset: record.start)
            if hasNeighbours, !reading.isService, event.linesBefore.isEmpty,
                record.end - record.start <= Int64(IntakeLimits.record)
            {
                event.linesBefore = linesBefore(record.start, ids: [event.traceID, draft.requestID])
            }
            events.append(event)
        }
        statistics.events += events.count
        return events
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
        return chosen.union(others).sorted(by: >).map { line in
            let text = decode(bytes(line)).0
            return clip(carriers.unwrap(text)?.text ?? text, to: IntakeLimits.lineBefore)
        }
    }

    private static func contains(_ line: UnsafeRawBufferPointer, _ wanted: [UInt8]) -> Bool {
        line.baseAddress.map { scan_find($0, line.count, wanted, wanted.count) >= 0 } ?? false
    }
}
