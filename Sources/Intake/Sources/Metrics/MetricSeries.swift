import Events
import Foundation

/// One series of a range query, oldest first.
struct MetricSeries: Sendable, Hashable {
    var labels: [String: String]
    /// Seconds since the epoch, and finite values.
    var points: [Point]

    struct Point: Sendable, Hashable {
        var time: Double
        var value: Double
    }

    static let mostSeries = 50
    static let mostPoints = 2000
    /// Values of the time before that a comparison needs.
    private static let leastBefore = 5
    /// So long before the error, what led to it may be seen already.
    static let around = Duration.seconds(600)

    enum Failure: Error, Equatable {
        case notJSON
        case failed(String)
        /// The query gives no series: a single value, or a text.
        case notSeries(String)
    }

    /// A reply of `GET /api/v1/query_range` (Prometheus's HTTP API, version 1); what is more than bounds is left out.
    ///
    /// - Parameter body: one JSON object.
    static func all(in body: [UInt8]) throws(Failure) -> [MetricSeries] {
        let parsed: Any
        do { parsed = try JSONSerialization.jsonObject(with: Data(body)) } catch { throw .notJSON }
        guard let root = parsed as? [String: Any] else { throw .notJSON }
        guard root["status"] as? String == "success", let data = root["data"] as? [String: Any] else {
            throw .failed(root["error"] as? String ?? "no data")
        }
        guard data["resultType"] as? String == "matrix", let result = data["result"] as? [[String: Any]] else {
            throw .notSeries(data["resultType"] as? String ?? "nothing")
        }
        return result.prefix(mostSeries).map { series in
            let values = series["values"] as? [[Any]] ?? []
            let points = values.prefix(mostPoints).compactMap { pair -> Point? in
                guard pair.count == 2, let time = (pair[0] as? NSNumber)?.doubleValue,
                    let value = (pair[1] as? String).flatMap(Double.init), time.isFinite, value.isFinite
                else { return nil }
                return Point(time: time, value: value)
            }
            return MetricSeries(labels: series["metric"] as? [String: String] ?? [:], points: points)
        }
    }

    /// Whether the series was another one around an instant than before it.
    ///
    /// - Parameter factor: how many times it must have grown or shrunk.
    func jump(named name: String, at time: Timestamp, factor: Double) -> MetricJump? {
        let instant = Double(time.nanoseconds) / 1e9
        let border = instant - Self.around.inSeconds
        let before = points.filter { $0.time < border }.map(\.value).sorted()
        guard before.count >= Self.leastBefore, factor.isFinite, factor > 1 else { return nil }
        let middle = before[before.count / 2]
        let far = points.filter { $0.time >= border }.max { abs($0.value - middle) < abs($1.value - middle) }
        guard let far, Self.hasJumped(from: middle, to: far.value, within: before, factor: factor) else { return nil }
        guard far.time.magnitude < 9e9 else { return nil }
        return MetricJump(
            name: name, labels: Self.words(labels), before: middle, around: far.value,
            at: Timestamp(nanoseconds: Int64(far.time * 1e9)))
    }

    /// Farther away than it ever was before, too: a metric that always jumps about tells nothing.
    private static func hasJumped(from middle: Double, to value: Double, within sorted: [Double], factor: Double)
        -> Bool
    {
        guard let least = sorted.first, let most = sorted.last, value < least || value > most else { return false }
        if middle == 0 { return value != 0 }
        let ratio = value / middle
        return ratio >= factor || ratio <= 1 / factor
    }

    private static let labelsShown = 4

    private static func words(_ labels: [String: String]) -> String {
        labels.filter { $0.key != "__name__" }.sorted { $0.key < $1.key }.prefix(labelsShown)
            .map { "\($0.key)=\($0.value.prefix(80))" }.joined(separator: " ")
    }
}
