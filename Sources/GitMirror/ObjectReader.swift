import Events
import Subprocess
import Synchronization

/// Reads objects through one long-lived `git cat-file --batch-command`.
///
/// One request at a time. A child whose answer was not read to its end (a deadline, an unreadable header)
/// is never asked again: it is killed, and the next request starts another.
actor ObjectReader {
    struct Header: Sendable, Equatable {
        var name: ObjectName
        var type: String
        var size: Int
    }

    private let git: GitCommand
    private var child: Child?
    private(set) var started = 0

    init(git: GitCommand) { self.git = git }

    /// Type and size of an object; nil when the mirror lacks it or the abbreviation is ambiguous.
    ///
    /// - Parameter expression: an object name or abbreviation, perhaps with `^{commit}`; checked by the caller.
    func header(_ expression: String) async throws(MirrorError) -> Header? {
        try await ask("info \(expression)\n", limit: 0).header
    }

    /// An object's content, if it is of that type and at most `limit` bytes.
    func contents(
        _ expression: String, type: String, limit: Int
    ) async throws(MirrorError) -> (header: Header, bytes: [UInt8])? {
        guard let header = try await header(expression) else { return nil }
        guard header.type == type else {
            throw .object(name: expression, problem: "is a \(header.type), not a \(type)")
        }
        guard header.size <= limit else {
            throw .object(name: expression, problem: "has \(header.size) bytes; \(limit) are read at most")
        }
        let answer = try await ask("contents \(header.name.hex)\n", limit: limit)
        return answer.header.map { ($0, answer.bytes) }
    }

    func close() async {
        let child = child
        self.child = nil
        await child?.stop()
    }

    private func ask(_ command: String, limit: Int) async throws(MirrorError) -> Child.Answer {
        let current: Child
        if let child, !child.isDirty {
            current = child
        } else {
            await child?.stop()
            current = Child(git)
            child = current
            started += 1
        }
        return try await current.ask(command, limit: limit, timeout: git.timeout)
    }
}

extension ObjectReader {
    /// One `git cat-file` process and the task that feeds it.
    final class Child: Sendable {
        struct Answer: Sendable {
            var header: Header?
            var bytes: [UInt8]
        }

        private struct Request: Sendable {
            var command: String
            var limit: Int
            var reply: Reply
        }

        private let requests: AsyncStream<Request>.Continuation
        private let task: Task<Void, Never>
        private let dirty = Mutex(false)

        var isDirty: Bool { dirty.withLock { $0 } }

        init(_ git: GitCommand) {
            let (stream, continuation) = AsyncStream.makeStream(of: Request.self)
            requests = continuation
            let configuration = git.configuration(["cat-file", "--batch-command"])
            task = Task {
                let failure = await Self.serve(stream, configuration)
                for await request in stream { request.reply.resolve(.failure(failure)) }
            }
        }

        deinit {
            requests.finish()
            task.cancel()
        }

        /// Kills the child and waits until it is gone.
        func stop() async {
            dirty.withLock { $0 = true }
            requests.finish()
            task.cancel()
            await task.value
        }

        func ask(_ command: String, limit: Int, timeout: Duration) async throws(MirrorError) -> Answer {
            let reply = Reply()
            let alarm = Task {
                do { try await Task.sleep(for: timeout) } catch { return }
                dirty.withLock { $0 = true }
                reply.resolve(.failure(.timedOut(command: "cat-file", after: timeout)))
                requests.finish()
                task.cancel()
            }
            defer { alarm.cancel() }
            if case .enqueued = requests.yield(Request(command: command, limit: limit, reply: reply)) {
                let result = await reply.value
                if case .failure = result { dirty.withLock { $0 = true } }
                return try result.get()
            }
            dirty.withLock { $0 = true }
            throw .gitFailed(command: "cat-file", status: "gone", message: "the child ended")
        }

        /// Answers requests until the stream ends or the child misbehaves; says why it stopped.
        private static func serve(_ stream: AsyncStream<Request>, _ configuration: Configuration) async -> MirrorError {
            do {
                _ = try await Subprocess.run(
                    configuration, input: .inputWriter, output: .sequence, error: .discarded
                ) { execution in
                    var reader = AnswerReader(execution.standardOutput.makeAsyncIterator())
                    for await request in stream {
                        do {
                            _ = try await execution.standardInputWriter.write(Array(request.command.utf8))
                            let answer = try await reader.next(
                                wantsContents: request.command.hasPrefix("contents"), limit: request.limit)
                            request.reply.resolve(.success(answer))
                        } catch {
                            request.reply.resolve(.failure(failure(error)))
                            throw error
                        }
                    }
                }
                return .closed
            } catch {
                return failure(error)
            }
        }

        private static func failure(_ error: any Error) -> MirrorError {
            error as? MirrorError ?? .gitFailed(command: "cat-file", status: "broken", message: "\(error)")
        }
    }

    /// A value that is given once and awaited once; later ones are dropped.
    final class Reply: Sendable {
        private let stream: AsyncStream<Result<Child.Answer, MirrorError>>
        private let continuation: AsyncStream<Result<Child.Answer, MirrorError>>.Continuation

        init() {
            (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
        }

        func resolve(_ result: Result<Child.Answer, MirrorError>) {
            continuation.yield(result)
            continuation.finish()
        }

        var value: Result<Child.Answer, MirrorError> {
            get async {
                for await result in stream { return result }
                return .failure(.timedOut(command: "cat-file", after: .zero))
            }
        }
    }
}

/// Reads the answers of `git cat-file --batch-command` off its standard output.
struct AnswerReader {
    /// Longer than any header that git writes.
    static let maxHeaderBytes = 4096

    private var iterator: SubprocessOutputSequence.Iterator
    private var buffer: [UInt8] = []
    private var position = 0

    init(_ iterator: SubprocessOutputSequence.Iterator) { self.iterator = iterator }

    mutating func next(wantsContents: Bool, limit: Int) async throws -> ObjectReader.Child.Answer {
        let line = try await headerLine()
        let words = line.split(separator: " ")
        guard words.count == 3, let name = ObjectName(words[0]), let size = Int(words[2]), size >= 0 else {
            guard words.last == "missing" || words.last == "ambiguous" else {
                throw MirrorError.object(name: String(line.prefix(80)), problem: "git's answer is not understood")
            }
            return ObjectReader.Child.Answer(header: nil, bytes: [])
        }
        let header = ObjectReader.Header(name: name, type: String(words[1]), size: size)
        guard wantsContents else { return ObjectReader.Child.Answer(header: header, bytes: []) }
        guard size <= limit else { throw MirrorError.object(name: name.hex, problem: "grew between two questions") }
        let bytes = try await take(size + 1)
        return ObjectReader.Child.Answer(header: header, bytes: Array(bytes.dropLast()))
    }

    private mutating func headerLine() async throws -> String {
        var scanned = position
        while true {
            if let end = buffer[scanned...].firstIndex(of: 0x0A) {
                defer { position = end + 1 }
                return String(decoding: buffer[position..<end], as: UTF8.self)
            }
            scanned = buffer.count
            guard scanned - position < Self.maxHeaderBytes else {
                throw MirrorError.object(name: "?", problem: "git's answer has no end")
            }
            let dropped = position
            try await fill()
            scanned -= dropped
        }
    }

    private mutating func take(_ count: Int) async throws -> [UInt8] {
        while buffer.count - position < count { try await fill() }
        defer { position += count }
        return Array(buffer[position..<position + count])
    }

    /// Drops what was read and appends what the child wrote next.
    private mutating func fill() async throws {
        buffer.removeFirst(position)
        position = 0
        guard let chunk = try await iterator.next() else {
            throw MirrorError.gitFailed(command: "cat-file", status: "ended", message: "no answer")
        }
        chunk.withUnsafeBytes { buffer.append(contentsOf: $0) }
    }
}
