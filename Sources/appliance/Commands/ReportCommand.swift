import ArgumentParser
import Delivery
import Events
import Foundation
import Pipeline

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "The report of a stretch of time, from history alone: no source is read, no model is asked.",
        discussion: """
            Examples:
              appliance report --since 24h --compare
              appliance report --since yesterday --until today --service orders-api
              appliance report --since 7d --format json --output week.json
              appliance report --severity high --group-by service --language ko
              appliance report --format html --output today.html
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case markdown, json, html }

    @OptionGroup var common: CommonOptions

    @Option(help: "Start: 24h, 7d, yesterday, 2026-11-20, or RFC 3339.")
    var since = "24h"

    @Option(help: "End (default: now).")
    var until: String?

    @Option(help: "Only groups seen in this service.")
    var service: String?

    @Option(help: "Only groups of this severity or worse: info, low, medium, high, critical.")
    var severity: Severity?

    @Option(help: "Sections: severity, service or release.")
    var groupBy = ReportLayout.Sections.severity

    @Flag(help: "Set every group beside the window of equal length before, also those that are gone.")
    var compare = false

    @Option(help: "Of the report's own words: en or ko (default: [report] language).")
    var language: ReportLanguage?

    @Option(help: "markdown, json, or html: one file that needs nothing else and no script.")
    var format = Format.markdown

    @Flag(help: "The same as --format json.")
    var json = false

    @Option(name: .shortAndLong, help: "Write to this file instead of standard output.")
    var output: String?

    func run() async throws {
        let configuration = try common.loadConfiguration()
        let now = try common.moment()
        let window = TimeWindow(
            start: try moment(since, "--since", now, configuration),
            end: try until.map { try moment($0, "--until", now, configuration) } ?? now)
        guard window.start < window.end else {
            throw UsageError(description: "--since \(since) is not before the end", remedy: "Give an earlier start.")
        }
        let layout = ReportLayout(
            service: service, atLeast: severity, groupBy: groupBy,
            language: language ?? configuration.report.language)
        let format = json ? .json : format
        let told: ToldGroups? =
            switch format {
            case .markdown: .markdown
            case .html: .html
            case .json: nil
            }
        let report = try Reporting(configuration: configuration).report(
            of: window, layout: layout, compares: compare, told: told, now: now)
        let text: String
        switch format {
        case .markdown: text = MarkdownReport.render(report)
        case .json: text = String(decoding: try JSONReport.render(report), as: UTF8.self)
        case .html: text = HTMLReport.render(report)
        }
        guard let output else { return Console.data(text.hasSuffix("\n") ? text : text + "\n") }
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: output), options: .atomic)
        } catch {
            throw PartialFailure(description: "cannot write \(output): \(error.systemWords)", kind: .io)
        }
    }

    private func moment(_ text: String, _ option: String, _ now: Timestamp, _ configuration: Configuration) throws
        -> Timestamp
    {
        let zone = configuration.timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: now.seconds))
        guard let words = MomentWords(text, now: now, secondsFromUTC: zone) else {
            throw UsageError(
                description: "\(option) \(text) is not a time",
                remedy: "Write it as 24h, 7d, yesterday, 2026-11-20 or 2026-11-20T21:00:00Z.")
        }
        return words.moment
    }
}

extension Severity: ExpressibleByArgument {}
extension ReportLayout.Sections: ExpressibleByArgument {}
extension ReportLanguage: ExpressibleByArgument {}
