import Events

/// Bounds of what intake reads and keeps.
public enum IntakeLimits {
    /// A longer line is cut.
    public static let line = 1 << 20
    /// What is kept of a line that is cut.
    public static let cutLine = 64 << 10
    /// Bytes of one record that are parsed; the rest is read over.
    public static let record = 256 << 10
    /// How far back lines before an error are looked for.
    public static let lookBack = 64 << 10
    public static let linesBefore = 100
    /// Bytes of one line kept before an error.
    static let lineBefore = 1024
    /// How far back a record may begin before the place that made it a candidate.
    static let walkBack = 32 << 10
    static let read = 256 << 10
    /// A batch ends after so many bytes, with or without events.
    static let batch = 64 << 20
    static let problems = 100
    static let pasted = 8 << 20
    /// A message that is read as a whole: an envelope, a request.
    static let document = 32 << 20
    /// Files of one source.
    static let files = 10_000
    /// 2000-01-01.
    static let earliest = Timestamp(nanoseconds: 946_684_800_000_000_000)
}

/// Something of a source that could not be read.
public struct IntakeProblem: Sendable, Hashable, Codable {
    public enum Reason: Sendable, Hashable, Codable {
        case missing
        case notPermitted
        case isDirectory
        case notAFile
        /// Compressed data ends or breaks; events before it are kept.
        case corruptCompression
        case readFailed(errno: Int32)
        /// A line that begins like JSON, or should be JSON, and is none; what could be read of it was judged.
        case brokenJSON
        /// A line longer than `IntakeLimits.line`; its beginning was judged.
        case lineTooLong
        /// Bytes of no known encoding, replaced by U+FFFD.
        case notText
        case tooManyFiles
        /// A message of a known format is broken or ends early; the others of its batch were read.
        case brokenMessage
        /// A JSON object or a message beyond the limit; it was not read.
        case documentTooLarge
        /// A record is not of the format that the source's settings name.
        case otherFormat
    }

    public var path: String
    /// Of the first occurrence, into the decompressed file.
    public var offset: Int64?
    public var reason: Reason
    public var count: Int

    public init(path: String, offset: Int64? = nil, reason: Reason, count: Int = 1) {
        (self.path, self.offset, self.reason, self.count) = (path, offset, reason, count)
    }

    /// In words, for the report's end.
    public var explanation: String {
        switch reason {
        case .missing: "no such file"
        case .notPermitted: "not permitted to read it"
        case .isDirectory: "it is a directory: name files or a glob"
        case .notAFile: "it is no regular file"
        case .corruptCompression: "compressed data is corrupt or ends early; events before that are kept"
        case .readFailed(let code): "reading failed (errno \(code))"
        case .brokenJSON: "\(count) lines are no whole JSON object"
        case .lineTooLong: "\(count) lines are longer than 1 MiB and were cut"
        case .notText: "\(count) lines are not text of a known encoding; replaced bytes are marked"
        case .brokenMessage: "\(count) messages are broken or end early; the others beside them were read"
        case .documentTooLarge: "\(count) documents are too large and were not read"
        case .otherFormat: "\(count) records are not of the configured format"
        case .tooManyFiles: "more than \(IntakeLimits.files) files; the rest was not read"
        }
    }
}

/// What one batch read.
public struct IntakeStatistics: Sendable, Hashable, Codable {
    public var files = 0
    public var lines: Int64 = 0
    /// Decompressed bytes.
    public var bytes: Int64 = 0
    public var events = 0
    /// Lines of which a part was skipped for their length.
    public var skippedLines = 0
    public private(set) var unreadable: [IntakeProblem] = []
    /// Problems beyond the hundred that are listed.
    public private(set) var unlistedProblems = 0

    public init() {}

    public mutating func add(_ problem: IntakeProblem) {
        let same = unreadable.firstIndex { $0.path == problem.path && $0.reason == problem.reason }
        if let same {
            unreadable[same].count += problem.count
        } else if unreadable.count < IntakeLimits.problems {
            unreadable.append(problem)
        } else {
            unlistedProblems += problem.count
        }
    }

    public static func += (left: inout IntakeStatistics, right: IntakeStatistics) {
        left.files += right.files
        left.lines += right.lines
        left.bytes += right.bytes
        left.events += right.events
        left.skippedLines += right.skippedLines
        left.unlistedProblems += right.unlistedProblems
        for problem in right.unreadable { left.add(problem) }
    }
}
