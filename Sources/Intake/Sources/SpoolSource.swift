import Events
import Glibc

/// A folder into which others put whole files: each is read once, then moved to `done` in it.
///
/// A file counts as whole when its name is no temporary one and nobody has written to it for the source's `settle`
/// time; where its time lies in the future (another host's clock), when a later run finds it unchanged. What grows
/// while it is read stays, and is read on by the next run. A file that is put there twice is recognised by its content.
struct SpoolSource: SourceReader {
    private let source: SourceSettings
    private let context: SourceContext
    private let folder: String
    private var cursors: [FileCursor]
    private var files: ArraySlice<String>
    private var current: Current?
    private var statistics = IntakeStatistics()
    private var notes: [SourceCursor] = []
    private var toForget: [String]
    private var doneBytes: Int64 = 0
    private let totalBytes: Int64

    static let notePrefix = "settling\n"
    static let doneFolder = "done"

    private struct Current {
        var path: String
        var intake: FileIntake
        var size: Int64?
        var isBroken = false
    }

    /// What was seen of a file that could not be known to be whole.
    private struct Note: Codable, Hashable {
        var path: String
        var size: Int64
        var modified: Int64
        var seen: Timestamp

        init(path: String, _ status: stat, seen: Timestamp) {
            (self.path, size, modified, self.seen) = (path, Int64(status.st_size), status.modified, seen)
        }

        func isLike(_ status: stat) -> Bool { size == Int64(status.st_size) && modified == status.modified }
    }

    init(_ source: SourceSettings, cursors: [SourceCursor], context: SourceContext) throws(SourceError) {
        (self.source, self.context) = (source, context)
        let folder = source.paths.first ?? ""
        self.folder = folder
        let known = try FileCursors(cursors, of: source.name)
        self.cursors = known.stored.map(\.cursor)
        var seen: [String: Note] = [:]
        toForget = []
        for cursor in cursors where cursor.key.hasPrefix(Self.notePrefix) {
            let note = try cursor.decode(Note.self, of: source.name)
            seen[note.path] = note
            toForget.append(cursor.key)
        }
        guard case .news = context.stretch else {
            (files, totalBytes, toForget) = ([], 0, [])
            return
        }
        var (whole, size): ([String], Int64) = ([], 0)
        for path in try Self.list(folder, of: source.name, &statistics) {
            var status = stat()
            guard lstat(path, &status) == 0 else { continue }
            guard status.st_mode & S_IFMT == S_IFREG else {
                if status.st_mode & S_IFMT != S_IFDIR { statistics.add(IntakeProblem(path: path, reason: .notAFile)) }
                continue
            }
            if Self.isWhole(path, status, seen[path], settle: source.settle, now: context.now) {
                whole.append(path)
                size += Int64(status.st_size)
            } else {
                statistics.add(IntakeProblem(path: path, reason: .beingWritten))
                let earlier = seen[path].flatMap { $0.isLike(status) ? $0.seen : nil }
                let note = Note(path: path, status, seen: earlier ?? context.now)
                notes.append(SourceCursor(key: Self.notePrefix + path, note))
            }
        }
        let kept = Set(notes.map(\.key))
        toForget.removeAll { kept.contains($0) }
        (files, totalBytes) = (whole[...], size)
    }

    var progress: SourceProgress {
        SourceProgress(done: doneBytes + (current?.intake.bytesDone ?? 0), total: totalBytes, unit: .bytes)
    }

    mutating func next(limit: Int) async throws -> SourcePiece? {
        while true {
            guard var file = current ?? open() else { return last() }
            current = nil
            guard let batch = try file.intake.next(limit: limit) else {
                // Everything that came of this file is durable now.
                finish(file)
                continue
            }
            for cursor in batch.cursors {
                cursors.removeAll(where: cursor.replaces)
                cursors.append(cursor)
            }
            file.size = batch.cursors.last?.size ?? file.size
            if !batch.statistics.unreadable.allSatisfy(\.reason.leavesRest) { file.isBroken = true }
            current = file
            return SourcePiece(
                events: batch.events, cursors: batch.cursors.map(context.stored),
                statistics: batch.statistics)
        }
    }

    private mutating func open() -> Current? {
        guard let path = files.popFirst() else { return nil }
        var one = source
        one.paths = [path]
        return Current(
            path: path, intake: FileIntake(source: one, cursors: cursors, now: context.now, isWhole: true))
    }

    /// Notes and problems that belong to no file that was read.
    private mutating func last() -> SourcePiece? {
        guard !notes.isEmpty || !toForget.isEmpty || statistics != IntakeStatistics() else { return nil }
        defer { (notes, toForget, statistics) = ([], [], IntakeStatistics()) }
        return SourcePiece(cursors: notes, forgotten: toForget, statistics: statistics)
    }

    private mutating func finish(_ file: Current) {
        doneBytes += file.intake.totalBytes
        var status = stat()
        guard !file.isBroken, lstat(file.path, &status) == 0 else { return }
        if let size = file.size, size != Int64(status.st_size) {
            return statistics.add(IntakeProblem(path: file.path, reason: .beingWritten))
        }
        if let failure = move(file.path) {
            statistics.add(IntakeProblem(path: file.path, reason: .readFailed(errno: failure)))
        }
    }

    /// - Returns: why it could not be moved; it is then found again, recognised, and counted no second time.
    private func move(_ path: String) -> Int32? {
        let done = "\(folder)/\(Self.doneFolder)"
        guard mkdir(done, 0o700) == 0 || errno == EEXIST else { return errno }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        for number in 0..<IntakeLimits.files {
            let target = number == 0 ? "\(done)/\(name)" : "\(done)/\(name).\(number)"
            var status = stat()
            if lstat(target, &status) == 0 { continue }
            return rename(path, target) == 0 ? nil : errno
        }
        return EEXIST
    }
}

extension SpoolSource {
    private static let temporaryEnds = [
        ".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download", ".swp", ".writing", ".lock", "~",
    ]

    /// Names that programs give to what they are still writing: hidden ones (rsync), and the usual endings.
    static func isTemporary(_ name: Substring) -> Bool {
        name.hasPrefix(".") || temporaryEnds.contains { name.lowercased().hasSuffix($0) }
    }

    private static func isWhole(
        _ path: String, _ status: stat, _ note: Note?, settle: Duration, now: Timestamp
    ) -> Bool {
        if isTemporary(path.split(separator: "/").last ?? "") { return false }
        let limit = now.advanced(by: .zero - settle)
        if status.modified <= limit.nanoseconds { return true }
        guard let note, note.isLike(status) else { return false }
        return note.seen <= limit
    }

    private static func list(
        _ folder: String, of source: String, _ statistics: inout IntakeStatistics
    ) throws(SourceError) -> [String] {
        guard let stream = opendir(folder) else {
            throw .directory(source: source, path: folder, reason: String(cString: strerror(errno)))
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name == "." || name == ".." || name == doneFolder { continue }
            guard names.count < IntakeLimits.files else {
                statistics.add(IntakeProblem(path: folder, reason: .tooManyFiles))
                break
            }
            names.append(name)
        }
        return names.sorted().map { "\(folder)/\($0)" }
    }
}

extension stat {
    /// Nanoseconds since the epoch.
    fileprivate var modified: Int64 {
        let (scaled, overflow) = Int64(st_mtim.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : scaled.addingReportingOverflow(Int64(st_mtim.tv_nsec)).partialValue
    }
}

extension IntakeProblem.Reason {
    /// The rest of the file was read all the same.
    fileprivate var leavesRest: Bool {
        switch self {
        case .brokenJSON, .lineTooLong, .notText, .brokenReply, .tooManyAtOnce, .tooMany, .brokenMessage,
            .documentTooLarge, .otherFormat:
            true
        case .missing, .notPermitted, .isDirectory, .notAFile, .corruptCompression, .readFailed, .tooManyFiles,
            .beingWritten:
            false
        }
    }
}
