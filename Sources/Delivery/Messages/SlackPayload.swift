import Events

/// The body of an incoming webhook of Slack, within its limits
/// (https://docs.slack.dev/reference/block-kit/blocks).
///
/// All text of logs, models and repositories stands in `plain_text`, where Slack reads no formatting, link or mention;
/// `mrkdwn` holds the configured mention and words of our own.
public struct SlackPayload: Sendable, Hashable, Codable {
    /// For notifications: words of our own.
    public var text: String
    public var blocks: [Block]
    /// Links that a log may hold are not fetched.
    public var unfurlLinks = false
    public var unfurlMedia = false

    enum CodingKeys: String, CodingKey {
        case text, blocks
        case unfurlLinks = "unfurl_links"
        case unfurlMedia = "unfurl_media"
    }

    public struct Block: Sendable, Hashable, Codable {
        public enum Kind: String, Sendable, Codable { case header, section, context, divider }

        public var type: Kind
        public var text: Text?
        public var fields: [Text]?
        public var elements: [Text]?
    }

    public struct Text: Sendable, Hashable, Codable {
        public enum Kind: String, Sendable, Codable {
            case plain = "plain_text"
            case markdown = "mrkdwn"
        }

        public var type: Kind
        public var text: String
        /// Only of `plain_text`: `:name:` of a log is no picture.
        public var emoji: Bool?
    }
}

/// Slack's limits, in characters and numbers.
enum SlackLimit {
    static let blocks = 50
    static let header = 150
    static let section = 3000
    static let field = 2000
    static let fields = 10
    static let text = 4000
}

/// Makes Slack's form of a message. Pure and deterministic.
struct SlackMessages {
    let site: String
    let clock: SiteClock
    let mention: Mention

    /// Characters of one part of a group's section: four of them fit.
    private static let partLimit = 650
    private static let actions = 3

    func payload(_ content: MessageContent) -> SlackPayload {
        let headline = content.headline(clock: clock)
        var blocks = [block(.header, plain(headline, limit: SlackLimit.header))]
        let call = call(content)
        if let call { blocks.append(block(.section, .init(type: .markdown, text: call))) }
        let lines = content.lines.prefix(DiscordMessages.stormEntries).joined(separator: "\n")
        if !lines.isEmpty { blocks.append(block(.section, plain(lines, limit: SlackLimit.section))) }
        let isAlone = content.alerts.count == 1
        for alert in content.alerts {
            blocks.append(block(.section, plain(words(alert, isAlone: isAlone), limit: SlackLimit.section)))
            if isAlone { blocks.append(.init(type: .section, fields: fields(alert))) }
        }
        if content.more > 0 {
            blocks.append(
                block(
                    .section, plain("and \(NumberText.counted(content.more, "more group"))", limit: SlackLimit.section))
            )
        }
        blocks.append(.init(type: .context, elements: [plain("site \(site)", limit: SlackLimit.field)]))
        let text = [call, headline].compactMap { $0 }.joined(separator: " ")
        return SlackPayload(text: Self.escaped(text, keeping: call), blocks: Array(blocks.prefix(SlackLimit.blocks)))
    }

    /// Roles and users are Discord's own numbers: they call nobody here.
    private func call(_ content: MessageContent) -> String? {
        guard content.severity == .critical else { return nil }
        switch content {
        case .alert(let alert): if alert.reason == .diagnosed { return nil }
        case .storm: break
        case .warnings, .notice, .digest: return nil
        }
        return switch mention {
        case .here: "<!here>"
        case .everyone: "<!channel>"
        case .none, .role, .user: nil
        }
    }

    private func words(_ alert: Alert, isAlone: Bool) -> String {
        let group = alert.group
        let title = [group.service, group.facts.group.title].compactMap { $0 }.joined(separator: " — ")
        var lines = ["\(group.id) \(cut(title, Self.partLimit))"]
        guard let diagnosis = group.diagnosis else {
            return (lines + [isAlone ? "Not diagnosed yet." : ""]).filter { !$0.isEmpty }.joined(separator: "\n")
        }
        lines.append("Root cause: \(cut(diagnosis.rootCause, isAlone ? Self.partLimit : 160))")
        if isAlone {
            if !diagnosis.impact.isEmpty { lines.append("Impact: \(cut(diagnosis.impact, Self.partLimit))") }
            lines += diagnosis.recommendations.prefix(Self.actions).map { "• \(cut($0.action, 200))" }
        }
        return lines.joined(separator: "\n")
    }

    private func fields(_ alert: Alert) -> [SlackPayload.Text] {
        let facts = alert.group.facts
        let near = facts.window.end
        var fields = [
            "Severity: \(alert.group.severity.rawValue)", "Events: \(NumberText.grouped(facts.count))",
            "First seen: \(clock.short(facts.group.firstSeen, near: near))",
            "Last seen: \(clock.short(facts.group.lastSeen, near: near))",
        ]
        if alert.heldBack > 0 { fields.append("Held back: \(NumberText.counted(alert.heldBack, "event"))") }
        if let diagnosis = alert.group.diagnosis { fields.append("Confidence: \(diagnosis.confidence)") }
        if let suspect = alert.group.code.suspects.first {
            fields.append("Suspect: \(ReportWords.short(suspect.commit)) \(suspect.subject)")
        }
        return fields.prefix(SlackLimit.fields).map { plain($0, limit: 300) }
    }

    private func block(_ kind: SlackPayload.Block.Kind, _ text: SlackPayload.Text) -> SlackPayload.Block {
        .init(type: kind, text: text)
    }

    /// Lines stay lines; a block's text may not be empty.
    private func plain(_ text: String, limit: Int) -> SlackPayload.Text {
        let lines = text.split(separator: "\n").map { VisibleText.line(String($0)) }.joined(separator: "\n")
        let shown = cut(lines.isEmpty ? "–" : lines, limit)
        return .init(type: .plain, text: shown, emoji: false)
    }

    /// At most `limit` UTF-16 units, cut at a word.
    private func cut(_ text: String, _ limit: Int) -> String {
        guard text.utf16.count > limit else { return text }
        var (kept, units) = (String.UnicodeScalarView(), 1)
        for scalar in text.unicodeScalars {
            units += scalar.value > 0xFFFF ? 2 : 1
            if units > limit { break }
            kept.append(scalar)
        }
        let head = String(kept)
        let word = head.lastIndex(of: " ").flatMap {
            head.distance(from: $0, to: head.endIndex) < 30 ? head[..<$0] : nil
        }
        return String(word ?? head[...]) + "…"
    }

    /// https://docs.slack.dev/messaging/formatting-message-text#escaping
    private static func escaped(_ text: String, keeping call: String?) -> String {
        let rest = call.map { String(text.dropFirst($0.count)) } ?? text
        return (call ?? "")
            + rest.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
