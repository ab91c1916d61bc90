import ApplianceTestSupport
import Events
import Foundation
import Synchronization
import Testing

@testable import Intake

@Suite("A failing server is asked again, within limits")
struct RetryTests {
    @Test("waits double, vary by chance, and end; what the server asks for is the least")
    func schedule() {
        var schedule = RetrySchedule(total: .seconds(100))
        var waits: [Double] = []
        while let wait = schedule.next(jitter: 1, retryAfter: nil) { waits.append(wait.inSeconds) }
        #expect(waits == [1, 2, 4, 8, 16, 30, 30])
        var short = RetrySchedule(total: .seconds(100))
        #expect(short.next(jitter: 0, retryAfter: nil) == .milliseconds(500))
        #expect(short.next(jitter: 0, retryAfter: .seconds(20)) == .seconds(20))
        #expect(short.next(jitter: 0, retryAfter: .seconds(200)) == nil)
        #expect(short.waited == .milliseconds(20_500))
    }

    @Test(
        "Retry-After in both forms",
        arguments: [
            ("7", 7.0), ("0", 0), ("-3", 0), ("2.5", 2.5), ("1e300", 1e6), ("Sat, 21 Nov 2026 06:00:30 GMT", 30),
            ("Sat, 21 Nov 2020 06:00:30 GMT", 0),
        ])
    func retryAfter(text: String, seconds: Double) {
        let sent = "Sat, 21 Nov 2026 06:00:00 GMT"
        #expect(RetrySchedule.retryAfter(text, sent: sent)?.inSeconds == seconds)
        #expect(RetrySchedule.retryAfter("soon", sent: sent) == nil && RetrySchedule.retryAfter(nil, sent: sent) == nil)
        #expect(RetrySchedule.retryAfter(sent, sent: nil) == nil)
    }

    private final class Waits: Sendable {
        let all = Mutex<[Duration]>([])
        var waiting: RemoteWaiting {
            RemoteWaiting(pause: { wait in self.all.withLock { $0.append(wait) } }, jitter: { 0 })
        }
    }

    @Test("503, 429 with Retry-After and a broken connection are repeated, then the answer counts")
    func repeated() async throws {
        let good = PlainResponse.make(#"{"status":"success","data":{"resultType":"streams","result":[]}}"#)
        let server = try ScriptedServer([
            [.readRequest, .send(PlainResponse.make("503 Service Unavailable", "busy"))],
            [.readRequest, .send(PlainResponse.make("429 Too Many Requests", "", headers: ["Retry-After: 3"]))],
            [.readRequest, .reset], [.readRequest, .send(good)],
        ])
        defer { server.stop() }
        let waits = Waits()
        var reader = try openSource(
            SourceFixture.remote(.loki, server.url), cursors: [],
            context: SourceContext(now: SourceFixture.now, waiting: waits.waiting))
        while try await reader.next(limit: 10) != nil {}
        #expect(Array(waits.all.withLock { $0 }.prefix(3)) == [.milliseconds(500), .seconds(3), .seconds(2)])
    }

    @Test(
        "what cannot get better is told at once, with what to do",
        arguments: [("401 Unauthorized", "token_file"), ("404 Not Found", "url"), ("302 Found", "never followed")])
    func refused(status: String, words: String) async throws {
        let server = try ScriptedServer(answering: [
            .send(PlainResponse.make(status, "no\nsuch \u{1B}[31mthing", headers: ["Location: http://198.51.100.7/"]))
        ])
        defer { server.stop() }
        var stored = StoredSource()
        do {
            try await stored.read(SourceFixture.remote(.loki, server.url))
            Issue.record("\(status) was no failure")
        } catch let error as SourceError {
            #expect("\(error) \(error.remedy ?? "")".contains(words), "\(error)")
            #expect(error.description.unicodeScalars.allSatisfy { $0.value >= 0x20 } && error.kind == .unavailable)
        }
        #expect(server.acceptedCount == 1)
    }

    @Test("the token goes into its header, and into no message")
    func token() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        try directory.write("token", "s3cr3t-token\n")
        for (user, kind, header) in [
            (nil, SourceSettings.Kind.loki, "Authorization: Bearer s3cr3t-token"),
            ("kim", .sentry, "Authorization: Basic " + Data("kim:s3cr3t-token".utf8).base64EncodedString()),
            ("kim", .clickhouse, "X-ClickHouse-Key: s3cr3t-token"),
        ] as [(String?, SourceSettings.Kind, String)] {
            let server = try ScriptedServer(answering: [.send(PlainResponse.make("403 Forbidden", "no"))])
            defer { server.stop() }
            var source = SourceFixture.remote(kind, server.url)
            (source.remote.user, source.remote.tokenFile) = (user, "\(directory.path)/token")
            source.remote.organization = "acme"
            var stored = StoredSource()
            do {
                try await stored.read(source)
                Issue.record("403 was no failure")
            } catch let error as SourceError {
                #expect(!"\(error)\(error.remedy ?? "")".contains("s3cr3t"))
            }
            let request = String(decoding: try #require(server.requests.first), as: UTF8.self)
            #expect(request.contains(header))
            #expect(!(request.split(separator: "\r\n").first ?? "").contains("s3cr3t"))
        }
        var source = SourceFixture.remote(.loki, "http://127.0.0.1:9")
        source.remote.tokenFile = "\(directory.path)/absent"
        #expect(throws: SourceError.self) {
            _ = try openSource(source, cursors: [], context: SourceContext(now: SourceFixture.now))
        }
    }

    @Test(
        "only addresses that are pinned may be connected to",
        arguments: ["http://loki.example:3100", "http://127.1:3100", "ftp://127.0.0.1/", "http://u:p@127.0.0.1:1"])
    func egress(url: String) {
        for kind in [SourceSettings.Kind.loki, .sentry, .clickhouse] {
            #expect(throws: SourceError.self) {
                _ = try openSource(
                    SourceFixture.remote(kind, url), cursors: [], context: SourceContext(now: SourceFixture.now))
            }
        }
    }
}

@Suite("Loki is paged by time without loss or repeats")
struct LokiSourceTests {
    private static let second: Int64 = 1_000_000_000
    private static let start = SourceFixture.now.advanced(by: .hours(-3)).nanoseconds

    private func entries(_ count: Int, step: Int64, streams: Int = 3) -> [LokiStandIn.Entry] {
        (0..<count).map { index in
            LokiStandIn.Entry(
                Self.start + Int64(index) * step, ["service_name": "svc-\(index % streams)", "level": "error"],
                "ERROR number \(index) failed")
        }
    }

    private func read(_ loki: LokiStandIn, page: Int, runs: Int = 2, stop: Int = .max) async throws -> StoredSource {
        var source = SourceFixture.remote(.loki, loki.server.url)
        source.remote.page = page
        var stored = StoredSource()
        for run in 0..<runs { try await stored.read(source, stop: run == runs - 1 ? .max : stop) }
        return stored
    }

    @Test("pages of any size, many entries at one instant across a page's end", arguments: [10, 11, 64, 1000])
    func paging(page: Int) async throws {
        // Seven entries an instant: ends of pages fall amid them.
        let all = entries(700, step: 0).enumerated().map { index, entry in
            LokiStandIn.Entry(Self.start + Int64(index / 7) * Self.second, entry.labels, entry.line)
        }
        let loki = try LokiStandIn(all)
        defer { loki.server.stop() }
        let stored = try await read(loki, page: page)
        #expect(stored.count == 700 && Set(stored.messages).count == 700)
        #expect(Set(stored.events.compactMap(\.service)) == ["svc-0", "svc-1", "svc-2"])
    }

    @Test("stopped at any piece and begun again, with late entries behind the last one", arguments: 1...6)
    func resumed(piece: Int) async throws {
        let loki = try LokiStandIn(entries(300, step: Self.second / 10))
        defer { loki.server.stop() }
        var source = SourceFixture.remote(.loki, loki.server.url)
        source.remote.page = 50
        var stored = StoredSource()
        try await stored.read(source, stop: piece, commitsLast: piece % 2 == 0)
        try await stored.read(source)
        #expect(stored.count == 300)
        // At the instant of the last one, and after it.
        let last = Self.start + 299 * (Self.second / 10)
        loki.add([
            LokiStandIn.Entry(last, ["service_name": "svc-9", "level": "error"], "ERROR late twin failed"),
            LokiStandIn.Entry(last + 5, ["service_name": "svc-9", "level": "error"], "ERROR late next failed"),
        ])
        try await stored.read(source)
        #expect(
            stored.messages.suffix(2) == ["ERROR late twin failed", "ERROR late next failed"] || stored.count == 302)
        #expect(Set(stored.events.map(\.id)).count == 302)
    }

    @Test("an instant that fills a page asks for more; where the server refuses, the rest is told")
    func crowded() async throws {
        let crowd = (0..<100).map {
            LokiStandIn.Entry(Self.start, ["app": "a", "level": "error"], "ERROR crowd \($0) failed")
        }
        let after = [LokiStandIn.Entry(Self.start + Self.second, ["app": "a", "level": "error"], "ERROR after failed")]
        let loki = try LokiStandIn(crowd + after)
        defer { loki.server.stop() }
        let stored = try await read(loki, page: 10)
        #expect(stored.count == 101)
        let small = try LokiStandIn(crowd + after, most: 10)
        defer { small.server.stop() }
        let cut = try await read(small, page: 10)
        #expect(cut.count == 11 && cut.statistics.unreadable.map(\.reason) == [.tooManyAtOnce])
    }

    @Test("a crowded instant before a silence does not keep the reading in place")
    func crowdedBeforeSilence() async throws {
        let crowd = (0..<8).map {
            LokiStandIn.Entry(Self.start, ["app": "a", "level": "error"], "ERROR crowd \($0) failed")
        }
        let after = (1..<40).map {
            LokiStandIn.Entry(
                Self.start + Int64($0) * 60 * Self.second, ["app": "a", "level": "error"], "ERROR after \($0) failed")
        }
        let loki = try LokiStandIn(crowd + after)
        defer { loki.server.stop() }
        #expect(try await read(loki, page: 10).count == 47)
    }

    @Test("a trace that comes as a line an entry is one event, in each of two streams")
    func traces() async throws {
        let lines = [
            "Traceback (most recent call last):", "  File \"/srv/app/invoice.py\", line 3, in total",
            "    currency = order[\"currency\"]", "KeyError: 'currency'",
        ]
        var all: [LokiStandIn.Entry] = []
        for (index, line) in lines.enumerated() {
            for pod in ["a", "b"] {
                all.append(LokiStandIn.Entry(Self.start + Int64(index) * 1000, ["pod": pod], line))
            }
        }
        all.append(LokiStandIn.Entry(Self.start + Self.second, ["pod": "a"], lines.joined(separator: "\n")))
        let loki = try LokiStandIn(all)
        defer { loki.server.stop() }
        let stored = try await read(loki, page: 5000)
        #expect(stored.count == 3)
        #expect(stored.events.allSatisfy { $0.exceptions.map(\.type) == ["KeyError"] && $0.frames.count == 1 })
    }

    @Test("a new source begins where it is told, and a backfill reads the rest once")
    func backfill() async throws {
        let loki = try LokiStandIn(entries(100, step: 100 * Self.second))
        defer { loki.server.stop() }
        var source = SourceFixture.remote(.loki, loki.server.url)
        source.remote.page = 10
        var stored = StoredSource()
        let floor = Timestamp(nanoseconds: Self.start + 60 * 100 * Self.second)
        try await stored.read(source, stretch: .news(floor: floor))
        #expect(stored.count == 40)
        let older = SourceStretch.older(from: floor.advanced(by: .days(-40)), floor: floor)
        for _ in 0..<20 { try await stored.read(source, stretch: older, stop: 1) }
        for _ in 0..<2 { try await stored.read(source, stretch: older) }
        #expect(stored.count == 100 && Set(stored.messages).count == 100)
    }

    @Test(
        "other replies are told, and lose nothing",
        arguments: [
            "", "[]", "null", #"{"status":"error","error":"parse error"}"#,
            #"{"status":"success","data":{"resultType":"matrix","result":[]}}"#, #"{"status":"success"}"#,
        ])
    func malformed(body: String) async throws {
        let server = try ScriptedServer(answering: [.send(PlainResponse.make(body))])
        defer { server.stop() }
        var stored = StoredSource()
        await #expect(throws: SourceError.self) { try await stored.read(SourceFixture.remote(.loki, server.url)) }
        #expect(stored.cursors.isEmpty)
    }

    @Test("entries that are none are counted; numbers, third elements and metadata are read")
    func entries() throws {
        let body = #"""
            {"status":"success","data":{"resultType":"streams","result":[
            {"stream":{"app":"a","number":123},"values":[["12","one",{"structuredMetadata":{"trace_id":"t1"},"parsed":{"msg":"m"}}],
            [13,"two"],["x","three"],[14],"none",["11","zero",{}]]}, 7, {"stream":{}}]}}
            """#
        let reply = try LokiPage(Array(body.utf8))
        #expect(reply.entries.map(\.line) == ["zero", "one", "two"] && reply.broken == 5)
        #expect(reply.entries[1].facts.traceID == "t1" && reply.entries[1].labels["number"] == "123")
        #expect(Set(reply.entries.map(\.mark)).count == 3)
    }

    @Test("real shapes from Loki's documentation", .enabled(if: SharedTestData.isAvailable))
    func documented() throws {
        let folder = try #require(SharedTestData.path) + "/fixtures/loki"
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) where name.hasSuffix(".json") {
            let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
            // Whatever it is, it is read or refused; nothing traps.
            do { _ = try LokiPage(Array(data)) } catch {}
        }
    }
}
