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

    public var name: String
    /// Files, globs, and `-` for standard input.
    public var paths: [String]
    /// The service of events that name none.
    public var service: String?
    /// nil chooses file by file, and line by line where they mix.
    public var format: Format?
    /// iconv's name of the encoding of lines; nil detects UTF-8, UTF-16 with a mark, and CP949.
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
        repositoryURL: String? = nil, linesBefore: Int = 20
    ) {
        (self.name, self.paths, self.service, self.format) = (name, paths, service, format)
        (self.encoding, self.timeZone, self.triggers, self.release) = (encoding, timeZone, triggers, release)
        (self.environment, self.repositoryURL, self.linesBefore) = (environment, repositoryURL, linesBefore)
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

    public init(
        level: LogLevel? = .error, traces: Bool = true, durationMilliseconds: Double? = 5000,
        codes: [String] = ["AI_*", "AUTH_*", "DB_*"], everything: Bool = false
    ) {
        (self.level, self.traces, self.durationMilliseconds) = (level, traces, durationMilliseconds)
        (self.codes, self.everything) = (codes, everything)
    }

    /// No trigger at all: every record becomes an event.
    public static let all = Triggers(everything: true)

    /// Whether the event counts as an error.
    public func match(_ event: ErrorEvent) -> Bool {
        if everything { return true }
        if let level, event.level >= level { return true }
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
