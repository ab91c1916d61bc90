import Events

/// Makes the Discord messages of an alert, a storm and a digest. Pure and deterministic.
///
/// `content` holds the configured mention, a group's id and words of our own; all text of logs, models and
/// repositories sits in embeds, where nothing pings, with its Markdown and links neutralized.
public struct DiscordMessages: Sendable {
    let site: String
    let clock: SiteClock
    let mention: Mention
    let prose = InlineMarkdown(.discord)

    /// Units of each part of an alert's embed: together below ``DiscordLimit/embedsTogether``.
    enum Share {
        static let title = 250
        static let rootCause = 1000
        static let impact = 500
        static let action = 350
        static let actions = 3
        static let field = 150
        static let suspect = 300
        static let footer = 400
    }

    /// Characters of a whole digest.
    static let digestUnits = 1500
    static let stormEntries = 10

    /// - Parameter mention: for critical alerts.
    public init(site: String, timeZone: String, mention: Mention = .here) {
        (self.site, clock, self.mention) = (site, SiteClock(identifier: timeZone), mention)
    }

    /// The message of one alert.
    public func alert(_ alert: Alert) -> DiscordPayload {
        let group = alert.group
        // Whom the alert called is not called again for its diagnosis.
        let calls = group.severity == .critical && alert.reason != .diagnosed ? mention : .none
        let words = "\(group.severity.rawValue): \(group.id) \(Self.words(alert.reason))"
        let title = [group.service, group.facts.group.title].compactMap { $0 }.joined(separator: " — ")
        let embed = DiscordPayload.Embed(
            title: "\(group.id) \(prose.prose(title, limit: Share.title - 20))",
            description: description(group), color: Self.color(group.severity), fields: fields(alert),
            footer: .init(text: footer(group)), timestamp: group.facts.group.lastSeen.rfc3339)
        return payload(words, mention: calls, embed: embed)
    }

    /// One message in place of more alerts than anybody reads.
    public func storm(_ alerts: [Alert], at now: Timestamp) -> DiscordPayload {
        let worst = alerts.map(\.group.severity).max() ?? .info
        var lines = alerts.prefix(Self.stormEntries).map { alert in
            "\(alert.group.id) · \(Self.words(alert.reason)) · " + short(alert.group, limit: 140)
        }
        let rest = alerts.count - lines.count
        if rest > 0 { lines.append("and \(NumberText.counted(rest, "more group")): see the report") }
        let embed = DiscordPayload.Embed(
            title: "\(NumberText.counted(alerts.count, "group")) at once", description: lines.joined(separator: "\n"),
            color: Self.color(worst), fields: [], footer: .init(text: plain("site \(site)", limit: 200)),
            timestamp: now.rfc3339)
        let words = "\(worst.rawValue): \(NumberText.counted(alerts.count, "group")) at once, told in one message"
        return payload(words, mention: worst == .critical ? mention : .none, embed: embed)
    }

    /// Warnings of some time in one message.
    public func warnings(_ alerts: [Alert], at now: Timestamp) -> DiscordPayload {
        var lines = alerts.prefix(Self.stormEntries).map { alert in
            "\(alert.group.id) · \(Self.words(alert.reason)) · " + short(alert.group, limit: 140)
        }
        let rest = alerts.count - lines.count
        if rest > 0 { lines.append("and \(NumberText.counted(rest, "more group")): see the report") }
        let worst = alerts.map(\.group.severity).max() ?? .info
        let embed = DiscordPayload.Embed(
            title: NumberText.counted(alerts.count, "warning"), description: lines.joined(separator: "\n"),
            color: Self.color(worst), fields: [], footer: .init(text: plain("site \(site)", limit: 200)),
            timestamp: now.rfc3339)
        return payload("\(NumberText.counted(alerts.count, "warning")), gathered", mention: .none, embed: embed)
    }

    /// What the appliance has to say of itself.
    public func notice(_ words: [String], at now: Timestamp) -> DiscordPayload {
        var lines = words.prefix(Self.stormEntries).map { "• \(prose.prose($0, limit: 300))" }
        let rest = words.count - lines.count
        if rest > 0 { lines.append("• and \(NumberText.grouped(rest)) more: see the report") }
        let embed = DiscordPayload.Embed(
            title: "The appliance itself needs a look", description: lines.joined(separator: "\n"),
            color: Self.color(.high), fields: [], footer: .init(text: plain("site \(site)", limit: 200)),
            timestamp: now.rfc3339)
        return payload("the appliance itself needs a look", mention: .none, embed: embed)
    }

    /// One message a batch: totals, what to look at first, the top three. At most 1,500 characters in all.
    public func digest(_ report: Report) -> DiscordPayload {
        let words = DurationText.words(report.window.start.duration(to: report.window.end))
        let end = "\(clock.long(report.window.end)) \(clock.offsetName(at: report.window.end))"
        var lines = report.batchFailures.prefix(1).map { "**A run failed:** \(prose.prose($0, limit: 160))" }
        lines += report.notices.prefix(3).map { "**Attention:** \(prose.prose($0, limit: 160))" }
        lines += totals(report)
        let first = report.lookFirst.prefix(3).map {
            "\($0.group) \(ReportWords.reason($0.reason, clock: clock, near: report.window.end))"
        }
        if !first.isEmpty {
            let rest = report.lookFirst.count - first.count
            lines.append("**Look first** \(first.joined(separator: " · "))" + (rest > 0 ? " · and \(rest) more" : ""))
        }
        for (index, group) in report.groups.prefix(3).enumerated() {
            lines.append(
                "\(index + 1)\\. \(group.id) **\(group.severity.rawValue)** "
                    + "\(NumberText.counted(group.facts.count, "event")): \(short(group, limit: 200))")
        }
        let embed = DiscordPayload.Embed(
            title: "Errors, \(words) to \(end)", description: lines.joined(separator: "\n"),
            color: Self.color(report.groups.first?.severity ?? .info), fields: [],
            footer: .init(text: plain("site \(site)", limit: 120)), timestamp: report.window.end.rfc3339)
        return payload(nil, mention: .none, embed: embed)
    }

    // MARK: - Parts

    private func payload(_ words: String?, mention: Mention, embed: DiscordPayload.Embed) -> DiscordPayload {
        let content = [mention.text, words ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
        return DiscordPayload(
            content: content.isEmpty ? nil : content, embeds: [embed], allowedMentions: .init(mention))
    }

    private func description(_ group: ReportGroup) -> String {
        guard let diagnosis = group.diagnosis else {
            let template = prose.prose(group.facts.group.template, limit: Share.rootCause)
            return (template.isEmpty ? "" : template + "\n") + "Not diagnosed yet."
        }
        var lines: [String] = []
        let (cause, impact) = (
            prose.prose(diagnosis.rootCause, limit: Share.rootCause), prose.prose(diagnosis.impact, limit: Share.impact)
        )
        if !cause.isEmpty { lines.append("**Root cause** \(cause)") }
        if !impact.isEmpty { lines.append("**Impact** \(impact)") }
        let actions = diagnosis.recommendations.prefix(Share.actions)
        if !actions.isEmpty { lines.append("**Do now**") }
        lines += actions.map { "• \(prose.prose($0.action, limit: Share.action))" }
        let rest = diagnosis.recommendations.count - actions.count
        if rest > 0 { lines.append("• and \(rest) more in the report") }
        return lines.isEmpty ? "Nothing was said about it." : lines.joined(separator: "\n")
    }

    private func fields(_ alert: Alert) -> [DiscordPayload.Field] {
        let (group, facts) = (alert.group, alert.group.facts)
        var fields: [DiscordPayload.Field] = []
        func add(_ name: String, _ value: String, limit: Int = Share.field, inline: Bool = true) {
            let shown = prose.prose(value, limit: limit)
            if !shown.isEmpty { fields.append(.init(name: name, value: shown, inline: inline)) }
        }
        let services = facts.services.prefix(3).map(\.value).joined(separator: ", ")
        let more = facts.services.count - 3
        add("Service", services + (more > 0 ? " and \(more) more" : ""))
        let growth = facts.growth.map { " (\(NumberText.factor($0)))" } ?? ""
        fields.append(.init(name: "Events", value: NumberText.grouped(facts.count) + growth, inline: true))
        let near = facts.window.end
        for (name, time) in [("First seen", facts.group.firstSeen), ("Last seen", facts.group.lastSeen)] {
            let shown = "\(clock.short(time, near: near)) \(clock.offsetName(at: time))"
            fields.append(.init(name: name, value: shown, inline: true))
        }
        if alert.heldBack > 0 {
            fields.append(
                .init(name: "Held back", value: NumberText.counted(alert.heldBack, "event"), inline: true))
        }
        if let diagnosis = group.diagnosis {
            let level = ConfidenceLevel(percent: diagnosis.confidence).rawValue
            fields.append(.init(name: "Confidence", value: "\(diagnosis.confidence) \(level)", inline: true))
        }
        if let suspect = group.code.suspects.first {
            let author = suspect.author.map { " \($0)," } ?? ""
            let day = clock.day(suspect.time, near: near)
            add(
                "Suspect", "\(ReportWords.short(suspect.commit))\(author) \(day): \(suspect.subject)",
                limit: Share.suspect, inline: false)
        }
        return fields
    }

    private func footer(_ group: ReportGroup) -> String {
        var parts: [String] = []
        switch group.diagnosis?.provenance.author {
        case .model(let run):
            parts = [run.model, "prompt \(run.prompt)/\(run.promptVersion)", ReportWords.citations(run)]
        case .builtIn(let reason): parts = ["built-in triage, because \(ReportWords.because(reason))"]
        case nil: parts = ["not diagnosed"]
        }
        return plain((["site \(site)"] + parts).joined(separator: " · "), limit: Share.footer)
    }

    private func totals(_ report: Report) -> [String] {
        guard !report.groups.isEmpty else {
            return [report.reading == nil ? "**No run read anything in this window.**" : "No errors."]
        }
        let (now, before) = (report.now, report.before)
        let events = before.map { " (before: \(NumberText.grouped($0.events)))" } ?? ""
        var rest = "\(NumberText.grouped(now.new)) new, \(NumberText.grouped(now.back)) back"
        if let open = now.notDiagnosed, open > 0 { rest += ", \(NumberText.grouped(open)) not diagnosed" }
        return [
            "\(NumberText.counted(now.events, "event"))\(events) in \(NumberText.counted(now.groups, "group")): \(rest)"
        ]
    }

    private func short(_ group: ReportGroup, limit: Int) -> String {
        let text = [group.service, group.diagnosis?.rootCause ?? group.facts.group.title].compactMap { $0 }
        return prose.prose(text.joined(separator: " — "), limit: limit)
    }

    /// A footer shows no Markdown: only mentions and hidden characters are dealt with.
    private func plain(_ text: String, limit: Int) -> String {
        let line = InlineMarkdown.quiet(VisibleText.line(text))
        guard line.utf16.count > limit else { return line }
        var kept = String.UnicodeScalarView()
        var units = 1
        for scalar in line.unicodeScalars {
            units += scalar.value > 0xFFFF ? 2 : 1
            if units > limit { break }
            kept.append(scalar)
        }
        return String(kept) + "…"
    }

    static func words(_ reason: AlertReason) -> String {
        switch reason {
        case .new: "is new"
        case .back: "is back after being resolved"
        case .reminder: "goes on"
        case .grown(let factor): "grew \(NumberText.factor(factor))"
        case .woken(.grown(let factor)): "was muted, and grew \(NumberText.factor(factor))"
        case .woken(.release): "was muted, and is in a new release"
        case .woken(.back): "was muted, and is back after being resolved"
        case .woken(.expired): "is no longer muted"
        case .diagnosed: "is diagnosed"
        }
    }

    /// Red, orange, yellow, green, grey.
    static func color(_ severity: Severity) -> Int {
        switch severity {
        case .critical: 15_158_332
        case .high: 15_105_570
        case .medium: 16_776_960
        case .low: 3_066_993
        case .info: 8_421_504
        }
    }
}
