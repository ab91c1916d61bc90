import Events
import Foundation

/// Reads what a door accepted, a file a piece, in the order in which it was accepted, and removes each file when its
/// events are durable.
///
/// A file's name is committed with its events, and forgotten after the file is gone: however a run ends, no file is
/// taken twice, and none is lost.
struct InboxSource: SourceReader {
    private let folder: String
    private var names: ArraySlice<String>
    private var forgotten: [String] = []
    private var current: (name: String, size: Int64)?
    private var doneBytes: Int64 = 0
    private var totalBytes: Int64 = 0

    private static let prefix = "inbox\n"
    /// What nobody can read is kept under this ending.
    private static let brokenEnding = ".broken"

    init(_ source: SourceSettings, cursors: [SourceCursor], context: SourceContext) throws(SourceError) {
        folder = source.paths.first ?? ""
        names = []
        guard case .news = context.stretch else { return }
        var found: [String]
        do {
            found = try Self.list(folder)
        } catch {
            throw .directory(source: source.name, path: folder, reason: error.systemWords)
        }
        for cursor in cursors where cursor.key.hasPrefix(Self.prefix) {
            // Its events are durable; the run that took them was stopped before it had removed it.
            let name = String(cursor.key.dropFirst(Self.prefix.count))
            if let place = found.firstIndex(of: name), unlink("\(folder)/\(name)") == 0 { found.remove(at: place) }
            forgotten.append(cursor.key)
        }
        names = found[...]
        totalBytes = found.reduce(0) { $0 + Self.size("\(folder)/\($1)") }
    }

    /// Whether there is anything to read, or a folder that cannot be listed, which the reading tells.
    static func hasFiles(_ folder: String) -> Bool {
        do { return try !list(folder).isEmpty } catch { return true }
    }

    private static func list(_ folder: String) throws -> [String] {
        guard access(folder, F_OK) == 0 || errno != ENOENT else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(InboxFile.ending) }
            .sorted()
    }

    private static func size(_ path: String) -> Int64 {
        var status = stat()
        return lstat(path, &status) == 0 ? Int64(status.st_size) : 0
    }

    var progress: SourceProgress { SourceProgress(done: doneBytes, total: totalBytes, unit: .bytes) }

    mutating func next(limit: Int) async throws -> SourcePiece? {
        if let (name, size) = current {
            current = nil
            // Where it cannot be removed it stays known, and the next run tries again.
            if unlink("\(folder)/\(name)") == 0 || errno == ENOENT { forgotten.append(Self.prefix + name) }
            doneBytes += size
        }
        guard let name = names.popFirst() else {
            defer { forgotten = [] }
            return forgotten.isEmpty ? nil : SourcePiece(forgotten: forgotten)
        }
        let path = "\(folder)/\(name)"
        let size = Self.size(path)
        var statistics = IntakeStatistics()
        statistics.bytes = size
        do throws(FormatError) {
            guard size <= InboxFile.limit, let bytes = FileManager.default.contents(atPath: path) else {
                throw .tooLarge(format: "the inbox", limit: InboxFile.limit)
            }
            let file = try InboxFile(bytes)
            statistics.lines = Int64(file.events.count)
            if file.broken > 0 {
                statistics.add(IntakeProblem(path: path, reason: .brokenMessage, count: file.broken))
            }
            current = (name, size)
            defer { forgotten = [] }
            var piece = SourcePiece(
                events: file.events, cursors: [SourceCursor(key: Self.prefix + name, payload: "{}")],
                forgotten: forgotten, statistics: statistics)
            piece.masked = file.masked
            return piece
        } catch {
            rename(path, path + Self.brokenEnding)
            statistics.add(IntakeProblem(path: path + Self.brokenEnding, reason: .brokenMessage))
            defer { forgotten = [] }
            return SourcePiece(forgotten: forgotten, statistics: statistics)
        }
    }
}

extension SourceSettings {
    /// What a door accepted: read like any other source, and whole from its first day on.
    ///
    /// - Parameter folder: of files as ``InboxFile`` makes them.
    public static func inbox(_ folder: String) -> SourceSettings {
        var source = SourceSettings(name: inboxName, paths: [folder])
        source.kind = .inbox
        source.baseline = .zero
        return source
    }

    /// No source of a configuration may have it.
    public static let inboxName = "inbox"

    /// Whether there is anything in an inbox, or it cannot be told; true for every other source.
    public var hasSomething: Bool { kind != .inbox || InboxSource.hasFiles(paths.first ?? "") }
}
