import ApplianceTestSupport
import Foundation
import Testing

@Suite("appliance watch, as a process", .serialized)
struct WatchTests {
    /// A running watch, and what it tells line by line.
    final class Running {
        let process: Process
        private let output: FileHandle
        private let said: FileHandle
        private var buffer = Data()

        /// - Parameter now: nil goes by the real clock.
        /// - Parameter tracer: a program that runs it, with its arguments.
        init(
            _ site: SiteFixture, now: String? = SiteFixture.now, _ environment: [String: String] = [:],
            arguments: [String] = [], under tracer: [String] = []
        ) throws {
            process = site.binary.process(
                Array(tracer.dropFirst()) + (tracer.isEmpty ? [] : [site.binary.path]) + ["watch", "--json"]
                    + (now.map { ["--now", $0] } ?? []) + arguments,
                environment: site.environment.merging(environment) { _, new in new })
            if let program = tracer.first { process.executableURL = URL(fileURLWithPath: program) }
            let (pipe, errors) = (Pipe(), Pipe())
            (process.standardOutput, process.standardError) = (pipe, errors)
            try process.run()
            (output, said) = (pipe.fileHandleForReading, errors.fileHandleForReading)
        }

        /// The next line that tells of this, whatever comes before it; nil when the process ends first.
        func next(_ event: String) throws -> [String: Any]? {
            while true {
                while let end = buffer.firstIndex(of: 0x0A) {
                    let line = try JSONSerialization.jsonObject(with: buffer[..<end])
                    buffer = Data(buffer[(end + 1)...])
                    let fields = try #require(line as? [String: Any])
                    if fields["event"] as? String == event { return fields }
                }
                let piece = output.availableData
                if piece.isEmpty { return nil }
                buffer += piece
            }
        }

        /// The port that it serves on, once it says so.
        func port() throws -> Int {
            var text = ""
            while !text.contains("\n"), case let piece = said.availableData, !piece.isEmpty {
                text += String(decoding: piece, as: UTF8.self)
            }
            let digits = try #require(
                text.firstMatch(of: /serving on http:\/\/127\.0\.0\.1:(\d+)/)?.output.1, "\(text)")
            return try #require(Int(digits))
        }

        /// Stops it as an init system does.
        func stop() throws -> (summary: [String: Any], errors: String, status: Int32) {
            process.terminate()
            let stopped = try next("stopped")
            process.waitUntilExit()
            let errors = try said.readToEnd() ?? Data()
            return (
                stopped?["summary"] as? [String: Any] ?? [:], String(decoding: errors, as: UTF8.self),
                process.terminationStatus
            )
        }
    }

    static func append(_ text: String, to path: String) throws {
        let file = try #require(FileHandle(forUpdatingAtPath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }

    @Test("what is new is told before the model has answered; its diagnosis follows into the same thread")
    func diagnosis() async throws {
        let server = try ScriptedServer([
            [.readRequest, .send(OllamaReplies.tags())],
            [.readRequest, .awaitSignal, .send(OllamaReplies.chat(OllamaReplies.goodAnswer))],
        ])
        defer { server.stop() }
        let site = try SiteFixture(endpoint: server.url)
        defer { site.remove() }
        try site.directory.write("logs/worker.log", SiteFixture.noise(3))
        let watch = try Running(site)
        #expect(try watch.next("watching") != nil)
        try Self.append(SiteFixture.traceback(), to: "\(site.directory.path)/logs/worker.log")
        let read = try #require(try watch.next("read"))
        #expect(read["events"] as? Int == 1 && read["new"] as? Int == 1)
        let alerts = try site.messages().compactMap(SiteFixture.content).filter { $0.thread != "" }
        #expect(alerts.map(\.text).filter { $0.contains("is new") }.count == 1, "\(alerts)")
        server.signal()
        let diagnosed = try #require(try watch.next("diagnosed"))
        #expect(diagnosed["groups"] as? Int == 1)
        let all = try site.messages().compactMap(SiteFixture.content).filter { $0.thread != "" }
        #expect(all.count == 2 && all.first?.thread == all.last?.thread)
        #expect(all.last?.text.contains("is diagnosed") == true && all.last?.text.contains("@") == false, "\(all)")
        let end = try watch.stop()
        #expect(end.status == 0, "\(end.errors)")
        #expect(end.summary["events"] as? Int == 1 && end.summary["diagnosed"] as? Int == 1)
    }

    @Test("it tells of a model that it cannot use, in a round that only reads")
    func deadModel() async throws {
        let site = try SiteFixture(endpoint: "http://127.0.0.1:1")
        defer { site.remove() }
        let watch = try Running(site)
        #expect(try watch.next("watching") != nil)
        var notices: [[String: Any]] = []
        // The model is asked beside the reading: one of the rounds after its first failure tells.
        for name in ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"] where notices.isEmpty {
            try site.directory.write(
                "logs/\(name).log", "2026-11-21 05:10:00,000 ERROR \(name).worker: \(name) cannot be reached\n")
            #expect(try watch.next("read") != nil)
            notices = try site.messages().filter { $0["type"] as? String == "appliance.notice.v1" }
        }
        let told = try JSONSerialization.data(withJSONObject: try #require(notices.first))
        #expect(String(decoding: told, as: UTF8.self).contains("the model cannot be used"))
        #expect(try watch.stop().status == 0)
        let report = try await site.run("report")
        #expect(report.output.prefix { $0 != "\n" }.hasSuffix("— the appliance needs a look"), "\(report.output)")
    }

    @Test("files that come late, are renamed, truncated or written in pieces are read once each")
    func files() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let watch = try Running(site)
        #expect(try watch.next("watching") != nil)
        let path = "\(site.directory.path)/logs/late.log"
        try site.directory.write("logs/late.log", "2026-11-21 05:10:00,000 ERROR a.b: first of all is gone\n")
        #expect(try watch.next("read")?["events"] as? Int == 1)
        // Half a line is none.
        try Self.append("2026-11-21 05:11:00,000 ERROR a.b: second of all", to: path)
        try site.directory.write("logs/other.log", "2026-11-21 05:12:00,000 ERROR c.d: another program fails\n")
        #expect(try watch.next("read")?["events"] as? Int == 1)
        try Self.append(" is gone\n", to: path)
        #expect(try watch.next("read")?["events"] as? Int == 1)
        try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
        try site.directory.write("logs/late.log", "2026-11-21 05:13:00,000 ERROR e.f: third of all is gone\n")
        #expect(try watch.next("read")?["events"] as? Int == 1)
        // copytruncate
        try FileManager.default.copyItem(atPath: path, toPath: path + ".2")
        try #require(FileHandle(forUpdatingAtPath: path)).truncate(atOffset: 0)
        try Self.append("2026-11-21 05:14:00,000 ERROR g.h: fourth of all is gone\n", to: path)
        let truncated = try #require(try watch.next("read"))
        #expect(truncated["events"] as? Int == 1, "\(truncated)")
        let busy = try await site.run("batch")
        #expect(busy.status == 75 && busy.errors.contains("watch"), "\(busy.errors)")
        #expect(try watch.stop().status == 0)
        let again = try await site.run("batch")
        #expect(again.status == 0, "\(again.errors)")
        #expect(try await site.counts().values.reduce(0, +) == 5)
    }

    @Test("SIGHUP takes a new configuration, and leaves the old one in force when the new one is wrong")
    func reload() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let watch = try Running(site)
        #expect(try watch.next("watching") != nil)
        try site.directory.write("home/appliance.toml", site.configuration("") + "\nbroken = [")
        kill(watch.process.processIdentifier, SIGHUP)
        let refused = try #require(try watch.next("not-reloaded"))
        #expect((refused["words"] as? String)?.contains("appliance.toml") == true)
        let more = "[[source]]\nname = \"more\"\npaths = [\"\(site.directory.path)/more/*.log\"]\nbaseline = \"0s\"\n"
        try site.directory.write("home/appliance.toml", site.configuration(more))
        kill(watch.process.processIdentifier, SIGHUP)
        #expect(try watch.next("reloaded") != nil)
        try site.directory.write("more/a.log", "2026-11-21 05:10:00,000 ERROR a.b: it is gone\n")
        #expect(try watch.next("read")?["events"] as? Int == 1)
        #expect(try watch.stop().status == 0)
    }

    @Test("the nightly run is made once, also when its time passed while nothing ran")
    func nightly() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        let first = try Running(site)
        #expect(try first.next("read") != nil)
        #expect(try first.stop().status == 0)
        let report = "\(site.directory.path)/home/reports/2026-11-22.md"
        #expect(!FileManager.default.fileExists(atPath: report))
        let second = try Running(site, now: "2026-11-22T03:00:00Z")
        #expect((try second.next("nightly")?["report"] as? String)?.hasSuffix("2026-11-22.md") == true)
        #expect(try String(contentsOfFile: report, encoding: .utf8).contains("KeyError"))
        #expect(try second.stop().status == 0)
        let digests = try site.messages().filter { $0["type"] as? String == "appliance.digest.v1" }
        let third = try Running(site, now: "2026-11-22T04:00:00Z")
        #expect(try third.next("watching") != nil)
        try site.directory.write("logs/z.log", "2026-11-22 03:30:00,000 ERROR a.b: it is gone\n")
        #expect(try third.next("read") != nil)
        #expect(try third.stop().status == 0)
        let later = try site.messages().filter { $0["type"] as? String == "appliance.digest.v1" }
        #expect(digests.count == 1 && later.count == 1)
    }

    @Test("by the real clock, too, an error is told once, and life is shown once")
    func realClock() throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let watch = try Running(site, now: nil)
        #expect(try watch.next("watching") != nil)
        let now = Date().formatted(.iso8601)
        try site.directory.write("logs/a.log", "\(now) ERROR a.b: the pool is gone\n")
        #expect(try watch.next("read")?["events"] as? Int == 1)
        try site.directory.write("logs/b.log", "\(now) ERROR c.d: the cache is gone\n")
        #expect(try watch.next("read")?["events"] as? Int == 1)
        #expect(try watch.stop().status == 0)
        let messages = try site.messages()
        #expect(messages.filter { $0["type"] as? String == "appliance.heartbeat.v1" }.count == 1)
        #expect(messages.compactMap(SiteFixture.content).filter { $0.text.contains("is new") }.count <= 2)
        let times = messages.compactMap { $0["time"] as? String }
        #expect(times == times.sorted())
    }

    /// 5 instants in the suite, 200 in the long form.
    static let instants = ProcessInfo.processInfo.environment["APPLIANCE_SOAK"] != nil ? 200 : 5

    @Test("killed at any instant, everything is counted once and every group is told of")
    func kills() async throws {
        let site = try SiteFixture(
            extra: "[alerts]\nstorm_from = 1000\ngather_from = \"info\"\nat_once_from = \"info\"")
        defer { site.remove() }
        var random = SeededGenerator(seed: 0xA11CE)
        for round in 0..<Self.instants {
            let name = "svc" + [round / 26, round % 26].map { String(UnicodeScalar(UInt8(0x61 + $0))) }.joined()
            let lines = (0..<20).map { "2026-11-21 05:\(10 + $0):00,000 ERROR \(name).w: \(name) lost its neighbour\n" }
            try site.directory.write("logs/\(round).log", lines.joined())
            try await site.binary.kill(
                ["watch", "--quiet", "--now", SiteFixture.now], environment: site.environment,
                after: .milliseconds(Int.random(in: 50...900, using: &random)))
            let verified = try await site.run("history", "verify")
            #expect(verified.status == 0 || verified.errors.contains("there is no history"), "\(verified.errors)")
        }
        try site.directory.write("logs/end.log", "2026-11-21 05:50:00,000 ERROR end.w: the end is here\n")
        let watch = try Running(site)
        // It tells of what was read and not told, and reads what was not.
        #expect(try watch.next("read") != nil)
        #expect(try watch.stop().status == 0)
        let counts = try await site.counts()
        #expect(counts.count == Self.instants + 1 && counts.values.reduce(0, +) == 20 * Self.instants + 1)
        let told = try site.messages().compactMap(SiteFixture.content).filter { $0.text.contains("is new") }.map(
            \.thread)
        #expect(Set(told) == Set(counts.keys) && told.count == counts.count, "\(told.sorted()) \(counts.keys.sorted())")
        #expect(try await site.run("outbox", "verify").status == 0)
    }

    @Test("a service manager hears that it is ready, alive and stopping")
    func serviceManager() throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let path = "\(site.directory.path)/notify"
        let listener = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
        func heard() -> String {
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(listener, &buffer, buffer.count, 0)
            return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
        }
        let watch = try Running(site, ["NOTIFY_SOCKET": path, "WATCHDOG_USEC": "100000"])
        #expect(heard().hasPrefix("READY=1\n"))
        #expect(heard() == "WATCHDOG=1")
        watch.process.terminate()
        var last = heard()
        while last == "WATCHDOG=1" { last = heard() }
        #expect(last == "STOPPING=1")
        watch.process.waitUntilExit()
        #expect(watch.process.terminationStatus == 0)
    }
}
