import Synchronization

/// A bucket of tokens for each address: so many messages a second on average, twice as many at once.
final class RateLimit: Sendable {
    private struct Bucket {
        var tokens: Double
        var at: ContinuousClock.Instant
    }

    private let perSecond: Double
    private let buckets = Mutex<[String: Bucket]>([:])

    /// Addresses remembered; beyond them, those that were quiet long enough to be full again are forgotten.
    private static let most = 10_000

    init(perSecond: Int) { self.perSecond = Double(perSecond) }

    /// - Returns: whether the message may come; the bucket is the emptier for it.
    func admits(_ client: String, at now: ContinuousClock.Instant) -> Bool {
        buckets.withLock { buckets in
            if buckets.count >= Self.most, buckets[client] == nil {
                buckets = buckets.filter { (now - $0.value.at) < .seconds(2) }
                // Thousands of addresses within two seconds: none of them is given more than the others.
                guard buckets.count < Self.most else { return false }
            }
            var bucket = buckets[client] ?? Bucket(tokens: 2 * perSecond, at: now)
            bucket.tokens = min(2 * perSecond, bucket.tokens + perSecond * max(0, (now - bucket.at) / .seconds(1)))
            bucket.at = now
            let admits = bucket.tokens >= 1
            if admits { bucket.tokens -= 1 }
            buckets[client] = bucket
            return admits
        }
    }
}
