import ArgumentParser
import Events
import Foundation
import Pipeline

struct IngestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest",
        abstract: "Parse files and print their events, one JSON object a line; nothing is recorded.",
        discussion: """
            Example:
              appliance ingest --dry-run --json app.log
              appliance ingest --dry-run --json --format sentry event.json
            """)

    @OptionGroup var common: CommonOptions

    @Argument(help: "Files, or - for standard input.")
    var files: [String]

    @Flag(help: "Required: recording happens in batch.")
    var dryRun = false

    @Flag(help: "Print JSON lines (the only form).")
    var json = false

    @Flag(help: "Print secrets as they are.")
    var raw = false

    @Flag(help: "Apply the triggers: only what counts as an error.")
    var triggers = false

    @Option(
        help: .init(
            "Read the files as this format instead of recognising it: \(IngestPreview.formats.joined(separator: ", ")).",
            valueName: "name"))
    var format: String?

    @Option(help: "Write counts of what was read, and of what could not be, to this file as JSON.")
    var jsonSummary: String?

    func run() async throws {
        guard dryRun else {
            throw UsageError(
                description: "ingest needs --dry-run",
                remedy: "To record events, configure a source and run: appliance batch")
        }
        if let format, !IngestPreview.formats.contains(format) {
            throw UsageError(
                description: "there is no format \"\(format)\"",
                remedy: "Name one of: \(IngestPreview.formats.joined(separator: ", ")).")
        }
        let configuration = try common.loadConfiguration()
        let preview = IngestPreview(
            configuration: configuration, redacts: !raw, appliesTriggers: triggers, format: format)
        let summary = try preview.run(files: files, now: try common.moment()) { Console.data(line: $0) }
        for problem in summary.problems { Console.note("appliance: \(problem.terminalSafe)") }
        if let jsonSummary {
            try Data(JSONText.encode(summary).utf8).write(to: URL(fileURLWithPath: jsonSummary), options: .atomic)
        }
        // The others were read; a script must not take them for all.
        if summary.unopened > 0 { throw ExitCode(FailureKind.noInput.rawValue) }
    }
}
