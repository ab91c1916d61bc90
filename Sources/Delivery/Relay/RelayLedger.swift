import Events
import Foundation
import Glibc
import Synchronization

/// What a relay did with each message: a file that only grows, so that a restart at any instant posts nothing twice.
///
/// One JSON object a line. `posting` is on disk before a message is sent; what became of it follows. A line that was
/// torn by a crash is cut off. The file is held by an exclusive lock. May be used from any task.
final class RelayLedger: Sendable {
    private struct Contents: Sendable {
        var messages: [String: Message] = [:]
        /// Names by site and number.
        var names: [String: [Int: String]] = [:]
        var deliveries: [Key: Delivery] = [:]
        var threads: [ThreadKey: String] = [:]
        var known: [String: Timestamp] = [:]
        var heartbeats: [String: Timestamp] = [:]
        /// The disk is full, and what was kept free for it is used up.
        var isReserveSpent = false
        /// Nil where nothing is written.
        var file: PreallocatedFile?
    }

    private let contents = Mutex(Contents())
    /// Negative where nothing is written.
    private let descriptor: Int32
    private let path: String

    static let fileName = "ledger.jsonl"
    /// Given up when the disk is full: what became of messages that are on their way can still be noted.
    static let reserveName = "reserve"
    private static let reserveBytes = 64 << 10
    private let reserve: String
    /// Some millions of messages; a larger file is something else.
    static let maximumBytes = 1 << 30

    /// - Parameter isReadOnly: neither makes nor locks nor repairs the file.
    init(directory: String, isReadOnly: Bool = false) throws(RelayError) {
        (path, reserve) = ("\(directory)/\(Self.fileName)", "\(directory)/\(Self.reserveName)")
        if isReadOnly {
            descriptor = -1
            _ = try load()
            return
        }
        descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .ledger(path: path, reason: String(cString: strerror(errno))) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw .busy(path: path) }
        let whole = try load()
        do throws(OutboxError) {
            let file = try PreallocatedFile(descriptor: descriptor, path: path, end: whole)
            contents.withLock { $0.file = file }
            try keepReserve()
            try DurableFile.syncDirectory(directory)
        } catch {
            throw .file(error)
        }
    }

    /// Bytes that no file system can leave out or press together.
    private func keepReserve() throws(OutboxError) {
        var status = stat()
        if lstat(reserve, &status) == 0, status.st_size == Self.reserveBytes { return }
        do throws(OutboxError) {
            try DurableFile.write(
                Data((0..<Self.reserveBytes).map { _ in UInt8.random(in: .min ... .max) }), to: reserve)
        } catch {
            unlink(reserve)
            throw error
        }
    }

    deinit {
        guard descriptor >= 0 else { return }
        // Zeros that stay are cut off at the next start.
        contents.withLock { try? $0.file?.trim() }
        close(descriptor)
    }

    // MARK: - Reading

    func message(named name: String) -> Message? { contents.withLock { $0.messages[name] } }

    func message(_ sequence: Int, of site: String) -> Message? {
        contents.withLock { state in state.names[site]?[sequence].flatMap { state.messages[$0] } }
    }

    /// All messages that were taken in, by site and number.
    var messages: [Message] {
        contents.withLock { Array($0.messages.values) }.sorted { ($0.site, $0.sequence) < ($1.site, $1.sequence) }
    }

    func numbers(of site: String) -> Set<Int> { contents.withLock { Set($0.names[site, default: [:]].keys) } }

    func state(_ key: Key) -> State? { contents.withLock { $0.deliveries[key]?.state } }

    /// Deliveries in one state, in order.
    func deliveries(in state: State) -> [Delivery] {
        contents.withLock { $0.deliveries.values.filter { $0.state == state } }.sorted { $0.key < $1.key }
    }

    func delivery(_ key: Key) -> Delivery? { contents.withLock { $0.deliveries[key] } }

    func thread(_ key: ThreadKey) -> String? { contents.withLock { $0.threads[key] } }

    func threads(of site: String) -> [ThreadKey: String] {
        contents.withLock { $0.threads.filter { $0.key.site == site } }
    }

    /// When this relay first knew of a site; nil before ``append(_:sync:)`` said so.
    func known(_ site: String) -> Timestamp? { contents.withLock { $0.known[site] } }

    /// The time of the latest heartbeat that was taken in.
    func heartbeat(of site: String) -> Timestamp? { contents.withLock { $0.heartbeats[site] } }

    // MARK: - Writing

    /// - Parameter sync: on disk when this returns; otherwise with the next one that is.
    func append(_ line: Line, sync: Bool) throws(RelayError) {
        do {
            let bytes = try CanonicalJSON.encode(line) + Data("\n".utf8)
            // One after another: two tasks' lines do not mix.
            try contents.withLock { state in
                try write(bytes, isOutcome: line.isOutcome, &state)
                Self.keep(line, &state)
            }
        } catch let error as OutboxError {
            throw .file(error)
        } catch {
            throw .ledger(path: path, reason: "\(error)")
        }
        if sync { try self.sync() }
    }

    /// A line is there whole or not at all, whatever the disk does.
    ///
    /// What became of a message that may have been posted is worth the reserve; nothing is posted once that is spent.
    private func write(_ bytes: Data, isOutcome: Bool, _ state: inout Contents) throws(OutboxError) {
        guard let file = state.file, !file.isTorn, isOutcome || !state.isReserveSpent else { throw .full(path: path) }
        do throws(OutboxError) {
            return try state.file?.append(bytes) ?? ()
        } catch {
            guard case .full = error, isOutcome, state.file?.isTorn == false, !state.isReserveSpent else { throw error }
        }
        state.isReserveSpent = true
        unlink(reserve)
        try state.file?.append(bytes)
    }

    func sync() throws(RelayError) {
        do throws(OutboxError) {
            // Lines may be written meanwhile.
            try contents.withLock { $0.file }?.sync()
        } catch {
            throw .file(error)
        }
    }

    private static func keep(_ line: Line, _ state: inout Contents) {
        if let message = line.message {
            state.messages[message.name] = message
            state.names[message.site, default: [:]][message.sequence] = message.name
            if message.type == OutboxDraft.Kind.heartbeat.rawValue {
                state.heartbeats[message.site] = max(message.time, state.heartbeats[message.site] ?? message.time)
            }
        }
        if let delivery = line.delivery {
            state.deliveries[delivery.key] = delivery
            if let group = delivery.group {
                let key = ThreadKey(site: delivery.site, channel: delivery.channel, group: group)
                if let thread = delivery.thread { state.threads[key] = thread.isEmpty ? nil : thread }
            }
        }
        if let site = line.site, state.known[site.name] == nil { state.known[site.name] = site.at }
    }

    /// - Returns: bytes up to the end of the last whole line.
    private func load() throws(RelayError) -> Int {
        let bytes: Data
        do throws(OutboxError) {
            bytes = try DurableFile.read(path, limit: Self.maximumBytes) ?? Data()
        } catch {
            throw .file(error)
        }
        let decoder = JSONDecoder()
        // Space that was laid out, or what a loss of power left of lines that were not synced.
        let written = bytes.firstIndex(of: 0) ?? bytes.count
        let whole = bytes[..<written].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        for (number, text) in bytes[..<whole].split(separator: 0x0A).enumerated() {
            guard let line = try? decoder.decode(Line.self, from: text) else {
                throw .ledger(path: path, reason: "line \(number + 1) is not a record")
            }
            contents.withLock { Self.keep(line, &$0) }
        }
        return whole
    }
}
