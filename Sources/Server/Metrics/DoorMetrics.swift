import CoreMetrics
import Pipeline

/// What the doors count while the process lives.
struct DoorMetrics: Sendable {
    private let registry = MetricsRegistry(Self.families)

    /// From a loopback answer to one that waits for a model.
    private static let requestBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120]

    /// Why a message was not taken, or a connection ended.
    enum Refusal: String, CaseIterable {
        case closed, unauthorized, encoding, contentType = "content_type", tooLarge = "too_large", slow, unreadable
        case rate, memory, analyses, inbox, space, host, method, malformed, peer
    }

    private static let families: [MetricFamily] = [
        MetricFamily("appliance_http_requests_total", .counter, ["door", "status"], "Answered requests."),
        MetricFamily(
            "appliance_http_request_duration_seconds", .histogram(requestBounds), ["door"],
            "From a request's head to its answer."),
        MetricFamily(
            "appliance_http_refused_total", .counter, ["reason"], "Requests and connections that were refused."),
        MetricFamily("appliance_http_connections", .gauge, [], "Open connections."),
        MetricFamily("appliance_http_body_bytes", .gauge, [], "Memory that bodies in hand take, as reckoned."),
        MetricFamily(
            "appliance_pushed_records_total", .counter, ["outcome"],
            "Records of pushed messages: accepted, ignored (no errors), or rejected (could not be read)."),
    ]

    func answered(_ record: AccessRecord) {
        let door = Self.door(record.path, status: record.status)
        if record.status == 421 { refused(.host) }
        Counter(
            label: "appliance_http_requests_total", dimensions: [("door", door), ("status", "\(record.status)")],
            factory: registry
        ).increment()
        CoreMetrics.Timer(
            label: "appliance_http_request_duration_seconds", dimensions: [("door", door)], factory: registry
        ).recordNanoseconds(record.duration.wholeNanoseconds)
    }

    func refused(_ reason: Refusal) {
        Counter(
            label: "appliance_http_refused_total", dimensions: [("reason", reason.rawValue)], factory: registry
        ).increment()
    }

    func connections(changedBy step: Int) {
        let meter = Meter(label: "appliance_http_connections", factory: registry)
        if step > 0 { meter.increment() } else { meter.decrement() }
    }

    func bodyBytes(_ bytes: Int) {
        Meter(label: "appliance_http_body_bytes", factory: registry).set(bytes)
    }

    func took(_ receipt: IntakeDoor.Receipt) {
        for (outcome, count) in [
            ("accepted", receipt.accepted), ("ignored", receipt.ignored), ("rejected", receipt.rejected),
        ] where count > 0 {
            Counter(
                label: "appliance_pushed_records_total", dimensions: [("outcome", outcome)], factory: registry
            ).increment(by: count)
        }
    }

    func write(to text: inout PrometheusText) {
        for (family, values) in registry.current { text.add(family, values) }
    }

    /// One of a few names, whatever path was asked for.
    static func door(_ path: String, status: Int) -> String {
        switch path {
        case "/v1/logs": return "logs"
        case "/v1/traces": return "traces"
        case "/v1/events": return "events"
        case "/v1/analyze": return "analyze"
        case "/api/webhook/sentry": return "webhook"
        case "/health": return "health"
        case "/ready": return "ready"
        case "/metrics": return "metrics"
        case "/openapi.json": return "openapi"
        default: break
        }
        if path.hasPrefix("/api/") {
            let bare = path.hasSuffix("/") ? path.dropLast() : path[...]
            if bare.hasSuffix("/envelope") { return "envelope" }
            if bare.hasSuffix("/store") { return "store" }
        }
        return [404, 405, 421].contains(status) ? "other" : "page"
    }
}

extension Duration {
    fileprivate var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds > 9_000_000_000 ? .max : seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
