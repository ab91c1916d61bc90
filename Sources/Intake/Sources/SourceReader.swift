import Events

/// A source that is read piece by piece, from where its cursors stand to where it ends now.
///
/// What all sources share: a piece carries events and the cursors that cover exactly these events, and a store commits
/// both in one transaction. Whatever stops the reading, the next one begins behind what was committed.
public protocol SourceReader {
    /// The next piece of about `limit` events.
    ///
    /// Asking for it says that the piece before is durable: only then is a file of a spool moved away.
    /// - Returns: nil at the end.
    /// - Throws: ``SourceError``, or `CancellationError`.
    mutating func next(limit: Int) async throws -> SourcePiece?

    var progress: SourceProgress { get }
}

/// Events of one source, and what a store has to commit with them.
public struct SourcePiece: Sendable {
    public var events: [ErrorEvent]
    public var cursors: [SourceCursor]
    /// Keys of cursors that nothing needs any more.
    public var forgotten: [String]
    /// Rule → secrets that were masked before the events came here.
    public var masked: [String: Int] = [:]
    /// What this piece added.
    public var statistics: IntakeStatistics

    public init(
        events: [ErrorEvent] = [], cursors: [SourceCursor] = [], forgotten: [String] = [],
        statistics: IntakeStatistics = IntakeStatistics()
    ) {
        (self.events, self.cursors, self.forgotten) = (events, cursors, forgotten)
        self.statistics = statistics
        self.statistics.events = events.count
    }
}

/// How far one input of a source is read, as a store keeps it.
public struct SourceCursor: Sendable, Hashable {
    public var key: String
    /// JSON of the source's own kind.
    public var payload: String
    /// When it was stored last; nil for one that is not stored yet.
    public var storedAt: Timestamp?

    public init(key: String, payload: String, storedAt: Timestamp? = nil) {
        (self.key, self.payload, self.storedAt) = (key, payload, storedAt)
    }
}

/// How much of a source is read.
public struct SourceProgress: Sendable, Hashable {
    public enum Unit: Sendable, Hashable {
        /// Bytes on disk.
        case bytes
        /// Seconds of the stretch of time that is asked for.
        case seconds
    }

    public var done: Int64
    /// 0 where nobody knows.
    public var total: Int64
    public var unit: Unit

    public init(done: Int64, total: Int64, unit: Unit) { (self.done, self.total, self.unit) = (done, total, unit) }
}

/// What a run gives every source.
public struct SourceContext: Sendable {
    /// The time of the run.
    public var now: Timestamp
    /// What is read: the news, or what lies before them.
    public var stretch: SourceStretch
    /// What the path `-` reads.
    public var standardInput: Int32
    public var waiting: RemoteWaiting
    /// Takes secrets out of a file's name, which is stored with its cursor; a file is recognised by its content.
    public var maskPath: @Sendable (String) -> String

    public init(
        now: Timestamp, stretch: SourceStretch = .news(floor: nil), standardInput: Int32 = 0,
        waiting: RemoteWaiting = RemoteWaiting(), maskPath: @escaping @Sendable (String) -> String = { $0 }
    ) {
        (self.now, self.stretch, self.standardInput, self.waiting) = (now, stretch, standardInput, waiting)
        self.maskPath = maskPath
    }

    /// A file's cursor as it is stored.
    func stored(_ cursor: FileCursor) -> SourceCursor {
        let cursor = masked(cursor)
        return SourceCursor(key: cursor.key, cursor)
    }

    /// A file's cursor without secrets in its path.
    func masked(_ cursor: FileCursor) -> FileCursor {
        var cursor = cursor
        cursor.path = maskPath(cursor.path)
        return cursor
    }
}

/// Which part of a source a run reads.
public enum SourceStretch: Sendable, Hashable {
    /// What is new. A source that is read for the first time leaves out what happened before `floor`.
    case news(floor: Timestamp?)
    /// What the first reading left out: from `from` up to `floor`.
    case older(from: Timestamp, floor: Timestamp)
}
