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
    /// nil where the outbox, or what the history holds for approval, cannot be listed.
    public var outboxMessages: Int?
    /// Zero where none waits; nil where it cannot be told.
    public var outboxOldestAge: Duration?
    /// nil before the first nightly run.
    public var lastBatch: Timestamp?
    /// nil where the file system cannot be asked.
    public var homeFreeBytes: Int64?
    /// Bytes that were accepted and not read yet; nil where the inbox cannot be listed.
    public var inboxBytes: Int?
    /// The history could be read; without it its numbers are missing, not zero.
    public var isHistoryReadable = false

    /// Upper bounds of ``Answers/within``, in seconds.
    public static let secondsBounds = CounterKey.secondsBounds

    /// - Parameter now: what ages are counted to.
    public init(_ configuration: Configuration, now: Timestamp) {
        let home = configuration.home
        // What cannot be told is absent, as what the history counts is: /ready and doctor tell the reason.
        homeFreeBytes = try? DiskSpace(home: home, leastFree: configuration.retention.minFree).free()
        inboxBytes = try? Self.bytes(in: home.inbox)
        do {
            // Where there is no history yet, everything is still zero.
            guard FileManager.default.fileExists(atPath: home.history) else {
                isHistoryReadable = homeFreeBytes != nil
                if isHistoryReadable { takeOutbox(home, held: [], now) }
                return
            }
            let history = try HistoryStore.open(at: home.history, mode: .readOnly, now: now)
            takeOutbox(home, held: try history.heldDrafts().map(\.at), now)
            queuedDiagnoses = try history.queuedGroups().count
            lastBatch = try history.setting(DeliveryStage.lastKey).flatMap(Timestamp.init(rfc3339:))
            take(try history.counters())
            try history.close()
            isHistoryReadable = true
        } catch {
            isHistoryReadable = false
        }
    }

    /// - Parameter held: when each message that waits for approval was made.
    private mutating func takeOutbox(_ home: Home, held: [Timestamp], _ now: Timestamp) {
        let outbox = Outbox(directory: home.outbox)
        // Before the first message there is no folder.
        let isMade = FileManager.default.fileExists(atPath: "\(home.outbox)/new")
        guard let entries = try? (isMade ? outbox.list(.new) : []) else { return }
        outboxMessages = entries.count + held.count
        var times = held
        // The chain numbers messages in the order of their times: the first is the oldest.
        if let first = entries.first {
            guard let time = Self.time(of: first, in: outbox) else { return }
            times.append(time)
        }
        outboxOldestAge = times.min().map { Self.age($0, now) } ?? .zero
    }

    private struct Head: Decodable { var time: String? }

    /// nil for a message that cannot be read, or left by now.
    private static func time(of entry: Outbox.Entry, in outbox: Outbox) -> Timestamp? {
        guard let bytes = (try? outbox.read(entry)).flatMap(\.self),
            let head = try? JSONDecoder().decode(Head.self, from: bytes)
        else { return nil }
        return head.time.flatMap(Timestamp.init(rfc3339:))
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

    private static func bytes(in folder: String) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: folder).reduce(0) { sum, name in
            var status = stat()
            return lstat("\(folder)/\(name)", &status) == 0 ? sum + Int(status.st_size) : sum
        }
    }

    private static func age(_ time: Timestamp, _ now: Timestamp) -> Duration { max(.zero, time.duration(to: now)) }
}
