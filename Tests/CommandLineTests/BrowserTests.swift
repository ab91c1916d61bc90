import ApplianceTestSupport
import Foundation
import Testing

/// Headless Chromium, asked through its DevTools (`Clients/page_browser.py`).
enum Chromium {
    static let program = "/usr/bin/chromium"
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    private static let python = tests.deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: ".build/clients/bin/python").path

    static var isAvailable: Bool {
        guard FileManager.default.isExecutableFile(atPath: program),
            FileManager.default.isExecutableFile(atPath: python)
        else { return false }
        let asked = Process()
        asked.executableURL = URL(fileURLWithPath: python)
        asked.arguments = ["-c", "import websocket"]
        asked.standardError = FileHandle.nullDevice
        guard (try? asked.run()) != nil else { return false }
        asked.waitUntilExit()
        return asked.terminationStatus == 0
    }

    /// - Returns: what is wrong with the pages, in words.
    static func problems(_ request: [String: Any], port: Int, in directory: TemporaryDirectory) async throws -> [String]
    {
        let asked = request.merging(["chromium": program, "base": "http://127.0.0.1:\(port)"]) { $1 }
        let file = directory.url.appending(path: "request-\(UUID().uuidString).json")
        try JSONSerialization.data(withJSONObject: asked).write(to: file)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = [tests.appending(path: "Clients/page_browser.py").path, file.path]
        let outcome = try await ApplianceBinary.finish(process)
        try #require(outcome.status == 0, "\(outcome.errors)")
        return try JSONDecoder().decode([String].self, from: Data(outcome.output.utf8))
    }
}

@Suite(
    "A browser finds nothing wrong with the pages", .serialized,
    .enabled(if: Chromium.isAvailable, "needs /usr/bin/chromium and what deploy/clients.sh fetches"))
struct BrowserTests {
    /// What logs may say to take over the page of whoever reads them.
    static let hostile = [
        "<script>window.pwned=1</script><img src=x onerror=window.pwned=1><svg/onload=window.pwned=1>",
        "\"'><iframe src=//evil.example></iframe><base href=//evil.example/><form action=//evil.example>",
        "{{w.login}} {{{main}}} {{#rows}}{{/rows}} {{> layout}} {{=<% %>=}} {{&csrf}} {{^x}}",
        "\u{202E}gpj.exe\u{2066}\u{200B} \u{1B}[31mred\u{1B}]8;;http://evil.example\u{7} \u{85}\u{2028}",
        "</title></style></textarea></pre></main></body><link rel=stylesheet href=//evil.example/x.css>",
        "javascript:alert(1) [x](javascript:alert(1)) `code</code><b>` &lt;b&gt; &#60;script&#62;",
        "[C1] line 3 invoice.py:3 \" onfocus=window.pwned=1 autofocus x=\"", "nul \u{0} in it",
    ]

    static func hostileLog() -> String {
        let word = String(repeating: "A", count: 1_000_000)
        let lines = hostile.enumerated().map { index, text in
            """
            2026-11-21 05:1\(index):00,123 ERROR billing.worker: \(text) kind \(String(repeating: "q", count: index + 1))
            Traceback (most recent call last):
              File "/srv/app/billing/invoice.py", line 3, in total<script>window.pwned=1</script>
                currency = order["<img src=x onerror=window.pwned=1>"]
            Hostile\(String(UnicodeScalar(65 + UInt8(index))))Error: \(text)

            """
        }
        return lines.joined() + "2026-11-21 05:20:00,123 ERROR billing.worker: long \(word)\n"
    }

    @Test("not of hostile groups, as anybody and as an operator; and not without scripts")
    func hostilePages() async throws {
        let site = try PeopleSite.make()
        defer { site.remove() }
        try site.directory.write("logs/worker.log", Self.hostileLog() + SiteFixture.traceback())
        let batch = try await site.run("batch")
        #expect(batch.status == 0, "\(batch.errors)")
        let groups = try await site.counts().keys.sorted()
        #expect(groups.count >= Self.hostile.count, "\(groups)")
        let attack = "%3Cscript%3Ewindow.pwned%3D1%3C%2Fscript%3E%22%27%3E%7B%7B%7Bmain%7D%7D%7D"
        let lists = [
            "/", "/groups", "/groups?q=\(attack)", "/groups?service=\(attack)&state=\(attack)", "/models", "/outbox",
            "/outbox/1", "/groups/\(attack)", "/\(attack)", "/?lang=\(attack)", "/login?to=\(attack)",
        ]
        let server = try ServeTests.Running(site)
        let asOperator: [String: Any] = [
            "pages": lists + groups.map { "/groups/\($0)" }, "token": PeopleSite.operatorToken, "widths": [1280, 360],
            "name": "<b>Kim</b> \"{{x}}\"",
        ]
        let found = try await Chromium.problems(asOperator, port: server.port, in: site.directory)
        #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
        let without: [String: Any] = [
            "pages": ["/login", "/login?lang=ko"], "script": false, "dark": true, "language": "ko",
        ]
        let still = try await Chromium.problems(without, port: server.port, in: site.directory)
        #expect(still.isEmpty, "\(still.joined(separator: "\n"))")
        #expect(try server.stop().status == 0)
    }
}
