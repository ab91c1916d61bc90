/// One occurrence of an error (or `count` of them that a remote engine has added up).
///
/// Its JSON form is documented in docs/formats.md: absent values are left out, only `message` is required
/// when reading, frames run oldest first (the crash is last), exceptions outermost first.
public struct ErrorEvent: Sendable, Hashable {
    /// Stable for one occurrence: given by the source, else derived from source and offset.
    public var id: String
    /// When it happened, as its source says.
    public var time: Timestamp
    /// When we read it: of every event that is kept, and of those whose `time` cannot be right.
    public var receivedAt: Timestamp?
    public var level: LogLevel
    public var service: String?
    public var message: String
    public var exceptions: [ExceptionInfo] = []
    /// An error code of the program (`AI_003`, `E1045`).
    public var code: String?
    /// The logger or module that spoke (`server::domain::ai::service`).
    public var target: String?
    public var release: String?
    /// The commit that was running, as 7 to 64 hexadecimal digits.
    public var revision: String?
    /// A key to a local mirror, never fetched.
    public var repositoryURL: String?
    public var environment: String?
    public var host: String?
    public var traceID: String?
    public var spanID: String?
    public var durationMilliseconds: Double?
    /// The request that was being answered.
    public var request: RequestInfo?
    /// The operations around the one that failed, outermost first, as far as its trace names them.
    public var parentSpans: [SpanInfo] = []
    public var breadcrumbs: [Breadcrumb] = []
    /// Log lines of the same source just before this one; read when they are asked for.
    public var precedingLines = PrecedingLines([])
    public var tags: [String: String] = [:]
    /// The event's own grouping (Sentry's `fingerprint`), `{{ default }}` included.
    public var fingerprint: [String] = []
    public var count: Int = 1
    public var source: EventSource?

    public init(id: String, time: Timestamp, level: LogLevel = .error, message: String) {
        (self.id, self.time, self.level, self.message) = (id, time, level, message)
    }

    /// Log lines of the same source just before this one, oldest first.
    public var linesBefore: [String] {
        get { precedingLines.lines }
        set { precedingLines = PrecedingLines(newValue) }
    }

    /// The exception that names the group: the innermost cause, where the fault was.
    public var rootException: ExceptionInfo? { exceptions.last }

    /// Every frame of every exception, outermost exception first.
    public var frames: [StackFrame] { exceptions.flatMap(\.frames) }
}

/// One exception of a chain.
public struct ExceptionInfo: Sendable, Hashable, Codable {
    public var type: String?
    public var message: String?
    /// Oldest call first; the place of the fault is last.
    public var frames: [StackFrame]

    public init(type: String?, message: String? = nil, frames: [StackFrame] = []) {
        (self.type, self.message, self.frames) = (type, message, frames)
    }

    enum CodingKeys: String, CodingKey { case type, message, frames }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        type = try values.decodeIfPresent(String.self, forKey: .type)
        message = try values.decodeIfPresent(String.self, forKey: .message)
        frames = try values.decodeIfPresent([StackFrame].self, forKey: .frames) ?? []
    }
}

/// One call of a stack trace, as the trace names it (rarely a path of the repository).
public struct StackFrame: Sendable, Hashable, Codable {
    public var file: String?
    public var function: String?
    public var module: String?
    /// Counted from 1.
    public var line: Int?
    public var column: Int?
    /// Code of the application (true), of a library (false), or unknown.
    public var inApp: Bool?
    /// Source text that the event itself carries.
    public var context: FrameContext?

    public init(
        file: String? = nil, function: String? = nil, module: String? = nil, line: Int? = nil, column: Int? = nil,
        inApp: Bool? = nil, context: FrameContext? = nil
    ) {
        (self.file, self.function, self.module, self.line) = (file, function, module, line)
        (self.column, self.inApp, self.context) = (column, inApp, context)
    }
}

/// The failing line and its neighbours, as an SDK sent them.
public struct FrameContext: Sendable, Hashable, Codable {
    public var before: [String]
    public var line: String
    public var after: [String]

    public init(before: [String] = [], line: String, after: [String] = []) {
        (self.before, self.line, self.after) = (before, line, after)
    }
}

/// An HTTP request, or a call like it, during which an error happened.
public struct RequestInfo: Sendable, Hashable, Codable {
    public var method: String?
    /// With its query, as the source tells it.
    public var url: String?
    public var status: Int?

    public init(method: String? = nil, url: String? = nil, status: Int? = nil) {
        (self.method, self.url, self.status) = (method, url, status)
    }
}

/// An operation of a distributed trace.
public struct SpanInfo: Sendable, Hashable, Codable {
    public var id: String?
    public var name: String
    public var service: String?
    public var durationMilliseconds: Double?

    public init(id: String? = nil, name: String, service: String? = nil, durationMilliseconds: Double? = nil) {
        (self.id, self.name, self.service, self.durationMilliseconds) = (id, name, service, durationMilliseconds)
    }

    enum CodingKeys: String, CodingKey {
        case id, name, service
        case durationMilliseconds = "durationMs"
    }
}

/// Something that happened before the error, as an SDK recorded it.
public struct Breadcrumb: Sendable, Hashable, Codable {
    public var time: Timestamp?
    public var category: String?
    public var level: LogLevel?
    public var message: String

    public init(time: Timestamp? = nil, category: String? = nil, level: LogLevel? = nil, message: String) {
        (self.time, self.category, self.level, self.message) = (time, category, level, message)
    }
}

/// Where an event was read.
public struct EventSource: Sendable, Hashable, Codable {
    /// The source's name in the configuration.
    public var name: String
    /// Bytes into the (decompressed) source, where that makes sense.
    public var offset: Int64?

    public init(name: String, offset: Int64? = nil) { (self.name, self.offset) = (name, offset) }
}
