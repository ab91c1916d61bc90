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
    /// Of the lines before an error that name none of its ids, those behind so many earlier errors of its file: in a storm
    /// of errors, each with its own samples, every sample would else carry the same hundred lines.
    static let errorsBefore = 10
    /// Bytes of one line kept before an error.
    static let lineBefore = 1024
    /// How far back a record may begin before the place that made it a candidate.
    static let walkBack = 32 << 10
    /// Bytes in sight at a time, where lines are no longer: they should fit into the processor's own memory, and what
    /// stays in sight is to be a small part of them, for it is moved.
    static let block = 1 << 20
    /// Bytes that are read at once, where there are so many: still in the innermost memory when they are looked at.
    static let read = 128 << 10
    /// The beginning of a file by which its encoding is judged.
    static let encodingHead = 16 << 10
    /// How far ahead of the clock here a record's clock may be.
    static let clockAhead = Duration.hours(1)
    /// Hosts whose clocks are told.
    static let skewedHosts = 100
    /// A batch ends after so many bytes, with or without events.
    static let batch = 64 << 20
    /// A batch ends when its events keep so many bytes of what was read alive.
    static let heldBytes = 16 << 20
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
        /// A file of a spool that somebody may still be writing; it is left to the next run.
        case beingWritten
        /// A remote source holds more at one instant than it hands out at once.
        case tooManyAtOnce
        /// More than are counted one by one; the rest is not counted.
        case tooMany
        /// An entry of a remote source that is not what the source should send.
        case brokenReply
    }

    public var path: String
    /// Of the first occurrence, into the decompressed file.
    public var offset: Int64?
    public var reason: Reason
    public var count: Int
    /// The beginning of the first that could not be read, as it stands there: not redacted.
    public var sample: String?

    /// Bytes of a sample.
    static let sampleLength = 160

    public init(path: String, offset: Int64? = nil, reason: Reason, count: Int = 1, sample: String? = nil) {
        (self.path, self.offset, self.reason, self.count) = (path, offset, reason, count)
        self.sample = sample.map { clip($0, to: Self.sampleLength) }
    }

    /// Nothing of the file could be read.
    public var isUnopened: Bool {
        switch reason {
        case .missing, .notPermitted, .isDirectory, .notAFile: true
        default: false
        }
    }

    private var lines: String { count == 1 ? "1 line is" : "\(count) lines are" }

    /// In words, for the report's end.
    public var explanation: String {
        switch reason {
        case .missing: "no such file"
        case .notPermitted: "not permitted to read it"
        case .isDirectory: "it is a directory: name it itself, not by a glob, to have its files read"
        case .notAFile: "it is no regular file"
        case .corruptCompression: "compressed data is corrupt or ends early; events before that are kept"
        case .readFailed(let code): "reading failed (errno \(code))"
        case .brokenJSON: "\(lines) no whole JSON object"
        case .lineTooLong: "\(lines) longer than 1 MiB and cut"
        case .notText: "\(lines) not text of a known encoding; replaced bytes are marked"
        case .brokenMessage:
            "\(count == 1 ? "1 message is" : "\(count) messages are") broken or end early; those beside were read"
        case .documentTooLarge:
            "\(count == 1 ? "1 document is" : "\(count) documents are") too large and not read"
        case .otherFormat:
            "\(count == 1 ? "1 record is" : "\(count) records are") not of the configured format"
        case .tooManyFiles: "more than \(IntakeLimits.files) files; the rest was not read"
        case .beingWritten: "still being written, or named like it; it is left to the next run"
        case .tooManyAtOnce: "more entries at one instant than the server hands out at once; the rest was not read"
        case .tooMany: "more events than are counted one by one; the rest was not counted"
        case .brokenReply: "\(count == 1 ? "1 entry is" : "\(count) entries are") not what the server should send"
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
    /// Events from before the first reading's beginning, left to a backfill.
    public var older = 0
    /// Lines that were no UTF-8, by the encoding that was configured or assumed for them.
    public private(set) var encodings: [String: Int] = [:]
    /// Hosts whose records bear implausible times, as they were found.
    public private(set) var clockSkews: [ClockSkew] = []
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

    mutating func note(encodings lines: [String: Int]) { encodings.merge(lines, uniquingKeysWith: +) }

    mutating func note(_ skew: ClockSkew) {
        if let known = clockSkews.firstIndex(where: { $0.host == skew.host }) {
            clockSkews[known].count += skew.count
            if abs(skew.seconds) > abs(clockSkews[known].seconds) { clockSkews[known].seconds = skew.seconds }
        } else if clockSkews.count < IntakeLimits.skewedHosts {
            clockSkews.append(skew)
        }
    }

    public static func += (left: inout IntakeStatistics, right: IntakeStatistics) {
        left.files += right.files
        left.lines += right.lines
        left.bytes += right.bytes
        left.events += right.events
        left.skippedLines += right.skippedLines
        left.older += right.older
        left.unlistedProblems += right.unlistedProblems
        left.note(encodings: right.encodings)
        for skew in right.clockSkews { left.note(skew) }
        for problem in right.unreadable { left.add(problem) }
    }
}

/// How far the clock of a host seems to be off.
public struct ClockSkew: Sendable, Hashable, Codable {
    /// As the records name it; the source's name where they name none.
    public var host: String
    /// The largest difference to the time of reading: positive is ahead of it.
    public var seconds: Double
    /// Records with implausible times.
    public var count: Int

    public init(host: String, seconds: Double, count: Int = 1) {
        (self.host, self.seconds, self.count) = (host, seconds, count)
    }
}
