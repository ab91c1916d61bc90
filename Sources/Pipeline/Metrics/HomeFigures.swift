import Delivery
import Events
import Foundation
import History

/// What a home tells of itself in numbers: what all its runs have counted, in this process and in others, and how it
/// stands now.
public struct HomeFigures: Sendable, Hashable {
    /// One number under its labels, in the order of ``Family``'s.
    public struct Sample: Sendable, Hashable {
        public var labels: [String]
        public var value: Double
    }

    /// Answers of one model by their time.
    public struct Answers: Sendable, Hashable {
        public var model: String
        /// Answers within each of ``secondsBounds``; those beyond the last come at the end.
        public var within: [Double]
        public var seconds: Double
    }

    public var events: [Sample] = []
    public var newGroups = 0.0
    public var sourceReads: [Sample] = []
    public var parseFailures: [Sample] = []
    public var masked: [Sample] = []
    public var cacheLookups: [Sample] = []
    public var modelCalls: [Sample] = []
    public var modelTokens: [Sample] = []
    public var answers: [Answers] = []

    public var queuedDiagnoses = 0
    public var outboxMessages = 0
    public var outboxOldestAge = Duration.zero
    /// nil before the first nightly run.
    public var lastBatch: Timestamp?
    public var homeFreeBytes: Int64 = 0
    /// Bytes that were accepted and not read yet.
    public var inboxBytes = 0
    /// The history could be read; without it its numbers are missing, not zero.
    public var isHistoryReadable = false

    /// Upper bounds of ``Answers/within``, in seconds.
    public static let secondsBounds = CounterKey.secondsBounds

    /// - Parameter now: what ages are counted to.
    public init(_ configuration: Configuration, now: Timestamp) {
        let home = configuration.home
        homeFreeBytes = (try? DiskSpace(home: home, leastFree: configuration.retention.minFree).free()) ?? 0
        inboxBytes = Self.bytes(in: home.inbox)
        let outbox = Self.outbox(home)
        (outboxMessages, outboxOldestAge) = (outbox.count, outbox.oldest.map { Self.age($0, now) } ?? .zero)
        do {
            // Where there is no history yet, everything is still zero.
            guard FileManager.default.fileExists(atPath: home.history) else {
                isHistoryReadable = true
                return
            }
            let history = try HistoryStore.open(at: home.history, mode: .readOnly, now: now)
            let held = try history.heldDrafts()
            outboxMessages += held.count
            if let first = held.map(\.at).min() { outboxOldestAge = max(outboxOldestAge, Self.age(first, now)) }
            queuedDiagnoses = try history.queuedGroups().count
            lastBatch = try history.setting(DeliveryStage.lastKey).flatMap(Timestamp.init(rfc3339:))
            take(try history.counters())
            try history.close()
            isHistoryReadable = true
        } catch {
            // Told as a number of its own; /ready and doctor tell the reason.
            isHistoryReadable = false
        }
    }

    private mutating func take(_ counters: [CounterKey: Double]) {
        var (seconds, within): ([String: Double], [String: [Double]]) = ([:], [:])
        for (key, value) in counters.sorted(by: { $0.key < $1.key }) {
            let one = Sample(labels: [key.first], value: value)
            let two = Sample(labels: [key.first, key.second], value: value)
            switch key.kind {
            case .events: events.append(one)
            case .newGroups: newGroups = value
            case .sourceReads: sourceReads.append(two)
            case .parseFailures: parseFailures.append(one)
            case .masked: masked.append(one)
            case .cacheLookups: cacheLookups.append(one)
            case .modelCalls: modelCalls.append(two)
            case .modelTokens: modelTokens.append(two)
            case .modelSeconds: seconds[key.first] = value
            case .modelAnswers:
                let place = Self.secondsBounds.firstIndex { "\(Int($0))" == key.second } ?? Self.secondsBounds.count
                within[key.first, default: Array(repeating: 0, count: Self.secondsBounds.count + 1)][place] += value
            }
        }
        answers = within.sorted { $0.key < $1.key }.map {
            Answers(model: $0.key, within: $0.value, seconds: seconds[$0.key] ?? 0)
        }
    }

    private struct Head: Decodable { var time: String? }

    /// The chain numbers messages in the order of their times: the first is the oldest.
    private static func outbox(_ home: Home) -> (count: Int, oldest: Timestamp?) {
        let outbox = Outbox(directory: home.outbox)
        guard let entries = try? outbox.list(.new), let first = entries.first else { return (0, nil) }
        let head = (try? outbox.read(first)).flatMap(\.self).flatMap { try? JSONDecoder().decode(Head.self, from: $0) }
        return (entries.count, head?.time.flatMap(Timestamp.init(rfc3339:)))
    }

    private static func bytes(in folder: String) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.reduce(0) { sum, name in
            var status = stat()
            return lstat("\(folder)/\(name)", &status) == 0 ? sum + Int(status.st_size) : sum
        }
    }

    private static func age(_ time: Timestamp, _ now: Timestamp) -> Duration { max(.zero, time.duration(to: now)) }
}
