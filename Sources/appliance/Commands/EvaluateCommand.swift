import ArgumentParser
import Foundation
import Pipeline

struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Measure one stage alone, on data of your own.",
        subcommands: [Fingerprints.self, Redact.self])

    struct Fingerprints: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "One fingerprint a line for a file of events (JSON lines).")

        @OptionGroup var common: CommonOptions

        @Argument(help: "One event a line.")
        var file: String

        func run() async throws {
            try Evaluation(configuration: try common.loadConfiguration()).fingerprints(file: file) {
                Console.data(line: $0)
            }
        }
    }

    struct Redact: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Standard input, redacted line by line.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            try Evaluation(configuration: try common.loadConfiguration()).redact(.standardInput) { Console.data($0) }
        }
    }
}
