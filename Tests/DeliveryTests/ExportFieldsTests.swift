import Events
import Foundation
import Testing

@testable import Delivery

@Suite("Only fields on the list leave")
struct ExportFieldsTests {
    /// One of each kind, with every form and every optional value.
    private static func drafts() -> [OutboxDraft] {
        var settings = MessageSettings()
        settings.forms = [.discord, .slack, .json]
        let contents: [MessageContent] = [
            .alert(Alert(group: Sample.timeout, reason: .new, heldBack: 3)),
            .storm([Alert(group: Sample.timeout, reason: .new)]), .warnings([Alert(group: Sample.back, reason: .back)]),
            .notice(["x"]), .digest(Sample.morning),
        ]
        var drafts = [Mention.here, .role("1"), .user("2")].flatMap { mention in
            let maker = MessageMaker(site: "dc", timeZone: "UTC", mention: mention, settings: settings)
            return contents.map { maker.draft($0, at: Sample.end) }
        }
        if case .discord(let payload, let thread, let forms, _) = drafts[0].data {
            drafts[0].data = .discord(payload, thread: thread, forms: forms, threads: ["ops": "1180"])
        }
        let issue = IssueDraft(
            Sample.timeout, action: .update, reason: .back, site: "dc", clock: SiteClock(identifier: "UTC"))
        let beat = Heartbeat(lastRun: Sample.end, failures: 0, events: 1, groups: 1)
        let fix = FixDraft(
            group: "G-1", mirror: "billing", base: "aa", branch: "fix/x", commit: "bb", files: [], patch: "From x",
            bundle: [1, 2], syntax: [], tests: .notRun(reason: "none"), notes: [])
        let loads: [(OutboxDraft.Kind, OutboxData)] = [
            (.issue, .issue(issue)), (.heartbeat, .heartbeat(beat)), (.tombstone, .tombstone(digest: "ab")),
            (.fix, .fix(FixMessage(fix, pullRequest: PullRequestText(Sample.timeout, fix)))),
        ]
        return drafts
            + loads.map { OutboxDraft(kind: $0.0, subject: "x", severity: .info, time: Sample.end, data: $0.1) }
    }

    private static func file(_ draft: OutboxDraft) throws -> Data {
        var draft = draft
        draft.attachments = [OutboxAttachment(name: "report.html", bytes: Data("x".utf8))]
        return try OutboxMessage.seal(draft, site: "dc", after: .start, key: OutboxTests.key).bytes
    }

    @Test("everything that we make is on it")
    func own() throws {
        for draft in Self.drafts() {
            #expect(ExportFields.unlisted(in: draft) == [], "\(draft.kind)")
            #expect(ExportFields.unlisted(inMessage: try Self.file(draft)) == [], "\(draft.kind)")
            var carrying = draft
            carrying.attachments = [OutboxAttachment(name: "x", bytes: Data("x".utf8))]
            #expect(ExportFields.unlisted(in: carrying) == [], "\(draft.kind)")
        }
    }

    /// Adds a key to every object of a value, and says where.
    private static func spoiled(_ value: Any, _ path: String) -> [(path: String, value: Any)] {
        switch value {
        case let object as [String: Any]:
            let inner = object.keys.sorted().flatMap { key in
                spoiled(object[key] ?? "", path.isEmpty ? key : "\(path).\(key)").map { found in
                    (path: found.path, value: object.merging([key: found.value]) { $1 } as Any)
                }
            }
            let own = path.isEmpty ? "secret_field" : "\(path).secret_field"
            return [(own, object.merging(["secret_field": "x"]) { $1 })] + inner
        case let list as [Any]:
            guard let first = list.first else { return [] }
            return spoiled(first, "\(path)[]").map { ($0.path, [$0.value] + Array(list.dropFirst())) }
        default: return []
        }
    }

    @Test("a key that is added to any object of any message is named with its path")
    func added() throws {
        for draft in Self.drafts() {
            let object = try JSONSerialization.jsonObject(with: try Self.file(draft))
            let all = Self.spoiled(object, "")
            #expect(all.count >= 3)
            for (path, value) in all where !path.hasPrefix("data.threads.") {
                let bytes = try JSONSerialization.data(withJSONObject: value)
                #expect(ExportFields.unlisted(inMessage: bytes) == [path], "\(draft.kind)")
            }
        }
    }

    @Test(
        "what is no message, of no known kind, or holds a structure where a value stands is not on it",
        arguments: [
            ("[]", [""]), ("x", [""]), (#"{"id": {"a": 1}}"#, ["id"]), (#"{"data": 1}"#, ["data"]),
            (#"{"data": {"kind": "other", "fix": 1}}"#, ["data.fix"]),
            (#"{"data": {"kind": "discord", "payload": {"embeds": {"title": "x"}}}}"#, ["data.payload.embeds"]),
            (#"{"data": {"kind": "discord", "threads": {"ops": [1]}}}"#, ["data.threads.ops"]),
        ])
    func strange(text: String, fields: [String]) {
        #expect(ExportFields.unlisted(inMessage: Data(text.utf8)) == fields)
    }

    @Test("many and deep ones are bounded, in what is found and in what is said")
    func bounded() throws {
        let many = Dictionary(uniqueKeysWithValues: (0..<5000).map { ("k\($0)", 1) })
        let found = ExportFields.unlisted(inMessage: try JSONSerialization.data(withJSONObject: many))
        #expect(!found.isEmpty && found.count <= 100)
        #expect(ExportFields.words(found).utf8.count < 800 && ExportFields.words(found).hasSuffix("more"))
        let deep = "{\"data\": " + String(repeating: "[", count: 300) + String(repeating: "]", count: 300) + "}"
        #expect(ExportFields.unlisted(inMessage: Data(deep.utf8)) == ["data"])
    }

    @Test("a message with another field is signed, and is not shipped all the same")
    func shipped() throws {
        try withTemporaryDirectory { directory in
            let files = try OutboxTests.chain(2)
            let outbox = try OutboxTests.filled([files[0]], in: directory)
            var object = try #require(
                try JSONSerialization.jsonObject(with: files[1].bytes) as? [String: Any])
            object["signature"] = nil
            object["id"] = ""
            object["customer"] = "mallory"
            func bytes() throws -> Data {
                try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
            }
            let id = OutboxMessage.ownDigest(of: try bytes())
            object["id"] = id
            let name = OutboxMessage.fileName(sequence: 2, id: id)
            let signed = try SignedObject.sign(try bytes(), as: .message, with: OutboxTests.key)
            try outbox.write(name: name, bytes: signed)
            let error = #expect(throws: OutboxError.self) {
                try outbox.ship(to: "\(directory)/stick", site: "dc", key: OutboxTests.key, at: Sample.end)
            }
            #expect(error == .unlisted(name: name, fields: ["customer"]))
            #expect(error?.description.contains("customer") == true && error?.kind == .data)
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(directory)/stick") == [files[0].name])
        }
    }
}
