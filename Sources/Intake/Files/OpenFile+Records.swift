import CScan
import Events

/// Whole records, and the events that they make.
extension OpenFile {
    /// A whole record, and where it lies.
    struct Record {
        var assembly: RecordAssembly
        var start: Int64
        var end: Int64
        /// What came before it.
        var lookBack: LookBack?
        /// What the carrier of its lines says of it.
        var facts: LineFacts?
    }

    /// The next record, or the records of carried lines that interleave. nil at the end.
    func nextRecords() throws(ByteStream.Failure) -> [Record]? {
        guard let first = try takeLine() else { return nil }
        if first.carried != nil { return try carriedRecords(from: first) }
        var record = Record(
            assembly: RecordAssembly(), start: first.start, end: first.end,
            lookBack: buffer.lookBack(before: first.start))
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
        return lineRead(line)
    }

    private func lineRead(_ line: LineBuffer.Line) -> Pending {
        if line.isCut {
            statistics.skippedLines += 1
            problem(.lineTooLong, line.start, sample: decode(line.bytes).0)
        }
        let (text, outcome) = decode(line.bytes)
        if outcome == .repaired { problem(.notText, line.start, sample: text) }
        if let carried = carriers.unwrap(text) {
            return Pending(
                start: line.start, end: line.end, text: "", shape: .plain, outcome: outcome, carried: carried)
        }
        let shape = reader.shape(text[...])
        return Pending(start: line.start, end: line.end, text: text, shape: shape, outcome: outcome)
    }

    /// The line at the place of reading as a record of its own, when it is plain text that holds a JSON object.
    ///
    /// Most records are such lines: their bytes are read where they lie.
    func takeObject() throws(ByteStream.Failure) -> Object? {
        guard pending == nil, reader.source.format != .text, buffer.startsObject() else { return nil }
        let start = buffer.position
        guard let line = try buffer.line() else { return nil }
        if let bytes = plain(line), line.isTerminated || takesUnfinished {
            let isComplete = JSONScanner.scan(bytes, into: &fields)
            if isComplete && !fields.marks.contains(.carrier) || !isComplete && !carriers.mayCarry(bytes) {
                (consumed, scanned) = (line.end, line.end)
                return Object(bytes: bytes, start: start, end: line.end, isComplete: isComplete)
            }
        }
        // A line that was cut has passed by: it is read as any other.
        if line.isCut { pending = lineRead(line) } else { buffer.move(to: start) }
        return nil
    }

    /// A JSON object of one line; `bytes` are valid until the buffer is read again, as the file's `fields` are.
    struct Object {
        var bytes: UnsafeRawBufferPointer
        var start: Int64
        var end: Int64
        /// Nothing is missing at its end.
        var isComplete: Bool
    }

    /// The line without its CR, when nothing else in it has to be repaired or removed.
    private func plain(_ line: LineBuffer.Line) -> UnsafeRawBufferPointer? {
        if line.isCut { return nil }
        var bytes = line.bytes
        if bytes.last == 0x0D { bytes = UnsafeRawBufferPointer(rebasing: bytes.dropLast()) }
        guard let base = bytes.baseAddress else { return nil }
        let found = scan_text(base, bytes.count)
        if found & SCAN_CONTROL != 0 { return nil }
        if found & SCAN_NOT_ASCII != 0, !decoder.takesUTF8 || String(validating: bytes, as: UTF8.self) == nil {
            return nil
        }
        return bytes
    }

    /// Adds the events of a record that a trigger wants.
    func judge(_ record: Record, into events: inout [ErrorEvent]) {
        let lines = record.assembly.lines
        if lines.allSatisfy({ $0.isEmpty }) { return }
        let parts = reader.readAll(record.assembly, facts: record.facts)
        let known = events.count
        defer { remember(lines, parts.first?.draft, &events, from: known) }
        judge(parts, record.start, record.end, sample: { lines.first ?? "" }, into: &events) { [self] in
            (RecordReader.identifier(file: identity, offset: record.start, record: lines), record.lookBack)
        }
    }

    /// Gives the new events of a file that is not made of lines what came before them, and keeps theirs for the next.
    func remember(_ lines: [String], _ draft: EventDraft?, _ events: inout [ErrorEvent], from known: Int) {
        guard layout != .lines, let draft else { return }
        var program = Hasher()
        program.combine(draft.event.host)
        program.combine(draft.event.service)
        let stream = program.finalize()
        for index in known..<events.count where errors.match(events[index]) {
            let ids = [events[index].traceID, draft.requestID].compactMap(\.self)
            events[index].linesBefore = recent.before(reader.source.linesBefore, of: stream, naming: ids)
        }
        recent.add(lines, of: stream)
    }

    /// - Parameter known: the id of the record's first event, and what came before it.
    func judge(
        _ parts: [RecordReader.Part], _ start: Int64, _ end: Int64, sample: () -> String,
        into events: inout [ErrorEvent], known: () -> (id: String, lookBack: LookBack?)
    ) {
        for (index, part) in parts.enumerated() {
            if let problem = part.problem { self.problem(problem, start, count: part.count, sample: sample()) }
            guard let draft = part.draft, reader.source.triggers.match(draft.event) else { continue }
            let (id, lookBack) = known()
            var event = draft.event
            event.identify(id, index)
            finish(&event, draft.requestID, start, end, part.isService ? nil : lookBack)
            events.append(event)
        }
    }

    /// Says where the record lies and what came before it.
    func finish(
        _ event: inout ErrorEvent, _ requestID: String?, _ start: Int64, _ end: Int64, _ lookBack: LookBack?
    ) {
        statistics.events += 1
        if event.receivedAt != nil, event.tags["time.implausible"] != nil {
            let seconds = reader.times.now.duration(to: event.time).inSeconds.rounded()
            statistics.note(ClockSkew(host: event.host ?? reader.source.name, seconds: seconds))
        }
        event.source = EventSource(name: reader.source.name, offset: start)
        let wanted = min(reader.source.linesBefore, IntakeLimits.linesBefore)
        // Of records that are read whatever they say, errors alone have lines before them.
        guard let lookBack, wanted > 0, errors.wants(event.level) || errors.match(event),
            end - start <= Int64(IntakeLimits.record),
            event.linesBefore.isEmpty
        else { return }
        let (traceID, recipe) = (event.traceID, decoder.recipe)
        let (opener, near) = (opener, near(start))
        event.precedingLines = PrecedingLines(deferred: {
            let decoder = TextDecoder(recipe)
            return lookBack.lines(wanted, naming: [traceID, requestID].compactMap(\.self), near: near) {
                let text = LineDecoder.withoutControls(decoder.decode($0, isCounted: false).text)
                return opener.carriers.unwrap(text)?.text ?? text
            }
        })
    }

    /// Remembers an error's place.
    ///
    /// - Returns: how many bytes before it the lines before it may lie.
    private func near(_ start: Int64) -> Int {
        let floor = errorStarts.count < IntakeLimits.errorsBefore ? nil : errorStarts.first
        if errorStarts.last != start {
            if floor != nil { errorStarts.removeFirst() }
            errorStarts.append(start)
        }
        return floor.map { Int(clamping: start - $0) } ?? .max
    }
}
