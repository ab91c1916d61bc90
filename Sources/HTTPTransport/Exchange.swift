import Synchronization

/// What the reading task and the transfer's thread share: a bounded pipe of bytes with a head before it.
///
/// The thread puts the head, then pieces, then one outcome; the reader takes them, and may cancel at any time.
/// The first outcome stays.
final class Exchange: Sendable {
    enum Reading: Sendable {
        case head(HTTPResponseHead)
        case piece([UInt8])
        case end
    }

    private struct State: Sendable {
        var head: HTTPResponseHead?
        var isHeadTaken = false
        var buffer: [UInt8] = []
        var outcome: Result<Void, TransportError>?
        var isPaused = false
        var readers: [CheckedContinuation<Void, Never>] = []
        var wake: (@Sendable () -> Void)?

        /// Something for the reader: a head, bytes, or the outcome. Only a cancellation overtakes what is buffered.
        mutating func next() -> Result<Reading, TransportError>? {
            if case .failure(.cancelled) = outcome { return .failure(.cancelled) }
            if let head, !isHeadTaken {
                isHeadTaken = true
                return .success(.head(head))
            }
            if !buffer.isEmpty {
                defer { buffer = [] }
                return .success(.piece(buffer))
            }
            return outcome?.map { .end }
        }
    }

    private let state = Mutex(State())

    // MARK: The reader's side

    /// Waits for the head, the next bytes, or the end. Cancelling the task cancels the exchange.
    func next() async throws(TransportError) -> Reading {
        while true {
            if let ready = take() { return try ready.get() }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isReady = state.withLock { state in
                        let isReady =
                            state.outcome != nil || !state.buffer.isEmpty || (state.head != nil && !state.isHeadTaken)
                        if !isReady { state.readers.append(continuation) }
                        return isReady
                    }
                    if isReady { continuation.resume() }
                }
            } onCancel: {
                cancel()
            }
        }
    }

    /// Ends the exchange; the connection is closed by the thread, which is woken for it.
    func cancel() { finish(.failure(.cancelled)) }

    private func take() -> Result<Reading, TransportError>? {
        state.withLock { state in
            let ready = state.next()
            if state.isPaused && state.buffer.isEmpty { state.wake?() }
            return ready
        }
    }

    // MARK: The thread's side

    /// - Parameter wake: makes the thread look; called with the lock held, so that it is never called after
    ///   ``detach()``.
    func attach(wake: @escaping @Sendable () -> Void) { state.withLock { $0.wake = wake } }

    func detach() { state.withLock { $0.wake = nil } }

    func put(head: HTTPResponseHead) { update { $0.head = head } }

    /// - Returns: false when the reader has to catch up first: nothing was taken, and ``shouldResume()`` tells when.
    func put(_ bytes: UnsafeRawBufferPointer) -> Bool {
        update { state in
            guard state.buffer.isEmpty || state.buffer.count + bytes.count <= HTTPLimits.buffered else {
                state.isPaused = true
                return false
            }
            state.buffer.append(contentsOf: bytes)
            return true
        }
    }

    /// True once after a pause that the reader has ended.
    func shouldResume() -> Bool {
        state.withLock { state in
            guard state.isPaused, state.buffer.isEmpty else { return false }
            state.isPaused = false
            return true
        }
    }

    var isPaused: Bool { state.withLock { $0.isPaused } }
    var isFinished: Bool { state.withLock { $0.outcome != nil } }

    func finish(_ outcome: Result<Void, TransportError>) {
        update { state in
            if state.outcome == nil { state.outcome = outcome }
            state.wake?()
        }
    }

    private func update<Value: Sendable>(_ change: (inout State) -> Value) -> Value {
        let (value, readers) = state.withLock { state in
            let value = change(&state)
            defer { state.readers = [] }
            return (value, state.readers)
        }
        for reader in readers { reader.resume() }
        return value
    }
}
