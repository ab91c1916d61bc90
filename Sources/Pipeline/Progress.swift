import Events

/// What a long run tells while it works; the command line draws it, tests collect it.
public enum ProgressEvent: Sendable, Equatable {
    case reading(source: String, bytes: Int64, totalBytes: Int64, lines: Int, events: Int)
    case readingDone(lines: Int, bytes: Int64, sources: Int, events: Int)
    case grouped(groups: Int, new: Int, back: Int)
    case diagnosing(index: Int, of: Int, group: String, title: String, by: String)
    case answering(index: Int, of: Int, group: String, tokens: Int)
    case diagnosed(index: Int, of: Int, group: String, author: String)
    case warning(String)
    /// What only `--verbose` shows.
    case detail(String)
}

public typealias ProgressHandler = @Sendable (ProgressEvent) -> Void
