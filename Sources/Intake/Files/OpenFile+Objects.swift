import Events

/// Lines that are JSON objects, one after the other: nothing is moved or made twice on their way to an event.
extension OpenFile {
    /// Adds the errors among an object and those that follow it in sight, up to anything else.
    ///
    /// Nothing more is read from the stream.
    func readObjects(
        from first: Object, until limit: Int64, wanted: Int, into events: inout [ErrorEvent]
    ) throws(ByteStream.Failure) {
        let most = events.count + wanted
        var object = first
        while true {
            let known = events.count
            read(object, into: &events)
            errorsInARow = events.count > known ? errorsInARow + 1 : 0
            guard events.count < most, consumed < limit, moveToObject(), let next = try takeObject() else { break }
            object = next
        }
        buffer.move(to: consumed)
    }

    /// So many errors one after another are likely to be followed by one.
    private static let errorsOfARun = 16

    /// Moves to the next record that could be an error, when it is in sight and seems to be an object.
    private func moveToObject() -> Bool {
        buffer.move(to: consumed)
        // Among errors alone there is nothing to find out beforehand: what is read is judged anyway.
        if let filter, errorsInARow < Self.errorsOfARun {
            let found = buffer.nextInSight(filter)
            scanned = max(scanned, found ?? buffer.wholeLines)
            guard let found, let start = buffer.objectStart(before: found, notBefore: consumed) else { return false }
            buffer.move(to: start)
        }
        return buffer.isWholeLine && buffer.startsObject()
    }

    /// Adds what a trigger wants of an object whose fields were read.
    private func read(_ object: Object, into events: inout [ErrorEvent]) {
        guard reader.isLine(fields, isComplete: object.isComplete) else { return readMessage(object, into: &events) }
        if !object.isComplete { self.problem(.brokenJSON, object.start, sample: sample(of: object)) }
        let place = events.count
        events.append(ErrorEvent(id: "", time: reader.times.now, level: .info, message: ""))
        let account = reader.read(&fields, isComplete: object.isComplete, into: &events[place])
        guard reader.source.triggers.wants(events[place].level) || reader.source.triggers.match(events[place]) else {
            events.removeLast()
            return
        }
        if events[place].id.isEmpty { events[place].id = identifier(of: object) }
        finish(&events[place], account.requestID, object.start, object.end, buffer.lookBack(before: object.start))
    }

    /// A message of a service, an event of ours, or nothing that has a name.
    private func readMessage(_ object: Object, into events: inout [ErrorEvent]) {
        let parts = reader.readAll(object: object.bytes)
        judge(parts, object.start, object.end, sample: { sample(of: object) }, into: &events) { [self] in
            (identifier(of: object), buffer.lookBack(before: object.start))
        }
    }

    private func identifier(of object: Object) -> String {
        RecordReader.identifier(file: identity, offset: object.start, record: object.bytes)
    }

    private func sample(of object: Object) -> String {
        String(decoding: UnsafeRawBufferPointer(rebasing: object.bytes.prefix(1024)), as: UTF8.self)
    }
}

extension ErrorEvent {
    /// Gives the event an id, where it brings none.
    ///
    /// - Parameter part: which of the record's events it is.
    mutating func identify(_ known: String, _ part: Int) {
        if id.isEmpty { id = part == 0 ? known : "\(known)-\(part)" }
    }
}
