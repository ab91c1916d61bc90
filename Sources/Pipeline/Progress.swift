import Events

/// What a long run tells while it works; the command line draws it, tests collect it.
public enum ProgressEvent: Sendable, Equatable {
    case reading(source: String, progress: ReadingProgress, lines: Int, events: Int)
    case readingDone(lines: Int, bytes: Int64, sources: Int, events: Int)
    case grouped(groups: Int, new: Int, back: Int)
    case diagnosing(index: Int, of: Int, group: String, title: String, by: String)
    case answering(index: Int, of: Int, group: String, tokens: Int)
    /// - Parameter model: nil where none was asked: from the cache, or by the built-in triage.
    case diagnosed(index: Int, of: Int, group: String, model: String?)
    /// A large file on its way: verified, or handed over.
    case copying(stage: String, what: String, done: Int64, of: Int64)
    case warning(String)
    /// What only `--verbose` shows.
    case detail(String)
}

/// How much of a source is read.
public struct ReadingProgress: Sendable, Equatable {
    public enum Unit: Sendable, Equatable {
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

public typealias ProgressHandler = @Sendable (ProgressEvent) -> Void
