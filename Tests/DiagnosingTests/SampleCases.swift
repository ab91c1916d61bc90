import Events
import Foundation

@testable import Diagnosing

/// Cases that the tests vary.
enum SampleCases {
    static let now = Timestamp(seconds: 1_795_230_000)

    static func fingerprint(_ byte: UInt8) -> Fingerprint {
        Fingerprint(digest: [UInt8](repeating: byte, count: 32))
    }

    static func facts(
        level: LogLevel = .error, count: Int = 41, previous: Int = 0, trend: GroupFacts.Trend = .new,
        hosts: [Tally] = [Tally(value: "web-1", count: 41)], series: [Int] = []
    ) -> GroupFacts {
        let group = ErrorGroup(
            fingerprint: fingerprint(0x9C), groupingVersion: 1, rule: .frames, parts: [], title: "TimeoutException",
            template: "Connection is not available", firstSeen: now.advanced(by: .hours(-7)), lastSeen: now,
            total: count, level: level)
        return GroupFacts(
            group: group, window: TimeWindow(start: now.advanced(by: .hours(-24)), end: now), count: count,
            previousCount: previous, series: series, services: [Tally(value: "orders-api", count: count)],
            hosts: hosts,
            releases: [
                ReleaseWindow(release: "2026.11.20-1", first: now.advanced(by: .hours(-7)), last: now, count: count)
            ],
            trend: trend)
    }

    static func sample() -> ErrorEvent {
        var event = ErrorEvent(id: "e1", time: now, level: .error, message: "order look-up failed")
        event.service = "orders-api"
        event.release = "2026.11.20-1"
        event.host = "web-1"
        event.exceptions = [
            ExceptionInfo(
                type: "com.acme.OrderFailed", message: "order look-up failed",
                frames: [StackFrame(file: "OrderController.java", function: "show", line: 31, inApp: true)]),
            ExceptionInfo(
                type: "java.sql.SQLTransientConnectionException",
                message: "HikariPool-1 - Connection is not available, request timed out after 30000ms.",
                frames: [
                    StackFrame(
                        file: "OrderRepository.java", function: "findOpen", module: "com.acme.OrderRepository",
                        line: 88,
                        inApp: true),
                    StackFrame(
                        file: "HikariPool.java", function: "getConnection", module: "com.zaxxer.hikari.pool.HikariPool",
                        line: 197, inApp: false),
                ]),
        ]
        event.linesBefore = (1...30).map { "INFO request \($0) took \($0 * 7) ms" }
        event.tags = ["path": "/orders/open", "customer": "4711"]
        event.breadcrumbs = (1...5).map { Breadcrumb(time: now, category: "http", message: "GET /orders/\($0)") }
        return event
    }

    static let excerpt = CodeExcerpt(
        file: "src/main/java/com/acme/OrderRepository.java", revision: "4f1c9e2aa01", blob: "b10b", firstLine: 84,
        lines: [
            "    }", "", "    @Transactional", "    public List<Order> findOpen(String customer) {",
            "        var prices = pricing.quote(customer);",
            "        return jdbc.query(OPEN_ORDERS, mapper, customer, prices.version());", "    }",
        ], marked: [88], function: "findOpen")

    static let suspect = Suspect(
        commit: "7d20b51ffee0", author: "Kim Jiyoung", time: now.advanced(by: .hours(-10)),
        subject: "remove client time-outs, gateway handles them", score: 0.8,
        reason: "first release with the error, touches the callee of line 88",
        hunk: "-    client.setTimeout(2000);\n+    // the gateway handles time-outs")

    static let past = SimilarGroup(
        fingerprint: fingerprint(0x1A), title: "TimeoutException in OrderRepository", template: "t", score: 0.87,
        reason: "same pool message, 5 of 7 frames", firstSeen: now.advanced(by: .days(-90)),
        lastSeen: now.advanced(by: .days(-80)), total: 12,
        resolution: Resolution(at: now.advanced(by: .days(-80)), note: "time-out for pricing", commit: "c0ffee1"),
        rootCause: "pricing had no time-out", verdict: .correct)

    static func full() -> CaseFile {
        CaseFile(
            facts: facts(), sample: sample(),
            code: CodeContext(
                state: .read(mirror: "orders", revision: "4f1c9e2aa01", basis: .releaseTag), excerpts: [excerpt],
                suspects: [suspect]),
            similar: [past])
    }

    static func bare(_ message: String, level: LogLevel = .error, count: Int = 3) -> CaseFile {
        CaseFile(
            facts: facts(level: level, count: count, hosts: []),
            sample: ErrorEvent(id: "e2", time: now, level: level, message: message), code: .none, similar: [])
    }

    /// Where the installed prompts lie.
    static let prompts = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("prompts").path

    static func prompt(_ name: String) throws -> PromptFile {
        try PromptLibrary(directory: prompts).prompt(named: name)
    }

    static func evidence(_ file: CaseFile) throws -> [String: EvidenceItem] {
        let budget = TokenBudget(contextTokens: 32768, answerTokens: 1024, estimator: TokenEstimator())
        return try PromptBuilder(prompt: prompt("diagnose"), language: "English").build(file, budget: budget).evidence
    }

    /// A good answer as JSON, with fields replaced (a raw JSON text each; nil removes the field).
    static func answer(_ changes: [String: String?] = [:]) -> String {
        var fields: [String: String?] = [
            "analysis":
                "\"findOpen holds a connection while pricing.quote waits at line 88 [C1]. Commit 7d20b51 removed the time-out [S1].\"",
            "auto_fixable": "false", "confidence": "82", "evidence": "[\"C1\",\"S1\"]",
            "impact": "\"Order look-ups fail on one host.\"",
            "recommendations":
                "[{\"action\":\"Restore the time-out of the pricing client\",\"why\":\"it was removed [S1]\"}]",
            "root_cause": "\"pricing.quote in OrderRepository.java:88 has no time-out since 7d20b51\"",
            "severity": "\"high\"",
        ]
        fields.merge(changes) { $1 }
        let parts = fields.sorted { $0.key < $1.key }.compactMap { name, value in value.map { "\"\(name)\":\($0)" } }
        return "{\(parts.joined(separator: ","))}"
    }
}

/// A directory of this test alone, removed at its end.
func withDirectory<T>(_ body: (String) throws -> T) throws -> T {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("prompts-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let result = Result { try body(path) }
    try FileManager.default.removeItem(atPath: path)
    return try result.get()
}
