import ApplianceTestSupport
import Events
import Foundation
import Testing

/// A small site: a home, logs, a git mirror with a guilty commit, and the built program.
struct SiteFixture {
    static let now = "2026-11-21T06:00:00Z"
    let directory: TemporaryDirectory
    let repository: GitFixture
    let binary: ApplianceBinary
    var environment: [String: String]

    /// - Parameter endpoint: where models.conf points; nil writes no model at all.
    init(endpoint: String? = nil, model: String = "test-model", extra: String = "", modelExtra: String = "") throws {
        directory = try TemporaryDirectory()
        repository = try GitFixture()
        binary = try ApplianceBinary()
        environment = ["APPLIANCE_HOME": directory.url.appending(path: "home").path]
        let old = try #require(Timestamp(rfc3339: "2026-11-01T09:00:00Z"))
        let guilty = try #require(Timestamp(rfc3339: "2026-11-20T15:00:00Z"))
        try repository.commit("invoices: first version", ["billing/invoice.py": Self.before], at: old)
        let commit = try repository.commit(
            "invoices: read the currency from the order", ["billing/invoice.py": Self.after], at: guilty,
            author: "Lee Minho")
        try repository.tag("1.4.0", commit)
        let initialized = binary.process(["init", "--quiet"], environment: environment)
        try initialized.run()
        initialized.waitUntilExit()
        try directory.write("home/appliance.toml", configuration(extra))
        if let endpoint {
            let models = """
                [endpoint]
                url = "\(endpoint)"
                [models.diagnose]
                name = "\(model)"
                \(modelExtra.isEmpty ? "num_ctx = 4096" : modelExtra)
                """
            try directory.write("home/models.conf", models)
        } else {
            try directory.write("home/models.conf", "")
        }
    }

    func configuration(_ extra: String) -> String {
        """
        [report]
        site = "test-site"
        time_zone = "UTC"
        [[source]]
        name = "billing"
        paths = ["\(directory.path)/logs/*.log*"]
        service = "billing-worker"
        release = "1.4.0"
        baseline = "0s"
        [[mirror]]
        name = "billing"
        path = "\(repository.path)"
        services = ["billing-worker"]
        \(extra)
        """
    }

    func remove() { directory.remove() }

    @discardableResult
    func run(_ arguments: String..., input: String = "") async throws -> ApplianceBinary.Outcome {
        try await binary.run(arguments + ["--now", Self.now], environment: environment, input: Data(input.utf8))
    }

    static let before = """
        def total(order):
            amount = order["amount"]
            return amount


        def send(order):
            return total(order)
        """

    static let after = """
        def total(order):
            amount = order["amount"]
            currency = order["currency"]
            return amount, currency


        def send(order):
            return total(order)
        """

    /// One traceback, as Python's logging writes it.
    static func traceback(at time: String = "2026-11-21 05:10:00,123") -> String {
        """
        \(time) ERROR billing.worker: invoice failed
        Traceback (most recent call last):
          File "/srv/app/billing/invoice.py", line 8, in send
            return total(order)
          File "/srv/app/billing/invoice.py", line 3, in total
            currency = order["currency"]
        KeyError: 'currency'

        """
    }

    static func noise(_ count: Int) -> String {
        (0..<count).map { "2026-11-21 04:\(10 + $0 % 50):00,001 INFO billing.worker: invoice \($0) sent\n" }.joined()
    }

    /// What `appliance report --json` says, as a dictionary.
    func report(_ arguments: String...) async throws -> [String: Any] {
        let outcome = try await binary.run(
            ["report", "--since", "24h", "--json", "--now", Self.now] + arguments, environment: environment)
        try #require(outcome.status == 0, "\(outcome.errors)")
        return try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    }

    /// The messages in the outbox, in order.
    func messages() throws -> [[String: Any]] {
        let folder = "\(directory.path)/home/outbox/new"
        return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }.sorted()
            .map { name in
                let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))
                let message = try JSONSerialization.jsonObject(with: bytes) as? [String: Any]
                return try #require(message)
            }
    }

    /// What a message says outside of its embeds, and the thread that it goes to.
    static func content(_ message: [String: Any]) -> (text: String, thread: String)? {
        guard let data = message["data"] as? [String: Any], let payload = data["payload"] as? [String: Any] else {
            return nil
        }
        return (payload["content"] as? String ?? "", data["thread"] as? String ?? "")
    }

    /// The groups of a report: id → count.
    func counts() async throws -> [String: Int] {
        let groups = try #require(try await report()["groups"] as? [[String: Any]])
        return Dictionary(
            uniqueKeysWithValues: groups.compactMap { group in
                guard let id = group["id"] as? String, let count = group["count"] as? Int else { return nil }
                return (id, count)
            })
    }
}

/// Ollama's replies, as bytes.
enum OllamaReplies {
    static let digest = String(repeating: "ab", count: 32)

    static func tags(_ model: String = "test-model") -> [UInt8] {
        let body = #"{"models":[{"name":"\#(model)","model":"\#(model)","size":1,"digest":"\#(digest)","details":{}}]}"#
        return response("200 OK", "application/json", body)
    }

    static func chat(_ content: String, promptTokens: Int = 900, answerTokens: Int = 60) -> [UInt8] {
        let encoded = String(decoding: (try? JSONEncoder().encode(content)) ?? Data(), as: UTF8.self)
        let lines = """
            {"model":"m","created_at":"2026-11-21T06:00:00Z","message":{"role":"assistant","content":\(encoded)},"done":false}
            {"model":"m","created_at":"2026-11-21T06:00:00Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":5,"load_duration":1,"prompt_eval_count":\(promptTokens),"prompt_eval_duration":2,"eval_count":\(answerTokens),"eval_duration":2}

            """
        return response("200 OK", "application/x-ndjson", lines)
    }

    /// What `/api/ps` says of a loaded model.
    static func loaded(_ model: String = "test-model", size: Int, onGPU: Int) -> [UInt8] {
        let body =
            #"{"models":[{"name":"\#(model)","model":"\#(model)","size":\#(size),"size_vram":\#(onGPU),"digest":"\#(digest)","details":{}}]}"#
        return response("200 OK", "application/json", body)
    }

    static func response(_ status: String, _ type: String, _ body: String) -> [UInt8] {
        let head =
            "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n"
        return Array((head + body).utf8)
    }

    /// A diagnosis that cites evidence of the fixture's case.
    static let goodAnswer = """
        {"analysis": "Frame total reads order[\\"currency\\"] [C1], which the commit [S1] added.", \
        "root_cause": "total() reads order['currency'], which orders without a currency do not have", \
        "impact": "Invoices of those orders are not sent.", "severity": "high", \
        "recommendations": [{"action": "Use order.get('currency', 'KRW') in total()", "why": "Old orders carry no currency"}], \
        "confidence": 82, "evidence": ["E1", "C1", "S1"], "other_causes": [], "auto_fixable": false}
        """
}
