import Events

/// One `[[source]]` of the configuration.
public struct SourceSettings: Sendable, Hashable {
    /// What a source holds: lines (`json` an object each, `text` never one, `logfmt` pairs), lines in a carrier, or
    /// events of a service in its own form.
    public enum Format: String, Sendable, Hashable, Codable, CaseIterable {
        case json, text, logfmt
        case docker, cri, journald, syslog
        case sentry, otlp
        case otlpProtobuf = "otlp-protobuf"
        case patrol, loki, rollbar, datadog
    }

    /// Where a source's bytes come from.
    public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
        case files, stdin
        /// A folder into which whole files are put; each is read once and moved to `done` in it.
        case spool
        case journald
        /// Remote engines, over HTTP; only ever read.
        case loki, sentry, clickhouse
        /// What the HTTP door accepted; the home's own, never configured.
        case inbox

        /// Those that a configuration can name.
        public static let allCases: [Kind] = [.files, .stdin, .spool, .journald, .loki, .sentry, .clickhouse]

        /// Read over HTTP.
        public var isRemote: Bool { self == .loki || self == .sentry || self == .clickhouse }
    }

    public var name: String
    public var kind = Kind.files
    /// Files, folders, globs, and `-` for standard input; a spool's one folder; a journal's files or folders.
    public var paths: [String]
    /// How far back the first run of a source reads.
    public var initial = Duration.hours(24)
    /// For so long from its first run on, what a source brings is not called new.
    public var baseline = Duration.days(7)
    /// What is younger may not be whole yet, and is left to the next run.
    public var settle = Duration.seconds(30)
    public var journal = JournalSettings()
    public var remote = RemoteSettings()
    /// The service of events that name none.
    public var service: String?
    /// nil chooses file by file, and line by line where they mix.
    public var format: Format?
    /// iconv's name of the encoding of lines; nil or `auto` takes UTF-16 and UTF-8 for what they are, and other lines for
    /// the likeliest of CP949, Shift_JIS, GB18030 and Windows-1252.
    public var encoding: String?
    /// IANA name of the zone of times without one; nil is UTC.
    public var timeZone: String?
    public var triggers: Triggers
    public var release: String?
    public var environment: String?
    public var repositoryURL: String?
    /// Lines before an error that are kept with it; at most `IntakeLimits.linesBefore`.
    public var linesBefore: Int

    public init(
        name: String, paths: [String], service: String? = nil, format: Format? = nil, encoding: String? = nil,
        timeZone: String? = nil, triggers: Triggers = Triggers(), release: String? = nil, environment: String? = nil,
        repositoryURL: String? = nil, linesBefore: Int = IntakeLimits.linesBefore
    ) {
        (self.name, self.paths, self.service, self.format) = (name, paths, service, format)
        (self.encoding, self.timeZone, self.triggers, self.release) = (encoding, timeZone, triggers, release)
        (self.environment, self.repositoryURL, self.linesBefore) = (environment, repositoryURL, linesBefore)
    }
}

extension SourceSettings {
    /// Whether lines can be read in the encoding: `auto`, or a name that iconv knows.
    public static func isKnown(encoding: String) -> Bool {
        TextDecoder.explicit(encoding).map { IconvDecoder($0) != nil } ?? true
    }
}

/// Which records count as errors.
public struct Triggers: Sendable, Hashable, Codable {
    /// Records of this level and above; nil turns the trigger off.
    public var level: LogLevel?
    /// Records with a stack trace.
    public var traces: Bool
    /// Records that took longer than so many milliseconds; nil turns the trigger off.
    public var durationMilliseconds: Double?
    /// Patterns of error codes: `*` stands for any characters.
    public var codes: [String]
    /// Every record is taken, whatever it says.
    public var everything: Bool
    /// More events of a group, or of a service, within `burstWindow` are a burst: it makes no error of anything, it
    /// makes what was found more severe. nil turns the trigger off.
    public var burst: Int? = 10
    /// Whole minutes, an hour at most.
    public var burstWindow = Duration.minutes(5)

    public init(
        level: LogLevel? = .error, traces: Bool = true, durationMilliseconds: Double? = 5000,
        codes: [String] = ["AI_*", "AUTH_*", "DB_*"], everything: Bool = false
    ) {
        (self.level, self.traces, self.durationMilliseconds) = (level, traces, durationMilliseconds)
        (self.codes, self.everything) = (codes, everything)
    }

    /// No trigger at all: every record becomes an event.
    public static let all = Triggers(everything: true)

    /// Whether an event of this level counts as an error, whatever else it says.
    func wants(_ found: LogLevel) -> Bool { everything || level.map { found >= $0 } ?? false }

    /// Whether the event counts as an error.
    public func match(_ event: ErrorEvent) -> Bool {
        if wants(event.level) { return true }
        if traces, event.exceptions.contains(where: { !$0.frames.isEmpty }) { return true }
        if let limit = durationMilliseconds, let duration = event.durationMilliseconds, duration > limit { return true }
        guard let code = event.code else { return false }
        return codes.contains { Self.matches(code, pattern: $0) }
    }

    /// A glob with `*` only, in linear time.
    static func matches(_ text: String, pattern: String) -> Bool {
        let (text, pattern) = (Array(text.utf8), Array(pattern.utf8))
        var (at, wanted, star, resume) = (0, 0, -1, 0)
        while at < text.count {
            if wanted < pattern.count, pattern[wanted] == 0x2A {
                (star, resume, wanted) = (wanted, at, wanted + 1)
            } else if wanted < pattern.count, pattern[wanted] == text[at] {
                (at, wanted) = (at + 1, wanted + 1)
            } else if star >= 0 {
                resume += 1
                (at, wanted) = (resume, star + 1)
            } else {
                return false
            }
        }
        return pattern[wanted...].allSatisfy { $0 == 0x2A }
    }

    /// A word of the text that one of the patterns names: `… [AI_003] …`.
    func code(in text: Substring) -> String? {
        for pattern in codes {
            let literal = pattern.prefix { $0 != "*" }
            guard literal.utf8.count >= 2 else { continue }
            for word in text.utf8.prefix(4096).split(whereSeparator: { !($0.isIdentifier || $0 == 0x2D) }) {
                guard word.starts(with: literal.utf8), word.count > literal.utf8.count, let code = String(word),
                    Self.matches(code, pattern: pattern)
                else { continue }
                return clip(code, to: 128)
            }
        }
        return nil
    }
}
