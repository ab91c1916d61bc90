import Events
import Foundation

/// The systemd journal, through `journalctl -o export --after-cursor`: the journal's own cursor says where to go on.
struct JournalSource: SourceReader {
    private struct Place: Codable, Hashable {
        var cursor: String
        /// Of the entry at the cursor, or where reading begins.
        var time: Timestamp
        /// A backfill is done: the first entry behind its end was seen.
        var isDone = false
    }

    private static let key = "journal"
    static let olderKey = "older journal"
    /// Entries of a piece; with the silence that ends it at most twice as many.
    private static let pieceEntries = 20_000
    /// A trace's lines come within a second: a piece ends only where nothing was said for so long.
    private static let gap = Duration.seconds(1)

    private let source: SourceSettings
    private let context: SourceContext
    private let key: String
    private let begin: Timestamp
    /// Entries from here on are not read.
    private let end: Timestamp
    private var place: Place?
    private var process: JournalProcess?
    private var decoder = JournalExport()
    private var waiting: ArraySlice<ExportedEntry> = []
    private var isAtEnd = false
    private var recent = RecentLines()

    init(_ source: SourceSettings, cursors: [SourceCursor], context: SourceContext) throws(SourceError) {
        (self.source, self.context) = (source, context)
        switch context.stretch {
        case .news(let floor):
            key = Self.key
            begin = floor ?? context.now.advanced(by: .zero - source.initial)
            end = context.now.advanced(by: .days(1))
        case .older(let from, let floor):
            (key, begin, end) = (Self.olderKey, from, floor)
        }
        for cursor in cursors where cursor.key == key { place = try cursor.decode(Place.self, of: source.name) }
    }

    var progress: SourceProgress {
        let total = begin.duration(to: min(end, context.now)).inSeconds
        let done = begin.duration(to: place?.time ?? begin).inSeconds
        return SourceProgress(done: Int64(max(0, done)), total: Int64(max(0, total)), unit: .seconds)
    }

    mutating func next(limit: Int) async throws -> SourcePiece? {
        if isAtEnd || place?.isDone == true { return nil }
        if process == nil { process = try start() }
        var streams = CarriedStreams(source, now: context.now, recent: recent)
        var statistics = IntakeStatistics()
        var last = place
        while true {
            try Task.checkCancellation()
            guard let entry = try entry(&statistics) else {
                isAtEnd = true
                break
            }
            let time = entry.time ?? last?.time ?? begin
            if time >= end {
                isAtEnd = true
                break
            }
            let isFull = statistics.lines >= Self.pieceEntries || streams.events.count >= limit
            if isFull, let before = last?.time,
                before.duration(to: time) >= Self.gap || statistics.lines >= 2 * Self.pieceEntries
            {
                waiting = [entry] + waiting
                break
            }
            statistics.lines += 1
            last = Place(cursor: entry.cursor, time: time)
            guard let message = entry.fields["MESSAGE"], !message.isEmpty else { continue }
            streams.take(message, stream: entry.stream, entry.facts(at: time))
        }
        streams.finish()
        recent = streams.recent
        place = last
        guard var place else { return nil }
        if isAtEnd, case .older = context.stretch { place.isDone = true }
        return SourcePiece(
            events: streams.events, cursors: [SourceCursor(key: key, place)], statistics: statistics)
    }

    private mutating func entry(_ statistics: inout IntakeStatistics) throws -> ExportedEntry? {
        while waiting.isEmpty {
            switch process?.read() {
            case nil, .end: return nil
            case .bytes(let bytes):
                statistics.bytes += Int64(bytes.count)
                guard let entries = decoder.read(bytes) else { throw failure("it writes no export format") }
                waiting = entries[...]
            case .silent(let after): throw failure("it was silent for \(after.inSeconds) s and was ended")
            case .cancelled: throw CancellationError()
            case .failed(let words): throw failure(clip(words, to: 300))
            }
        }
        return waiting.popFirst()
    }

    private func failure(_ words: String) -> SourceError {
        .program(source: source.name, name: source.journal.program, words: words)
    }

    private func start() throws -> JournalProcess {
        do {
            return try JournalProcess(source.journal, arguments: arguments)
        } catch {
            throw failure("it cannot be started: \(error.systemWords)")
        }
    }

    /// Every value is an argument of its own, behind its option: nothing of it is read as another option.
    private var arguments: [String] {
        var arguments = ["--no-pager", "--quiet", "--all", "--output=export"]
        arguments += source.paths.map { Self.isFolder($0) ? "--directory=\($0)" : "--file=\($0)" }
        arguments += source.journal.units.map { "--unit=\($0)" }
        if let place, !place.cursor.isEmpty {
            arguments.append("--after-cursor=\(place.cursor)")
        } else {
            arguments.append("--since=@\(begin.nanoseconds / 1_000_000_000)")
        }
        arguments.append("--output-fields=\(ExportedEntry.wanted.joined(separator: ","))")
        return arguments + ["--"] + source.journal.matches
    }

    private static func isFolder(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }
}

extension ExportedEntry {
    /// What is asked for; the time and the cursor come without being asked.
    static let wanted = [
        "MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "SYSLOG_PID", "_PID", "_COMM", "_SYSTEMD_UNIT",
        "_SYSTEMD_USER_UNIT", "UNIT", "CONTAINER_NAME", "_HOSTNAME", "CODE_FILE", "CODE_LINE", "CODE_FUNC",
    ]

    /// Lines of one process are one stream.
    var stream: String {
        [
            fields["_HOSTNAME"], fields["_SYSTEMD_UNIT"] ?? fields["UNIT"], fields["CONTAINER_NAME"],
            fields["_PID"] ?? fields["SYSLOG_PID"], fields["SYSLOG_IDENTIFIER"],
        ].map { $0 ?? "" }.joined(separator: "\n")
    }

    func facts(at time: Timestamp) -> EntryFacts {
        var facts = EntryFacts(time: time, identity: cursor)
        facts.level = fields["PRIORITY"].flatMap { Int($0) }.flatMap(TextHeader.syslogLevel)
        facts.host = fields["_HOSTNAME"]
        facts.service = fields["CONTAINER_NAME"] ?? service
        if let file = fields["CODE_FILE"] { facts.tags["code.file.path"] = file }
        if let line = fields["CODE_LINE"] { facts.tags["code.line.number"] = line }
        if let function = fields["CODE_FUNC"] { facts.tags["code.function.name"] = function }
        if let process = fields["_PID"] ?? fields["SYSLOG_PID"] { facts.tags["pid"] = process }
        return facts
    }

    /// The unit without its kind, else the program's own name.
    private var service: String? {
        let unit = fields["_SYSTEMD_USER_UNIT"] ?? fields["_SYSTEMD_UNIT"] ?? fields["UNIT"]
        if let unit, unit.hasSuffix(".service") { return String(unit.dropLast(".service".count)) }
        return fields["SYSLOG_IDENTIFIER"] ?? fields["_COMM"] ?? unit
    }
}
