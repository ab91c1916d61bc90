import ArgumentParser
import Delivery
import Events
import Foundation
import Pipeline

struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract:
            "The history file: what is in it, import, export, merge, prune, check, back up, recover, redact, forget.",
        subcommands: [
            Stats.self, Import.self, Export.self, Merge.self, Prune.self, Verify.self, Backup.self, Recover.self,
            Redact.self, Forget.self,
        ])

    struct Stats: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "How much the history holds.")

        @OptionGroup var common: CommonOptions

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let facts = try HistoryUpkeep(configuration: try common.loadConfiguration()).statistics(
                now: try common.moment())
            if json { return Console.data(line: try JSONText.encode(facts)) }
            for line in facts.lines { Console.data(line: line) }
        }
    }

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take in groups of the past from JSON lines (docs/formats.md).",
            discussion: """
                Example:
                  appliance history import old-incidents.jsonl
                """)

        @OptionGroup var common: CommonOptions

        @Argument(help: "A file of JSON lines.")
        var file: String

        func run() async throws {
            let configuration = try common.loadConfiguration()
            let summary = try HistoryImport(configuration: configuration).run(file: file, now: try common.moment())
            Console.note(
                "imported \(NumberText.counted(summary.groups, "group")), \(NumberText.counted(summary.events, "event"))"
            )
            for problem in summary.problems { Console.note("appliance: \(problem.terminalSafe)") }
            if !summary.problems.isEmpty { Foundation.exit(FailureKind.data.rawValue) }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Check the file and every record in it.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let problems = try HistoryUpkeep(configuration: try common.loadConfiguration()).verify(
                now: try common.moment())
            for problem in problems { Console.data(line: problem.terminalSafe) }
            guard problems.isEmpty else { Foundation.exit(FailureKind.data.rawValue) }
            Console.note("the history is whole")
        }
    }

    struct Backup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copy the history to a file, also while a batch runs.")

        @OptionGroup var common: CommonOptions

        @Argument(help: "The file to write; it must not exist.")
        var file: String

        func run() async throws {
            try HistoryUpkeep(configuration: try common.loadConfiguration()).backup(to: file, now: try common.moment())
            Console.note("backed up to \(file)")
        }
    }

    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print every group with its past, one JSON object a line (docs/formats.md).",
            discussion: """
                Example:
                  appliance history export | gzip > history.jsonl.gz
                """)

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let left = try HistoryUpkeep(configuration: try common.loadConfiguration()).export(
                now: try common.moment()
            ) { Console.data(line: $0) }
            if left > 0 { Console.note("\(left) groups are left out: no event of theirs is kept") }
        }
    }

    struct Merge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take in another history: a shard's, another site's, a backup. Twice is as good as once.",
            discussion: """
                Example:
                  appliance history merge shard-3.sqlite
                """)

        @OptionGroup var common: CommonOptions

        @Argument(help: "Histories to take in; they are only read.")
        var files: [String]

        @Flag(help: "Print JSON, one object a file.")
        var json = false

        func run() async throws {
            let upkeep = HistoryUpkeep(configuration: try common.loadConfiguration())
            for file in files {
                let outcome = try upkeep.merge(file, now: try common.moment())
                if json { Console.data(line: outcome.json) }
                for line in outcome.lines { Console.note("\(file.terminalSafe): \(line)") }
            }
        }
    }

    struct Prune: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove old details; groups, totals, diagnoses and resolutions stay.",
            discussion: """
                Examples:
                  appliance history prune --keep 400d
                  appliance history prune --max-size 20GB
                """)

        @OptionGroup var common: CommonOptions

        @Option(help: "Keep counts by the minute, samples and raw answers for so long (400d).")
        var keep: String?

        @Option(help: "Keep less where the file is larger (500MB, 20GB).")
        var maxSize: String?

        @Flag(help: "Print JSON.")
        var json = false

        func validate() throws {
            guard keep != nil || maxSize != nil else { throw ValidationError("give --keep, --max-size or both") }
            if let keep, Duration(words: keep) == nil { throw ValidationError("--keep: a time as 400d or 36h") }
            if let maxSize, ByteWords.bytes(maxSize) == nil { throw ValidationError("--max-size: bytes as 20GB") }
        }

        func run() async throws {
            let outcome = try HistoryUpkeep(configuration: try common.loadConfiguration()).prune(
                keep: keep.flatMap { Duration(words: $0) }, maxSize: maxSize.flatMap(ByteWords.bytes),
                now: try common.moment())
            if json { Console.data(line: outcome.json) }
            for line in outcome.lines { Console.note(line) }
        }
    }

    struct Recover: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Bring whatever can be read of a damaged history into a new file.",
            discussion: """
                The damaged file is only read. Look at the new one, then put it in its place.

                Example:
                  appliance history recover recovered.sqlite
                """)

        @OptionGroup var common: CommonOptions

        @Argument(help: "The file to write; it must not exist.")
        var file: String

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let outcome = try HistoryUpkeep(configuration: try common.loadConfiguration()).recover(
                to: file, now: try common.moment())
            if json { Console.data(line: outcome.json) }
            for line in outcome.lines { Console.note(line.terminalSafe) }
        }
    }

    struct Redact: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Mask what is stored again, with the rules of today: a rule came late.",
            discussion: """
                Samples, diagnoses, answers, names and notes are masked in place; report files that hold something are \
                removed, and messages that do are named. Groups keep their fingerprints and counts. An audit entry stays.

                Example:
                  appliance history redact --again --by kim
                """)

        @OptionGroup var common: CommonOptions

        @Flag(help: "Mask all that is stored again.")
        var again = false

        @Option(help: "Who asked for it, for the audit.")
        var by: String?

        @Flag(help: "Print JSON.")
        var json = false

        func validate() throws {
            guard again else { throw ValidationError("give --again: new events are masked when they are read") }
        }

        func run() async throws {
            let outcome = try HistoryUpkeep(configuration: try common.loadConfiguration()).redactAgain(
                by: by, now: try common.moment())
            if json { Console.data(line: outcome.json) }
            for line in outcome.lines { Console.note(line) }
        }
    }

    struct Forget: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove everything that holds a text: a person's data, a secret that no rule knew.",
            discussion: """
                Hashes of what was forgotten stay, so that a merge does not bring it back. A message of the outbox that \
                holds the text and was not shipped becomes a signed tombstone under its number; one that waits for \
                approval goes; one that was shipped is named.

                Example:
                  appliance history forget --match jane.doe@example.com --by "data protection"
                """)

        @OptionGroup var common: CommonOptions

        @Option(help: "The text, exactly as it stands in the history.")
        var match: String

        @Option(help: "Who asked for it, for the audit.")
        var by: String?

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let outcome = try HistoryUpkeep(configuration: try common.loadConfiguration()).forget(
                match, by: by, now: try common.moment())
            if json { Console.data(line: outcome.json) }
            for line in outcome.lines { Console.note(line) }
        }
    }
}
