import Events

/// Why a message of a service is no event.
public enum FormatError: OperatorFacing, Equatable {
    case notJSON(format: String)
    case notOfFormat(String)
    case tooLarge(format: String, limit: Int)
    case tooMany(format: String, limit: Int)
    case brokenCompression

    public var description: String {
        switch self {
        case .notJSON(let format): "no whole JSON value where a message of \(format) was expected"
        case .notOfFormat(let format): "the JSON value is no message of \(format)"
        case .tooLarge(let format, let limit): "a message of \(format) is larger than \(limit >> 20) MiB"
        case .tooMany(let format, let limit): "a message of \(format) holds more than \(limit) records"
        case .brokenCompression: "the compressed bytes are broken or end early"
        }
    }

    public var remedy: String? {
        switch self {
        case .notJSON, .notOfFormat, .brokenCompression: "Check what sends it, and the source's format."
        case .tooLarge, .tooMany: "Send smaller batches."
        }
    }

    public var kind: FailureKind { .data }
}

/// The events of one message, and how many of its records were none.
public struct ParsedEvents: Sendable, Equatable {
    public var events: [ErrorEvent]
    /// Records that could not be read; they cost no other one.
    public var rejected: Int
    /// Records that are sound and no errors: transactions, sessions, resolved issues.
    public var ignored: Int

    public init(events: [ErrorEvent] = [], rejected: Int = 0, ignored: Int = 0) {
        (self.events, self.rejected, self.ignored) = (events, rejected, ignored)
    }
}

/// What a parser makes of one message, before triggers and the source's settings.
struct FormatReading {
    var drafts: [EventDraft] = []
    var rejected = 0
    var ignored = 0
    /// There were more than were asked for; those were not read.
    var hasMore = false

    var count: Int { drafts.count + rejected + ignored }

    static func += (left: inout FormatReading, right: FormatReading) {
        left.drafts += right.drafts
        left.rejected += right.rejected
        left.ignored += right.ignored
        left.hasMore = left.hasMore || right.hasMore
    }
}
