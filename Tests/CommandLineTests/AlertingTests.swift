import ApplianceTestSupport
import Foundation
import Testing

@Suite("Alerts are held, muted and gathered as people said")
struct AlertingTests {
    private func kinds(_ site: SiteFixture) throws -> [String] {
        let folder = "\(site.directory.path)/home/outbox/new"
        return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("0") }.sorted()
            .map { name in
                let object = try JSONSerialization.jsonObject(
                    with: Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
                let type = (object as? [String: Any])?["type"] as? String ?? ""
                return type.split(separator: ".").dropFirst().first.map(String.init) ?? ""
            }
    }

    private func site(_ extra: String = "") throws -> SiteFixture {
        let site = try SiteFixture(extra: extra)
        try site.directory.write("logs/a.log", SiteFixture.traceback())
        return site
    }

    @Test("a batch sends a sign of life, once a day")
    func heartbeat() async throws {
        let site = try site()
        defer { site.remove() }
        #expect(try await site.run("batch").status == 0)
        #expect(try kinds(site).filter { $0 == "heartbeat" }.count == 1)
        #expect(try await site.run("batch").status == 0)
        #expect(try kinds(site).filter { $0 == "heartbeat" }.count == 1)
    }

    @Test("a muted group has one line in the report, and no alert")
    func mute() async throws {
        let site = try site()
        defer { site.remove() }
        _ = try await site.run("batch")
        let group = try #require(try await site.counts().keys.first)
        let before = try kinds(site)
        #expect(try await site.run("mute", group, "--forever").status == 64)
        #expect(try await site.run("mute", group, "--until", "1d", "--reason", "known").status == 0)
        #expect(try await site.run("mute").output.contains("\(group)  2026-11-22T06:00:00Z  known"))
        try site.directory.write(
            "logs/b.log",
            SiteFixture.traceback(at: "2026-11-21 05:40:00,000")
                + SiteFixture.traceback(at: "2026-11-21 05:41:00,000"))
        #expect(try await site.run("batch").status == 0)
        #expect(try kinds(site).filter { $0 == "alert" }.count == before.filter { $0 == "alert" }.count)
        let report = try await site.run("report", "--since", "24h").output
        #expect(report.contains("## Muted and under maintenance"), "\(report)")
        #expect(report.contains("3 events, muted until 22 Nov 06:00: known") && !report.contains("### \(group)"))
        #expect(try await site.run("mute", group, "--off").errors.contains("no longer muted"))
        #expect(try await site.run("report", "--since", "24h").output.contains("### \(group)"))
    }

    @Test("a correction goes where the group was told of, and a judgement without one nowhere")
    func correction() async throws {
        let site = try site()
        defer { site.remove() }
        _ = try await site.run("batch")
        let group = try #require(try await site.counts().keys.first)
        let before = try kinds(site).count
        #expect(try await site.run("feedback", group, "correct").status == 0)
        #expect(try await site.run("feedback", group, "wrong").status == 0)
        #expect(try kinds(site).count == before)
        let wrong = try await site.run(
            "feedback", group, "wrong", "--cause", "the shop sends no currency @everyone")
        #expect(wrong.status == 0, "\(wrong.errors)")
        #expect(try kinds(site).count == before + 1)
        let folder = "\(site.directory.path)/home/outbox/new"
        let last = try #require(
            try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("0") }.max())
        let text = try String(contentsOfFile: "\(folder)/\(last)", encoding: .utf8)
        #expect(text.contains("the shop sends no currency") && text.contains("\"thread\":\"\(group)\""), "\(text)")
        #expect(!text.contains("@everyone"))
        #expect(try await site.run("outbox", "verify").status == 0)
        #expect(try await site.run("evaluate", "diagnosis", "--verdicts").output.contains("\"rows\":1"))
    }

    @Test("maintenance by hand and by configuration holds alerts, and the report says so")
    func maintenance() async throws {
        let site = try site(
            """
            [[maintenance]]
            service = "billing-worker"
            start = "2026-11-21T05:00:00Z"
            end = "2026-11-21T05:30:00Z"
            reason = "upgrade"
            """)
        defer { site.remove() }
        _ = try await site.run("batch")
        #expect(try !kinds(site).contains("alert") && !kinds(site).contains("warnings"))
        let report = try await site.run("report", "--since", "24h").output
        #expect(report.contains("maintenance: billing-worker, 21 Nov 05:00 to 21 Nov 05:30 (upgrade)"), "\(report)")
        #expect(try await site.run("maintenance", "start", "orders", "--for", "2h").status == 0)
        #expect(try await site.run("maintenance", "start", "orders", "--for", "x").status == 64)
        #expect(try await site.run("maintenance").output.contains("orders  2026-11-21T06:00:00Z  2026-11-21T08:00:00Z"))
        #expect(try await site.run("maintenance", "end", "orders").errors.contains("ended"))
        #expect(try await site.run("maintenance", "end", "orders").errors.contains("none"))
    }

    @Test("the appliance tells of a model that it cannot use, and the report says so first")
    func ownFailure() async throws {
        let site = try SiteFixture(endpoint: "http://127.0.0.1:1")
        defer { site.remove() }
        try site.directory.write("logs/a.log", SiteFixture.traceback())
        _ = try await site.run("batch")
        #expect(try kinds(site).contains("notice"))
        let report = try await site.run("report", "--since", "24h").output
        #expect(report.contains("> **Attention:** the model cannot be used"), "\(report)")
        #expect(firstLine(report).hasSuffix("— the appliance needs a look"), "\(report)")
        // In Korean, but for what the server or another room said.
        let korean = try await site.run("report", "--since", "24h", "--language", "ko").output
        #expect(firstLine(korean).hasSuffix("— 장치 점검 필요"), "\(korean)")
        #expect(korean.contains("> **주의:** 모델을 쓸 수 없음: "), "\(korean)")
    }

    private func firstLine(_ text: String) -> String { String(text.prefix { $0 != "\n" }) }

    /// The first notice in the outbox, as it is posted.
    private func notice(_ site: SiteFixture) throws -> String? {
        try site.messages().first { ($0["type"] as? String)?.contains("notice") == true }.map { message in
            String(decoding: try JSONSerialization.data(withJSONObject: message["data"] ?? ""), as: UTF8.self)
        }
    }

    @Test(
        "it tells of a model that runs on the CPU, and of none that fits the GPU",
        arguments: [1_000_000_000, 8_000_000_000])
    func slowModel(onGPU: Int) async throws {
        let server = try ScriptedServer(answering: [
            .respond { bytes in
                switch PlainRequest(bytes).path {
                case "/api/tags": OllamaReplies.tags()
                case "/api/ps": OllamaReplies.loaded(size: 8_000_000_000, onGPU: onGPU)
                default: OllamaReplies.chat(OllamaReplies.goodAnswer, answerTokens: 0)
                }
            }
        ])
        defer { server.stop() }
        let site = try SiteFixture(endpoint: server.url)
        defer { site.remove() }
        try site.directory.write("logs/a.log", SiteFixture.traceback())
        let batch = try await site.run("batch")
        #expect(batch.status == 0, "\(batch.errors)")
        let isSlow = onGPU < 8_000_000_000
        #expect((try notice(site)?.contains("test-model runs on the CPU") ?? false) == isSlow)
        let report = try await site.run("report").output
        #expect(firstLine(report).hasSuffix("— the appliance needs a look") == isSlow, "\(report)")
        #expect(
            report.contains("> **Attention:** the model test-model runs on the CPU: 1 GB of 8 GB") == isSlow,
            "\(report)")
        let korean = try await site.run("report", "--language", "ko").output
        #expect(korean.contains("모델 test-model이(가) CPU에서 실행됨") == isSlow, "\(korean)")
    }

    @Test("it tells of a source that is silent for longer than it ever was, and is content when it speaks again")
    func silentSource() async throws {
        let site = try SiteFixture()
        defer { site.remove() }
        func batch(_ day: Int, hour: Int = 6, speaks: Bool) async throws {
            if speaks {
                try site.directory.write(
                    "logs/\(day).log", SiteFixture.traceback(at: "2026-11-\(day) 05:10:00,000"))
            }
            let now = "2026-11-\(day)T0\(hour):00:00Z"
            let run = try await site.binary.run(["batch", "--now", now], environment: site.environment)
            #expect(run.status == 0, "\(run.errors)")
        }
        func report(_ now: String, _ more: String...) async throws -> String {
            try await site.binary.run(["report", "--now", now] + more, environment: site.environment).output
        }
        try await batch(21, speaks: true)
        try await batch(22, speaks: true)
        try await batch(23, speaks: false)
        try await batch(24, hour: 5, speaks: false)
        #expect(try notice(site) == nil)
        try await batch(24, hour: 7, speaks: false)
        #expect(try notice(site)?.contains("source billing has brought nothing since 2026-11-22T06:00:00Z") == true)
        let page = try await report("2026-11-24T07:00:00Z")
        #expect(firstLine(page).hasSuffix("— the appliance needs a look"), "\(page)")
        let korean = try await report("2026-11-24T07:00:00Z", "--language", "ko")
        #expect(korean.contains("소스 billing: 2026-11-22T06:00:00Z부터 아무것도 오지 않음"), "\(korean)")
        try await batch(25, speaks: true)
        #expect(try await !firstLine(report("2026-11-25T06:00:00Z")).contains("—"))
        #expect(try kinds(site).filter { $0 == "notice" }.count == 1)
    }

    @Test("more groups than anybody reads at once are one message, over runs too")
    func storm() async throws {
        let site = try SiteFixture(extra: "[alerts]\nat_once_from = \"info\"\ngather_from = \"info\"\nstorm_from = 3\n")
        defer { site.remove() }
        let words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta"]
        func batch(_ names: ArraySlice<String>, _ now: String) async throws {
            let lines = names.map { "2026-11-21 05:10:00,000 ERROR \($0).worker: \($0) cannot reach its neighbour\n" }
            try site.directory.write("logs/\(names.startIndex).log", lines.joined())
            _ = try await site.binary.run(["batch", "--now", now], environment: site.environment)
        }
        try await batch(words[0..<2], "2026-11-21T06:00:00Z")
        #expect(try kinds(site).filter { $0 == "alert" }.count == 2)
        // Two and two within ten minutes are a storm; later ones are not.
        try await batch(words[2..<4], "2026-11-21T06:05:00Z")
        #expect(try kinds(site).filter { $0 == "storm" }.count == 1)
        try await batch(words[4..<6], "2026-11-21T06:30:00Z")
        #expect(try kinds(site).filter { $0 == "alert" }.count == 4)
        #expect(try kinds(site).filter { $0 == "storm" }.count == 1)
    }

    @Test("warnings are gathered: the first ones at once, then one message an hour")
    func gathered() async throws {
        let site = try SiteFixture(extra: "[alerts]\nat_once_from = \"critical\"\ngather_from = \"info\"\n")
        defer { site.remove() }
        for (time, name, count) in [
            ("06:00", "alpha", 1), ("06:30", "beta", 1), ("06:59", "gamma", 1), ("07:01", "delta", 2),
        ] {
            try site.directory.write(
                "logs/\(name).log", "2026-11-21 05:10:00,000 ERROR \(name).worker: \(name) cannot be reached\n")
            _ = try await site.binary.run(["batch", "--now", "2026-11-21T\(time):00Z"], environment: site.environment)
            #expect(try kinds(site).filter { $0 == "warnings" }.count == count, "\(time)")
        }
        #expect(try !kinds(site).contains("alert"))
        let last = try #require(try site.messages().last { $0["type"] as? String == "appliance.warnings.v1" })
        #expect(SiteFixture.content(last)?.text == "3 warnings, gathered")
    }

    @Test(
        "a muted group wakes by tenfold growth, in a new release, and when it is back",
        arguments: ["grown", "release", "back"])
    func wakes(how: String) async throws {
        let site = try site()
        defer { site.remove() }
        func run(_ time: String, _ arguments: String...) async throws -> String {
            let outcome = try await site.binary.run(
                arguments + ["--now", "2026-11-21T\(time):00Z"], environment: site.environment)
            #expect(outcome.status == 0, "\(arguments) \(outcome.errors)")
            return outcome.output
        }
        func alerts() throws -> [String] {
            try site.messages().compactMap(SiteFixture.content).filter { !$0.thread.isEmpty }.map(\.text)
        }
        _ = try await run("06:00", "batch")
        let group = try #require(try await site.counts().keys.first)
        _ = try await run("06:05", "mute", group, "--forever", "--reason", "known")
        if how == "back" { _ = try await run("06:10", "resolve", group, "--note", "mended") }
        try site.directory.write("logs/b.log", SiteFixture.traceback(at: "2026-11-21 06:20:00,000"))
        if how == "release" {
            let text = try site.directory.read("home/appliance.toml")
            try site.directory.write(
                "home/appliance.toml", text.replacing("release = \"1.4.0\"", with: "release = \"1.5.0\""))
        }
        _ = try await run("06:30", "batch")
        if how == "grown" {
            #expect(try alerts().count == 1)
            let many = (10..<19).map { SiteFixture.traceback(at: "2026-11-21 06:\($0):00,000") }
            try site.directory.write("logs/c.log", many.joined())
            _ = try await run("06:40", "batch")
        }
        let words = [
            "grown": "was muted, and grew", "release": "was muted, and is in a new release",
            "back": "was muted, and is back after being resolved",
        ]
        let told = try alerts()
        #expect(told.last?.contains(words[how] ?? "?") == true, "\(told)")
        #expect(try await run("06:40", "report").contains("### \(group)"))
    }

    @Test("events of a maintenance are marked, before and after it they are not")
    func marks() async throws {
        let site = try site()
        defer { site.remove() }
        _ = try await site.binary.run(
            ["maintenance", "start", "billing-worker", "--for", "30m", "--now", "2026-11-21T05:00:00Z"],
            environment: site.environment)
        _ = try await site.run("batch")
        let report = try await site.run("report", "--since", "24h")
        #expect(
            report.output.contains("· **under maintenance** ·") || report.output.contains("**under maintenance** ·"),
            "\(report.output)")
        let groups = try #require(try await site.report()["groups"] as? [[String: Any]])
        #expect(groups.first?["underMaintenance"] as? Bool == true)
        #expect(try await site.run("report", "--since", "24h", "--language", "ko").output.contains("**점검 중**"))
        _ = try await site.binary.run(
            ["maintenance", "start", "orders", "--for", "30m", "--now", "2026-11-21T05:00:00Z"],
            environment: site.environment)
    }
}
