import ArgumentParser
import Events
import Foundation
import Pipeline

struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "The models of the one endpoint: what is there, what fits, how fast it is.",
        subcommands: [List.self, Check.self, Bench.self, Accept.self, ModelsImportCommand.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What the server has, and which tables of models.conf name it.",
            discussion: """
                Example:
                  appliance models list --json
                """)

        @OptionGroup var common: CommonOptions

        @Flag(help: "Print the list as JSON.")
        var json = false

        func run() async throws {
            let models = try await ModelDesk(configuration: try common.loadConfiguration()).list()
            if json { return Console.data(line: try JSONText.encode(models)) }
            for model in models {
                let facts = [
                    "\(model.size >> 20) MB", model.parameters, model.quantization,
                    model.context.map { "context \($0)" },
                    model.isLoaded ? "loaded" : nil,
                    model.tables.isEmpty ? nil : model.tables.map { "[models.\($0)]" }.joined(separator: " "),
                ]
                let words = facts.compactMap(\.self).joined(separator: ", ")
                Console.data(line: "\(model.name)  \(model.digest.prefix(12))  \(words)".terminalSafe)
            }
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Whether each model of models.conf is there, is the accepted one, and fits.",
            discussion: """
                Example:
                  appliance models check
                """)

        @OptionGroup var common: CommonOptions

        @Flag(help: "Print the checks as JSON.")
        var json = false

        func run() async throws {
            let desk = ModelDesk(configuration: try common.loadConfiguration())
            let checks = await desk.check(now: try common.moment(), memory: MachineMemory.here())
            if json {
                Console.data(line: try JSONText.encode(checks))
            } else {
                for check in checks {
                    Console.data(line: "\(check.subject) \(check.state.rawValue) \(check.finding.terminalSafe)")
                    if let remedy = check.remedy { Console.data(line: "  → \(remedy)") }
                }
            }
            if let worst = checks.compactMap(\.failureKind).max(by: { $0.rawValue < $1.rawValue }) {
                Foundation.exit(worst.rawValue)
            }
            if checks.contains(where: { $0.state == .warning }) { Foundation.exit(FailureKind.unavailable.rawValue) }
        }
    }

    struct Bench: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ask each model about a sample: tokens a second, real context, whether it follows the schema.",
            discussion: """
                Example:
                  appliance models bench --calls 5 --json
                """)

        @OptionGroup var common: CommonOptions

        @Option(help: "How often each model is asked, 1 to 100.")
        var calls = 3

        @Flag(help: "Print the results as JSON.")
        var json = false

        func validate() throws {
            if !(1...100).contains(calls) { throw ValidationError("--calls: from 1 to 100") }
        }

        func run() async throws {
            let desk = ModelDesk(configuration: try common.loadConfiguration())
            let results = try await desk.bench(calls: calls)
            if json { return Console.data(line: try JSONText.encode(results)) }
            for result in results {
                if let failure = result.failure {
                    Console.data(line: "\(result.model): \(failure)".terminalSafe)
                    continue
                }
                let speed =
                    "prompt \(Int(result.promptTokensPerSecond)) tokens/s, answer \(Int(result.answerTokensPerSecond))"
                let context = result.context.map { ", context \($0)" } ?? ""
                Console.data(
                    line: "\(result.model): \(speed), schema followed \(result.followedSchema) of \(result.calls), "
                        + "all checks passed \(result.passedChecks)\(context)")
            }
        }
    }

    struct Accept: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take the digest that a model has now as its right one, after it was changed on purpose.",
            discussion: """
                Example:
                  appliance models accept qwen2.5-coder:7b
                """)

        @OptionGroup var common: CommonOptions

        @Argument(help: "The model's name, as models.conf has it.")
        var name: String

        func run() async throws {
            let digest = try await ModelDesk(configuration: try common.loadConfiguration())
                .accept(name, now: try common.moment())
            Console.note("\(name) is asked with sha256 \(digest) from now on")
        }
    }
}
