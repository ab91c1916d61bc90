/// The level that a log line itself claims.
public enum LogLevel: String, Sendable, Codable, CaseIterable, Comparable {
    case trace, debug, info, warning, error, fatal

    public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// The usual words of log formats, in any case, in English and the languages of `LevelWords`.
    ///
    /// - Returns: nil for a word that names no level.
    public init?(word: some StringProtocol) {
        let word = word.lowercased()
        switch word {
        case "trace", "finest", "finer", "verbose": self = .trace
        case "debug", "fine", "dbg": self = .debug
        case "info", "information", "notice", "log", "config", "inf": self = .info
        case "warn", "warning", "wrn": self = .warning
        case "error", "err", "eror", "severe", "exception": self = .error
        case "fatal", "critical", "crit", "panic", "emerg", "emergency", "alert", "dpanic", "ftl": self = .fatal
        default:
            guard let level = LevelWords.levels[word] else { return nil }
            self = level
        }
    }
}

/// How bad a group is, judged by us. Ordered: `info` is the least.
///
/// One table ties words together everywhere: *warning* (alerts, Discord) is `medium`.
public enum Severity: String, Sendable, Codable, CaseIterable, Comparable {
    case info, low, medium, high, critical

    public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

    public var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// One step worse; `critical` stays.
    public var raised: Severity { Self.allCases[min(rank + 1, Self.allCases.count - 1)] }

    /// The three words of the alert policy.
    public var alertClass: AlertClass {
        switch self {
        case .critical, .high: .critical
        case .medium: .warning
        case .low, .info: .info
        }
    }

    public enum AlertClass: String, Sendable, Codable { case critical, warning, info }
}

/// The word for a confidence in percent.
public enum ConfidenceLevel: String, Sendable, Codable {
    case high = "HIGH"
    case medium = "MEDIUM"
    case low = "LOW"

    /// HIGH from 80, MEDIUM from 50, LOW below.
    public init(percent: Int) { self = percent >= 80 ? .high : percent >= 50 ? .medium : .low }
}
