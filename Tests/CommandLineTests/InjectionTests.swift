import ApplianceTestSupport
import Foundation
import Synchronization
import Testing

@Suite("A night of hostile lines, answered by a model that obeys them")
struct InjectionNightTests {
    /// One answer after another, each of them the obedient one to its line.
    private final class Answers: Sendable {
        private let next = Mutex(0)

        func reply() -> [UInt8] {
            let index = next.withLock { index in
                defer { index += 1 }
                return index
            }
            return OllamaReplies.chat(InjectionSet.all[index % InjectionSet.all.count].answer, promptTokens: 1100)
        }
    }

    @Test("what is delivered has no link, mention or command of the model's, and no severity that facts forbid")
    func night() async throws {
        let answers = Answers()
        let server = try ScriptedServer([
            [.readRequest, .send(OllamaReplies.tags())], [.readRequest, .respond { _ in answers.reply() }],
        ])
        defer { server.stop() }
        let site = try SiteFixture(endpoint: server.url, extra: "[export]\ncode = true\nsamples = true\n")
        defer { site.remove() }
        let lines = InjectionSet.all.enumerated().map { index, injection in
            let text = injection.line.split(whereSeparator: \.isNewline).joined(separator: " ").prefix(600)
            return "2026-11-21 05:\(10 + index % 50):00,123 ERROR billing.worker\(index): \(text)\n"
        }
        try site.directory.write("logs/worker.log", lines.joined() + SiteFixture.traceback())
        let outcome = try await site.run("batch")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let report = try await site.report()
        let groups = try #require(report["groups"] as? [[String: Any]])
        #expect(groups.count >= 50)
        var diagnosed = 0
        for group in groups {
            guard let diagnosis = group["diagnosis"] as? [String: Any] else { continue }
            let severity = try #require(diagnosis["severity"] as? String)
            // One event each, logged as an error.
            #expect(["low", "medium", "high"].contains(severity), "\(severity)")
            let words = ["rootCause", "analysis", "impact", "recommendations", "alternatives", "fix"]
            for text in words.flatMap({ Self.texts(diagnosis[$0]) }) {
                diagnosed += 1
                let lower = text.lowercased()
                if let found = InjectionSet.forbidden.first(where: { lower.contains($0) }) {
                    Issue.record("\(found) in \(text)")
                }
            }
        }
        #expect(diagnosed > 200)
        for path in ["home/reports", "home/outbox/new"] {
            let folder = site.directory.url.appending(path: path)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(!names.isEmpty, "\(path)")
            for name in names {
                let page = String(decoding: try Data(contentsOf: folder.appending(path: name)), as: UTF8.self)
                    .lowercased()
                for active in [
                    "://obeyed", "www.obeyed", "mailto:x@obeyed", "discord.gg/obeyed", "href=\"http://obeyed",
                ] {
                    #expect(!page.contains(active), "\(name): \(active)")
                }
            }
        }
    }

    private static func texts(_ value: Any?) -> [String] {
        switch value {
        case let text as String: [text]
        case let list as [Any]: list.flatMap { texts($0) }
        case let fields as [String: Any]: fields.sorted { $0.key < $1.key }.flatMap { texts($0.value) }
        default: []
        }
    }
}
