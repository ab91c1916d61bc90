/// An instant: nanoseconds since 1970-01-01T00:00:00Z, as logs carry them.
///
/// Range 1677 to 2262. Text form: RFC 3339 in UTC with as many fractional digits as needed (0, 3, 6 or 9).
public struct Timestamp: Sendable, Hashable, Comparable {
    public let nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Clamps to the representable range instead of trapping: log text chooses the number.
    public init(seconds: Double) {
        let scaled = (seconds * 1e9).rounded()
        nanoseconds = scaled.isFinite ? Int64(exactly: max(-9.2e18, min(9.2e18, scaled))) ?? 0 : 0
    }

    /// Whole minutes since the epoch; the key of an occurrence bucket.
    public var minute: Int64 { Self.floorDivide(nanoseconds, 60_000_000_000).quotient }

    public init(minute: Int64) {
        let scaled = minute.multipliedReportingOverflow(by: 60_000_000_000)
        nanoseconds = scaled.overflow ? (minute < 0 ? .min : .max) : scaled.partialValue
    }

    public var seconds: Double { Double(nanoseconds) / 1e9 }

    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.nanoseconds < right.nanoseconds }

    public func advanced(by duration: Duration) -> Timestamp {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(duration.nanoseconds)
        return Timestamp(nanoseconds: overflow ? (duration < .zero ? .min : .max) : sum)
    }

    public func duration(to other: Timestamp) -> Duration {
        let (difference, overflow) = other.nanoseconds.subtractingReportingOverflow(nanoseconds)
        return .nanoseconds(overflow ? (other < self ? .min : .max) : difference)
    }

    static func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (q, r) = value.quotientAndRemainder(dividingBy: divisor)
        return r < 0 ? (q - 1, r + divisor) : (q, r)
    }
}

extension Duration {
    /// Saturates at the limits of 64 bits (292 years).
    public var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carried) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carried ? (seconds < 0 ? .min : .max) : sum
    }

    /// Seconds as a floating-point number, for display and rates.
    public var inSeconds: Double { Double(nanoseconds) / 1e9 }

    public static func minutes(_ count: Int) -> Duration { .seconds(count * 60) }
    public static func hours(_ count: Int) -> Duration { .seconds(count * 3600) }
    public static func days(_ count: Int) -> Duration { .seconds(count * 86400) }
}

/// A half-open stretch of time: `start` is in it, `end` is not.
public struct TimeWindow: Sendable, Hashable, Codable {
    public let start: Timestamp
    public let end: Timestamp

    /// `end` is moved to `start` when it lies before it.
    public init(start: Timestamp, end: Timestamp) {
        self.start = start
        self.end = max(start, end)
    }

    /// The window of equal length that ends where this one starts.
    public var before: TimeWindow {
        TimeWindow(start: start.advanced(by: .zero - start.duration(to: end)), end: start)
    }

    public func contains(_ time: Timestamp) -> Bool { start <= time && time < end }
}
