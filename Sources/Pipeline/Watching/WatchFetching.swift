import Events
import Foundation
import History
import Intake

/// Reads journals and remote engines beside the files: one that does not answer, or is tried again for minutes, holds up
/// neither the files nor the other engines.
actor WatchFetching {
    private struct Call: Sendable {
        var site: Site
        var sources: Set<String>
    }

    private let clock: @Sendable () -> Timestamp
    private let wake: AsyncStream<WatchWake>.Continuation
    private let tell: @Sendable (WatchEvent) -> Void
    private let calls: AsyncStream<Call>
    private let call: AsyncStream<Call>.Continuation
    /// Being read; what they have by now is in hand, and the rest comes with the next call.
    private var running: Set<String> = []

    init(
        clock: @escaping @Sendable () -> Timestamp, wake: AsyncStream<WatchWake>.Continuation,
        tell: @escaping @Sendable (WatchEvent) -> Void
    ) {
        (self.clock, self.wake, self.tell) = (clock, wake, tell)
        (calls, call) = AsyncStream.makeStream(of: Call.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// It is time to ask these, all of those that are asked by the clock.
    nonisolated func knock(_ site: Site, _ sources: Set<String>) {
        if !sources.isEmpty { call.yield(Call(site: site, sources: sources)) }
    }

    /// Until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await call in calls {
                for source in call.sources.sorted() where running.insert(source).inserted {
                    group.addTask { await self.fetch(source, call.site) }
                }
            }
            group.cancelAll()
        }
    }

    private func fetch(_ source: String, _ site: Site) async {
        defer { running.remove(source) }
        let (now, tell) = (clock(), tell)
        var record = BatchRecord(started: now, finished: now)
        var stage = ReadingStage(site: site, now: now, extent: .news) {
            if case .warning = $0 { tell(.progress($0)) }
        }
        stage.only = [source]
        do {
            let touched = try await stage.run(into: &record)
            record.finished = clock()
            wake.yield(.fetched(touched, record))
        } catch is CancellationError {
            // What was committed is told by the next start.
            return
        } catch {
            tell(.failed("source \(source): \(error)"))
        }
    }
}
