import Delivery
import Diagnosing
import Events
import Foundation
import History

/// Whether the appliance can do its work now: quick checks, for a probe that asks every few seconds.
///
/// A model that does not answer is `degraded`, not broken: the built-in triage takes its place.
public struct Readiness: Sendable {
    public struct Check: Sendable, Codable, Hashable {
        public enum State: String, Sendable, Codable { case ok, degraded, failed }

        public var subject: String
        public var state: State
        public var finding: String
    }

    private let configuration: Configuration

    /// Below this much free space the home counts as full.
    static let leastFreeBytes: Int64 = 100_000_000
    /// A run that writes is no fault: it is not waited for.
    static let writePatience = Duration.milliseconds(200)
    /// A probe must not wait for a model that is busy.
    static let endpointPatience = Duration.seconds(2)

    public init(configuration: Configuration) { self.configuration = configuration }

    public func run(now: Timestamp) async -> [Check] {
        [check("history") { try history(now) }, check("disk", disk), check("outbox", outbox), await endpoint()]
    }

    private func check(_ subject: String, _ find: () throws -> String) -> Check {
        do {
            return Check(subject: subject, state: .ok, finding: try find())
        } catch {
            return Check(subject: subject, state: .failed, finding: "\(error)")
        }
    }

    private func history(_ now: Timestamp) throws -> String {
        guard FileManager.default.fileExists(atPath: configuration.home.history) else {
            return "none yet; the first batch makes it"
        }
        let store = try HistoryStore.open(at: configuration.home.history, mode: .readWrite, now: now)
        let isBusy = try !store.isWritable(within: Self.writePatience)
        let groups = try store.statistics().groups
        try store.close()
        return "\(groups) groups" + (isBusy ? "; a run writes at this moment" : ", writable")
    }

    private func disk() throws -> String {
        let home = configuration.home.path
        let free = try FileManager.default.attributesOfFileSystem(forPath: home)[.systemFreeSize] as? Int64 ?? 0
        // Below the configured least nothing is read or accepted any more.
        guard free >= max(Self.leastFreeBytes, configuration.retention.minFree.bytes) else {
            throw HomeError.full(path: home, freeBytes: free)
        }
        guard access(home, W_OK) == 0 else {
            throw HomeError.cannotCreate(path: home, reason: String(cString: strerror(errno)))
        }
        return "\(free / 1_000_000) MB free"
    }

    private func outbox() throws -> String {
        // Looked at only: whoever writes messages may be at work.
        guard FileManager.default.fileExists(atPath: "\(configuration.home.outbox)/new") else {
            return "none yet; the first batch makes it"
        }
        let waiting = try Outbox(directory: configuration.home.outbox).list(.new).count
        guard waiting < configuration.outbox.fullFrom else {
            throw OutboxError.full(path: "\(configuration.home.outbox)/new")
        }
        return "\(waiting) messages waiting"
    }

    private func endpoint() async -> Check {
        do {
            let client = OllamaClient(endpoint: try configuration.makeEndpoint())
            let version = try await withThrowingTaskGroup(of: String?.self) { group in
                group.addTask { try await client.version() }
                group.addTask {
                    try await Task.sleep(for: Self.endpointPatience)
                    return nil
                }
                defer { group.cancelAll() }
                return try await group.next() ?? nil
            }
            guard let version else { return degraded("\(configuration.endpoint.url) does not answer") }
            return Check(
                subject: "endpoint", state: .ok, finding: "\(configuration.endpoint.url), Ollama \(version)")
        } catch {
            return degraded("\(configuration.endpoint.url): \(error)")
        }
    }

    private func degraded(_ finding: String) -> Check {
        Check(subject: "endpoint", state: .degraded, finding: "\(finding); the built-in triage answers")
    }
}
