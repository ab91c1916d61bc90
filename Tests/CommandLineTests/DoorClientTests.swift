import ApplianceTestSupport
import Foundation
import Testing

/// The official clients, from PyPI (`deploy/clients.sh`), and curl.
enum DoorClients {
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    static let python = tests.deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: ".build/clients/bin/python").path
    static let isAvailable =
        FileManager.default.isExecutableFile(atPath: python)
        && FileManager.default.isExecutableFile(atPath: "/usr/bin/curl")
    static let hasSchemathesis = FileManager.default.isExecutableFile(
        atPath: URL(fileURLWithPath: python).deletingLastPathComponent().appending(path: "st").path)

    static func run(_ script: String, _ arguments: [String]) async throws -> ApplianceBinary.Outcome {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = [tests.appending(path: "Clients/\(script)").path] + arguments
        return try await ApplianceBinary.finish(process)
    }

    /// - Returns: how many errors the client was given.
    static func send(_ kind: String, port: Int, key: String, _ count: Int) async throws -> Int {
        let outcome = try await run("door_clients.py", [kind, "\(port)", key, "\(count)"])
        try #require(outcome.status == 0, "\(outcome.errors)")
        return try #require(Int(outcome.output.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    /// Events that one curl sends.
    private static let eventsACurl = 5000

    /// - Parameter retries: it tries again until it is answered.
    /// - Returns: seconds to each answer of 200.
    static func curl(port: Int, _ count: Int, retries: Bool) async throws -> [Double] {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let now = Date().formatted(.iso8601)
        var seconds: [Double] = []
        for start in stride(from: 0, to: count, by: eventsACurl) {
            let requests = (start..<min(count, start + eventsACurl)).map { number in
                let event = DoorTests.event(number + 1).replacing("2026-11-21T05:30:00Z", with: now)
                let data = event.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
                return """
                    url = "http://127.0.0.1:\(port)/api/shop/store/"
                    header = "X-Sentry-Auth: Sentry sentry_version=7, sentry_key=\(DoorTests.key)"
                    data-binary = "\(data)"
                    output = "/dev/null"
                    write-out = "%{http_code} %{time_total}\\n"
                    \(retries ? "retry = 60\nretry-delay = 1\nretry-all-errors\nretry-connrefused" : "")
                    """
            }
            try directory.write("requests", requests.joined(separator: "\nnext\n"))
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
            process.arguments = [
                "--silent", "--parallel", "--parallel-max", "8", "--config", "\(directory.path)/requests",
            ]
            let outcome = try await ApplianceBinary.finish(process)
            seconds += outcome.output.split(separator: "\n").filter { $0.hasPrefix("200 ") }.compactMap {
                Double($0.dropFirst(4))
            }
        }
        return seconds
    }
}

@Suite(
    "Official clients send at once, and every error arrives once", .serialized,
    .enabled(if: DoorClients.isAvailable, "deploy/clients.sh puts the clients there"))
struct DoorClientTests {
    private static let isLong = ProcessInfo.processInfo.environment["APPLIANCE_SOAK"] != nil
    /// Of each of four clients: 5,000 errors in the suite, 200,000 in the long form.
    static let count = isLong ? 50_000 : 1250
    /// The same where the process is killed in between.
    static let countWithKills = isLong ? 50_000 : 300
    /// What resident memory stays below.
    static let megabytes = 300

    private static func site() throws -> SiteFixture {
        try DoorTests.site("[[serve.project]]\nname = \"7\"\nkey_file = \"keys/shop\"\nservice = \"cart\"")
    }

    /// Each client's errors, by the service that they name.
    private static func counted(_ site: SiteFixture) async throws -> [String: Int] {
        let batch = try await site.binary.run(["batch"], environment: site.environment)
        #expect(batch.status == 0, "\(batch.errors)")
        let report = try await site.binary.run(["report", "--since", "24h", "--json"], environment: site.environment)
        let document = try JSONSerialization.jsonObject(with: Data(report.output.utf8)) as? [String: Any]
        let groups = try #require(document?["groups"] as? [[String: Any]])
        // One trace is one group, whichever clients sent it.
        let services = groups.flatMap { $0["services"] as? [[String: Any]] ?? [] }
        #expect(groups.compactMap { $0["count"] as? Int }.reduce(0, +) == services.compactMap(Self.count).reduce(0, +))
        return services.reduce(into: [:]) { sum, service in
            sum[service["value"] as? String ?? "nobody", default: 0] += count(service) ?? 0
        }
    }

    private static func count(_ service: [String: Any]) -> Int? { service["count"] as? Int }

    private static func sendAll(
        _ port: Int, _ count: Int, retries: Bool
    ) async throws -> [Double] {
        try await withThrowingTaskGroup(of: [Double].self) { group in
            for (kind, key) in [("sentry", DoorTests.key), ("logs", DoorTests.token), ("traces", DoorTests.token)] {
                group.addTask {
                    let sent = try await DoorClients.send(kind, port: port, key: key, count)
                    #expect(sent == count)
                    return []
                }
            }
            group.addTask { try await DoorClients.curl(port: port, count, retries: retries) }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    @Test("Sentry's SDK, OpenTelemetry's logs and spans, and curl: none is lost, none doubled, and memory is bounded")
    func atOnce() async throws {
        let site = try Self.site()
        defer { site.remove() }
        let server = try ServeTests.Running(site, ["--quiet"], realTime: true)
        let start = ContinuousClock.now
        let seconds = try await Self.sendAll(server.port, Self.count, retries: false).sorted()
        let elapsed = ContinuousClock.now - start
        #expect(seconds.count == Self.count)
        let resident = try DoorHardeningTests.resident(server.process)
        #expect(resident < Self.megabytes)
        let late = seconds.isEmpty ? 0 : seconds[seconds.count * 99 / 100]
        print(
            "\(4 * Self.count) errors in \(elapsed), \(resident) MB resident at most; curl's 99th percentile until 200: "
                + "\(Int(late * 1000)) ms (50 where the machine allows it)")
        #expect(try server.stop().status == 0)
        let all = ["cart": Self.count, "ledger": Self.count, "gateway": Self.count, "shop": Self.count]
        #expect(try await Self.counted(site) == all)
    }

    @Test("killed in between and started again: whoever tries again until 200 is counted, each error once")
    func kills() async throws {
        let site = try Self.site()
        defer { site.remove() }
        let first = try ServeTests.Running(site, realTime: true)
        let (port, count) = (first.port, Self.countWithKills)
        let sending = Task { try await Self.sendAll(port, count, retries: true) }
        var server = first
        for _ in 1...3 {
            // About an eighth of everything each time.
            await server.waitForAnswers(count / 4)
            kill(server.process.processIdentifier, SIGKILL)
            server.process.waitUntilExit()
            server = try ServeTests.Running(site, ["--listen", "127.0.0.1:\(port)"], realTime: true)
        }
        #expect(try await sending.value.count == count)
        #expect(try server.stop().status == 0)
        let counted = try await Self.counted(site)
        #expect(counted["shop"] == count, "\(counted)")
        // These clients give up what they could not deliver: none of it may be doubled.
        for service in ["cart", "ledger", "gateway"] {
            let times = counted[service] ?? 0
            #expect(times > 0 && times <= count, "\(service): \(times)")
        }
        print("killed three times: \(counted) of \(count) each")
    }
}
