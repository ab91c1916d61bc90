import ApplianceTestSupport
import Events
import Foundation
import Testing

@testable import Intake

@Suite("Metrics around an error")
struct MetricTests {
    static let time = Timestamp(seconds: 1_795_230_000)

    static func series(_ values: [Double], labels: [String: String] = ["instance": "web-1"]) -> MetricSeries {
        // One a minute, the last at the error.
        let points = values.enumerated().map { index, value in
            MetricSeries.Point(time: 1_795_230_000 - Double(values.count - 1 - index) * 60, value: value)
        }
        return MetricSeries(labels: labels, points: points)
    }

    static let quiet = [Double](repeating: 10, count: 50)

    static let jumps: [(String, [Double], Double?)] = [
        ("grew", quiet + [10, 11, 45, 12], 45), ("shrank", quiet + [10, 1], 1), ("stayed", quiet + [12, 14], nil),
        ("from nothing", quiet.map { _ in 0 } + [0, 3], 3), ("nothing at all", quiet.map { _ in 0 } + [0, 0], nil),
        ("always jumps", (0..<50).map { $0.isMultiple(of: 2) ? 10 : 90 } + [80, 85], nil),
        ("too short", [1, 1, 9], nil),
        ("none", [], nil), ("below zero", quiet + [-40], -40),
    ]

    @Test("what was another one than before has jumped", arguments: jumps)
    func jump(name: String, values: [Double], expected: Double?) {
        let found = Self.series(values).jump(named: name, at: Self.time, factor: 3)
        #expect(found?.around == expected)
        if let found { #expect(found.labels == "instance=web-1" && found.before == values[0]) }
    }

    static let names: [(String?, String?)] = [
        ("orders-api", "up{s=\"orders-api\"}"), ("a\"} or vector(1)", nil), ("x.*|y", nil), ("", nil), (nil, nil),
        ("주문", nil),
    ]

    @Test("a name from a log goes into a query only where it can be nothing but a name", arguments: names)
    func plain(service: String?, expected: String?) {
        var query = MetricQuery()
        query.query = "up{s=\"$service\"}"
        var event = ErrorEvent(id: "e", time: Self.time, message: "m")
        event.service = service
        #expect(query.text(for: event) == expected)
        query.query = "up"
        #expect(query.text(for: event) == "up")
    }

    static let broken: [(String, MetricSeries.Failure?)] = [
        ("", .notJSON), ("[]", .notJSON), ("<html>", .notJSON), ("{}", .failed("no data")),
        (#"{"status":"error","error":"parse error"}"#, .failed("parse error")),
        (#"{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}"#, .notSeries("scalar")),
        (#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#, nil),
        (
            #"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":7},"values":[[1],["x","y"],[2,"NaN"]]}]}}"#,
            nil
        ),
    ]

    @Test("a reply of any kind is read or refused, with its reason", arguments: broken)
    func replies(body: String, expected: MetricSeries.Failure?) {
        do throws(MetricSeries.Failure) {
            let found = try MetricSeries.all(in: Array(body.utf8))
            #expect(expected == nil)
            #expect(found.allSatisfy { $0.points.isEmpty })
        } catch {
            #expect(error == expected)
        }
    }
}

@Suite("Prometheus is asked, and nothing hangs on it")
struct PrometheusTests {
    static func settings(_ url: String) -> PrometheusSettings {
        var settings = PrometheusSettings()
        settings.remote.url = url
        var query = MetricQuery()
        (query.name, query.query) = ("pool", "pool_in_use{service=\"$service\"}")
        settings.queries = [query]
        return settings
    }

    static let event = {
        var event = ErrorEvent(id: "e", time: MetricTests.time, message: "m")
        event.service = "orders"
        return event
    }()

    private func jumps(_ server: ScriptedServer) async throws -> [MetricJump] {
        try await PrometheusMetrics.jumps(
            around: Self.event, settings: Self.settings(server.url), now: MetricTests.time.advanced(by: .minutes(3)))
    }

    @Test("the range around the error is asked for, and what jumped is told")
    func asked() async throws {
        let points = (0..<55).map { "[\(1_795_230_000 - 54 * 60 + $0 * 60),\"\($0 < 52 ? 4 : 40)\"]" }
        let body = """
            {"status":"success","data":{"resultType":"matrix","result":[\
            {"metric":{"__name__":"pool_in_use","pool":"main"},"values":[\(points.joined(separator: ","))]}]}}
            """
        let server = try ScriptedServer(answering: [.send(PlainResponse.make(body))])
        defer { server.stop() }
        let found = try await jumps(server)
        #expect(found.map(\.name) == ["pool"])
        #expect(found.first?.labels == "pool=main")
        #expect(found.first?.before == 4 && found.first?.around == 40)
        let request = String(decoding: server.requests.first ?? [], as: UTF8.self)
        #expect(request.hasPrefix("GET /api/v1/query_range?query=pool_in_use%7Bservice%3D%22orders%22%7D&start="))
        #expect(request.contains("&step=60 "))
    }

    static let faults: [[ScriptedServer.Step]] = [
        [.send(PlainResponse.make("503 Service Unavailable", "busy"))], [.send(PlainResponse.make("<html>"))], [.reset],
        [.send(PlainResponse.make(#"{"status":"error","error":"bad query"}"#))],
    ]

    @Test("what goes wrong is an error that names the server", arguments: faults)
    func fails(steps: [ScriptedServer.Step]) async throws {
        let server = try ScriptedServer(answering: steps)
        defer { server.stop() }
        do {
            _ = try await jumps(server)
            Issue.record("no error")
        } catch let error as SourceError {
            #expect("\(error)".contains("prometheus") || "\(error)".contains("127.0.0.1"))
        }
    }

    @Test("without a query, or without a server, nothing is asked")
    func nothing() async throws {
        var settings = Self.settings("")
        #expect(
            try await PrometheusMetrics.jumps(around: Self.event, settings: settings, now: MetricTests.time).isEmpty)
        settings = Self.settings("http://127.0.0.1:9")
        settings.queries = []
        #expect(
            try await PrometheusMetrics.jumps(around: Self.event, settings: settings, now: MetricTests.time).isEmpty)
    }
}
