import CScan
import Glibc

/// A window on a stream's lines: what was read lately stays in sight, memory stays the same whatever the stream.
final class LineBuffer {
    struct Line {
        var start: Int64
        /// Behind the newline.
        var end: Int64
        /// Without the newline; valid until the next line is asked for.
        var bytes: UnsafeRawBufferPointer
        var isTerminated = true
        var isCut = false
    }

    /// Kept before the place of reading, so that the beginnings of records and the lines before them stay in sight.
    static let history = IntakeLimits.lookBack + IntakeLimits.walkBack

    private let stream: ByteStream
    private var pool = BlockPool()
    private var block: Block
    /// Offset of the block's first byte.
    private var base: Int64 = 0
    private var filled = 0
    private var isAtEnd = false
    /// Of streams whose encoding does not contain ASCII: offsets count the bytes of the UTF-8 that it makes.
    private(set) var transcoder: StreamTranscoder?
    private(set) var position: Int64 = 0
    /// Behind the last newline in sight; nothing before `base` counts.
    private(set) var wholeLines: Int64 = 0
    /// Newlines before `counted`, of those that were read.
    private var newlines: Int64 = 0
    private var counted: Int64 = 0
    private var levels = scan_levels()
    /// Bytes of blocks that were left behind because events refer to them.
    var heldBytes = 0

    /// - Parameter encoding: of the stream, where it does not contain ASCII.
    init(_ stream: ByteStream, encoding: String? = nil) {
        self.stream = stream
        transcoder = encoding.flatMap(StreamTranscoder.init)
        block = pool.take()
    }

    deinit { cutStorage.deallocate() }

    /// The beginning of the stream, as far as it goes within `limit` bytes. Before anything else is read.
    func head(_ limit: Int) throws(ByteStream.Failure) -> [UInt8] {
        while filled < limit, try fill() {}
        return Array(block.bytes[..<min(limit, filled)])
    }

    /// Goes to an offset at or behind the present one.
    ///
    /// - Returns: false when the stream ends before it.
    func skip(to offset: Int64) throws(ByteStream.Failure) -> Bool {
        let from = offset - Int64(IntakeLimits.lookBack)
        if !stream.isConverted, transcoder == nil, from > end {
            guard offset <= stream.status.st_size else { return false }
            stream.seek(to: from)
            (base, filled, isAtEnd, wholeLines, counted) = (from, 0, false, from, from)
        }
        position = min(offset, end)
        while end < offset, try fill() { position = min(offset, end) }
        position = min(offset, end)
        (newlines, counted) = (0, position)
        return end >= offset
    }

    private var end: Int64 { base + Int64(filled) }

    /// Offsets count bytes of UTF-8 that the file does not hold.
    var isConverted: Bool { transcoder != nil }

    /// Lines that end before an offset in sight, of those that were read since the beginning or since `skip`.
    func lines(to offset: Int64) -> Int64 {
        countLines(to: offset)
        return newlines - Int64(count(offset, counted))
    }

    private func countLines(to offset: Int64) {
        guard offset > counted else { return }
        newlines += Int64(count(counted, offset))
        counted = offset
    }

    private func count(_ from: Int64, _ to: Int64) -> Int {
        let part = bytes(from, to)
        return part.baseAddress.map { Int(scan_count($0, part.count, 0x0A)) } ?? 0
    }

    /// Whether everything from the offset on is in sight.
    func isInSight(_ offset: Int64) -> Bool { offset >= base }

    /// The bytes of a range, as far as they are still in sight.
    func bytes(_ from: Int64, _ to: Int64) -> UnsafeRawBufferPointer {
        let low = max(from, base) - base
        let high = max(low, min(to, end) - base)
        return UnsafeRawBufferPointer(rebasing: block.bytes[Int(low)..<Int(high)])
    }

    /// The bytes before an offset, kept for as long as somebody has them. nil when they are not all in sight.
    func lookBack(before offset: Int64) -> LookBack? {
        let floor = max(0, offset - Int64(IntakeLimits.lookBack))
        guard floor >= base, offset <= end else { return nil }
        return LookBack(block: block, range: Int(floor - base)..<Int(offset - base), isCut: floor > 0)
    }

    /// Sets the place of reading within what is in sight.
    func move(to offset: Int64) { position = max(base, min(offset, end)) }

    /// Whether a JSON object seems to begin at the place of reading; false where that is not in sight yet.
    func startsObject() -> Bool { Self.beginsObject(bytes(position, end)) }

    private static func beginsObject(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count > 1, bytes[0] == 0x7B else { return false }
        return bytes.dropFirst().first { $0 != 0x20 } == 0x22
    }

    /// Where the line around a place begins, when that is in sight and begins an object.
    func objectStart(before place: Int64, notBefore floor: Int64) -> Int64? {
        let window = bytes(floor, place)
        guard let start = window.baseAddress else { return nil }
        let newline = scan_find_last(start, window.count, 0x0A)
        let found = place - Int64(window.count) + Int64(newline) + 1
        guard newline >= 0 || found == floor else { return nil }
        return Self.beginsObject(bytes(found, end)) ? found : nil
    }

    /// Where the next candidate lies; nil at the stream's end or at the limit.
    func next(_ filter: Prefilter, limit: Int64) throws(ByteStream.Failure) -> Int64? {
        while position < limit {
            if position == end { guard try fill() else { return nil } }
            if wholeLines > position {
                if let found = nextInSight(filter) { return found }
                position = wholeLines
            } else {
                // An unfinished line: more of it, or it is longer than a line may be, or the last.
                if end - position >= Int64(IntakeLimits.line) { return position }
                guard try fill() else { return position < end ? position : nil }
            }
        }
        return nil
    }

    /// Where the next candidate lies among the whole lines in sight, as far as they were not searched before.
    func nextInSight(_ filter: Prefilter) -> Int64? {
        if filter.looksAtLevelsAlone, let found = nextBesidesQuiet(filter) { return found }
        return next(filter, upTo: wholeLines)
    }

    /// - Parameter limit: the end of a line.
    private func next(_ filter: Prefilter, upTo limit: Int64) -> Int64? {
        guard limit > position else { return nil }
        // The newline before a line belongs to some patterns.
        let seen = block.withNewline(upTo: Int(limit - base))
        return filter.next(in: seen, from: Int(position - base)).map { base + Int64($0) - 1 }
    }

    /// Passes over lines that begin with a level below error, and looks into the others one by one.
    ///
    /// - Returns: nil where the place of reading is the end of what was searched: there are no such lines from there on,
    ///   or nothing is left.
    private func nextBesidesQuiet(_ filter: Prefilter) -> Int64? {
        var others = 0
        while position < wholeLines, others < Self.othersInARow, isAtLineStart {
            let rest = bytes(position, wholeLines)
            guard let start = rest.baseAddress else { return nil }
            countLines(to: position)
            let passed = scan_quiet_lines(start, rest.count, &levels)
            if counted == position {
                counted += Int64(passed)
                newlines += Int64(levels.lines)
            }
            position += Int64(passed)
            if levels.is_error != 0 { return position }
            guard passed < rest.count, let newline = memchr(start + passed, 0x0A, rest.count - passed) else {
                return nil
            }
            let end = position + Int64(UnsafeRawPointer(newline) - (start + passed)) + 1
            if let found = next(filter, upTo: end) { return found }
            position = end
            others = passed == 0 ? others + 1 : 0
        }
        return nil
    }

    /// So many lines in a row that do not begin with a level: the rest is searched in one go.
    private static let othersInARow = 32

    private var isAtLineStart: Bool { block.withNewline(upTo: Int(position - base)).last == 0x0A }

    /// The end of the line at the place of reading is in sight.
    var isWholeLine: Bool { position < wholeLines }

    /// The line at the place of reading, which moves behind it. nil at the end.
    func line() throws(ByteStream.Failure) -> Line? {
        let start = position
        var searched = 0
        while true {
            let part = bytes(start, end)
            if let base = part.baseAddress, part.count > searched,
                let found = memchr(base + searched, 0x0A, part.count - searched)
            {
                let length = found - UnsafeMutableRawPointer(mutating: base)
                position = start + Int64(length) + 1
                return Line(
                    start: start, end: position, bytes: UnsafeRawBufferPointer(rebasing: part[..<length]))
            }
            if part.count >= IntakeLimits.line { return try cutLine(start) }
            searched = part.count
            guard try fill() else { break }
        }
        let part = bytes(start, end)
        if part.isEmpty { return nil }
        position = end
        return Line(start: start, end: end, bytes: part, isTerminated: false)
    }

    /// What is in sight behind the place of reading, which moves behind it. nil at the end.
    func piece() throws(ByteStream.Failure) -> (start: Int64, bytes: UnsafeRawBufferPointer)? {
        if position == end { guard try fill() else { return nil } }
        let start = position
        let part = bytes(start, end)
        move(to: end)
        return (start, part)
    }

    /// Exactly so many bytes, of which there may be no more than a line has; nil where the stream ends before.
    func take(_ count: Int) throws(ByteStream.Failure) -> UnsafeRawBufferPointer? {
        let start = position
        guard count <= IntakeLimits.line else { return nil }
        while end - start < Int64(count) { guard try fill() else { return nil } }
        move(to: start + Int64(count))
        return bytes(start, position)
    }

    /// Reads over so many bytes, or to the end.
    func pass(_ count: Int64) throws(ByteStream.Failure) {
        let (target, overflow) = position.addingReportingOverflow(count)
        while true {
            move(to: overflow ? end : min(end, target))
            if !overflow, position >= target { return }
            guard try fill() else { return }
        }
    }

    /// Keeps the beginning of an overlong line, and reads over the rest of it.
    private func cutLine(_ start: Int64) throws(ByteStream.Failure) -> Line {
        cutStorage.copyMemory(from: bytes(start, start + Int64(IntakeLimits.cutLine)))
        let kept = UnsafeRawBufferPointer(rebasing: cutStorage[..<min(IntakeLimits.cutLine, Int(end - start))])
        var isTerminated = false
        position = end
        while !isTerminated, try fill() {
            let part = bytes(position, end)
            if let base = part.baseAddress, let found = memchr(base, 0x0A, part.count) {
                position += Int64(found - UnsafeMutableRawPointer(mutating: base)) + 1
                isTerminated = true
            } else {
                position = end
            }
        }
        return Line(start: start, end: position, bytes: kept, isTerminated: isTerminated, isCut: true)
    }

    /// The kept beginning of the last line that was cut, outside the window.
    private let cutStorage = UnsafeMutableRawBufferPointer.allocate(byteCount: IntakeLimits.cutLine, alignment: 16)

    /// Reads more behind what is in sight; forgets what lies too far back.
    private func fill() throws(ByteStream.Failure) -> Bool {
        if isAtEnd { return false }
        if filled + IntakeLimits.read > block.bytes.count { makeRoom() }
        // UTF-8 may take four times the bytes of another encoding, which the first bytes may reveal.
        let mayGrow = transcoder != nil || base == 0 && filled == 0
        let room = min(IntakeLimits.read, (block.bytes.count - filled) / (mayGrow ? 4 : 1))
        let target = UnsafeMutableRawBufferPointer(rebasing: block.bytes[filled..<filled + room])
        let count = try stream.read(into: target)
        if count == 0 {
            isAtEnd = true
            return false
        }
        let from = end
        let read = UnsafeRawBufferPointer(rebasing: target[..<count])
        if base == 0, filled == 0, transcoder == nil {
            transcoder = StreamTranscoder.wideEncoding(read).flatMap(StreamTranscoder.init)
        }
        if let transcoder {
            let text = transcoder.decode(read)
            let room = UnsafeMutableRawBufferPointer(rebasing: block.bytes[filled...])
            room.copyBytes(from: text.prefix(room.count))
            filled += min(text.count, room.count)
        } else {
            filled += count
        }
        let new = bytes(from, end)
        let last = new.baseAddress.map { scan_find_last($0, new.count, 0x0A) } ?? -1
        if last >= 0 { wholeLines = from + Int64(last) + 1 }
        return true
    }

    /// Moves what must stay in sight to the beginning of this block, or of another where somebody refers to this one.
    private func makeRoom() {
        let kept = max(0, Int(position - base) - Self.history)
        countLines(to: base + Int64(kept))
        let left = filled - kept
        let needed = left + 2 * IntakeLimits.read
        let isHeld = !isKnownUniquelyReferenced(&block)
        let old = block
        // A line of a megabyte needs a larger block, which is given back when the line has passed.
        let isOversize = block.bytes.count > IntakeLimits.block && needed <= IntakeLimits.block
        if isHeld || isOversize || needed > block.bytes.count {
            block = pool.take(capacity: needed <= IntakeLimits.block ? needed : 2 * needed)
            if isHeld { heldBytes += old.bytes.count }
            pool.leave(old)
        }
        let source = UnsafeRawBufferPointer(rebasing: old.bytes[kept..<filled])
        if let from = source.baseAddress, let to = block.bytes.baseAddress { memmove(to, from, left) }
        base += Int64(kept)
        filled = left
    }
}
