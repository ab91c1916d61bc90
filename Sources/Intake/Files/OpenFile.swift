import Events
import Glibc

/// One file while it is read: where its records begin and end, and the events among them.
final class OpenFile {
    let path: String
    let stream: ByteStream
    let buffer: LineBuffer
    let reader: RecordReader
    let carriers: Carriers
    /// The same, to be shared by the events: one reference each.
    let opener: LineOpener
    let layout: FileLayout
    let filter: Prefilter?
    /// What makes an error of a record, where every record is read too.
    let errors: Triggers
    let decoder: TextDecoder
    let head: [UInt8]
    /// The columns of a W3C log, by its latest directives.
    var w3c = W3CLog()
    /// The hash of the first line: the same however much the file grows.
    let identity: String
    /// The end of the last record that was handed out; a cursor never goes beyond.
    var consumed: Int64 = 0
    var scanned: Int64 = 0
    /// Where the filter found something last.
    private var candidate: Int64 = -1
    var pending: Pending?
    let takesUnfinished: Bool
    var statistics = IntakeStatistics()
    /// Of the object at hand; the memory serves for all of them.
    var fields = LogFields()
    /// What a file that is not made of lines held lately.
    var recent = RecentLines()
    /// Of the records read last, one after another, all were errors.
    var errorsInARow = 0
    /// Where the last errors began, the oldest first.
    var errorStarts: [Int64] = []
    private var countedLines: Int64 = 0
    /// How far the file was read at most.
    private var furthest: Int64 = 0
    private var countedBytes: Int64 = 0

    /// A line that was read and found to belong to the next record.
    struct Pending {
        var start: Int64
        var end: Int64
        var text: String
        var shape: LineShape
        var outcome: LineDecoder.Outcome
        /// What the line is without its carrier.
        var carried: CarriedLine?
    }

    /// - Parameter filter: nil reads every record.
    init(
        path: String, stream: ByteStream, reader: RecordReader, filter: Prefilter?, takesUnfinished: Bool
    ) throws(ByteStream.Failure) {
        (self.path, self.stream, self.reader, self.takesUnfinished) = (path, stream, reader, takesUnfinished)
        self.filter = filter
        var errors = reader.source.triggers
        errors.everything = false
        self.errors = errors
        let encoding = TextDecoder.explicit(reader.source.encoding)
        let isWide = encoding.map { !TextDecoder.containsASCII($0) } ?? false
        buffer = LineBuffer(stream, encoding: isWide ? encoding : nil)
        let beginning = try buffer.head(max(IntakeLimits.encodingHead, FileLayout.sight))
        carriers = Carriers(times: reader.times, format: reader.source.format, path: path)
        opener = LineOpener(carriers)
        layout = FileLayout(of: beginning, format: reader.source.format)
        decoder = beginning.prefix(IntakeLimits.encodingHead).withUnsafeBytes {
            TextDecoder(encoding: isWide ? nil : reader.source.encoding, head: $0)
        }
        head = Array(beginning.prefix(FileCursor.head))
        if layout == .w3c { w3c.readDirectives(beginning) }
        identity = FileCursor.hash(head.prefix { $0 != 0x0A })
        statistics.files = 1
    }

    /// The cursors that may be this file's, the likeliest first: its own, then the one that has come farthest.
    func candidates(_ cursors: [FileCursor]) -> [FileCursor] {
        let (device, inode) = (UInt64(stream.status.st_dev), UInt64(stream.status.st_ino))
        let size = Int64(stream.status.st_size)
        return likeHead(cursors).filter { cursor in
            guard cursor.offset > 0 else { return false }
            // What is longer than the file is another's; UTF-16 counts otherwise, and is not compared.
            return stream.isConverted || buffer.isConverted || cursor.offset <= size
        }.sorted { left, right in
            let own = { (cursor: FileCursor) in cursor.device == device && cursor.inode == inode }
            return own(left) != own(right) ? own(left) : left.offset > right.offset
        }
    }

    /// Goes on where a cursor of the same content stopped.
    ///
    /// - Returns: false when the content is another, and the stream, used up in vain, has to be opened again.
    func resume(from cursor: FileCursor) throws(ByteStream.Failure) -> Bool {
        guard try buffer.skip(to: cursor.offset) else { return false }
        let tail = buffer.bytes(cursor.offset - Int64(cursor.tailLength), cursor.offset)
        guard cursor.tailLength == 0 || FileCursor.hash(tail) == cursor.tailHash else { return false }
        (consumed, scanned, countedBytes) = (cursor.offset, cursor.offset, cursor.offset)
        errorStarts = (cursor.errorStarts ?? []).suffix(IntakeLimits.errorsBefore).filter { $0 < cursor.offset }
        return true
    }

    /// The cursors of files that began like this one. There may be thousands: each length is hashed once.
    private func likeHead(_ cursors: [FileCursor]) -> [FileCursor] {
        var hashes: [Int: String] = [:]
        return cursors.filter { cursor in
            let length = cursor.headLength
            guard length > 0, length <= head.count else { return false }
            let hash = hashes[length] ?? FileCursor.hash(head.prefix(length))
            hashes[length] = hash
            return hash == cursor.headHash
        }
    }

    func cursor() -> FileCursor {
        let known = Array(head.prefix(Int(clamping: max(consumed, 0))))
        let tail = Array(buffer.bytes(max(0, consumed - Int64(FileCursor.head)), consumed))
        var cursor = FileCursor(
            path: path, device: UInt64(stream.status.st_dev), inode: UInt64(stream.status.st_ino),
            headLength: known.count, headHash: FileCursor.hash(known), offset: consumed, tailLength: tail.count,
            tailHash: FileCursor.hash(tail), size: Int64(stream.status.st_size))
        if known.count < FileCursor.head { cursor.firstLine = identity }
        if !errorStarts.isEmpty { cursor.errorStarts = errorStarts }
        return cursor
    }

    /// What was read since the last call.
    func takeStatistics() -> IntakeStatistics {
        furthest = max(furthest, buffer.position)
        let lines = buffer.lines(to: furthest)
        statistics.lines = lines - countedLines
        statistics.bytes = max(0, buffer.position - countedBytes)
        statistics.note(encodings: decoder.takeAssumed())
        if let wide = buffer.transcoder?.encoding, statistics.lines > 0 {
            statistics.note(encodings: [wide: Int(clamping: statistics.lines)])
        }
        (countedLines, countedBytes) = (lines, max(countedBytes, buffer.position))
        defer { statistics = IntakeStatistics() }
        return statistics
    }

    /// The next errors; none at the end of the file, or (`isPaused`) when the batch has read enough.
    ///
    /// Events of one piece of the file come together: a cursor cannot stand between them.
    func next(until limit: Int64) throws(ByteStream.Failure) -> (events: [ErrorEvent], isPaused: Bool) {
        var events: [ErrorEvent] = []
        let isPaused = try next(until: limit, wanted: 1, into: &events)
        return (events, isPaused)
    }

    /// Adds the next errors: about as many as are wanted where they are lines of their own.
    ///
    /// - Returns: whether the file goes on, where none was added.
    func next(
        until limit: Int64, wanted: Int, into events: inout [ErrorEvent]
    ) throws(ByteStream.Failure) -> Bool {
        if layout != .lines { return try nextOfWhole(until: limit, into: &events) }
        let known = events.count
        while true {
            // Records up to a candidate are read one after the other: they decide to which one it belongs.
            if filter != nil, consumed > candidate { returnPending() }
            if pending == nil, consumed > candidate, let filter, try !findCandidate(filter, limit) {
                let isPaused = scanned >= limit
                if !isPaused { noteCorruption() }
                return isPaused
            }
            if let object = try takeObject() {
                try readObjects(from: object, until: limit, wanted: wanted, into: &events)
            } else if let records = try nextRecords() {
                for record in records { judge(record, into: &events) }
            } else {
                noteCorruption()
                return false
            }
            if events.count > known { return false }
            if consumed >= limit, filter == nil { return true }
        }
    }

    /// Leaves the line behind a record to the filter, unless it is too long to be seen twice.
    private func returnPending() {
        if let line = pending, buffer.isInSight(line.start) { pending = nil }
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
        candidate = found
        buffer.move(to: recordStart(before: found))
        return true
    }

    func noteCorruption() {
        if stream.isCorrupt { problem(.corruptCompression, buffer.position) }
    }

    func problem(_ reason: IntakeProblem.Reason, _ offset: Int64, count: Int = 1, sample: String? = nil) {
        statistics.add(IntakeProblem(path: path, offset: offset, reason: reason, count: count, sample: sample))
    }
}
