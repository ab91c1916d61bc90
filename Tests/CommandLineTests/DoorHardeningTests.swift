import ApplianceTestSupport
import Foundation
import Glibc
import Testing

@Suite("Hostile senders are refused and counted, and the doors stay open for others", .serialized)
struct DoorHardeningTests {
    /// A connection that stays open, for senders that take their time.
    final class Connection {
        let descriptor: Int32

        init(port: Int) throws {
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
            address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
            let connected = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard connected == 0 else { throw LoopbackClient.CannotConnect(errno: errno) }
        }

        deinit { close(descriptor) }

        func send(_ text: String) {
            let bytes = Array(text.utf8)
            _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }

        /// Waits until the other side closes, or for so long; true where it closed.
        func isClosed(within time: Duration) -> Bool {
            var limit = timeval(tv_sec: Int(time / .seconds(1)), tv_usec: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = recv(descriptor, &buffer, buffer.count, 0)
                if count == 0 || count < 0 && errno == ECONNRESET { return true }
                if count < 0 { return false }
            }
        }
    }

    static func resident(_ process: Process) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let kilobytes = try #require(status.firstMatch(of: /VmHWM:\s+(\d+) kB/)?.output.1)
        return try #require(Int(kilobytes)) / 1000
    }

    /// Waits in a thread of its own: tasks have few threads between them, and would take turns.
    private static func beside<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
        }
    }

    @Test("64 bodies of 20 MB at once stay under 300 MB: who is beyond the budget gets 429, and is taken later")
    func memory() async throws {
        let site = try SiteFixture(
            extra: "[serve]\ntoken_file = \"keys/token\"\nmax_body = \"20MB\"\nrequests_per_second = 100000")
        defer { site.remove() }
        try site.directory.write("home/keys/token", DoorTests.token + "\n")
        let server = try ServeTests.Running(site)
        let port = server.port
        // Few records, each as long as a record may be: what the memory is about, not the time of parsing.
        let record = #"{"severityNumber":17,"body":{"stringValue":"\#(String(repeating: "x", count: 200_000))"}}"#
        let records = Array(repeating: record, count: 99).joined(separator: ",")
        let body = Array(#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[\#(records)]}]}]}"#.utf8)
        let statuses = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<64 {
                group.addTask {
                    let answer = try await Self.beside {
                        try LoopbackClient.post(port: port, "/v1/logs", body, headers: DoorTests.bearer)
                    }
                    if answer.hasPrefix("HTTP/1.1 429") { #expect(answer.contains("Retry-After: 1")) }
                    return String(answer.dropFirst(9).prefix(3))
                }
            }
            return try await group.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
        }
        #expect(Set(statuses.keys).isSubset(of: ["200", "429"]), "\(statuses)")
        let later = try LoopbackClient.post(port: port, "/v1/logs", body, headers: DoorTests.bearer)
        #expect(later.hasPrefix("HTTP/1.1 200"), "\(later.prefix(300))")
        let megabytes = try Self.resident(server.process)
        print("64 bodies of \(body.count / 1_000_000) MB: \(statuses), at most \(megabytes) MB resident")
        #expect(megabytes < 300)
        #expect(try LoopbackClient.get(port: port, "/health").hasPrefix("HTTP/1.1 200"))
        #expect(try MetricsTests.scrape(port).samples["appliance_http_body_bytes"] == 0)
        #expect(try server.stop().status == 0)
    }

    /// Bytes of a body of small records: 1 MB in the suite, 20 MB in the long form.
    static let manyBytes = ProcessInfo.processInfo.environment["APPLIANCE_SOAK"] != nil ? 20_000_000 : 1_000_000

    @Test("a body of very many small records takes little more memory than its bytes, and all of them are kept")
    func manyRecords() throws {
        let site = try DoorTests.site()
        defer { site.remove() }
        let text = try site.directory.read("home/appliance.toml")
        try site.directory.write("home/appliance.toml", text.replacing("\"1MB\"", with: "\"20MB\""))
        let server = try ServeTests.Running(site)
        let before = try Self.resident(server.process)
        let record =
            #"{"severityNumber":17,"body":{"stringValue":"the ledger of this account is closed until further notice"}}"#
        let count = Self.manyBytes / (record.utf8.count + 1) - 1
        let records = Array(repeating: record, count: count).joined(separator: ",")
        let body = Array(#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[\#(records)]}]}]}"#.utf8)
        let answer = try LoopbackClient.post(port: server.port, "/v1/logs", body, headers: DoorTests.bearer)
        #expect(answer.hasPrefix("HTTP/1.1 200") && answer.hasSuffix("{}\n"), "\(answer.prefix(300))")
        let after = try Self.resident(server.process)
        print("\(count) records of \(body.count / 1_000_000) MB: \(after) MB resident at most, \(before) before")
        #expect(after < before + 40 + 4 * body.count / 1_000_000)
        let samples = try MetricsTests.scrape(server.port).samples
        #expect(samples["appliance_pushed_records_total{outcome=\"accepted\"}"] == Double(count))
        #expect(try server.stop().status == 0)
    }

    @Test(
        "pages, reports and scrapes have a limit of their own for each address; doors and the probe of life do not share it"
    )
    func pages() throws {
        let site = try SiteFixture(
            extra: "[serve]\nproxies = [\"127.0.0.1\"]\npages_per_second = 1\ntoken_file = \"keys/token\"")
        defer { site.remove() }
        try site.directory.write("home/keys/token", DoorTests.token + "\n")
        let server = try ServeTests.Running(site)
        var client = PageClient(port: server.port, headers: ["X-Forwarded-For": "198.51.100.1"])
        for path in ["/openapi.json", "/openapi.json"] { #expect(try client.get(path).status == 200) }
        for path in ["/", "/report.json", "/metrics", "/ready", "/nothing", "/groups?q=x"] {
            // One a second is let through, and they are asked for faster.
            var refused = try client.get(path)
            for _ in 0..<20 where refused.status != 429 { refused = try client.get(path) }
            #expect(refused.status == 429 && refused.values("Retry-After") == ["1"], "\(path): \(refused.head)")
        }
        #expect(try client.get("/health").status == 200)
        let pushed = try LoopbackClient.post(
            port: server.port, "/v1/events", Array(DoorTests.patrol.utf8),
            headers: DoorTests.bearer.merging(["X-Forwarded-For": "198.51.100.1"]) { $1 })
        #expect(pushed.hasPrefix("HTTP/1.1 200"))
        let samples = try MetricsTests.scrape(server.port).samples
        #expect((samples["appliance_http_refused_total{reason=\"rate\"}"] ?? 0) >= 5)
        #expect(try server.stop().status == 0)
    }

    @Test("who sends a byte now and then is closed after ten seconds; others are answered, at the latest then")
    func slowHeads() throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let server = try ServeTests.Running(site)
        let slow = try (0..<100).map { _ in try Connection(port: server.port) }
        for connection in slow { connection.send("GET /health HTTP/1.1\r\nHost: loc") }
        #expect(try LoopbackClient.get(port: server.port, "/health").hasPrefix("HTTP/1.1 200"))
        // More than may be open at once: who comes now waits in the kernel's queue until others are closed.
        let more = try (0..<60).map { _ in try Connection(port: server.port) }
        let first = try #require(slow.first)
        // Not idle: but the head does not come to its end.
        for _ in 0..<5 where !first.isClosed(within: .seconds(1)) { first.send("a") }
        #expect(try LoopbackClient.get(port: server.port, "/health").hasPrefix("HTTP/1.1 200"))
        #expect(slow.allSatisfy { $0.isClosed(within: .seconds(5)) })
        let samples = try MetricsTests.scrape(server.port).samples
        #expect((samples["appliance_http_refused_total{reason=\"slow\"}"] ?? 0) >= 100)
        #expect(samples["appliance_http_refused_total{reason=\"malformed\"}"] == nil, "each is counted once")
        #expect((samples["appliance_http_connections"] ?? 999) <= Double(more.count + 2))
        #expect(try server.stop().status == 0)
    }

    @Test("bombs, broken bodies, floods of headers and path tricks are refused and counted; the process lives on")
    func tricks() async throws {
        let site = try DoorTests.site()
        defer { site.remove() }
        let server = try ServeTests.Running(site)
        let port = server.port
        let zipped = DoorTests.sentry.merging(["Content-Encoding": "gzip"]) { $1 }
        let bomb = try await Self.gzip([UInt8](repeating: 0x20, count: 50_000_000))
        #expect(bomb.count < 100_000)
        func status(_ answer: String) -> String { String(answer.dropFirst(9).prefix(3)) }
        #expect(status(try LoopbackClient.post(port: port, "/api/shop/store/", bomb, headers: zipped)) == "413")
        let whole = try await Self.gzip(Array(DoorTests.event(1).utf8))
        let half = Array(whole.dropLast(9))
        #expect(status(try LoopbackClient.post(port: port, "/api/shop/store/", half, headers: zipped)) == "400")
        #expect(status(try LoopbackClient.post(port: port, "/api/shop/store/", whole, headers: zipped)) == "200")
        // A body that ends before its length: the connection ends, nothing is kept.
        let cut = try Connection(port: port)
        cut.send("POST /api/shop/store/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n{\"message\":")
        shutdown(cut.descriptor, Int32(SHUT_WR))
        #expect(cut.isClosed(within: .seconds(40)))
        let many = (0..<200).map { "X-\($0): a\r\n" }.joined()
        let floods = [
            "GET /health HTTP/1.1\r\nHost: localhost\r\n\(many)\r\n",
            "GET /health HTTP/1.1\r\nHost: localhost\r\nX-A: \(String(repeating: "a", count: 9000))\r\n\r\n",
            "GET /\(String(repeating: "a", count: 200_000)) HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello",
            "POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
        ]
        for flood in floods {
            let answer = try LoopbackClient.exchange(port: port, flood)
            #expect(!answer.hasPrefix("HTTP/1.1 2"), "\(flood.prefix(60)): \(answer.prefix(60))")
        }
        for path in [
            "/..%2f..%2fetc/passwd", "//etc/passwd", "/api/..;/store/", "/api/%00/store/", "/%c0%ae%c0%ae/",
            "/api//store/",
            "/metrics/../../etc/passwd", "/v1/logs/../../history.sqlite", "/api/shop%2f..%2f..%2fkeys/store/",
        ] {
            let answer = try LoopbackClient.get(port: port, path)
            #expect(["404", "405", "400"].contains(status(answer)), "\(path): \(answer.prefix(60))")
            #expect(!answer.contains("root:") && !answer.contains("SQLite"))
        }
        let samples = try MetricsTests.scrape(port).samples
        #expect((samples["appliance_http_refused_total{reason=\"malformed\"}"] ?? 0) >= 3, "\(samples)")
        #expect(samples["appliance_http_refused_total{reason=\"too_large\"}"] == 1)
        #expect(samples["appliance_pushed_records_total{outcome=\"accepted\"}"] == 1)
        #expect(try LoopbackClient.get(port: port, "/health").hasPrefix("HTTP/1.1 200"))
        #expect(try server.stop().status == 0)
    }

    private static func gzip(_ bytes: [UInt8]) async throws -> [UInt8] {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let path = directory.url.appending(path: "body")
        try Data(bytes).write(to: path)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/gzip")
        process.arguments = [path.path]
        #expect(try await ApplianceBinary.finish(process).status == 0)
        return [UInt8](try Data(contentsOf: directory.url.appending(path: "body.gz")))
    }

    @Test("other addresses are listened on behind a named proxy alone, which says who the client is")
    func proxies() async throws {
        let alone = try SiteFixture(extra: "[serve]\nlisten = \"0.0.0.0:0\"")
        defer { alone.remove() }
        let refused = try await alone.run("serve")
        #expect(refused.status == 78 && refused.errors.contains("[serve] proxies"), "\(refused.errors)")
        let site = try SiteFixture(
            extra: "[serve]\nproxies = [\"127.0.0.1\"]\ntoken_file = \"keys/token\"\nrequests_per_second = 1")
        defer { site.remove() }
        try site.directory.write("home/keys/token", DoorTests.token + "\n")
        let server = try ServeTests.Running(site, ["--listen", "0.0.0.0:0"])
        #expect(try LoopbackClient.get(port: server.port, "/metrics").hasPrefix("HTTP/1.1 403"), "it is no loopback")
        func send(as client: String) throws -> String {
            let headers = DoorTests.bearer.merging(["X-Forwarded-For": "203.0.113.9, \(client)"]) { $1 }
            let answer = try LoopbackClient.post(
                port: server.port, "/v1/events", Array(DoorTests.patrol.utf8), headers: headers)
            return String(answer.dropFirst(9).prefix(3))
        }
        let three = try (0..<3).map { _ in try send(as: "198.51.100.1") }
        #expect(three == ["200", "200", "429"])
        #expect(try send(as: "198.51.100.2") == "200", "each client has a bucket of its own")
        #expect(try server.stop().status == 0)
    }

    @Test(
        "a message is synced, renamed, and its folder synced, before the answer leaves",
        .enabled(if: TracedProcess.isAvailable, "strace is not installed"))
    func durable() async throws {
        let site = try DoorTests.site()
        defer { site.remove() }
        let trace = "\(site.directory.path)/trace"
        let server = try ServeTests.Running(
            site,
            under: [
                "/usr/bin/strace", "-f", "-y", "-s", "40", "-e", "trace=fsync,rename,write,writev,sendto,sendmsg", "-o",
                trace,
            ])
        let answer = try LoopbackClient.post(
            port: server.port, "/api/shop/store/", Array(DoorTests.event(1).utf8), headers: DoorTests.sentry)
        #expect(answer.hasPrefix("HTTP/1.1 200"))
        // strace would leave the program that it traces alone; it ends with it.
        let tracer = server.process.processIdentifier
        let traced = try String(contentsOfFile: "/proc/\(tracer)/task/\(tracer)/children", encoding: .utf8)
        kill(try #require(pid_t(traced.split(separator: " ").first ?? "")), SIGTERM)
        server.process.waitUntilExit()
        let calls = try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n").map(String.init)
        func place(_ words: String...) -> Int? { calls.firstIndex { call in words.allSatisfy(call.contains) } }
        let file = try #require(place("fsync(", ".events.writing>"))
        let name = try #require(place("rename(", ".events.writing\""))
        let folder = try #require(calls.firstIndex { $0.contains("fsync(") && $0.contains("/inbox>") })
        let reply = try #require(place("HTTP/1.1 200"))
        #expect(file < name && name < folder && folder < reply)
    }
}
