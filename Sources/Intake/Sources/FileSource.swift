import Events

/// Files, folders, globs and standard input as a source: what is new in each since its cursor.
struct FileSource: SourceReader {
    private var intake: FileIntake
    private var older: OlderFiles?
    private let floor: Timestamp?
    private let isFirst: Bool
    private var toForget: [String]
    private var horizonCursor: SourceCursor?
    private let context: SourceContext

    init(_ source: SourceSettings, cursors: [SourceCursor], context: SourceContext) throws(SourceError) {
        let known = try FileCursors(cursors, of: source.name)
        var source = source
        if source.kind == .stdin { source.paths = ["-"] }
        let pruned = FileCursorPruning.prune(known.stored, now: context.now)
        toForget = pruned.keys
        let horizon = [known.horizon, pruned.horizon].compactMap(\.self).max()
        if let horizon, horizon != known.horizon { horizonCursor = SourceCursor(key: FileCursors.horizonKey, horizon) }
        self.context = context
        switch context.stretch {
        case .news(let floor):
            isFirst = floor != nil
            self.floor = [floor, horizon].compactMap(\.self).max()
            intake = FileIntake(
                source: source, cursors: known.stored.map(\.cursor), now: context.now,
                standardInput: context.standardInput)
        case .older(let from, let floor):
            (isFirst, self.floor) = (false, nil)
            older = OlderFiles(source, parts: known.older, from: from, floor: floor, now: context.now)
            source.paths = []
            intake = FileIntake(source: source, cursors: [], now: context.now)
        }
    }

    var progress: SourceProgress {
        older?.progress ?? SourceProgress(done: intake.bytesDone, total: intake.totalBytes, unit: .bytes)
    }

    mutating func next(limit: Int) async throws -> SourcePiece? {
        if older != nil { return try older?.next(limit: limit) }
        guard let batch = try intake.next(limit: limit) else { return nil }
        var piece = SourcePiece(
            events: batch.events, cursors: batch.cursors.map(context.stored), forgotten: toForget,
            statistics: batch.statistics)
        toForget = []
        if let horizonCursor { piece.cursors.append(horizonCursor) }
        horizonCursor = nil
        if let floor { leaveOut(before: floor, of: &piece, batch.cursors) }
        return piece
    }

    /// What the first reading leaves out, and where: a backfill reads exactly this.
    private func leaveOut(before floor: Timestamp, of piece: inout SourcePiece, _ cursors: [FileCursor]) {
        let count = piece.events.count
        piece.events.removeAll { $0.time < floor }
        piece.statistics.older = count - piece.events.count
        piece.statistics.events = piece.events.count
        guard isFirst, piece.statistics.older > 0 else { return }
        piece.cursors += cursors.map { OlderPart(end: context.masked($0)).cursor }
    }
}

/// A source's cursors, understood.
struct FileCursors {
    static let horizonKey = "horizon"

    private(set) var stored: [FileCursorPruning.Stored] = []
    private(set) var older: [OlderPart] = []
    /// Events from before this are of files whose cursors were forgotten.
    private(set) var horizon: Timestamp?

    /// - Throws: for the first that cannot be understood: its file would be read again.
    init(_ cursors: [SourceCursor], of source: String) throws(SourceError) {
        for cursor in cursors {
            if cursor.key == SourceState.key || cursor.key.hasPrefix(SpoolSource.notePrefix) { continue }
            if cursor.key == Self.horizonKey {
                horizon = try cursor.decode(Timestamp.self, of: source)
            } else if cursor.key.hasPrefix(OlderPart.prefix) {
                older.append(try cursor.decode(OlderPart.self, of: source))
            } else {
                let file = try cursor.decode(FileCursor.self, of: source)
                stored.append(
                    FileCursorPruning.Stored(
                        cursor: file, key: cursor.key, at: cursor.storedAt, isPresent: file.isPresent))
            }
        }
    }
}
