import Events

/// Lines that are JSON objects, many at a time.
extension OpenFile {
    /// Lines that are read together at most, and at least, where several processors share them.
    private static let objectsAtOnce = 256
    private static let objectsToShare = 32

    /// The object and those that follow it in sight, up to anything else.
    ///
    /// Their bytes stay where they are: nothing more is read from the stream.
    func objects(from first: Object, until limit: Int64, wanted: Int) throws(ByteStream.Failure) -> [Object] {
        var run = [first]
        while run.count < min(wanted, Self.objectsAtOnce), consumed < limit, try moveToObject(),
            let object = try takeObject()
        {
            run.append(object)
        }
        buffer.move(to: consumed)
        return run
    }

    /// Moves to the next record that could be an error, when it is in sight and seems to be an object.
    private func moveToObject() throws(ByteStream.Failure) -> Bool {
        buffer.move(to: consumed)
        if let filter {
            let found = buffer.nextInSight(filter)
            scanned = max(scanned, found ?? buffer.wholeLines)
            guard let found, let start = buffer.objectStart(before: found, notBefore: consumed) else { return false }
            buffer.move(to: start)
        }
        return buffer.isWholeLine && buffer.startsObject()
    }

    /// The events of JSON lines that a trigger wants.
    func judge(_ run: [Object]) -> [ErrorEvent] {
        let (reader, file) = (reader, identity)
        let read = { (object: Object) in reader.readWanted(object.bytes, file: file, offset: object.start) }
        let all = run.count < Self.objectsToShare ? run.map(read) : concurrentMap(run, read)
        var events: [ErrorEvent] = []
        events.reserveCapacity(run.count)
        for (object, parts) in zip(run, all) { add(parts, of: object, to: &events) }
        return events
    }

    private func add(_ parts: [RecordReader.Part], of object: Object, to events: inout [ErrorEvent]) {
        var parts = parts
        for index in parts.indices {
            if let problem = parts[index].problem {
                let beginning = UnsafeRawBufferPointer(rebasing: object.bytes.prefix(1024))
                let sample = String(decoding: beginning, as: UTF8.self)
                self.problem(problem, object.start, count: parts[index].count, sample: sample)
            }
            let lookBack = parts[index].isService ? nil : buffer.lookBack(before: object.start)
            guard var draft = parts[index].draft.take() else { continue }
            finish(&draft, object.start, object.end, lookBack)
            events.append(draft.event)
        }
    }
}

extension RecordReader {
    /// The events of a JSON line that a trigger wants, with their ids, and what was wrong with it. Pure.
    fileprivate func readWanted(_ bytes: UnsafeRawBufferPointer, file: String, offset: Int64) -> [Part] {
        var parts = readAll(object: bytes)
        var id: String?
        for index in parts.indices {
            guard let event = parts[index].draft?.event else { continue }
            guard source.triggers.match(event) else {
                parts[index].draft = nil
                continue
            }
            let known = id ?? Self.identifier(file: file, offset: offset, record: bytes)
            id = known
            parts[index].draft?.identify(known, index)
        }
        return parts
    }
}

extension EventDraft {
    /// Gives the event an id, where it brings none.
    ///
    /// - Parameter part: which of the record's events it is.
    mutating func identify(_ id: String, _ part: Int) {
        if event.id.isEmpty { event.id = part == 0 ? id : "\(id)-\(part)" }
    }
}
