import ApplianceTestSupport
import Crypto
import Foundation
import Testing

@Suite("Events that are pushed through the HTTP door", .serialized)
struct DoorTests {
    static let token = "a-token-of-enough-characters"
    static let secret = "a-client-secret-of-sentry"
    static let key = "0123456789abcdef0123456789abcdef"

    /// A site with every door open.
    static func site(_ extra: String = "") throws -> SiteFixture {
        let site = try SiteFixture(
            extra: """
                [serve]
                token_file = "keys/token"
                sentry_secret_file = "keys/sentry"
                max_body = "1MB"
                requests_per_second = 100000
                pages_per_second = 100000
                [[serve.project]]
                name = "shop"
                key_file = "keys/shop"
                \(extra)
                """)
        try site.directory.write("home/keys/token", token + "\n")
        try site.directory.write("home/keys/sentry", secret + "\n")
        try site.directory.write("home/keys/shop", key + "\n")
        return site
    }

    static func event(_ id: Int, _ message: String = "the cart is gone") -> String {
        let digits = String(id, radix: 16)
        let name = String(repeating: "0", count: 32 - digits.count) + digits
        return #"{"event_id":"\#(name)","timestamp":"2026-11-21T05:30:00Z","level":"error","platform":"python","#
            + #""exception":{"values":[{"type":"CartError","value":"\#(message)","stacktrace":{"frames":"#
            + #"[{"filename":"shop/cart.py","function":"pay","lineno":7,"in_app":true}]}}]}}"#
    }

    static let bearer = ["Authorization": "Bearer \(token)", "Content-Type": "application/json"]
    static let sentry = ["X-Sentry-Auth": "Sentry sentry_version=7, sentry_key=\(key), sentry_client=test/1"]

    static let logs = #"""
        {"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"pay"}}]},
        "scopeLogs":[{"logRecords":[
        {"timeUnixNano":"1795239000000000000","severityNumber":17,"body":{"stringValue":"ledger is closed"}},
        {"timeUnixNano":"1795239001000000000","severityNumber":9,"body":{"stringValue":"all is well"}}]}]}]}
        """#

    static let patrol = #"""
        {"eventId":"e-1","timestamp":"2026-11-21T05:40:00Z",
        "errorLog":{"message":"NullPointerException: no user","code":"NPE","filePath":"src/a.kt","lineNumber":4}}
        """#

    /// Of a group in a report.
    static func services(_ group: [String: Any]) -> [String] {
        (group["services"] as? [[String: Any]] ?? []).compactMap { $0["value"] as? String }
    }

    private static func status(_ answer: String) -> String { String(answer.dropFirst(9).prefix(3)) }

    private static func signature(_ body: [UInt8], _ secret: String = secret) -> String {
        HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Data(secret.utf8)))
            .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test("each door takes its messages; a batch reads them, and tells of them")
    func doors() async throws {
        let site = try Self.site()
        defer { site.remove() }
        let server = try ServeTests.Running(site)
        func post(_ path: String, _ body: String, _ headers: [String: String]) throws -> String {
            try LoopbackClient.post(port: server.port, path, Array(body.utf8), headers: headers)
        }
        let stored = try post("/api/shop/store/", Self.event(1), Self.sentry)
        #expect(stored.hasPrefix("HTTP/1.1 200") && stored.contains("\"id\":\"00000000000000000000000000000001\""))
        let envelope =
            #"{"event_id":"00000000000000000000000000000002","dsn":"http://\#(Self.key)@localhost/shop"}"# + "\n"
            + #"{"type":"event"}"# + "\n" + Self.event(2, "password=hunter2secret") + "\n"
        #expect(Self.status(try post("/api/shop/envelope/", envelope, [:])) == "200")
        let json = try post("/v1/logs", Self.logs, Self.bearer)
        #expect(Self.status(json) == "200" && json.hasSuffix("{}\n"))
        let reply = try post("/v1/events", Self.patrol, Self.bearer)
        #expect(Self.status(reply) == "200" && reply.contains("\"processed\":1,") && reply.contains("\"errorHash\":\""))
        let hook =
            #"{"action":"triggered","installation":{"uuid":"u"},"data":{"event":\#(Self.event(3, "from an alert"))}}"#
        let signed = ["Sentry-Hook-Signature": Self.signature(Array(hook.utf8)), "Sentry-Hook-Resource": "event_alert"]
        #expect(try post("/api/webhook/sentry", hook, signed).contains("\"status\":\"accepted\""))
        let resolved = #"{"action":"resolved","installation":{"uuid":"u"},"data":{"issue":{"id":"1","title":"x"}}}"#
        let other = ["X-Sentry-Signature": Self.signature(Array(resolved.utf8))]
        #expect(try post("/api/webhook/sentry", resolved, other).contains("\"status\":\"ignored\""))
        // Nothing secret lies in the inbox.
        let inbox = "\(site.directory.path)/home/inbox"
        for name in try FileManager.default.contentsOfDirectory(atPath: inbox) {
            #expect(try !String(contentsOfFile: "\(inbox)/\(name)", encoding: .utf8).contains("hunter2secret"))
        }
        let batch = try await site.run("batch")
        #expect(batch.status == 0, "\(batch.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: inbox).isEmpty)
        let groups = try #require(try await site.report()["groups"] as? [[String: Any]])
        let services = Set(groups.flatMap(Self.services))
        #expect(services.isSuperset(of: ["shop", "pay"]), "\(services)")
        #expect(groups.compactMap { $0["count"] as? Int }.reduce(0, +) == 5)
        // Sent again, it is answered the same and counted once.
        #expect(Self.status(try post("/api/shop/store/", Self.event(1), Self.sentry)) == "200")
        #expect(Self.status(try post("/api/webhook/sentry", hook, signed)) == "200", "Sentry tries again")
        #expect(try await site.run("batch").status == 0)
        #expect(try await site.counts().values.reduce(0, +) == 5)
        // A group that is known by now is answered with its diagnosis.
        let known = try post("/v1/events", Self.patrol.replacing("e-1", with: "e-2"), Self.bearer)
        #expect(known.contains("\"analyzedAt\":\"") && known.contains("\"cacheStats\":{"))
        #expect(try server.stop().status == 0)
    }

    @Test("who has no key, a wrong one, or a closed door before him is refused, and nothing is kept")
    func refused() async throws {
        let site = try Self.site()
        defer { site.remove() }
        let server = try ServeTests.Running(site)
        let hook = Array(#"{"action":"created","installation":{},"data":{"issue":{"id":"1","title":"x"}}}"#.utf8)
        let event = Array(Self.event(1).utf8)
        let wrong = String(Self.key.dropLast()) + "0"
        let big = [UInt8](repeating: 0x61, count: 1_000_001)
        let cases: [(path: String, body: [UInt8], headers: [String: String], status: String)] = [
            ("/api/shop/store/", event, [:], "401"),
            ("/api/shop/store/?sentry_key=\(wrong)", event, [:], "401"),
            ("/api/shop/store/?sentry_key=\(Self.key)", event, [:], "200"),
            ("/api/nobody/store/", event, Self.sentry, "401"),
            ("/api/webhook/sentry", hook, [:], "401"),
            ("/api/webhook/sentry", hook, ["Sentry-Hook-Signature": Self.signature(hook, "another secret")], "401"),
            ("/api/webhook/sentry", hook, ["Sentry-Hook-Signature": "zz"], "401"),
            ("/v1/logs", Array(Self.logs.utf8), ["Content-Type": "application/json"], "401"),
            ("/v1/events", Array(Self.patrol.utf8), ["Authorization": "Bearer \(Self.token)x"], "401"),
            ("/v1/logs", Array(Self.logs.utf8), ["Authorization": "Bearer \(Self.token)"], "415"),
            ("/v1/logs", Array("{}".utf8), Self.bearer, "400"),
            ("/v1/logs", Array("{\"resourceLogs\":[".utf8), Self.bearer, "400"),
            ("/v1/events", Array("[]".utf8), Self.bearer, "400"),
            ("/api/shop/store/", big, Self.sentry, "413"),
            ("/api/shop/store/", event, Self.sentry.merging(["Content-Encoding": "br"]) { $1 }, "415"),
            ("/api/shop/store/", event, Self.sentry.merging(["Content-Encoding": "gzip"]) { $1 }, "400"),
            ("/api/../history.sqlite/store/", event, Self.sentry, "404"),
            ("/api/%2e%2e/store/", event, Self.sentry, "401"),
        ]
        for (path, body, headers, expected) in cases {
            let answer = try LoopbackClient.post(port: server.port, path, body, headers: headers)
            #expect(Self.status(answer) == expected, "\(path) \(headers): \(answer.prefix(300))")
        }
        #expect(try server.stop().status == 0)
        #expect(try await site.run("batch").status == 0)
        #expect(try await site.counts().values.reduce(0, +) == 1)
    }

    @Test("a message of more records than one may hold is refused whole, with the number that it may")
    func tooMany() throws {
        let site = try Self.site()
        defer { site.remove() }
        let server = try ServeTests.Running(site)
        func many(_ count: Int, _ record: String) -> String {
            Array(repeating: record, count: count).joined(separator: ",")
        }
        let logs = #"{"items":[\#(many(10_001, #"{"level":"error","body":"x"}"#))]}"#
        let envelope = #"{"dsn":"http://\#(Self.key)@localhost/shop"}"# + "\n" + #"{"type":"log"}"# + "\n" + logs + "\n"
        let cases: [(path: String, body: String, headers: [String: String], most: Int)] = [
            ("/v1/events", "[\(many(10_001, #"{"errorLog":{"message":"x"}}"#))]", Self.bearer, 10_000),
            ("/api/shop/envelope/", envelope, [:], 10_000),
            (
                "/v1/logs", #"{"resourceLogs":[{"scopeLogs":[{"logRecords":[\#(many(200_001, "{}"))]}]}]}"#,
                Self.bearer, 200_000
            ),
        ]
        for (path, body, headers, most) in cases {
            let answer = try LoopbackClient.post(port: server.port, path, Array(body.utf8), headers: headers)
            #expect(Self.status(answer) == "413", "\(path): \(answer.prefix(300))")
            #expect(answer.contains("more than \(most) records in one message. Send smaller batches."), "\(answer)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(site.directory.path)/home/inbox").isEmpty)
        #expect(try MetricsTests.scrape(server.port).samples["appliance_http_refused_total{reason=\"too_large\"}"] == 3)
        #expect(try server.stop().status == 0)
    }

    @Test("without keys the doors are closed, and say which key opens them; a key that is none ends in a message")
    func closed() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        let server = try ServeTests.Running(site)
        let doors = [
            ("/v1/logs", "token_file"), ("/v1/events", "token_file"), ("/api/shop/envelope/", "[[serve.project]]"),
            ("/api/webhook/sentry", "sentry_secret_file"),
        ]
        for (path, key) in doors {
            let answer = try LoopbackClient.post(port: server.port, path, Array("{}".utf8), headers: Self.bearer)
            #expect(Self.status(answer) == "403" && answer.contains(key), "\(answer)")
        }
        #expect(try server.stop().status == 0)
        let other = try Self.site()
        defer { other.remove() }
        try other.directory.write("home/keys/shop", "short\n")
        let outcome = try await other.run("serve", "--listen", "127.0.0.1:0")
        #expect(outcome.status == 78 && outcome.errors.contains("keys/shop is no key"), "\(outcome.errors)")
    }

    /// 5 instants in the suite, 200 in the long form.
    static let instants = ProcessInfo.processInfo.environment["APPLIANCE_SOAK"] != nil ? 200 : 5

    @Test("killed at any instant, what was answered with 200 is counted once")
    func kills() async throws {
        let site = try Self.site()
        defer { site.remove() }
        var random = SeededGenerator(seed: 0xD00B)
        var answered = 0
        for round in 0..<Self.instants {
            let server = try ServeTests.Running(site)
            let instant = Int.random(in: 0..<60, using: &random)
            let process = server.process
            let port = server.port
            let accepted = await withTaskGroup(of: Int.self) { group in
                for client in 0..<3 {
                    group.addTask {
                        var accepted = 0
                        for number in 0..<40 {
                            let body = Array(Self.event(1 + (round * 3 + client) * 40 + number).utf8)
                            guard
                                let answer = try? LoopbackClient.post(
                                    port: port, "/api/shop/store/", body, headers: Self.sentry)
                            else { break }
                            if answer.hasPrefix("HTTP/1.1 200") { accepted += 1 }
                            if client == 0, number == instant { kill(process.processIdentifier, SIGKILL) }
                        }
                        return accepted
                    }
                }
                return await group.reduce(0, +)
            }
            process.terminate()
            process.waitUntilExit()
            answered += accepted
            // Killed before it could answer, more may be durable than was answered for; never less.
            #expect(try await site.run("batch").status == 0)
            let counted = try await site.counts().values.reduce(0, +)
            #expect(counted >= answered && counted <= answered + 3, "\(counted) for \(answered)")
            answered = counted
        }
    }
}
