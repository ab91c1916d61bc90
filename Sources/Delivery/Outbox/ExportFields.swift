import Foundation

/// The fields that may leave the site, by their names: everything else holds its message back.
///
/// Written down here and nowhere derived from the types, so that a field that is added to one of them leaves only when
/// somebody adds it here too.
public indirect enum ExportFields: Sendable {
    /// Text, a number, a truth value or null.
    case value
    case object([String: ExportFields])
    case list(ExportFields)
    /// Names that are not ours, each with a value: channels of the far side.
    case named

    /// What is on no list, as paths: `data.payload.embeds[].url`; sorted, each once.
    ///
    /// - Parameter message: a message's file; one that is no JSON object holds nothing that is listed.
    public static func unlisted(inMessage message: Data) -> [String] { unlisted(in: message, of: envelope(message)) }

    /// Of what waits without a number.
    public static func unlisted(in draft: OutboxDraft) -> [String] {
        // Values of our own always encode; what does not is held back.
        (try? CanonicalJSON.encode(draft)).map(unlisted(inDraft:)) ?? [""]
    }

    /// Of what waits without a number, as it is kept: what this version does not read, it does not let go either.
    public static func unlisted(inDraft json: Data) -> [String] {
        unlisted(
            in: json,
            of: values("kind", "subject", "severity", "time").merging([
                "attachments": .list(.object(values("name", "bytes"))), "data": .object(load(kind(of: json))),
            ]) { $1 })
    }

    /// For people; untrusted names are shown as they are, and no more than fit a line.
    static func words(_ fields: [String]) -> String {
        let shown = fields.prefix(wordsShown).map { VisibleText.verbatim($0, width: 100) }.joined(separator: ", ")
        return fields.count > wordsShown ? "\(shown) and \(fields.count - wordsShown) more" : shown
    }

    private static let wordsShown = 5
    /// Findings of one message.
    private static let findings = 100

    private static func unlisted(in json: Data, of fields: [String: ExportFields]) -> [String] {
        guard let object = try? JSONSerialization.jsonObject(with: json) as? [String: Any] else { return [""] }
        var found: Set<String> = []
        ExportFields.object(fields).check(object, "", &found)
        return found.sorted()
    }

    /// As deep as the list is, whatever the depth of the value.
    private func check(_ value: Any, _ path: String, _ found: inout Set<String>) {
        guard found.count < Self.findings else { return }
        switch (self, value) {
        case (.object(let fields), let object as [String: Any]):
            for name in object.keys.sorted() where found.count < Self.findings {
                let inner = path.isEmpty ? name : "\(path).\(name)"
                if let field = fields[name], let value = object[name] {
                    field.check(value, inner, &found)
                } else {
                    found.insert(inner)
                }
            }
        case (.list(let element), let list as [Any]):
            for value in list { element.check(value, "\(path)[]", &found) }
        case (.named, let object as [String: Any]):
            for (name, value) in object { ExportFields.value.check(value, "\(path).\(name)", &found) }
        case (.value, let value) where !(value is [Any]) && !(value is [String: Any]): break
        default: found.insert(path)
        }
    }

    // MARK: - The lists

    private static func values(_ names: String...) -> [String: ExportFields] {
        Dictionary(uniqueKeysWithValues: names.map { ($0, .value) })
    }

    /// Of the envelope; `data` by its kind.
    private static func envelope(_ message: Data) -> [String: ExportFields] {
        values(
            "specversion", "id", "source", "type", "time", "subject", "severity", "sequence", "previous", "signature"
        ).merging([
            "attachments": .list(.object(values("name", "sha256", "size"))), "data": .object(load(kind(of: message))),
        ]) { $1 }
    }

    private static func kind(of json: Data) -> String? {
        let object = try? JSONSerialization.jsonObject(with: json) as? [String: Any]
        return (object?["data"] as? [String: Any])?["kind"] as? String
    }

    private static func load(_ kind: String?) -> [String: ExportFields] {
        let own: [String: ExportFields] =
            switch kind {
            case "discord":
                [
                    "payload": discord, "thread": .value, "threads": .named,
                    "forms": .object(["slack": slack, "json": json]),
                ]
            case "fix": ["fix": fix]
            case "issue":
                [
                    "issue": .object(
                        values("group", "action", "marker", "title", "body", "comment").merging([
                            "labels": .list(.value)
                        ]) {
                            $1
                        })
                ]
            case "heartbeat": ["heartbeat": .object(values("lastRun", "failures", "events", "groups"))]
            case "tombstone": ["digest": .value]
            default: [:]
            }
        return own.merging(["kind": .value]) { $1 }
    }

    private static let discord = ExportFields.object([
        "content": .value,
        "allowed_mentions": .object(["parse": .list(.value), "roles": .list(.value), "users": .list(.value)]),
        "embeds": .list(
            .object(
                values("title", "description", "color", "timestamp").merging([
                    "fields": .list(.object(values("name", "value", "inline"))), "footer": .object(values("text")),
                ]) { $1 })),
    ])

    private static let slack: ExportFields = {
        let text = ExportFields.object(values("type", "text", "emoji"))
        return .object(
            values("text", "unfurl_links", "unfurl_media").merging([
                "blocks": .list(
                    .object(["type": .value, "text": text, "fields": .list(text), "elements": .list(text)]))
            ]) { $1 })
    }()

    private static let json = ExportFields.object(
        values("v", "site", "kind", "severity", "time", "headline", "more").merging([
            "lines": .list(.value),
            "groups": .list(
                .object(
                    values(
                        "id", "title", "service", "severity", "trend", "count", "heldBack", "firstSeen", "lastSeen",
                        "rootCause", "impact", "confidence", "suspect"
                    ).merging(["actions": .list(.value)]) { $1 })),
        ]) { $1 })

    private static let fix = ExportFields.object(
        values("group", "mirror", "base", "branch", "commit", "tests", "patch", "bundle").merging([
            "pullRequest": .object(values("title", "body").merging(["labels": .list(.value)]) { $1 })
        ]) { $1 })
}
