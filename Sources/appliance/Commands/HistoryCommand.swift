import ArgumentParser
import Delivery
import Events
import Foundation
import Pipeline

struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "The history file: what is in it, import, check, back up.",
        subcommands: [Stats.self, Import.self, Verify.self, Backup.self])

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
}
