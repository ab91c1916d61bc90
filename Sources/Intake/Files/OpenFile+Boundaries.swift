import CScan
import Glibc

/// Where the records of the file begin.
extension OpenFile {
    func isFinished() throws(ByteStream.Failure) -> Bool {
        let position = buffer.position
        defer { buffer.move(to: position) }
        return try buffer.line() == nil
    }

    func shape(_ bytes: UnsafeRawBufferPointer) -> LineShape {
        let (text, _) = decoder.decode(UnsafeRawBufferPointer(rebasing: bytes.prefix(1024)), isCounted: false)
        return reader.shape(LineDecoder.withoutControls(text)[...])
    }

    func decode(_ bytes: UnsafeRawBufferPointer) -> (String, LineDecoder.Outcome) {
        var (text, outcome) = decoder.decode(bytes)
        // RFC 7464: a record separator may stand before each line (`journalctl -o json-seq`).
        let first = text.unicodeScalars.first
        if first == "\u{FEFF}" || first == "\u{1E}" { text.unicodeScalars.removeFirst() }
        return (LineDecoder.withoutControls(text), outcome)
    }

    /// Goes back from a candidate to a line from which reading on finds the record that holds it.
    func recordStart(before place: Int64) -> Int64 {
        let object = reader.source.format == .text ? nil : buffer.objectStart(before: place, notBefore: consumed)
        if let object, !carriers.mayCarry(line(from: object)) { return object }
        return carriedStart(before: place) ?? object ?? textStart(before: place)
    }

    /// Lines that are looked at for one that surely begins a record.
    private static let seenLines = 128

    /// Goes back over lines of text until one surely begins a record, whatever stands before it.
    ///
    /// Where none does, what was seen on the way decides: without any part of a trace nothing reaches over several
    /// starts, and the nearest one is it.
    private func textStart(before place: Int64) -> Int64 {
        let floor = max(consumed, place - Int64(IntakeLimits.walkBack))
        let window = buffer.bytes(floor, place)
        var start = lineStart(window, window.count)
        var below: (start: Int, shape: LineShape)?
        var (nearest, farthest): (Int?, Int?) = (nil, nil)
        var message: Int?
        var hasTrace = false
        for _ in 0..<Self.seenLines {
            let shape = shape(lineBytes(start, floor))
            if let below, below.shape.begins(behind: shape) {
                return floor + Int64(hasTrace ? below.start : nearest ?? below.start)
            }
            if shape.surelyBegins { return floor + Int64(start) }
            if shape.isStart { (nearest, farthest) = (nearest ?? start, start) }
            if case .plain = shape { message = message ?? start }
            if below != nil, shape.isOfTrace { hasTrace = true }
            below = (start, shape)
            if start == 0 { break }
            start = lineStart(window, start - 1)
        }
        // Every line up to the end of the last record was seen, unless there were too many.
        let isWhole = start == 0 && floor == consumed
        if hasTrace { return floor + Int64(isWhole ? 0 : farthest ?? start) }
        return floor + Int64(nearest ?? message ?? start)
    }

    /// Goes back from a carried line to the one that begins its record, among the lines of its own stream.
    ///
    /// - Returns: nil for a line that nothing carries.
    private func carriedStart(before place: Int64) -> Int64? {
        let floor = max(consumed, place - Int64(IntakeLimits.walkBack))
        let window = buffer.bytes(floor, place)
        let own = lineStart(window, window.count)
        guard let line = carried(at: own, floor) else { return nil }
        var (best, shape, isWhole) = (floor + Int64(own), self.shape(of: line), isStart(line))
        // A start that may go on with a record further up.
        var isSeeking = false
        var end = own
        for _ in 0..<Self.carriedLines where end > 0 {
            let start = lineStart(window, end - 1)
            end = start
            guard let before = carried(at: start, floor), before.stream == line.stream else { continue }
            // A piece of a line belongs to what follows it, whatever that is.
            if isWhole, !before.isPartial {
                guard isSeeking || shape.mayFollowAny else { break }
                isSeeking = true
                if !isStart(before) { continue }
                guard shape.mayFollow(self.shape(of: before)) else { break }
            }
            best = floor + Int64(start)
            (shape, isWhole, isSeeking) = (self.shape(of: before), isStart(before), false)
        }
        return best
    }

    private func shape(of line: CarriedLine) -> LineShape {
        reader.shape((textLines(line.text, limit: 1).first ?? "")[...])
    }

    /// Lines that are looked at for the beginning of a carried record.
    private static let carriedLines = 128

    private func carried(at start: Int, _ floor: Int64) -> CarriedLine? {
        let line = line(from: floor + Int64(start))
        guard carriers.mayCarry(line) else { return nil }
        return carriers.unwrap(LineDecoder.withoutControls(decoder.decode(line, isCounted: false).text))
    }

    /// The line in sight that begins at an offset, as far as it is looked at.
    private func line(from start: Int64) -> UnsafeRawBufferPointer {
        let rest = buffer.bytes(start, start + Int64(IntakeLimits.cutLine))
        guard let base = rest.baseAddress, let newline = memchr(base, 0x0A, rest.count) else { return rest }
        return UnsafeRawBufferPointer(start: base, count: UnsafeRawPointer(newline) - base)
    }

    private func isStart(_ line: CarriedLine) -> Bool {
        let shape = self.shape(of: line)
        if case .plain = shape { return line.isMessage }
        return shape.isStart
    }

    func lineStart(_ window: UnsafeRawBufferPointer, _ end: Int) -> Int {
        window.baseAddress.map { scan_find_last($0, end, 0x0A) + 1 } ?? 0
    }

    private func lineBytes(_ start: Int, _ floor: Int64) -> UnsafeRawBufferPointer {
        let rest = buffer.bytes(floor + Int64(start), floor + Int64(start) + 1024)
        let end = rest.firstIndex(of: 0x0A) ?? rest.count
        return UnsafeRawBufferPointer(rebasing: rest[..<end])
    }

    /// The last line before a place that begins a record whatever stands before it.
    func lastStart(before place: Int64) -> Int64 {
        let floor = max(consumed, place - Int64(IntakeLimits.walkBack))
        let window = buffer.bytes(floor, place)
        var end = window.count
        while end > 0 {
            let start = lineStart(window, end - 1)
            if start > 0, shape(lineBytes(start, floor)).surelyBegins { return floor + Int64(start) }
            end = start
        }
        return consumed
    }
}
