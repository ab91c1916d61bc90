import ArgumentParser
import Delivery
import Events
import Foundation
import Pipeline

struct BatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch",
        abstract: "Read what is new, group it, diagnose what is new or changed, write the report and the outbox.",
        discussion: """
            Every source is read from where the last run stopped; what was read is never lost and never counted twice, \
            whatever interrupts the run.

            Examples:
              appliance batch
              appliance batch --budget 30m --json
              appliance batch --queued            only ask the model about what earlier runs had to leave
              zcat old.log.gz | appliance batch   with a source whose path is "-"
              appliance batch --backfill          read what lies before the first run of each source
              appliance batch --backfill --since 30d
              appliance batch --shard 3/16 --home shard3   one of 16 machines; then: history merge, and a batch
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: "Longest time for diagnoses: 30m, 2h (default: [budget] time).")
    var budget: String?

    @Flag(help: "Read nothing; diagnose what earlier runs had to leave.")
    var queued = false

    @Flag(help: "Read what the first run of each source left out; diagnose, report and tell nothing. Resumable.")
    var backfill = false

    @Option(
        help:
            "How far back --backfill reads: 30d, 2026-10-01, RFC 3339 (default: all there is, a year of remote engines)."
    )
    var since: String?

    @Option(
        help: "Keep only the groups of one part of all, 3/16; diagnose, report and tell nothing. In a home of its own.")
    var shard: String?

    @Flag(help: "Print the summary as JSON.")
    var json = false

    func validate() throws {
        if since != nil, !backfill { throw ValidationError("--since is for --backfill") }
        if backfill, queued || budget != nil {
            throw ValidationError("--backfill diagnoses nothing: no --queued or --budget")
        }
        if let shard, Shard(shard) == nil {
            throw ValidationError("--shard: which of how many, as 3/16; at most \(Shard.most)")
        }
        if shard != nil, queued || backfill || budget != nil {
            throw ValidationError(
                "--shard reads what is new and diagnoses nothing: no --queued, --backfill or --budget")
        }
    }

    func run() async throws {
        var configuration = try common.loadConfiguration()
        if backfill { return try await readOlder(configuration) }
        if let shard = shard.flatMap(Shard.init) { return try await read(shard, configuration) }
        if let budget {
            guard let time = Duration(words: budget) else {
                throw UsageError(description: "--budget \(budget) is not a duration", remedy: "Write it as 30m or 2h.")
            }
            configuration.budget.time = time
        }
        let display = ProgressDisplay(quiet: common.quiet, verbose: common.verbose, environment: common.environment)
        let batch = Batch(configuration: configuration, queuedOnly: queued)
        let now = try common.moment()
        let summary = try await Interruption.run {
            try await batch.run(now: now) { display.handle($0) }
        }
        display.finish()
        if json {
            Console.data(line: try JSONText.encode(summary))
        } else {
            let lines = common.quiet ? BatchWords.problems(of: summary.run) : BatchWords.lines(of: summary)
            for line in lines { Console.note(line) }
        }
        for failure in summary.run.failures { Console.note("appliance: \(failure)") }
        if let kind = summary.failureKind { Foundation.exit(kind.rawValue) }
    }

    private func read(_ shard: Shard, _ configuration: Configuration) async throws {
        let display = ProgressDisplay(quiet: common.quiet, verbose: common.verbose, environment: common.environment)
        let now = try common.moment()
        let run = ShardRun(configuration: configuration, shard: shard)
        let summary = try await Interruption.run { try await run.run(now: now) { display.handle($0) } }
        display.finish()
        if json {
            Console.data(line: try JSONText.encode(summary))
        } else if !common.quiet {
            let reading = summary.run.reading
            Console.note(
                "shard \(shard): \(NumberText.counted(reading.events, "event")) in "
                    + "\(NumberText.counted(summary.run.groups, "group")) recorded; "
                    + "appliance history merge \(summary.history) takes them in")
        }
        for failure in summary.run.failures { Console.note("appliance: \(failure)") }
        if let kind = summary.failureKind { Foundation.exit(kind.rawValue) }
    }

    private func readOlder(_ configuration: Configuration) async throws {
        let now = try common.moment()
        var start: Timestamp?
        if let since {
            let offset = configuration.timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: now.seconds))
            guard let words = MomentWords(since, now: now, secondsFromUTC: offset), words.moment < now else {
                throw UsageError(
                    description: "--since \(since.prefix(80)) is no time in the past",
                    remedy: "Write it as 30d, 2026-10-01 or 2026-10-01T00:00:00Z.")
            }
            start = words.moment
        }
        let display = ProgressDisplay(quiet: common.quiet, verbose: common.verbose, environment: common.environment)
        let backfill = Backfill(configuration: configuration, since: start)
        let summary = try await Interruption.run { try await backfill.run(now: now) { display.handle($0) } }
        display.finish()
        if json {
            Console.data(line: try JSONText.encode(summary))
        } else if !common.quiet {
            let reading = summary.run.reading
            Console.note(
                "\(NumberText.counted(reading.events, "older event")) in "
                    + "\(NumberText.counted(summary.run.groups, "group")) recorded")
        }
        for failure in summary.run.failures { Console.note("appliance: \(failure)") }
        if let kind = summary.failureKind { Foundation.exit(kind.rawValue) }
    }
}

/// The summary at the end of a batch, in words.
enum BatchWords {
    private static let problemsShown = 5

    static func lines(of summary: BatchSummary) -> [String] {
        let run = summary.run
        let diagnosing = run.diagnosing
        let total = diagnosing.byModel + diagnosing.fromCache + diagnosing.builtIn
        var parts = [String]()
        if let model = diagnosing.model, diagnosing.byModel > 0 { parts.append("\(diagnosing.byModel) by \(model)") }
        if diagnosing.fromCache > 0 { parts.append("\(diagnosing.fromCache) from cache") }
        if diagnosing.builtIn > 0 { parts.append("\(diagnosing.builtIn) by built-in triage") }
        if diagnosing.queued > 0 { parts.append("\(diagnosing.queued) queued for the next run") }
        let tokens =
            "\(NumberText.grouped(diagnosing.promptTokens)) + \(NumberText.grouped(diagnosing.answerTokens)) tokens"
        var lines = [
            "\(NumberText.counted(run.reading.events, "event")) in \(NumberText.counted(run.groups, "group")): \(run.newGroups) new, "
                + "\(run.backGroups) back",
            "\(total) diagnosed\(parts.isEmpty ? "" : ": " + parts.joined(separator: ", ")) · \(tokens) · \(words(summary.seconds))",
        ]
        if let fixing = run.fixing { lines += FixWords.lines(of: fixing) }
        let masked = run.reading.masked.values.reduce(0, +)
        if masked > 0 { lines.append("\(NumberText.counted(masked, "secret")) masked before anything was stored") }
        if let older = run.reading.older {
            lines.append(
                "\(NumberText.counted(older, "event")) from before the first run left out; "
                    + "appliance batch --backfill reads them")
        }
        lines += problems(of: run)
        lines.append("report  \(summary.report)")
        if let first = run.messages.first, let last = run.messages.last {
            let range = first == last ? "\(first)" : "\(first)–\(last)"
            lines.append(
                "outbox  \(NumberText.counted(run.messages.count, "message")) (\(range)) waiting in \(summary.outbox)")
        } else {
            lines.append("outbox  nothing new to send")
        }
        return lines
    }

    /// What could not be read.
    static func problems(of run: BatchRecord) -> [String] {
        let problems = run.reading.problems
        let lines = problems.prefix(problemsShown).map { "not read  \($0)" }
        let rest = problems.count - lines.count
        return lines + (rest > 0 ? ["not read  \(NumberText.grouped(rest)) more, in the report"] : [])
    }

    private static func words(_ seconds: Double) -> String {
        seconds < 60 ? String(format: "%.1f s", seconds) : "\(Int(seconds) / 60) min \(Int(seconds) % 60) s"
    }
}
