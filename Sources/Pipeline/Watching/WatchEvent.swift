import Events

/// What a watch tells while it runs.
public enum WatchEvent: Sendable {
    /// - Parameter unwatched: folders whose changes only the clock finds.
    case watching(sources: Int, folders: Int, unwatched: Int)
    /// What one round of reading found, and the numbers of the messages that it led to.
    case read(events: Int, groups: Int, new: Int, messages: [Int])
    case diagnosed(groups: Int, messages: [Int])
    case nightly(report: String, messages: [Int])
    case reloaded
    /// The configuration that was in force stays.
    case notReloaded(reason: String)
    case failed(String)
    case progress(ProgressEvent)
}

/// What a watch did from its start to its end.
public struct WatchSummary: Sendable, Codable {
    public var lines = 0
    public var events = 0
    public var rounds = 0
    public var diagnosed = 0
    public var messages = 0
    public var failures = 0
}
