import ArgumentParser
import Events
import Foundation
import Pipeline

struct OutboxCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outbox", abstract: "What waits to leave the site, one message a file.",
        subcommands: [
            List.self, Show.self, Approve.self, Ship.self, Ack.self, Ledger.self, Extract.self, Verify.self,
        ], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The messages that wait.",
            discussion: """
                Those that wait for approval come first: all of them where [export] approval = "required", and \
                everywhere a fix draft with something in its patch that looks like a secret.

                Examples:
                  appliance outbox list
                  appliance outbox list --held --json
                """)

        @OptionGroup var common: CommonOptions

        @Flag(help: "Only their numbers.")
        var ids = false

        @Flag(help: "Only those that wait for approval.")
        var held = false

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let configuration = try common.loadConfiguration()
            let waiting =
                held || (!json && !ids)
                ? try OutboxLeaving(configuration: configuration).held(now: try common.moment()) : []
            if held, json { return Console.data(line: try JSONText.encode(waiting)) }
            if held, ids { return waiting.forEach { Console.data(line: "\($0.held)") } }
            for entry in waiting {
                let words = "\(entry.kind)  \(entry.subject.terminalSafe)  \(entry.bytes.asSize)"
                Console.data(line: "held \(entry.held)  \(entry.time.rfc3339)  \(words)")
            }
            if held { return }
            let messages = try OutboxReading(configuration: configuration).list()
            if json { return Console.data(line: try JSONText.encode(messages)) }
            if ids { return messages.forEach { Console.data(line: "\($0.number)") } }
            if messages.isEmpty { Console.note("the outbox is empty") }
            for message in messages {
                Console.data(
                    line:
                        "\(message.number)  \(message.time ?? "-")  \(message.subject?.terminalSafe ?? "-")  \(message.bytes.asSize)"
                )
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Exactly what would leave.")

        @OptionGroup var common: CommonOptions

        @Argument(help: "The message's number.")
        var number: Int

        @Flag(help: "The number is one that waits for approval.")
        var held = false

        func run() async throws {
            if held {
                let leaving = OutboxLeaving(configuration: try common.loadConfiguration())
                return Console.data(line: try leaving.text(ofHeld: number, now: try common.moment()))
            }
            Console.data(line: try OutboxReading(configuration: try common.loadConfiguration()).text(of: number))
        }
    }

    struct Extract: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the files of a fix draft (patch, bundle, text of its pull request) or of an issue.",
            discussion: """
                Example:
                  appliance outbox extract 412 out
                  gh issue create --title "$(cat out/G-9c07a1b2.title)" --body-file out/G-9c07a1b2.md
                """)

        @OptionGroup var common: CommonOptions

        @Argument(help: "The message's number.")
        var number: Int

        @Argument(help: "The directory to write to; made if it is missing, and no file in it is replaced.")
        var directory: String

        func run() async throws {
            let reading = OutboxReading(configuration: try common.loadConfiguration())
            for path in try reading.extract(number, to: directory) { Console.data(line: path) }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check the chain of messages: lost, changed, doubled.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let problems = try OutboxReading(configuration: try common.loadConfiguration()).verify()
            for problem in problems { Console.data(line: problem) }
            guard problems.isEmpty else { Foundation.exit(FailureKind.data.rawValue) }
            Console.note("the chain is whole")
        }
    }
}
