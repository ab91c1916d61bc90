import Events
import Glibc

/// A part of a file that the first reading came through, and whose older events it left out.
///
/// Up to `end`, the first reading took what happened from its floor on; a backfill takes the rest. Behind `end`
/// everything was taken, so that each event is counted by exactly one of them.
struct OlderPart: Codable, Hashable, Sendable {
    static let prefix = "older\n"

    /// Where the first reading stood behind the last event that it left out.
    var end: FileCursor
    /// How far a backfill has come.
    var done: FileCursor?

    init(end: FileCursor, done: FileCursor? = nil) { (self.end, self.done) = (end, done) }

    var key: String { "\(Self.prefix)\(end.path)\n\(end.device):\(end.inode)" }
    var cursor: SourceCursor { SourceCursor(key: key, self) }
}

/// Reads what the first reading left out, part by part, resumable at any piece.
struct OlderFiles {
    private let reader: RecordReader
    private let window: TimeWindow
    private let now: Timestamp
    private let files: [String]
    private var parts: ArraySlice<OlderPart>
    private var current: (part: OlderPart, file: OpenFile)?
    private var statistics = IntakeStatistics()
    private var doneBytes: Int64 = 0
    private let totalBytes: Int64
    /// A piece ends after so many bytes, with or without events.
    var pieceBytes = Int64(IntakeLimits.batch)

    init(_ source: SourceSettings, parts: [OlderPart], from: Timestamp, floor: Timestamp, now: Timestamp) {
        reader = RecordReader(source: source, now: now)
        (window, self.now) = (TimeWindow(start: from, end: floor), now)
        files = SourceFiles.expand(source.paths, &statistics)
        let open = parts.filter { ($0.done?.offset ?? 0) < $0.end.offset }.sorted { $0.key < $1.key }
        self.parts = open[...]
        totalBytes = open.reduce(0) { $0 + $1.end.offset - ($1.done?.offset ?? 0) }
    }

    var progress: SourceProgress {
        let read = current.map { $0.file.consumed - ($0.part.done?.offset ?? 0) } ?? 0
        return SourceProgress(done: doneBytes + max(0, read), total: totalBytes, unit: .bytes)
    }

    mutating func next(limit: Int) throws -> SourcePiece? {
        if current == nil {
            guard let part = parts.popFirst() else { return remaining() }
            current = open(part).map { (part, $0) }
        }
        guard let (part, file) = current else { return SourcePiece(statistics: takeStatistics()) }
        var piece = SourcePiece()
        var isOpen = true
        let stop = min(part.end.offset, max(file.consumed, file.scanned) + pieceBytes)
        do throws(ByteStream.Failure) {
            while isOpen, piece.events.count < limit, file.consumed < stop {
                let (events, isPaused) = try file.next(until: stop)
                guard let first = events.first else {
                    isOpen = isPaused && max(file.consumed, file.scanned) < part.end.offset
                    break
                }
                guard let offset = first.source?.offset, offset < part.end.offset else {
                    isOpen = false
                    break
                }
                piece.events += events.filter { window.contains($0.time) }
            }
        } catch {
            statistics.add(IntakeProblem(path: file.path, offset: file.consumed, reason: error.reason))
            isOpen = false
        }
        isOpen = isOpen && max(file.consumed, file.scanned) < part.end.offset
        var done = file.cursor()
        // The path of the part may have had a secret taken out.
        done.path = part.end.path
        if !isOpen { done.offset = part.end.offset }
        piece.cursors = [OlderPart(end: part.end, done: done).cursor]
        statistics += file.takeStatistics()
        piece.statistics = takeStatistics()
        piece.statistics.events = piece.events.count
        if !isOpen {
            doneBytes += part.end.offset - (part.done?.offset ?? 0)
            current = nil
        }
        return piece
    }

    private mutating func takeStatistics() -> IntakeStatistics {
        defer { statistics = IntakeStatistics() }
        return statistics
    }

    /// Problems of the last files.
    private mutating func remaining() -> SourcePiece? {
        statistics == IntakeStatistics() ? nil : SourcePiece(statistics: takeStatistics())
    }

    /// Finds the part's content under whatever name it has now.
    private mutating func open(_ part: OlderPart) -> OpenFile? {
        let names = [part.end.path] + files.filter { $0 != part.end.path && $0 != "-" }
        for name in names {
            do throws(ByteStream.Failure) {
                guard try file(name).candidates([part.end]).contains(part.end), try file(name).resume(from: part.end)
                else { continue }
                let file = try file(name)
                if let done = part.done, try !file.resume(from: done) { continue }
                return file
            } catch {
                if name == part.end.path { continue }
                statistics.add(IntakeProblem(path: name, reason: error.reason))
            }
        }
        statistics.add(IntakeProblem(path: part.end.path, reason: .missing))
        return nil
    }

    private func file(_ path: String) throws(ByteStream.Failure) -> OpenFile {
        try OpenFile(
            path: path, stream: ByteStream(path: path), reader: reader, filter: Prefilter.of(reader.source.triggers),
            takesUnfinished: true)
    }
}
