import ApplianceTestSupport
import Foundation
import Synchronization
import Testing

@Suite("The HTTP door on a real site", .serialized)
struct ServeTests {
    /// `appliance serve` as a process, with the port that it took.
    struct Running {
        let process: Process
        let port: Int
        private let rest: Rest

        /// What it says later is read as it comes: a pipe that is full stops whoever writes into it.
        private final class Rest: Sendable {
            private struct State {
                var read = Data()
                var answered = 0
                var isOver = false
                var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

                mutating func served() -> [CheckedContinuation<Void, Never>] {
                    let all = waiting
                    waiting = isOver ? [] : all.filter { $0.count > answered }
                    return all.filter { isOver || $0.count <= answered }.map(\.continuation)
                }
            }

            private let state = Mutex(State())
            private let isWhole = DispatchGroup()

            init(_ handle: FileHandle) {
                isWhole.enter()
                Thread.detachNewThread { [self] in
                    while case let piece = handle.availableData, !piece.isEmpty {
                        update { state in
                            state.read += piece
                            // A line for each answered request.
                            state.answered += piece.count { $0 == 0x0A }
                        }
                    }
                    update { $0.isOver = true }
                    isWhole.leave()
                }
            }

            private func update(_ change: (inout State) -> Void) {
                let served = state.withLock { state in
                    change(&state)
                    return state.served()
                }
                for continuation in served { continuation.resume() }
            }

            func waitForAnswers(_ count: Int) async {
                await withCheckedContinuation { continuation in
                    update { $0.waiting.append((count, continuation)) }
                }
            }

            var whole: String {
                isWhole.wait()
                return state.withLock { String(decoding: $0.read, as: UTF8.self) }
            }
        }

        /// - Parameter tracer: a program that runs it, with its arguments.
        init(
            _ site: SiteFixture, _ arguments: [String] = [], realTime: Bool = false, under tracer: [String] = []
        ) throws {
            let listen = arguments.contains("--listen") ? [] : ["--listen", "127.0.0.1:0"]
            let all = ["serve"] + listen + (realTime ? [] : ["--now", SiteFixture.now]) + arguments
            process = site.binary.process(
                Array(tracer.dropFirst()) + (tracer.isEmpty ? [] : [site.binary.path]) + all,
                environment: site.environment)
            if let program = tracer.first { process.executableURL = URL(fileURLWithPath: program) }
            let pipe = Pipe()
            process.standardError = pipe
            try process.run()
            let errors = pipe.fileHandleForReading
            var said = ""
            while !said.contains("; stop with"), case let piece = errors.availableData, !piece.isEmpty {
                said += String(decoding: piece, as: UTF8.self)
            }
            let digits = try #require(said.firstMatch(of: /http:\/\/[0-9.]+:(\d+);/)?.output.1, "\(said)")
            port = try #require(Int(digits))
            rest = Rest(errors)
        }

        /// Returns when its access log tells of so many requests, or when it ends.
        func waitForAnswers(_ count: Int) async { await rest.waitForAnswers(count) }

        /// Stops it as an init system does; the rest of what it said, and its exit code.
        func stop() throws -> (errors: String, status: Int32) {
            process.terminate()
            process.waitUntilExit()
            return (rest.whole, process.terminationStatus)
        }
    }

    @Test("shows the report of the last day, says that it is ready, and stops on SIGTERM")
    func pages() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        let batch = try await site.run("batch")
        #expect(batch.status == 0, "\(batch.errors)")
        let server = try Running(site)
        let page = try LoopbackClient.get(port: server.port, "/")
        #expect(page.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(page.contains("KeyError"))
        #expect(page.contains("Content-Security-Policy: default-src 'none'"))
        let reported = try await site.binary.run(
            ["report", "--format", "json", "--now", SiteFixture.now], environment: site.environment)
        let json = try LoopbackClient.get(port: server.port, "/report.json")
        #expect(json.hasSuffix(reported.output.trimmingCharacters(in: .newlines)) || json.contains(reported.output))
        #expect(try LoopbackClient.get(port: server.port, "/health").hasSuffix("{\"status\":\"ok\"}\n"))
        let ready = try LoopbackClient.get(port: server.port, "/ready")
        #expect(ready.hasPrefix("HTTP/1.1 200 OK") && ready.contains("\"ready\":true"))
        #expect(ready.contains("\"state\":\"degraded\""), "no model is named: \(ready)")
        let (log, status) = try server.stop()
        #expect(status == 0)
        #expect(log.contains("GET / 200 ") && log.contains("GET /ready 200 "))
    }

    @Test("refuses other names of this host, other methods and other paths, and lives on")
    func refusals() async throws {
        let site = try SiteFixture(extra: "[serve]\nhosts = [\"errors.example\"]")
        defer { site.remove() }
        let server = try Running(site)
        let port = server.port
        let cases = [
            ("/health", "rebound.example", "421"), ("/health", "127.0.0.1.rebound.example", "421"),
            ("/health", "errors.example:\(port)", "200"), ("/health", "localhost", "200"), ("/health", "", "421"),
            ("/../../etc/passwd", "localhost", "404"), ("/%2e%2e/history.sqlite", "localhost", "404"),
        ]
        for (path, host, status) in cases {
            let answer = try LoopbackClient.get(port: port, path, host: host)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(path) at \(host): \(answer.prefix(80))")
        }
        let post = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
        let answer = try LoopbackClient.exchange(port: port, post)
        #expect(answer.hasPrefix("HTTP/1.1 404") || answer.hasPrefix("HTTP/1.1 405"))
        let flood = "GET / HTTP/1.1\r\nHost: localhost\r\nX-A: \(String(repeating: "a", count: 70_000))\r\n\r\n"
        #expect(try !LoopbackClient.exchange(port: port, flood).hasPrefix("HTTP/1.1 200"))
        #expect(try !LoopbackClient.exchange(port: port, "\u{0}\u{1}nonsense\r\n\r\n").hasPrefix("HTTP/1.1 200"))
        #expect(try LoopbackClient.get(port: port, "/health").hasPrefix("HTTP/1.1 200"))
        #expect(try server.stop().status == 0)
    }

    @Test("HEAD is answered as GET is, without the body; a door names its method")
    func head() throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let server = try Running(site)
        var client = PageClient(port: server.port)
        for path in ["/health", "/ready", "/metrics", "/openapi.json", "/", "/report.json", "/page.css", "/nothing"] {
            let (got, asked) = (try client.get(path), try client.get(path, method: "HEAD"))
            #expect(asked.status == got.status && asked.body.isEmpty && !got.body.isEmpty, "\(path)")
            #expect(asked.values("Content-Type") == got.values("Content-Type"), "\(path)")
            let length = try #require(asked.values("Content-Length").first.flatMap(Int.init))
            // The numbers of the metrics change with each request.
            #expect(path == "/metrics" ? length > 0 : length == got.body.utf8.count, "\(path)")
        }
        let door = try client.get("/v1/logs", method: "HEAD")
        #expect(door.status == 405 && door.values("Allow") == ["POST"] && door.body.isEmpty)
        let other = try client.get("/health", method: "DELETE")
        #expect(other.status == 405 && other.values("Allow") == ["GET, HEAD"])
        #expect(try server.stop().status == 0)
    }

    @Test("without a history the page says so, and a full home is not ready")
    func notReady() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        try site.directory.write("home/history.sqlite", "this is no database, but it has enough bytes to be looked at")
        let server = try Running(site)
        let page = try LoopbackClient.get(port: server.port, "/")
        #expect(page.hasPrefix("HTTP/1.1 503") && page.contains("history.sqlite"))
        let ready = try LoopbackClient.get(port: server.port, "/ready")
        #expect(ready.hasPrefix("HTTP/1.1 503") && ready.contains("\"ready\":false"))
        #expect(try server.stop().status == 0)
    }

    @Test("a full outbox is not ready; who asks changes nothing in it")
    func fullOutbox() async throws {
        let site = try SiteFixture(extra: "[outbox]\nfull_from = 10")
        defer { site.remove() }
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        #expect(try await site.run("batch").status == 0)
        let server = try Running(site)
        try site.directory.write("home/outbox/tmp/half", "being written by a batch")
        let ready = try LoopbackClient.get(port: server.port, "/ready")
        #expect(ready.hasPrefix("HTTP/1.1 200") && ready.contains("1 groups, writable"), "\(ready)")
        #expect(FileManager.default.fileExists(atPath: "\(site.directory.path)/home/outbox/tmp/half"))
        let name = String(repeating: "a", count: 32)
        for number in 100..<110 { try site.directory.write("home/outbox/new/00000\(number)-\(name).json", "{}") }
        let full = try LoopbackClient.get(port: server.port, "/ready")
        #expect(full.hasPrefix("HTTP/1.1 503") && full.contains("\"subject\":\"outbox\""), "\(full)")
        #expect(try server.stop().status == 0)
    }

    @Test("an address that is not loopback, and one that is taken, end in a message")
    func addresses() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        for listen in ["0.0.0.0:8321", "192.0.2.1:8321", "127.0.0.1", "127.0.0.1:70000", "errors.example:80"] {
            let outcome = try await site.run("serve", "--listen", listen)
            #expect(outcome.status == 78 && outcome.errors.contains("not a loopback address"), "\(outcome.errors)")
        }
        let server = try Running(site)
        let taken = try await site.run("serve", "--listen", "127.0.0.1:\(server.port)")
        #expect(taken.status == 69 && taken.errors.contains("cannot listen"), "\(taken.errors)")
        #expect(try server.stop().status == 0)
    }
}
