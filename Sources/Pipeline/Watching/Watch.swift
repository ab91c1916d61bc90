import Events
import Foundation
import History

/// The live form of the batch: follows every source, tells what is severe within seconds, and does the nightly run by
/// its own clock.
///
/// One task reads files and delivers; others ask the model, and the engines that are read over a wire, so that no alert
/// waits for an answer: what is new is told with the built-in triage, and the diagnosis follows into the same thread. Everything that was read is kept with its
/// cursor, so that whatever ends a watch, the next one (or a batch) goes on from there.
public struct Watch: Sendable {
    private let configuration: Configuration
    private let environment: [String: String]
    private let clock: @Sendable () -> Timestamp
    private let reload: @Sendable () throws -> Configuration

    /// - Parameters:
    ///   - environment: names the service manager's socket.
    ///   - clock: what counts as now.
    ///   - reload: reads the configuration anew; what it throws leaves the old one in force.
    public init(
        configuration: Configuration, environment: [String: String], clock: @escaping @Sendable () -> Timestamp,
        reload: @escaping @Sendable () throws -> Configuration
    ) {
        (self.configuration, self.environment) = (configuration, environment)
        (self.clock, self.reload) = (clock, reload)
    }

    /// Runs until the task is cancelled; then what is in hand is finished.
    ///
    /// - Parameters:
    ///   - reloads: an element for each request to read the configuration anew.
    ///   - tell: what happens, as it happens.
    /// - Throws: before anything is read, when the home, the history or the configuration cannot be used.
    public func run(
        reloads: AsyncStream<Void>, tell: @escaping @Sendable (WatchEvent) -> Void
    ) async throws -> WatchSummary {
        try configuration.home.prepare()
        let lock = try RunLock(home: configuration.home, holder: "watch")
        defer { withExtendedLifetime(lock) {} }
        if !configuration.diagnosingModels.isEmpty { _ = try Asking.prompts(configuration) }
        let manager = ServiceManager(environment: environment)
        let (wakes, wake) = AsyncStream.makeStream(of: WatchWake.self)
        let desk = try WatchDesk(
            configuration: configuration, clock: clock, wake: wake, tell: tell, alive: { manager.tell(.alive) })
        try desk.begin()
        manager.tell(.ready, status: "watching \(configuration.sources.count) sources")
        await withTaskGroup(of: Void.self) { group in
            let poll = configuration.watch.poll
            group.addTask { await Self.every(poll) { wake.yield(.tick) } }
            group.addTask { for await _ in reloads { wake.yield(.reload) } }
            if let period = manager.watchdog { group.addTask { await Self.every(period) { wake.yield(.sign) } } }
            let asking = WatchAsking(clock: clock, wake: wake, tell: tell)
            group.addTask { await asking.run() }
            let fetching = WatchFetching(clock: clock, wake: wake, tell: tell)
            group.addTask { await fetching.run() }
            for await signal in wakes {
                switch signal {
                case .changed, .tick: await desk.look(asking, fetching)
                case .fetched(let touched, let record): await desk.take(touched, of: record, asking)
                case .reload: await desk.reload(reload)
                case .diagnosed(let groups, let record): desk.update(groups, record)
                case .sign: manager.tell(.alive)
                }
                if Task.isCancelled { break }
            }
            manager.tell(.stopping)
            group.cancelAll()
            wake.finish()
        }
        await desk.end()
        return desk.summary
    }

    /// Calls until the task is cancelled.
    private static func every(_ period: Duration, _ call: @Sendable () -> Void) async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: period) } catch { return }
            call()
        }
    }
}

/// What a watch is woken by.
enum WatchWake: Sendable {
    case changed, tick, reload, sign
    /// Events by group, and how they were read.
    case fetched([Fingerprint: Int], BatchRecord)
    case diagnosed([Fingerprint], BatchRecord)
}
