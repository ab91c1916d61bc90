import Events

/// What a message tells, before it is put into any service's form.
public enum MessageContent: Sendable, Hashable {
    case alert(Alert)
    case storm([Alert])
    case warnings([Alert])
    case notice([String])
    case digest(Report)

    public var kind: OutboxDraft.Kind {
        switch self {
        case .alert: .alert
        case .storm: .storm
        case .warnings: .warnings
        case .notice: .notice
        case .digest: .digest
        }
    }

    public var severity: Severity {
        switch self {
        case .alert(let alert): alert.group.severity
        case .storm(let alerts), .warnings(let alerts): alerts.map(\.group.severity).max() ?? .info
        case .notice: .high
        case .digest(let report): report.groups.first?.severity ?? .info
        }
    }

    /// The group's id, or what else it is about.
    public var subject: String {
        switch self {
        case .alert(let alert): alert.group.id
        case .storm: "storm"
        case .warnings: "warnings"
        case .notice: "appliance"
        case .digest: "digest"
        }
    }

    /// Messages of one thread belong together wherever a service knows threads.
    public var thread: String? {
        if case .alert(let alert) = self { return alert.group.id }
        return nil
    }

    /// Groups that it tells of, at most so many as anybody reads.
    var alerts: [Alert] {
        switch self {
        case .alert(let alert): [alert]
        case .storm(let alerts), .warnings(let alerts): Array(alerts.prefix(DiscordMessages.stormEntries))
        case .notice: []
        case .digest(let report): report.groups.prefix(3).map { Alert(group: $0, reason: .reminder) }
        }
    }

    /// One line in words of our own: it holds no text of a log or a model.
    func headline(clock: SiteClock) -> String {
        switch self {
        case .alert(let alert):
            "\(alert.group.severity.rawValue): \(alert.group.id) \(DiscordMessages.words(alert.reason))"
        case .storm(let alerts):
            "\(severity.rawValue): \(NumberText.counted(alerts.count, "group")) at once, told in one message"
        case .warnings(let alerts): "\(NumberText.counted(alerts.count, "warning")), gathered"
        case .notice: "the appliance itself needs a look"
        case .digest(let report):
            "Errors, \(DurationText.words(report.window.start.duration(to: report.window.end))) to "
                + "\(clock.long(report.window.end)) \(clock.offsetName(at: report.window.end))"
        }
    }

    /// What it says besides its groups; untrusted.
    var lines: [String] {
        switch self {
        case .alert, .storm, .warnings: return []
        case .notice(let words): return words
        case .digest(let report):
            let failures = report.batchFailures.map { "a run failed: \($0)" } + report.notices
            let now = report.now
            return failures + [
                report.reading == nil
                    ? "no run read anything in this window"
                    : "\(NumberText.counted(now.events, "event")) in \(NumberText.counted(now.groups, "group")): "
                        + "\(NumberText.grouped(now.new)) new, \(NumberText.grouped(now.back)) back"
            ]
        }
    }

    /// Groups that ``alerts`` leaves out.
    var more: Int {
        switch self {
        case .alert, .notice: 0
        case .storm(let alerts), .warnings(let alerts): max(0, alerts.count - self.alerts.count)
        case .digest(let report): max(0, report.groups.count - self.alerts.count)
        }
    }
}

/// A message in the forms of services other than Discord; those that the configuration names.
public struct MessageForms: Sendable, Hashable, Codable {
    public var slack: SlackPayload?
    public var json: GenericPayload?

    public init(slack: SlackPayload? = nil, json: GenericPayload? = nil) { (self.slack, self.json) = (slack, json) }

    var isEmpty: Bool { slack == nil && json == nil }
}

/// Forms that messages can be made in; Discord's is always there.
public enum MessageForm: String, Sendable, Codable, CaseIterable {
    case discord, slack, json, mail
}
