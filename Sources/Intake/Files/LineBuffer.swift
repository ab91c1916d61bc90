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

    /// Kept before the place of reading, so that records and the lines before them stay in sight.
    static let history = IntakeLimits.lookBack + IntakeLimits.record + IntakeLimits.walkBack

    private let stream: ByteStream
    private let storage: UnsafeMutableRawBufferPointer
    /// Offset of the first byte in storage.
    private var base: Int64 = 0
    private var filled = 0
    private var isAtEnd = false
    private var swapsBytes: Bool?
    private var rest: [UInt8] = []
    private(set) var position: Int64 = 0
    private var countedTo: Int64 = 0
    private(set) var lines: Int64 = 0

    init(_ stream: ByteStream) {
        self.stream = stream
        let capacity = Self.history + IntakeLimits.line + 2 * IntakeLimits.read
        storage = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit {
        storage.deallocate()
        cutStorage.deallocate()
    }

    /// The beginning of the stream, as far as it goes within `limit` bytes. Before anything else is read.
    func head(_ limit: Int) throws(ByteStream.Failure) -> [UInt8] {
        while filled < limit, try fill() {}
        return Array(storage[..<min(limit, filled)])
    }

    /// Goes to an offset at or behind the present one.
    ///
    /// - Returns: false when the stream ends before it.
    func skip(to offset: Int64) throws(ByteStream.Failure) -> Bool {
        let from = offset - Int64(IntakeLimits.lookBack)
        if !stream.isCompressed, swapsBytes == nil, from > base + Int64(filled) {
            guard offset <= stream.status.st_size else { return false }
            stream.seek(to: from)
            (base, filled, isAtEnd) = (from, 0, false)
        }
        position = min(offset, end)
        while end < offset, try fill() { position = min(offset, end) }
        position = min(offset, end)
        (countedTo, lines) = (position, 0)
        return end >= offset
    }

    private var end: Int64 { base + Int64(filled) }

    /// The bytes of a range, as far as they are still in sight.
    func bytes(_ from: Int64, _ to: Int64) -> UnsafeRawBufferPointer {
        let low = max(from, base) - base
        let high = max(low, min(to, end) - base)
        return UnsafeRawBufferPointer(rebasing: storage[Int(low)..<Int(high)])
    }

    /// Sets the place of reading within what is in sight.
    func move(to offset: Int64) {
        position = max(base, min(offset, end))
        count(to: position)
    }

    private func count(to offset: Int64) {
        guard offset > countedTo, let start = storage.baseAddress else { return }
        let low = Int(max(countedTo, base) - base)
        lines += Int64(scan_count(start + low, Int(offset - base) - low, 0x0A))
        countedTo = offset
    }

    /// Where the next candidate lies; nil at the stream's end. `passed` is told how far the search has come.
    func next(_ filter: Prefilter, limit: Int64) throws(ByteStream.Failure) -> Int64? {
        while position < limit {
            if position == end { guard try fill() else { return nil } }
            // A pattern that begins with a newline is found at the one before.
            let from = max(base, position - 1)
            let part = bytes(from, end)
            if let found = filter.next(in: part, from: 0), from + Int64(found) >= position {
                return from + Int64(found)
            }
            let newline = part.baseAddress.map { scan_find_last($0, part.count, 0x0A) } ?? -1
            let next = newline < 0 ? position : max(position, from + Int64(newline) + 1)
            count(to: next)
            position = next
            if next < end || newline < 0 {
                // An unfinished line: more of it, or it is longer than a line may be, or the last.
                if end - position >= Int64(IntakeLimits.line) { return position }
                guard try fill() else { return position < end ? position : nil }
            }
        }
        return nil
    }

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
                move(to: start + Int64(length) + 1)
                return Line(
                    start: start, end: position, bytes: UnsafeRawBufferPointer(rebasing: part[..<length]))
            }
            if part.count >= IntakeLimits.line { return try cutLine(start) }
            searched = part.count
            guard try fill() else { break }
        }
        let part = bytes(start, end)
        if part.isEmpty { return nil }
        move(to: end)
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
        let kept = Array(bytes(start, start + Int64(IntakeLimits.cutLine)))
        var isTerminated = false
        move(to: end)
        while !isTerminated, try fill() {
            let part = bytes(position, end)
            if let base = part.baseAddress, let found = memchr(base, 0x0A, part.count) {
                move(to: position + Int64(found - UnsafeMutableRawPointer(mutating: base)) + 1)
                isTerminated = true
            } else {
                move(to: end)
            }
        }
        let bytes = kept.withUnsafeBytes(keep)
        return Line(start: start, end: position, bytes: bytes, isTerminated: isTerminated, isCut: true)
    }

    /// The kept beginning of the last line that was cut, outside the window.
    private let cutStorage = UnsafeMutableRawBufferPointer.allocate(byteCount: IntakeLimits.cutLine, alignment: 16)

    private func keep(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        cutStorage.copyMemory(from: bytes)
        return UnsafeRawBufferPointer(rebasing: cutStorage[..<bytes.count])
    }

    /// Reads more behind what is in sight; forgets what lies too far back.
    private func fill() throws(ByteStream.Failure) -> Bool {
        if isAtEnd { return false }
        let keepFrom = max(0, Int(position - base) - Self.history)
        if filled + 2 * IntakeLimits.read > storage.count, keepFrom > 0, let start = storage.baseAddress {
            memmove(start, start + keepFrom, filled - keepFrom)
            base += Int64(keepFrom)
            filled -= keepFrom
        }
        let room = min(swapsBytes == nil ? IntakeLimits.read : IntakeLimits.read / 2, storage.count - filled)
        guard room > 4 else { return false }
        let target = UnsafeMutableRawBufferPointer(rebasing: storage[filled..<filled + room])
        let count = try stream.read(into: target)
        if count == 0 {
            isAtEnd = true
            return false
        }
        if base == 0, filled == 0, count >= 2 { detectWide(target) }
        filled += swapsBytes == nil ? count : decodeWide(target, count)
        return true
    }

    private func detectWide(_ bytes: UnsafeMutableRawBufferPointer) {
        if bytes[0] == 0xFF, bytes[1] == 0xFE { swapsBytes = false }
        if bytes[0] == 0xFE, bytes[1] == 0xFF { swapsBytes = true }
    }

    /// UTF-16 becomes UTF-8 in place: offsets count the bytes of the latter.
    private func decodeWide(_ target: UnsafeMutableRawBufferPointer, _ count: Int) -> Int {
        var raw = rest + Array(target[..<count])
        rest = raw.count % 2 == 1 ? [raw.removeLast()] : []
        var units: [UInt16] = []
        for index in stride(from: 0, to: raw.count, by: 2) {
            let (first, second) = (UInt16(raw[index]), UInt16(raw[index + 1]))
            units.append(swapsBytes == true ? first << 8 | second : second << 8 | first)
        }
        if let last = units.last, 0xD800..<0xDC00 ~= last {
            units.removeLast()
            rest = Array(raw.suffix(2)) + rest
        }
        let text = Array(String(decoding: units, as: UTF16.self).utf8)
        let room = UnsafeMutableRawBufferPointer(rebasing: storage[filled...])
        room.copyBytes(from: text.prefix(room.count))
        return min(text.count, room.count)
    }
}
