import ArgumentParser
import Foundation
import Pipeline

struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Measure one stage alone, on data of your own.",
        subcommands: [
            Templates.self, Fingerprints.self, Redact.self, Similar.self, Compression.self, Scan.self,
            Recording.self, CodeContext.self, TOON.self, Diagnosis.self,
        ])

    struct Templates: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "One template id a line, as the templates stand after the last line.",
            discussion: """
                Example:
                  appliance evaluate templates --raw app.log
                """)

        @OptionGroup var common: CommonOptions

        @Argument(help: "Messages, or with --raw whole log lines.")
        var file: String

        @Flag(help: "Find by itself where the header of a line ends.")
        var raw = false

        @Flag(help: "Print the templates themselves, with the lines of each.")
        var templates = false

        func run() async throws {
            let evaluation = Evaluation(configuration: try common.loadConfiguration())
            var page = OutputPage()
            try evaluation.templates(file: file, raw: raw, texts: templates) { page.add($0) }
            page.print()
        }
    }

    struct Fingerprints: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "One fingerprint a line for a file of events (JSON lines).",
            discussion: """
                An event is one of ours, Sentry's, or a row {"text": …} that holds a log line or a trace.

                Example:
                  appliance evaluate fingerprints events.jsonl
                """)

        @OptionGroup var common: CommonOptions

        @Argument(help: "One event a line; with --messages one bare message a line.")
        var file: String

        @Flag(help: "Lines are messages, not events.")
        var messages = false

        func run() async throws {
            let evaluation = Evaluation(configuration: try common.loadConfiguration())
            var page = OutputPage()
            if messages {
                try evaluation.fingerprints(messages: file) { page.add($0) }
            } else {
                try evaluation.fingerprints(file: file, now: try common.moment()) { page.add($0) }
            }
            page.print()
        }
    }

    struct Redact: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Standard input, redacted line by line.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            try Evaluation(configuration: try common.loadConfiguration()).redact(.standardInput, emit: Console.data)
        }
    }

    struct Similar: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Search a history of rows for what is like each query; one JSON line a query.",
            discussion: """
                Example:
                  appliance evaluate similar --history h.jsonl --queries q.jsonl --top 10
                """)

        @OptionGroup var common: CommonOptions

        @Option(help: "Rows {\"id\", \"text\"} or {\"id\", \"event\"}, one a line.")
        var history: String

        @Option(help: "Queries in the same form.")
        var queries: String

        @Option(help: "Keep the index in this file; one that is there is used as it is.")
        var index: String?

        @Option(help: "Results a query.")
        var top = 10

        func run() async throws {
            let evaluation = Evaluation(configuration: try common.loadConfiguration())
            let facts = try evaluation.similar(
                history: history, queries: queries, index: index, top: max(1, min(top, 1000)),
                now: try common.moment()
            ) { Console.data(line: $0) }
            Console.note(try JSONText.encode(facts))
        }
    }

    struct Scan: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read files as a batch does, do nothing with their events, and print one JSON line.",
            discussion: """
                Example:
                  appliance evaluate scan --triggers level app.jsonl
                """)

        @OptionGroup var common: CommonOptions

        @Argument(help: "Files, or - for standard input.")
        var files: [String]

        @Option(help: "Look for levels alone (level), what sources look for (standard), or every record (everything).")
        var triggers = Evaluation.ScanTriggers.standard

        func run() async throws {
            let evaluation = Evaluation(configuration: try common.loadConfiguration())
            let facts = try evaluation.scan(files: files, triggers: triggers, now: try common.moment())
            Console.data(line: try JSONText.encode(facts))
        }
    }

    struct Recording: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Record files into a history that is thrown away; print what each stage took as one JSON line.",
            discussion: """
                Example:
                  appliance evaluate recording --directory /var/lib/appliance app.jsonl
                """)

        @OptionGroup var common: CommonOptions

        @Argument(help: "Files, or - for standard input.")
        var files: [String]

        @Option(help: "Where the history is written; its disk decides what durable costs.")
        var directory = FileManager.default.temporaryDirectory.path

        func run() async throws {
            let evaluation = Evaluation(configuration: try common.loadConfiguration())
            let facts = try evaluation.recording(files: files, directory: directory, now: try common.moment())
            Console.data(line: try JSONText.encode(facts))
        }
    }

    struct CodeContext: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "code-context",
            abstract: "Excerpts and suspect commits of each event of a set; one JSON line a row, no model.",
            discussion: """
                A row is {"mirror": PATH, "event": {…}} or {"mirror": PATH, "trace": "…"}, perhaps with "revision" and \
                "expected": {"file", "function", "commit"}; docs/formats.md names every field. Shares and times of all \
                rows go to standard error as one JSON line.

                Example:
                  appliance evaluate code-context set.jsonl > answers.jsonl
                """)

        @OptionGroup var common: CommonOptions

        @Argument(help: "One row a line.")
        var file: String

        func run() async throws {
            let evaluation = Evaluation(configuration: try common.loadConfiguration())
            let facts = try await evaluation.codeContext(file: file, now: try common.moment()) {
                Console.data(line: $0)
            }
            Console.note(try JSONText.encode(facts))
        }
    }

    struct Diagnosis: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Diagnose each event of a set; one JSON line a row, model and prompt, and a summary.",
            discussion: """
                A row is {"event": {…}} or {"trace": "…"}, perhaps with "mirror", "revision" and "expected": \
                {"names": ["currency", "get|default"], "withheld": true}; docs/formats.md names every field. The summary, with \
                95 % intervals (Wilson), goes to standard error as one JSON line.

                Examples:
                  appliance evaluate diagnosis set.jsonl > answers.jsonl
                  appliance evaluate diagnosis --prompts prompts --prompts other-prompts set.jsonl
                  appliance evaluate diagnosis --answers kept.jsonl set.jsonl > answers.jsonl
                  appliance evaluate diagnosis --answers kept.jsonl --recheck set.jsonl > rechecked.jsonl
                  appliance evaluate diagnosis --verdicts
                """)

        @OptionGroup var common: CommonOptions

        @Argument(help: "One row a line; left out with --verdicts.")
        var file: String?

        @Option(help: "Ask only this model of models.conf; may be repeated.")
        var model: [String] = []

        @Option(help: "Directory of prompts instead of the configured one; may be repeated, to compare.")
        var prompts: [String] = []

        @Flag(help: "Ask no model: the built-in triage alone.")
        var triage = false

        @Option(help: "File that keeps answers as they come; what is in it is counted and not asked again.")
        var answers: String?

        @Flag(help: "Hold what --answers keeps against the checks as they are now; the file stays as it is.")
        var recheck = false

        @Flag(help: "Count what people said of this home's diagnoses (appliance feedback); nothing is asked.")
        var verdicts = false

        func validate() throws {
            if verdicts == (file != nil) { throw ValidationError("give either a set or --verdicts") }
            if recheck, answers == nil { throw ValidationError("--recheck needs --answers, which it reads") }
        }

        func run() async throws {
            let evaluation = Evaluation(configuration: try common.loadConfiguration())
            guard let file else {
                for facts in try evaluation.verdicts(now: try common.moment()) {
                    Console.data(line: try JSONText.encode(facts))
                }
                return
            }
            let choice = Evaluation.DiagnosisChoice(
                models: model, prompts: prompts, triageOnly: triage, answers: answers, rechecks: recheck)
            let facts = try await evaluation.diagnosis(file: file, choice, now: try common.moment()) {
                Console.data(line: $0)
            }
            Console.note(try JSONText.encode(facts))
        }
    }

    struct TOON: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "toon", abstract: "JSON as the tables of prompts are written: TOON, version 4.",
            discussion: """
                Example:
                  appliance evaluate toon --measure errors.jsonl
                """)

        @OptionGroup var common: CommonOptions

        @Argument(help: "One JSON value, or one object a line.")
        var file: String

        @Option(help: "Between the cells of a row: comma, tab or pipe.")
        var delimiter = Evaluation.CellDelimiter.comma

        @Flag(help: "Print rows, bytes as JSON and as TOON, their ratio, and the seconds of encoding instead.")
        var measure = false

        func run() async throws {
            let evaluation = Evaluation(configuration: try common.loadConfiguration())
            Console.data(line: try evaluation.toon(file: file, delimiter: delimiter, measure: measure))
        }
    }

    struct Compression: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Pack records as the history does: ratio, speed, what they share; one JSON line.",
            discussion: """
                Trains on records whose fingerprint ends in an even digit, measures the others.

                Example:
                  appliance evaluate compression records.jsonl.gz
                """)

        @OptionGroup var common: CommonOptions

        @Argument(help: "JSON lines, plain or gzip.")
        var file: String

        func run() async throws {
            let result = try Evaluation(configuration: try common.loadConfiguration()).compression(file: file)
            Console.data(line: result)
        }
    }
}

extension Evaluation.ScanTriggers: ExpressibleByArgument {}
extension Evaluation.CellDelimiter: ExpressibleByArgument {}

/// Lines that are printed together: one call of the system for many.
private struct OutputPage {
    private static let bytes = 1 << 16

    private var text: [UInt8] = []

    mutating func add(_ line: String) {
        var line = line
        line.withUTF8 { text += $0 }
        text.append(0x0A)
        if text.count > Self.bytes { print() }
    }

    mutating func print() {
        text.withUnsafeBytes(Console.data)
        text.removeAll(keepingCapacity: true)
    }
}
