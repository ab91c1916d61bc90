import ApplianceTestSupport
import Foundation
import Testing

@Suite("A watch follows what becomes of files, and ends when it is told to", .serialized)
struct WatchFollowingTests {
    private static func line(_ minute: Int, _ words: String) -> String {
        "2026-11-21 05:\(minute):00,000 ERROR a.b: \(words)\n"
    }

    @Test("a link that is turned to another file, a file that goes and comes again, a folder that is made late")
    func linksAndFolders() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let extra = "[[source]]\nname = \"linked\"\npaths = [\"\(site.directory.path)/links/current.log\","
        let late = "\"\(site.directory.path)/made/late/*.log\"]\nbaseline = \"0s\"\n"
        try site.directory.write("home/appliance.toml", site.configuration(extra + late))
        try site.directory.write("data/one.log", Self.line(10, "one is gone"))
        try site.directory.write("data/two.log", Self.line(11, "two is gone"))
        let links = "\(site.directory.path)/links"
        let manager = FileManager.default
        try manager.createDirectory(atPath: links, withIntermediateDirectories: true)
        func turn(to name: String) throws {
            try manager.createSymbolicLink(
                atPath: "\(links)/next", withDestinationPath: "\(site.directory.path)/data/\(name)")
            #expect(rename("\(links)/next", "\(links)/current.log") == 0)
        }
        try turn(to: "one.log")
        let watch = try WatchTests.Running(site)
        #expect(try watch.next("read")?["events"] as? Int == 1)
        // Written through the link, where the folder of the link sees nothing.
        try WatchTests.append(Self.line(12, "one again is gone"), to: "\(site.directory.path)/data/one.log")
        #expect(try watch.next("read")?["events"] as? Int == 1)
        try turn(to: "two.log")
        #expect(try watch.next("read")?["events"] as? Int == 1)
        try turn(to: "one.log")
        try site.directory.write("made/late/x.log", Self.line(13, "three is gone"))
        #expect(try watch.next("read")?["events"] as? Int == 1, "what was read of one.log is not read again")
        try manager.removeItem(atPath: "\(site.directory.path)/made/late/x.log")
        try site.directory.write("made/late/y.log", Self.line(14, "four is gone"))
        #expect(try watch.next("read")?["events"] as? Int == 1)
        try manager.removeItem(atPath: "\(site.directory.path)/made")
        try site.directory.write("made/late/x.log", Self.line(15, "five is gone"))
        #expect(try watch.next("read")?["events"] as? Int == 1)
        #expect(try watch.stop().status == 0)
        #expect(try await site.counts().values.reduce(0, +) == 6)
    }

    @Test(
        "where the kernel tells of no changes, the clock finds them",
        .enabled(if: TracedProcess.isAvailable, "strace is not installed"),
        arguments: ["inotify_init1:error=EMFILE", "inotify_add_watch:error=ENOSPC"])
    func polling(fault: String) async throws {
        let site = try SiteFixture(extra: "[watch]\npoll = \"200ms\"\nsettle = \"50ms\"")
        defer { site.remove() }
        let tracer = ["/usr/bin/strace", "-f", "-o", "/dev/null", "-e", "trace=inotify_init1,inotify_add_watch"]
        let watch = try WatchTests.Running(site, under: tracer + ["-e", "inject=\(fault)"])
        #expect(try watch.next("watching") != nil)
        try site.directory.write("logs/a.log", Self.line(10, "the pool is gone"))
        #expect(try watch.next("read")?["events"] as? Int == 1)
        try WatchTests.append(Self.line(11, "the cache is gone"), to: "\(site.directory.path)/logs/a.log")
        #expect(try watch.next("read")?["events"] as? Int == 1)
        // strace leaves alone what it traces; it ends with it.
        let tracing = watch.process.processIdentifier
        let traced = try String(contentsOfFile: "/proc/\(tracing)/task/\(tracing)/children", encoding: .utf8)
        kill(try #require(pid_t(traced.split(separator: " ").first ?? "")), SIGTERM)
        #expect(try watch.next("stopped") != nil)
        watch.process.waitUntilExit()
    }

    @Test("SIGTERM ends it within 20 seconds though a model hangs, and the group waits for the next start")
    func hangingModel() async throws {
        let server = try ScriptedServer([
            [.readRequest, .send(OllamaReplies.tags())], [.readRequest, .hang],
        ])
        defer { server.stop() }
        let site = try SiteFixture(endpoint: server.url)
        defer { site.remove() }
        try site.directory.write("logs/worker.log", SiteFixture.traceback())
        let watch = try WatchTests.Running(site)
        #expect(try watch.next("read")?["events"] as? Int == 1)
        await server.waitForRequest(count: 2)
        let start = ContinuousClock.now
        let end = try watch.stop()
        #expect(end.status == 0 && ContinuousClock.now - start < .seconds(20), "\(end.errors)")
        let report = try await site.report()
        let model = String(decoding: try JSONSerialization.data(withJSONObject: report), as: UTF8.self)
        #expect(model.contains("\"queued\":1") || model.contains("\"queued\":true"), "\(model.prefix(2000))")
    }

    @Test("with --listen one process watches and serves: what is pushed is told of at once; SIGTERM ends both")
    func listening() async throws {
        let site = try DoorTests.site()
        defer { site.remove() }
        let watch = try WatchTests.Running(site, arguments: ["--quiet", "--listen", "127.0.0.1:0"])
        let port = try watch.port()
        #expect(try watch.next("watching") != nil)
        let answer = try LoopbackClient.post(
            port: port, "/api/shop/store/", Array(DoorTests.event(1).utf8), headers: DoorTests.sentry)
        #expect(answer.hasPrefix("HTTP/1.1 200"))
        let read = try #require(try watch.next("read"))
        #expect(read["events"] as? Int == 1 && (read["messages"] as? [Int])?.isEmpty == false)
        let samples = try MetricsTests.scrape(port).samples
        #expect(samples["appliance_events_total{source=\"inbox\"}"] == 1)
        // A connection that is held open does not keep it from ending.
        let held = try DoorHardeningTests.Connection(port: port)
        held.send("POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf")
        let start = ContinuousClock.now
        let end = try watch.stop()
        #expect(ContinuousClock.now - start < .seconds(21))
        #expect(end.summary["events"] as? Int == 1 || end.status == 0)
        #expect(throws: LoopbackClient.CannotConnect.self) { try LoopbackClient.get(port: port, "/health") }
        #expect(try await site.counts().values.reduce(0, +) == 1)
    }

    @Test("the alert of a severe line is in the outbox within five seconds of the line")
    func soon() throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let watch = try WatchTests.Running(site, now: nil)
        #expect(try watch.next("watching") != nil)
        let start = ContinuousClock.now
        try site.directory.write("logs/a.log", "\(Date().formatted(.iso8601)) FATAL a.b: the pool is gone\n")
        #expect((try watch.next("read")?["messages"] as? [Int])?.isEmpty == false)
        let elapsed = ContinuousClock.now - start
        #expect(elapsed < .seconds(5), "\(elapsed)")
        #expect(try site.messages().compactMap(SiteFixture.content).contains { $0.text.contains("is new") })
        #expect(try watch.stop().status == 0)
    }
}
