import Events
import Foundation
import Intake

/// Makes what was accepted durable: one file for all that came while the one before was written.
///
/// A caller goes on when its events are on disk under their name: written, synced, renamed, and the folder synced.
actor InboxWriter {
    private let folder: String
    private let space: DiskSpace
    private var waiting: [Submission] = []
    private var waitingBytes = 0
    private var isWriting = false
    private var written = 0
    private var room: (at: ContinuousClock.Instant, found: Result<Void, any Error>)?
    private var looking: Task<Result<Void, any Error>, Never>?

    /// Bytes of messages that wait to be written.
    static let mostWaiting = 64 << 20
    /// Bytes of files that wait to be read.
    static let mostUnread = 2_000_000_000
    /// Events of one file, so that a run commits them in one transaction.
    static let eventsAFile = ReadingStage.eventsATransaction
    private static let lookEvery = Duration.seconds(1)
    /// What was found longer ago is looked for again before anything is taken.
    private static let staleAfter = Duration.seconds(3)

    private struct Submission {
        var file: InboxFile
        var bytes: Int
        var done: CheckedContinuation<Void, any Error>
    }

    init(_ configuration: Configuration) {
        folder = configuration.home.inbox
        space = DiskSpace(home: configuration.home, leastFree: configuration.retention.minFree)
    }

    /// - Parameter bytes: what the message weighs in memory, about.
    /// - Throws: ``InboxError``; then nothing of it was accepted.
    func append(_ file: InboxFile, bytes: Int) async throws {
        guard !file.events.isEmpty || !file.masked.isEmpty else { return }
        try await checkRoom()
        guard waitingBytes + bytes <= Self.mostWaiting || waiting.isEmpty else { throw InboxError.busy }
        waitingBytes += bytes
        try await withCheckedThrowingContinuation { done in
            waiting.append(Submission(file: file, bytes: bytes, done: done))
            if !isWriting {
                isWriting = true
                Task { await write() }
            }
        }
    }

    private func write() async {
        while !waiting.isEmpty {
            let batch = waiting
            waiting = []
            let names = name(Self.files(of: batch.map(\.file)))
            let folder = folder
            // The disk is waited for elsewhere, so that what comes meanwhile is gathered here.
            let result = await Task.detached { Result { try Self.write(names, to: folder) } }.value
            waitingBytes -= batch.reduce(0) { $0 + $1.bytes }
            for submission in batch { submission.done.resume(with: result) }
        }
        isWriting = false
    }

    private static func files(of all: [InboxFile]) -> [InboxFile] {
        var masked: [String: Int] = [:]
        for file in all { masked.merge(file.masked, uniquingKeysWith: +) }
        let events = all.flatMap(\.events)
        let starts = stride(from: 0, to: max(1, events.count), by: eventsAFile)
        return starts.map { start in
            InboxFile(
                events: Array(events[start..<min(events.count, start + eventsAFile)]), masked: start == 0 ? masked : [:]
            )
        }
    }

    /// Names in the order of acceptance; the process's number keeps two doors apart.
    private func name(_ files: [InboxFile]) -> [(name: String, file: InboxFile)] {
        files.map { file in
            written += 1
            let time = UInt64(max(0, Date().timeIntervalSince1970 * 1_000_000))
            let order = String(repeating: "0", count: max(0, 9 - String(written).count)) + String(written)
            return ("\(time)-\(getpid())-\(order)\(InboxFile.ending)", file)
        }
    }

    private static func write(_ files: [(name: String, file: InboxFile)], to folder: String) throws {
        for (name, file) in files {
            let (temporary, path) = ("\(folder)/\(name).writing", "\(folder)/\(name)")
            try writeSynced(try file.encoded(), to: temporary)
            guard rename(temporary, path) == 0 else { throw failure(path) }
        }
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure(folder) }
    }

    private static func writeSynced(_ bytes: Data, to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var isWhole = false
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count > 0 { rest = rest.dropFirst(count) } else if count == 0 || errno != EINTR { return }
            }
            isWhole = true
        }
        guard isWhole, fsync(descriptor) == 0 else {
            let error = failure(path)
            unlink(path)
            throw error
        }
    }

    private static func failure(_ path: String) -> InboxError {
        .cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }

    /// The folder and the disk are looked at once a second, beside the work: thousands of files take milliseconds to list,
    /// and in between, what was accepted is small beside the limits.
    private func checkRoom() async throws {
        let now = ContinuousClock.now
        if let room, now - room.at < Self.staleAfter {
            if now - room.at >= Self.lookEvery, looking == nil { Task { await look() } }
            return try room.found.get()
        }
        try await look().get()
    }

    @discardableResult
    private func look() async -> Result<Void, any Error> {
        if let looking { return await looking.value }
        let (folder, space) = (folder, space)
        let task = Task.detached { Result { try Self.look(at: folder, space) } }
        looking = task
        let found = await task.value
        (room, looking) = ((.now, found), nil)
        return found
    }

    private static func look(at folder: String, _ space: DiskSpace) throws {
        let free = try space.free()
        guard free >= space.leastFree.bytes else { throw InboxError.noSpace(freeBytes: free) }
        var bytes = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            var status = stat()
            if lstat("\(folder)/\(name)", &status) == 0 { bytes += Int(status.st_size) }
        }
        guard bytes < mostUnread else { throw InboxError.full(bytes: bytes) }
    }
}
