import Foundation

/// `[watch]` of appliance.toml: how logs are followed.
public struct WatchSettings: Sendable, Hashable {
    /// After the first sign of a change, what belongs to it is let come.
    public var settle = Duration.milliseconds(300)
    /// Files are looked at so often where nothing tells of changes: network file systems, files that are made late.
    public var poll = Duration.seconds(2)
    /// Journals and remote engines are asked so often.
    public var remoteEvery = Duration.seconds(60)
    /// Groups that a model is asked about in an hour, outside of the nightly run.
    public var diagnosesAnHour = 10
    /// And in a day, likewise.
    public var diagnosesADay = 100

    public init() {}
}

/// `[schedule]` of appliance.toml: what a watch does by the clock.
public struct ScheduleSettings: Sendable, Hashable {
    /// `HH:MM` of the nightly run, in the site's zone.
    public var nightlyAt = "02:30"

    public init() {}
}
