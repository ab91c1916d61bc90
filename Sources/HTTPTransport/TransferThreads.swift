import Dispatch
import Foundation
import Synchronization

/// The threads of one client's exchanges. One that is done waits for the next exchange, with libcurl's handles ready: to
/// make both takes longer than to post a small message. Those that wait end with the client.
final class TransferThreads: Sendable {
    private let pool = TransferPool()

    func run(_ request: HTTPRequest, to endpoint: Endpoint, policy: EgressPolicy, exchange: Exchange) {
        pool.run(Transfer(request: request, endpoint: endpoint, policy: policy, exchange: exchange))
    }

    deinit { pool.close() }
}

private struct Transfer: Sendable {
    let request: HTTPRequest
    let endpoint: Endpoint
    let policy: EgressPolicy
    let exchange: Exchange
}

private final class TransferPool: Sendable {
    private struct State: Sendable {
        var idle: [TransferThread] = []
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Threads that wait; hardly any client has more exchanges at a time.
    private static let mostIdle = 2

    func run(_ transfer: Transfer) {
        let thread = state.withLock { $0.idle.popLast() } ?? TransferThread(of: self)
        thread.take(transfer)
    }

    /// - Returns: false where the thread is not wanted any more.
    func takeBack(_ thread: TransferThread) -> Bool {
        state.withLock { state in
            guard !state.isClosed, state.idle.count < Self.mostIdle else { return false }
            state.idle.append(thread)
            return true
        }
    }

    func close() {
        let idle = state.withLock { state in
            state.isClosed = true
            defer { state.idle = [] }
            return state.idle
        }
        for thread in idle { thread.end() }
    }
}

private final class TransferThread: Sendable {
    private let pool: TransferPool
    private let next = Mutex<Transfer?>(nil)
    private let isCalled = DispatchSemaphore(value: 0)

    init(of pool: TransferPool) {
        self.pool = pool
        let thread = Thread { [self] in work() }
        thread.name = "http"
        thread.start()
    }

    func take(_ transfer: Transfer) {
        next.withLock { $0 = transfer }
        isCalled.signal()
    }

    /// To be called once, of a thread that waits.
    func end() { isCalled.signal() }

    private func work() {
        do throws(TransportError) {
            let handles = try CurlHandles()
            while carryOut(on: handles) {}
        } catch {
            isCalled.wait()
            next.withLock { $0 }?.exchange.finish(.failure(error))
        }
    }

    /// - Returns: false where nothing more is to be done.
    private func carryOut(on handles: borrowing CurlHandles) -> Bool {
        isCalled.wait()
        let transfer = next.withLock { transfer in
            defer { transfer = nil }
            return transfer
        }
        guard let transfer else { return false }
        let outcome = CurlTransfer.run(
            transfer.request, to: transfer.endpoint, policy: transfer.policy, exchange: transfer.exchange, on: handles)
        // Before the reader hears of the end: its next exchange finds the thread waiting.
        let goesOn = pool.takeBack(self)
        transfer.exchange.finish(outcome)
        return goesOn
    }
}
