import Events

/// Files that are not made of lines.
extension OpenFile {
    /// Adds the events of the file's next piece; see `next(until:wanted:into:)`.
    func nextOfWhole(until limit: Int64, into events: inout [ErrorEvent]) throws(ByteStream.Failure) -> Bool {
        while true {
            guard let found = try nextPiece() else {
                noteCorruption()
                return false
            }
            scanned = consumed
            events += found
            if !found.isEmpty { return false }
            if consumed >= limit { return true }
        }
    }

    /// - Returns: nil at the end of the file, or where its last piece is still being written.
    private func nextPiece() throws(ByteStream.Failure) -> [ErrorEvent]? {
        switch layout {
        case .lines: return nil
        case .objects: return try nextObject()
        case .envelope, .otlpRequest: return try wholeFile()
        case .framedRequests: return try nextFrame()
        case .w3c: return try nextRequest()
        case .journalExport: return try carriedEvents(takeEntry)
        case .countedSyslog: return try carriedEvents(takeCounted)
        }
    }

    private func carriedEvents(
        _ next: (inout Bool) throws(ByteStream.Failure) -> Pending?
    ) throws(ByteStream.Failure) -> [ErrorEvent]? {
        var isTorn = false
        var first = pending
        pending = nil
        if first == nil { first = try next(&isTorn) }
        guard let first, let records = try carriedRecords(from: first, next) else { return nil }
        var events: [ErrorEvent] = []
        for record in records { judge(record, into: &events) }
        return events
    }

    private func nextObject() throws(ByteStream.Failure) -> [ErrorEvent]? {
        buffer.move(to: consumed)
        var splitter = JSONSplitter()
        while let piece = try buffer.piece() {
            var index = 0
            while index < piece.bytes.count {
                switch splitter.feed(piece.bytes, from: index) {
                case .more: index = piece.bytes.count
                case .value(let end):
                    finishPiece(at: piece.start + Int64(end))
                    let start = consumed - Int64(splitter.value.count)
                    return splitter.value.withUnsafeBytes { judge(reader.readDocument($0), start, $0) }
                case .tooLarge(let end):
                    problem(.documentTooLarge, consumed)
                    index = end
                case .broken(let place):
                    problem(.brokenJSON, piece.start + Int64(place))
                    index = place
                }
            }
            if !splitter.isOpen { consumed = piece.start + Int64(piece.bytes.count) }
        }
        if splitter.isOpen {
            guard takesUnfinished else { return nil }
            problem(.brokenJSON, consumed)
            consumed = buffer.position
        }
        return nil
    }

    /// The next line of a W3C log; directives and blank lines give no event.
    private func nextRequest() throws(ByteStream.Failure) -> [ErrorEvent]? {
        buffer.move(to: consumed)
        guard let line = try buffer.line(), line.isTerminated || takesUnfinished else { return nil }
        let start = consumed
        (consumed, scanned) = (line.end, line.end)
        let text = decode(line.bytes).0
        if text.utf8.first == 0x23 {
            w3c.readDirective(text[...])
            return []
        }
        if text[...].trimmed.isEmpty { return [] }
        guard var draft = w3c.read(text[...].trimmed, reader.times) else {
            problem(.otherFormat, start, sample: text)
            return []
        }
        reader.fill(&draft)
        return judge([RecordReader.Part(draft: draft)], start)
    }

    private func finishPiece(at end: Int64) {
        consumed = end
        buffer.move(to: end)
    }

    /// The rest of the file as one message, when nobody writes it any more.
    private func wholeFile() throws(ByteStream.Failure) -> [ErrorEvent]? {
        buffer.move(to: consumed)
        let start = consumed
        var bytes: [UInt8] = []
        var isTooLarge = false
        while let piece = try buffer.piece() {
            if bytes.count + piece.bytes.count > IntakeLimits.document { isTooLarge = true }
            if isTooLarge { bytes = [] } else { bytes.append(contentsOf: piece.bytes) }
        }
        guard takesUnfinished, buffer.position > start else { return nil }
        consumed = buffer.position
        if isTooLarge {
            problem(.documentTooLarge, start)
            return []
        }
        let readings =
            layout == .envelope
            ? bytes.withUnsafeBytes { reader.readEnvelope($0) } : bytes.withUnsafeBytes { reader.readRequest($0) }
        return judge(readings, start)
    }

    /// One request behind its length of four bytes.
    private func nextFrame() throws(ByteStream.Failure) -> [ErrorEvent]? {
        buffer.move(to: consumed)
        let start = consumed
        guard let head = try buffer.take(4) else { return nil }
        let length = head.reduce(0) { $0 << 8 | Int($1) }
        guard length <= IntakeLimits.document else {
            problem(.brokenMessage, start)
            try buffer.pass(.max)
            consumed = buffer.position
            return nil
        }
        guard let bytes = try takeAll(length) else {
            if takesUnfinished {
                problem(.brokenMessage, start)
                consumed = buffer.position
            }
            return nil
        }
        consumed = buffer.position
        return judge(bytes.withUnsafeBytes { reader.readRequest($0) }, start)
    }

    private func takeAll(_ count: Int) throws(ByteStream.Failure) -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < count {
            guard let part = try buffer.take(min(IntakeLimits.block, count - bytes.count)) else { return nil }
            bytes.append(contentsOf: part)
        }
        return bytes
    }

    /// - Parameter text: the bytes of what was read, where they are text.
    private func judge(
        _ parts: [RecordReader.Part], _ start: Int64,
        _ text: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
    ) -> [ErrorEvent] {
        var events: [ErrorEvent] = []
        let sample = { String(decoding: UnsafeRawBufferPointer(rebasing: text.prefix(1024)), as: UTF8.self) }
        judge(parts, start, consumed, sample: sample, into: &events) { [self] in
            (RecordReader.identifier(file: identity, offset: start, record: []), nil)
        }
        // Objects of a program, in a list or over several lines each.
        if let first = parts.first, !first.isService, let told = first.draft?.event {
            let line = "\(told.time.rfc3339) \(told.level.rawValue) \(told.message)"
            remember([line], first.draft, &events, from: 0)
        }
        return events
    }
}

/// Entries that are read as lines of a carrier.
extension OpenFile {
    /// Fields of one journal entry that are kept, and bytes of each.
    private static let entryFields = 256

    /// The next entry of systemd's export format.
    private func takeEntry(isTorn: inout Bool) throws(ByteStream.Failure) -> Pending? {
        var fields: [String: String] = [:]
        var (start, end) = (buffer.position, buffer.position)
        while let line = try buffer.line() {
            end = line.end
            guard line.isTerminated || takesUnfinished else {
                isTorn = true
                return nil
            }
            if line.bytes.isEmpty {
                if !fields.isEmpty { break }
                start = end
                continue
            }
            let text = LineDecoder.decode(line.bytes).text
            if let pair = text[...].split(at: "=") {
                keep(String(pair.before), String(pair.after), in: &fields)
            } else if let value = try takeBinary() {
                keep(text, value, in: &fields)
                end = buffer.position
            } else {
                isTorn = !takesUnfinished
                if takesUnfinished { problem(.brokenMessage, start) }
                return nil
            }
        }
        guard !fields.isEmpty else { return nil }
        var carried = JournalLine.carried { fields[$0] }
        carried.facts = carried.facts.inside(carriers.file)
        return Pending(start: start, end: end, text: "", shape: .plain, outcome: .utf8, carried: carried)
    }

    private func keep(_ name: String, _ value: String, in fields: inout [String: String]) {
        if fields.count < Self.entryFields, fields[name] == nil { fields[name] = clip(value, to: IntakeLimits.record) }
    }

    /// A value behind its length: eight bytes, the lowest first, and a newline behind it.
    private func takeBinary() throws(ByteStream.Failure) -> String? {
        guard let head = try buffer.take(8) else { return nil }
        let length = head.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(Int64.max) else { return nil }
        guard let part = try buffer.take(Int(min(length, UInt64(IntakeLimits.record)))) else { return nil }
        let text = LineDecoder.decode(part).text
        try buffer.pass(Int64(length) - Int64(part.count))
        _ = try buffer.take(1)
        return text
    }

    /// The next message behind its length; where the length is wrong, the next line that has one.
    private func takeCounted(isTorn: inout Bool) throws(ByteStream.Failure) -> Pending? {
        while true {
            let start = buffer.position
            var length = 0
            while let digit = try buffer.take(1)?.first, digit != 0x20, length <= IntakeLimits.line {
                guard digit.isDigit else {
                    length = digit == 0x0A && length == 0 ? 0 : -1
                    break
                }
                length = length * 10 + Int(digit - 0x30)
            }
            if length == 0 { if buffer.position > start { continue } else { return nil } }
            if (1...IntakeLimits.line).contains(length) {
                guard let bytes = try buffer.take(length) else {
                    isTorn = true
                    if takesUnfinished { problem(.brokenMessage, start) }
                    return nil
                }
                let (text, outcome) = decode(bytes)
                if let carried = carriers.unwrap(text[...].trimmedEnd) {
                    return Pending(
                        start: start, end: buffer.position, text: "", shape: .plain, outcome: outcome, carried: carried)
                }
            }
            problem(.brokenMessage, start)
            buffer.move(to: start)
            guard try buffer.line() != nil else { return nil }
        }
    }
}

extension Substring {
    /// Without the line break at its end.
    fileprivate var trimmedEnd: String {
        var text = self
        while text.utf8.last == 0x0A || text.utf8.last == 0x0D { text = text.dropLast() }
        return String(text)
    }
}
