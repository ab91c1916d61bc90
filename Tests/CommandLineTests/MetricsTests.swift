import ApplianceTestSupport
import Foundation
import Testing

@Suite("What the doors and every run count, for Prometheus", .serialized)
struct MetricsTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let promtool = root.appending(path: ".build/validators/bin/promtool").path

    /// The samples of a scrape: name with labels → number.
    static func scrape(_ port: Int) throws -> (text: String, samples: [String: Double]) {
        let answer = try LoopbackClient.get(port: port, "/metrics")
        let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1)
        #expect(parts.first?.contains("Content-Type: text/plain; version=0.0.4") == true)
        let text = String(try #require(parts.last))
        var samples: [String: Double] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let space = try #require(line.lastIndex(of: " "))
            let number = try #require(Double(String(line[line.index(after: space)...])) as Double?)
            samples[String(line[..<space])] = number
        }
        return (text, samples)
    }

    /// The names that the documents, and with them dashboard and rules, use.
    private static func documented() throws -> Set<String> {
        let page = try String(contentsOf: root.appending(path: "docs/observability.md"), encoding: .utf8)
        return Set(page.matches(of: /\n\| `(appliance_[a-z_]+)` \|/).map { String($0.output.1) })
    }

    @Test("a batch with a model, another process: every documented name has a source, and no counter falls")
    func everyName() async throws {
        let server = try ScriptedServer([
            [.readRequest, .send(OllamaReplies.tags())],
            [.readRequest, .send(OllamaReplies.chat(OllamaReplies.goodAnswer))],
        ])
        defer { server.stop() }
        let site = try SiteFixture(endpoint: server.url, extra: "[serve]\ntoken_file = \"keys/token\"")
        defer { site.remove() }
        try site.directory.write("home/keys/token", DoorTests.token + "\n")
        let serving = try ServeTests.Running(site)
        // Before there is anything, it is told so.
        #expect(try Self.scrape(serving.port).samples["appliance_history_readable"] == 1)
        try site.directory.write(
            "logs/worker.log",
            SiteFixture.traceback()
                + "2026-11-21 05:20:00,000 ERROR a.b: password=hunter2secret was refused\n\u{0}\u{1}\u{2}\n")
        // A gzip stream that breaks off.
        try site.directory.write("logs/torn.log", Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0xFF, 0xFF, 0xFF]))
        _ = try await site.run("batch")
        _ = try await site.run("batch")
        _ = try LoopbackClient.get(port: serving.port, "/ready")
        let pushed = try LoopbackClient.post(
            port: serving.port, "/v1/events", Array(DoorTests.patrol.utf8), headers: DoorTests.bearer)
        #expect(pushed.hasPrefix("HTTP/1.1 200"))
        _ = try LoopbackClient.post(port: serving.port, "/v1/events", Array(DoorTests.patrol.utf8))
        let (text, samples) = try Self.scrape(serving.port)
        let typed = Set(
            text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map { String($0.split(separator: " ")[2]) })
        #expect(try Self.documented().subtracting(typed) == [])
        #expect(typed.isSubset(of: try Self.documented()), "all that is served is documented")
        #expect(samples["appliance_events_total{source=\"billing\"}"] == 2)
        #expect(samples["appliance_new_groups_total"] == 2)
        #expect(samples["appliance_source_reads_total{source=\"billing\",outcome=\"ok\"}"] == 2)
        #expect((samples["appliance_parse_failures_total{source=\"billing\"}"] ?? 0) >= 1)
        #expect(
            samples.contains { $0.key.hasPrefix("appliance_masked_values_total{kind=\"password\"") && $0.value >= 1 })
        // Each group was asked about once, by the first run.
        #expect(samples["appliance_model_calls_total{model=\"test-model\",outcome=\"ok\"}"] == 2)
        #expect(samples["appliance_model_tokens_total{model=\"test-model\",kind=\"prompt\"}"] == 1800)
        #expect(samples["appliance_model_call_duration_seconds_count{model=\"test-model\"}"] == 2)
        // 06:00 UTC, and what the batch took.
        #expect((1_795_240_800...1_795_241_100).contains(samples["appliance_last_batch_timestamp_seconds"] ?? 0))
        #expect(samples["appliance_http_requests_total{door=\"ready\",status=\"200\"}"] == 1)
        #expect((samples["appliance_outbox_messages"] ?? 0) > 0)
        // What is pruned from the history was counted all the same.
        #expect(
            try await site.binary.run(
                ["history", "prune", "--keep", "1d", "--now", "2027-11-21T06:00:00Z"], environment: site.environment
            ).status == 0)
        let later = try Self.scrape(serving.port).samples
        for (name, value) in samples where name.contains("_total") || name.contains("_bucket") {
            #expect((later[name] ?? -1) >= value, "\(name)")
        }
        if FileManager.default.isExecutableFile(atPath: Self.promtool) {
            try await Self.check(text)
        }
        #expect(try serving.stop().status == 0)
    }

    /// What promtool has to say of it: nothing.
    private static func check(_ text: String) async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: promtool)
        process.arguments = ["check", "metrics"]
        let outcome = try await ApplianceBinary.finish(process, input: Data(text.utf8))
        #expect(outcome.status == 0 && outcome.output + outcome.errors == "", "\(outcome.output) \(outcome.errors)")
    }

    @Test("what cannot be told is absent, not zero")
    func absent() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        #expect(try await site.run("batch").status == 0)
        let server = try ServeTests.Running(site)
        let whole = try Self.scrape(server.port).samples
        #expect((whole["appliance_outbox_messages"] ?? 0) > 0)
        let (manager, home) = (FileManager.default, "\(site.directory.path)/home")
        // A folder whose place is taken by a file cannot be listed, by nobody.
        for folder in ["outbox/new", "inbox"] {
            try manager.moveItem(atPath: "\(home)/\(folder)", toPath: "\(home)/\(folder).away")
            try site.directory.write("home/\(folder)", "")
        }
        let (text, samples) = try Self.scrape(server.port)
        for name in ["appliance_outbox_messages", "appliance_outbox_oldest_age_seconds", "appliance_inbox_bytes"] {
            #expect(samples[name] == nil && !text.contains(name), "\(name)")
        }
        #expect(samples["appliance_history_readable"] == 1 && (samples["appliance_home_free_bytes"] ?? 0) > 0)
        #expect(samples["appliance_events_total{source=\"billing\"}"] == 1)
        // A home that is gone: the file system cannot be asked, and nothing is known of what it held.
        try manager.moveItem(atPath: home, toPath: "\(home).away")
        let (left, gone) = try Self.scrape(server.port)
        #expect(gone.keys.filter { !$0.hasPrefix("appliance_http_") } == ["appliance_history_readable"], "\(left)")
        #expect(gone["appliance_history_readable"] == 0)
        if manager.isExecutableFile(atPath: Self.promtool) {
            try await Self.check(text)
            try await Self.check(left)
        }
        #expect(try server.stop().status == 0)
    }

    @Test("refusals are counted by their reason, and strangers' paths under few names")
    func refusals() async throws {
        let site = try DoorTests.site()
        defer { site.remove() }
        let server = try ServeTests.Running(site)
        let event = Array(DoorTests.event(1).utf8)
        let big = [UInt8](repeating: 0x61, count: 1_000_001)
        _ = try LoopbackClient.post(port: server.port, "/api/shop/store/", event)
        _ = try LoopbackClient.post(port: server.port, "/api/shop/store/", big, headers: DoorTests.sentry)
        _ = try LoopbackClient.post(
            port: server.port, "/api/shop/store/", event,
            headers: DoorTests.sentry.merging(["Content-Encoding": "br"]) { $1 })
        _ = try LoopbackClient.post(port: server.port, "/api/shop/store/", event, headers: DoorTests.sentry)
        _ = try LoopbackClient.get(port: server.port, "/v1/logs")
        _ = try LoopbackClient.get(port: server.port, "/health", host: "rebound.example")
        _ = try LoopbackClient.exchange(port: server.port, "\u{0}nonsense\r\n\r\n")
        for number in 0..<300 { _ = try LoopbackClient.get(port: server.port, "/nobody/\(number)") }
        let (text, samples) = try Self.scrape(server.port)
        for reason in ["unauthorized", "too_large", "encoding", "method", "host", "malformed"] {
            #expect(samples["appliance_http_refused_total{reason=\"\(reason)\"}"] == 1, "\(reason)")
        }
        #expect(samples["appliance_http_requests_total{door=\"other\",status=\"404\"}"] == 300)
        #expect(samples["appliance_pushed_records_total{outcome=\"accepted\"}"] == 1)
        #expect(samples["appliance_http_body_bytes"] == 0)
        #expect(text.utf8.count < 20_000)
        #expect(try server.stop().status == 0)
    }

    @Test("with a token of their own, the metrics are for who has it")
    func token() throws {
        let site = try SiteFixture(extra: "[serve]\nmetrics_token_file = \"keys/metrics\"")
        defer { site.remove() }
        try site.directory.write("home/keys/metrics", "a-token-for-prometheus\n")
        let server = try ServeTests.Running(site)
        #expect(try LoopbackClient.get(port: server.port, "/metrics").hasPrefix("HTTP/1.1 401"))
        let head = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer a-token-for-"
        #expect(try LoopbackClient.exchange(port: server.port, head + "prometheus\r\n\r\n").hasPrefix("HTTP/1.1 200"))
        #expect(try LoopbackClient.exchange(port: server.port, head + "grafana\r\n\r\n").hasPrefix("HTTP/1.1 401"))
        #expect(try server.stop().status == 0)
    }
}
