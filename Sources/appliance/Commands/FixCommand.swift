import ArgumentParser
import Events
import Foundation
import Pipeline

struct FixCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fix",
        abstract: "Make a patch of a group's diagnosis, test it in a sandbox, and put it into the outbox.",
        discussion: """
            A draft is made only of a model's diagnosis that proposes a change, is sure enough, and stays within \
            [fixing]; otherwise the reason is told, and the exit code is 65. Nothing is pushed: a person takes patch, \
            bundle and text from the outbox, or from drafts/ in the home.

            Examples:
              appliance fix G-9c07 --dry-run      the patch on standard output; keeps and sends nothing
              appliance fix G-9c07
              appliance fix                       all drafts, and what became of them
            """)

    @OptionGroup var common: CommonOptions

    @Argument(help: "A group's id or the beginning of it; without it, all drafts are listed.")
    var group: String?

    @Flag(help: "Make and check the draft, but keep and send nothing.")
    var dryRun = false

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let configuration = try common.loadConfiguration()
        let fixer = Fixer(configuration: configuration)
        let now = try common.moment()
        guard let group else { return try await list(fixer, now) }
        guard let reference = GroupReference(group) else {
            throw UsageError(
                description: "\"\(group.prefix(80))\" is not a group's id",
                remedy: "Ids look like G-9c07a1f2; see appliance report.")
        }
        let isDry = dryRun
        let report = try await Interruption.run { try await fixer.fix(reference, dryRun: isDry, now: now) }
        if json { Console.data(line: try JSONText.encode(report)) } else { FixWords.show(report) }
        if let kind = report.failureKind { Foundation.exit(kind.rawValue) }
    }

    private func list(_ fixer: Fixer, _ now: Timestamp) async throws {
        let (summary, problems) = try await fixer.summary(now: now)
        for problem in problems { Console.note("appliance: \(problem.terminalSafe)") }
        if json { return Console.data(line: try JSONText.encode(summary)) }
        for draft in summary.drafts {
            Console.data(
                line:
                    "\(draft.group)  \(draft.at.rfc3339.prefix(10))  \(draft.fate.rawValue)  \(draft.tests.terminalSafe)  \(draft.title.terminalSafe)"
            )
        }
        guard let counts = summary.counts else { return Console.note("no draft was made yet") }
        Console.note(
            "\(counts.made) drafts: \(counts.tested) tested, \(counts.reproduced) reproduced, \(counts.open) open, "
                + "\(counts.merged) merged, \(counts.changed) overtaken, \(counts.refused) refused")
    }
}

/// What `fix` and the batch say of drafts.
enum FixWords {
    static func show(_ report: FixReport) {
        switch report.outcome {
        case .refused: Console.note("\(report.group): no draft: \(report.reason?.terminalSafe ?? "")")
        case .testsFailed:
            Console.note("\(report.group): the draft does not hold: \(report.reason?.terminalSafe ?? "")")
        case .drafted:
            if report.dryRun, let patch = report.patch { Console.data(patch) }
            Console.note("\(report.group): \(report.branch ?? "") from \(report.base?.prefix(12) ?? "")")
        }
        if let tests = report.tests { Console.note("tests     \(tests.terminalSafe)") }
        for note in report.notes { Console.note("note      \(note.terminalSafe)") }
        if let folder = report.folder { Console.note("kept      \(folder)") }
        if let message = report.message { Console.note("outbox    message \(message)") }
        if report.dryRun { Console.note("dry run   nothing was kept or sent") }
    }

    static func lines(of fixing: BatchRecord.Fixing) -> [String] {
        let refused = fixing.refused.values.reduce(0, +)
        guard fixing.drafted + fixing.failed + refused + fixing.all > 0 else { return [] }
        var parts = ["\(fixing.drafted) new", "\(fixing.tested) tested"]
        if fixing.reproduced > 0 { parts.append("\(fixing.reproduced) reproduced") }
        if fixing.failed > 0 { parts.append("\(fixing.failed) failed their tests") }
        if refused > 0 {
            let rules = fixing.refused.sorted { $0.key < $1.key }.map { "\($0.value) by \($0.key)" }
            parts.append("\(refused) refused (\(rules.joined(separator: ", ")))")
        }
        return ["drafts  \(parts.joined(separator: ", ")) · of all \(fixing.all): \(fixing.merged) merged"]
    }
}
