import Events
import Glibc

/// Events of one source, with the cursors that are committed in the same transaction.
///
/// The events keep what was read before them alive until the lines before them are settled or they are gone.
public struct IntakeBatch: Sendable {
    public var events: [ErrorEvent]
    /// Of the files that this batch read; they cover its events and nothing that was not handed out.
    public var cursors: [FileCursor]
    /// What this batch added.
    public var statistics: IntakeStatistics
}

/// Reads the files of one source from where their cursors stand, a batch at a time, in bounded memory.
public struct FileIntake {
    private let reader: RecordReader
    private let now: Timestamp
    private let standardInput: Int32
    private let isWhole: Bool
    private var cursors: [FileCursor]
    private var files: ArraySlice<String>
    private var current: OpenFile?
    private var statistics = IntakeStatistics()
    private var finishedBytes: Int64 = 0
    /// A batch ends after so many bytes, with or without events.
    var batchBytes = Int64(IntakeLimits.batch)

    /// Bytes on disk of every file: an estimate, for files that were read in part count in full.
    public let totalBytes: Int64
    /// Bytes of them that were read or found read before.
    public var bytesDone: Int64 {
        finishedBytes + (current.map { $0.stream.isConverted ? $0.stream.rawBytesRead : $0.buffer.position } ?? 0)
    }

    /// - Parameters:
    ///   - cursors: of earlier runs, in any order; those of files that are gone still recognise their rotated copies.
    ///   - now: the time of the run.
    ///   - standardInput: what the path `-` reads.
    ///   - isWhole: nobody writes to the files any more, so that a last line without an end is one, and nobody will make
    ///     those that a glob does not find.
    public init(
        source: SourceSettings, cursors: [FileCursor], now: Timestamp, standardInput: Int32 = STDIN_FILENO,
        isWhole: Bool = false
    ) {
        reader = RecordReader(source: source, now: now)
        (self.cursors, self.now, self.standardInput, self.isWhole) = (cursors, now, standardInput, isWhole)
        let found = SourceFiles.expand(source.paths, mustMatch: isWhole, &statistics)
        files = found[...]
        totalBytes = SourceFiles.size(found)
    }

    /// The next batch of about `limit` events: fewer at the end of files, or after much without an error; more where
    /// one document holds more.
    ///
    /// - Returns: nil when everything was read.
    public mutating func next(limit: Int) throws -> IntakeBatch? {
        guard current != nil || !files.isEmpty || statistics != IntakeStatistics() else { return nil }
        var batch = IntakeBatch(events: [], cursors: [], statistics: IntakeStatistics())
        batch.events.reserveCapacity(min(max(1, limit), 256))
        var (budget, held) = (batchBytes, 0)
        while batch.events.count < max(1, limit), budget > 0, held < IntakeLimits.heldBytes {
            if current == nil {
                guard let path = files.popFirst() else { break }
                current = open(path)
            }
            guard let file = current else { continue }
            let start = file.buffer.position
            file.buffer.heldBytes = held
            let isOpen = read(file, limit: max(1, limit), start + budget, into: &batch)
            budget -= max(0, file.buffer.position - start)
            held = file.buffer.heldBytes
            commit(file, into: &batch)
            if !isOpen { finish(file) }
        }
        batch.statistics += statistics
        statistics = IntakeStatistics()
        batch.statistics.events = batch.events.count
        return batch
    }

    /// - Returns: false at the end of the file.
    private mutating func read(_ file: OpenFile, limit: Int, _ end: Int64, into batch: inout IntakeBatch) -> Bool {
        do throws(ByteStream.Failure) {
            while batch.events.count < limit, file.buffer.position < end,
                file.buffer.heldBytes < IntakeLimits.heldBytes
            {
                let known = batch.events.count
                let isPaused = try file.next(until: end, wanted: limit - known, into: &batch.events)
                if batch.events.count == known { return isPaused }
            }
            return true
        } catch {
            statistics.add(IntakeProblem(path: file.path, offset: file.buffer.position, reason: error.reason))
            return false
        }
    }

    private mutating func commit(_ file: OpenFile, into batch: inout IntakeBatch) {
        statistics += file.takeStatistics()
        guard file.path != "-" else { return }
        let cursor = file.cursor()
        guard cursor.headLength > 0 else { return }
        batch.cursors.removeAll { $0.path == cursor.path && $0.inode == cursor.inode }
        batch.cursors.append(cursor)
        cursors.removeAll(where: cursor.replaces)
        cursors.append(cursor)
    }

    private mutating func finish(_ file: OpenFile) {
        finishedBytes += Int64(file.stream.status.st_size)
        current = nil
    }

    private mutating func open(_ path: String) -> OpenFile? {
        do throws(ByteStream.Failure) {
            if path == "-" { return try file(path, ByteStream(descriptor: standardInput)) }
            var opened = try file(path, ByteStream(path: path))
            // Files that begin alike (a banner, a header) have cursors that recognise each other's heads.
            for cursor in opened.candidates(cursors).prefix(Self.attempts) {
                if try opened.resume(from: cursor) { return opened }
                opened = try file(path, ByteStream(path: path))
            }
            // Never read, or truncated and written anew: from the beginning.
            return opened
        } catch {
            statistics.add(IntakeProblem(path: path, reason: error.reason))
        }
        return nil
    }

    private func file(_ path: String, _ stream: ByteStream) throws(ByteStream.Failure) -> OpenFile {
        let modified = Timestamp(seconds: Double(stream.status.st_mtim.tv_sec))
        let isQuiet = modified < now.advanced(by: .seconds(-60))
        return try OpenFile(
            path: path, stream: stream, reader: reader, filter: Prefilter.of(reader.source.triggers),
            takesUnfinished: path == "-" || stream.isCompressed || isQuiet || isWhole)
    }

    /// A compressed file is read once for each attempt.
    private static let attempts = 4
}
