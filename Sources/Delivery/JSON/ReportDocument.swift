import Events

/// The top of the JSON report. Its keys are the schema: they do not follow renamings inside the program.
struct ReportDocument: Encodable {
    let v = JSONReport.version
    let site: String
    let window: TimeWindow
    let generatedAt: Timestamp
    let timeZone: String
    let totals: Totals
    let reading: ReadingFacts?
    let model: Model
    let lookFirst: [First]
    let groups: [GroupDocument]
    let notRead: [String]
    let masked: [String: Int]
    let held: Int
    let queued: Int
    let failures: [String]
    let fixDrafts: FixDraftCounts?
    let notices: [String]?
    let muted: [Muted]?
    let maintenance: [Maintenance]?
    let costs: [ModelCost]?
    let language: ReportLanguage
    let groupBy: ReportLayout.Sections
    let filter: Filter?
    let sections: [Section]
    let comparison: Comparison?

    struct Filter: Encodable {
        let service: String?
        let atLeast: Severity?
    }

    /// `name` is absent for groups that name no service or release.
    struct Section: Encodable {
        let name: String?
        let worst: Severity
        let events: Int
        let groups: [String]
    }

    struct Comparison: Encodable {
        let window: TimeWindow
        let groups: [Compared]

        struct Compared: Encodable {
            let group: String
            let title: String
            let service: String?
            let severity: Severity
            let before: Int
            let now: Int
            /// `started`, `more`, `same`, `less` or `gone`.
            let change: ReportComparison.Change
            let factor: Double?
        }
    }

    struct Muted: Encodable {
        let group: String
        let title: String
        let count: Int
        let until: Timestamp?
        let reason: String
    }

    struct Totals: Encodable {
        let now: Counts
        let before: Counts?
    }

    /// `name` is absent when only the built-in triage answers; `reason` then says why.
    struct Model: Encodable {
        var name: String?
        var digest: String?
        var promptTokens: Int?
        var answerTokens: Int?
        var reason: String?

        init(_ model: ModelInUse) {
            switch model {
            case .model(let facts):
                (name, digest) = (facts.name, facts.digest)
                (promptTokens, answerTokens) = (facts.promptTokens, facts.answerTokens)
            case .none(let reason): self.reason = reason
            }
        }
    }

    /// `reason` is one of `back`, `new`, `grown`.
    struct First: Encodable {
        let group: String
        let reason: String
        var resolved: Resolution?
        var severity: Severity?
        var factor: Double?

        init(_ entry: LookFirst) {
            group = entry.group
            switch entry.reason {
            case .back(let resolution): (reason, resolved) = ("back", resolution)
            case .new(let severity): (reason, self.severity) = ("new", severity)
            case .grown(let factor): (reason, self.factor) = ("grown", factor)
            }
        }
    }

    init(_ report: Report) {
        (site, window, generatedAt, timeZone) = (report.site, report.window, report.generatedAt, report.timeZone)
        totals = Totals(now: report.now, before: report.before)
        (reading, model) = (report.reading, Model(report.model))
        (lookFirst, groups) = (
            report.lookFirst.map(First.init),
            report.groups.map { GroupDocument($0, isUnderMaintenance: report.isUnderMaintenance($0)) }
        )
        (notRead, masked) = (report.notRead, report.masked)
        (held, queued, failures) = (report.held, report.queued, report.batchFailures)
        fixDrafts = report.fixDrafts
        notices = report.notices.isEmpty ? nil : report.notices
        maintenance = report.maintenance.isEmpty ? nil : report.maintenance
        costs = report.costs.isEmpty ? nil : report.costs
        (language, groupBy) = (report.layout.language, report.layout.groupBy)
        filter =
            report.layout.isFiltered
            ? Filter(service: report.layout.service, atLeast: report.layout.atLeast) : nil
        sections = report.sections.map {
            Section(name: $0.name, worst: $0.worst, events: $0.events, groups: $0.groups.map(\.id))
        }
        comparison = report.comparison.map { comparison in
            Comparison(
                window: comparison.window,
                groups: comparison.groups.map {
                    .init(
                        group: $0.group, title: $0.title, service: $0.service, severity: $0.severity,
                        before: $0.before, now: $0.now, change: $0.change, factor: $0.factor)
                })
        }
        muted =
            report.muted.isEmpty
            ? nil
            : report.muted.map {
                Muted(
                    group: $0.facts.group.id, title: $0.facts.group.title, count: $0.facts.count, until: $0.mute.until,
                    reason: $0.mute.reason)
            }
    }
}
