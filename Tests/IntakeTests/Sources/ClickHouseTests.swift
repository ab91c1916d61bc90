import ApplianceTestSupport
import Events
import Foundation
import Testing

@testable import Intake

/// ClickHouse's SQL engine as chdb brings it (`make peers`), with SigNoz's tables.
///
/// The engine, its types and its parameters are real; the HTTP server around it is ours (Fixtures/engines/clickhouse.py), and the
/// tables are local ones under the names of the distributed ones.
final class ClickHouseEngine {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/engines")
    private static let root = folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let python = root.appending(path: ".build/peers/bin/python").path
    static let isAvailable = FileManager.default.isExecutableFile(atPath: python)

    let url: String
    private let process = Process()

    init() throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: Self.python)
        process.arguments = ["clickhouse.py", "signoz.sql"].map { Self.folder.appending(path: $0).path }
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        var line = Data()
        while line.last != 0x0A, let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty {
            line += byte
        }
        let port = String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        url = "http://127.0.0.1:\(port)"
    }

    /// The engine goes on after SIGTERM.
    func stop() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}

@Suite("SigNoz's tables, added up by a real ClickHouse engine", .enabled(if: ClickHouseEngine.isAvailable))
struct ClickHouseEngineTests {
    /// 2026-11-21T02:00:00Z, where the sample's exceptions begin.
    static let begin = Timestamp(seconds: 1_795_226_400)

    @Test("every exception, failed span and error record once, whatever the pages; with samples, spans and traces")
    func counted() async throws {
        let engine = try ClickHouseEngine()
        defer { engine.stop() }
        for page in [10_000, 40, 10] {
            var source = SourceFixture.remote(.clickhouse, engine.url)
            source.remote.page = page
            var stored = StoredSource()
            for _ in 0..<2 { try await stored.read(source, stretch: .news(floor: Self.begin)) }
            // 500 exceptions, 40 spans that failed without one, 200 records of ERROR and Fatal.
            #expect(stored.count == 740, "page \(page)")
            #expect(Set(stored.events.map(\.id)).count == stored.events.count)
            #expect(stored.statistics.unreadable.isEmpty, "page \(page)")
            let exception = try #require(
                stored.events.first { $0.exceptions.first?.type?.hasSuffix("TimeoutException") == true })
            #expect(exception.service == "orders-api" && exception.release == "1.4.0" && exception.host == "web-1")
            #expect(exception.frames.last?.line == 42 && exception.tags["span.name"] == "GET /orders")
            #expect(exception.durationMilliseconds == 30_000 && exception.traceID?.utf8.count == 32)
            let span = try #require(stored.events.first { $0.service == "stock-api" })
            #expect(span.message == "GET /stock: upstream connect error" && span.code == "503")
            let record = try #require(stored.events.first { $0.service == "pay-api" && $0.level == .fatal })
            #expect(record.message.hasPrefix("payment ") && record.time.nanoseconds % 1_000_000_000 == 123)
        }
    }

    @Test(
        "stopped at any piece; a new source begins where it is told; a backfill reads the rest once", arguments: 1...2)
    func resumed(piece: Int) async throws {
        let engine = try ClickHouseEngine()
        defer { engine.stop() }
        let source = SourceFixture.remote(.clickhouse, engine.url)
        let floor = Self.begin.advanced(by: .minutes(30))
        var stored = StoredSource()
        try await stored.read(source, stretch: .news(floor: floor), stop: piece, commitsLast: piece % 2 == 0)
        try await stored.read(source, stretch: .news(floor: floor))
        let older = SourceStretch.older(from: Self.begin.advanced(by: .hours(-3)), floor: floor)
        try await stored.read(source, stretch: older, stop: piece, commitsLast: piece % 2 == 1)
        for _ in 0..<2 { try await stored.read(source, stretch: older) }
        #expect(stored.count == 740)
    }

    @Test("spans and records of one trace on demand, bounded; a hostile trace id asks nothing")
    func trace() async throws {
        let engine = try ClickHouseEngine()
        defer { engine.stop() }
        let source = SourceFixture.remote(.clickhouse, engine.url)
        var stored = StoredSource()
        try await stored.read(source, stretch: .news(floor: Self.begin))
        var event = try #require(stored.events.first { $0.service == "orders-api" && $0.spanID != nil })
        let crumbs = try await TraceContext.breadcrumbs(of: event, source: source)
        #expect(
            crumbs.contains {
                $0.category == "span" && $0.message.contains("GET /orders") && $0.message.contains("this span")
            })
        event.time = Timestamp(seconds: 1_795_233_600)
        let records = try await TraceContext.breadcrumbs(of: event, source: source).filter { $0.category == "log" }
        #expect(records.count == 40 && records.allSatisfy { $0.message.hasPrefix("pay-api: payment") })
        for hostile in ["x' OR 1=1 --", "", String(repeating: "a", count: 5000)] {
            event.traceID = hostile
            #expect(try await TraceContext.breadcrumbs(of: event, source: source).isEmpty)
        }
    }

    @Test("parameters of every kind of text arrive as they are")
    func parameters() async throws {
        let engine = try ClickHouseEngine()
        defer { engine.stop() }
        let source = SourceFixture.remote(.clickhouse, engine.url)
        let client = ClickHouseClient(
            client: try RemoteClient(source, authorization: .clickHouse, waiting: SourceFixture.impatient),
            settings: source.remote)
        for text in ["plain", "it's", "a\\b", "tab\tnew\nline\r", "한글 \"x\"", "'); DROP TABLE x; --", ""] {
            var parameters = ClickHouseClient.Parameters()
            parameters.add("one", text)
            parameters.add("many", [text, "other"])
            let rows = try await client.rows("SELECT {one:String} AS one, {many:Array(String)}[1] AS many", parameters)
                .rows
            #expect(rows.count == 1 && (rows[0].text("one") ?? "") == text && (rows[0].text("many") ?? "") == text)
        }
    }
}

@Suite("ClickHouse's replies are read with their quirks")
struct ClickHouseReplyTests {
    @Test("numbers quoted and bare beyond 2^53, padding, empty joins")
    func values() throws {
        let body = """
            {"a":"1795226400000000123","b":1795226400000000123,"c":"x\\u0000\\u0000","d":"","m":{"k":"v","n":5},"t":true}

            """
        let rows = try ClickHouseClient.rows(in: Array(body.utf8), source: "s")
        #expect(rows[0].number("a") == 1_795_226_400_000_000_123 && rows[0].number("b") == 1_795_226_400_000_000_123)
        #expect(rows[0].text("c") == "x" && rows[0].text("d") == nil && rows[0].map("m") == ["k": "v", "n": "5"])
        #expect(try ClickHouseClient.rows(in: [], source: "s").isEmpty)
    }

    @Test(
        "a reply that ends in an exception, or breaks off, is none, whatever its status",
        arguments: [
            "{\"a\":1}\nCode: 159. DB::Exception: Timeout exceeded. (TIMEOUT_EXCEEDED)\n",
            "{\"exception\": \"Code: 241. DB::Exception: Memory limit\"}\n", "{\"a\":1}\n{\"a\":", "<html>no</html>",
        ])
    func exceptions(body: String) async throws {
        let server = try ScriptedServer(answering: [.send(PlainResponse.make(body))])
        defer { server.stop() }
        var stored = StoredSource()
        await #expect(throws: SourceError.self) {
            try await stored.read(
                SourceFixture.remote(.clickhouse, server.url),
                stretch: .news(floor: SourceFixture.now.advanced(by: .minutes(-5))))
        }
        #expect(stored.cursors.isEmpty)
    }

    @Test("asked with readonly=2 and limits, values as parameters and none in the text")
    func request() async throws {
        let server = try ScriptedServer(answering: [.send(PlainResponse.make(""))])
        defer { server.stop() }
        var source = SourceFixture.remote(.clickhouse, server.url)
        source.remote.tracesDatabase = "my_traces"
        source.triggers.level = .warning
        var stored = StoredSource()
        try await stored.read(source, stretch: .news(floor: SourceFixture.now.advanced(by: .minutes(-5))))
        #expect(server.requests.count == 3)
        for bytes in server.requests {
            let request = PlainRequest(bytes)
            #expect(
                request.method == "POST" && request.query["readonly"] == "2"
                    && request.query["max_execution_time"] == "60")
            #expect(request.query["param_traces"] == "my_traces" && request.query["param_level"] == "13")
            #expect(!request.body.contains("my_traces") && request.body.contains(":Identifier}"))
        }
    }
}
