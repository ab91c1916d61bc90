import ArgumentParser
import Delivery
import Events
import Foundation
import Pipeline

extension OutboxCommand {
    struct Approve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let messages leave that wait for approval ([export] approval = \"required\").",
            discussion: """
                A message gets its number and its place in the chain when it is approved. Waiting ones are listed by \
                appliance outbox list; show --held prints one.

                Examples:
                  appliance outbox approve 3 4
                  appliance outbox approve --all
                  appliance outbox approve 5 --refuse     it never leaves
                """)

        @OptionGroup var common: CommonOptions

        @Argument(help: "Numbers of waiting messages.")
        var held: [Int] = []

        @Flag(help: "All that wait.")
        var all = false

        @Flag(help: "Take them away instead.")
        var refuse = false

        func validate() throws {
            if held.isEmpty != all { throw ValidationError("name messages, or --all") }
        }

        func run() async throws {
            let leaving = OutboxLeaving(configuration: try common.loadConfiguration())
            let (now, user) = (try common.moment(), common.environment["USER"])
            if refuse {
                for id in all ? try leaving.held(now: now).map(\.held) : held {
                    try leaving.refuse(id, by: user, now: now)
                    Console.note("\(id) is taken away")
                }
                return
            }
            for number in try leaving.approve(all ? nil : held, by: user, now: now) { Console.data(line: "\(number)") }
        }
    }

    struct Ship: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copy what waits to a directory (a stick, a diode's inbox), with a signed manifest.",
            discussion: """
                Each file appears whole under its name; what is there already is left alone. Messages stay in \
                outbox/new until their ack comes back, unless [outbox] ack = "none".

                Examples:
                  appliance outbox ship /media/stick
                  appliance outbox ship /media/stick --range 40-52    again, whatever became of them
                """)

        @OptionGroup var common: CommonOptions

        @Argument(help: "The directory; made if it is missing.")
        var directory: String

        @Option(help: "Only these numbers, also those that were sent: 40-52, or 40.")
        var range: String?

        func run() async throws {
            let shipped = try OutboxLeaving(configuration: try common.loadConfiguration()).ship(
                to: URL(fileURLWithPath: directory).standardizedFileURL.path, range: try range.map(Self.numbers),
                now: try common.moment())
            for message in shipped { Console.data(line: message.entry.name) }
            if !common.quiet {
                Console.note("\(shipped.count) messages, \(shipped.reduce(0) { $0 + $1.bytes + $1.attached }) bytes")
            }
        }

        private static func numbers(_ text: String) throws -> ClosedRange<Int> {
            let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard (1...2).contains(parts.count), let first = parts[0], let last = parts[parts.count - 1], first >= 1,
                first <= last
            else {
                throw UsageError(
                    description: "--range \(text.prefix(80)) is no range of numbers", remedy: "Write 40-52, or 40.")
            }
            return first...last
        }
    }

    struct Ack: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take in an ack of the relay: marks messages as sent, deletes nothing.",
            discussion: """
                Believed only when the relay signed it whose key is pinned ([outbox] relay_key).

                Example:
                  appliance outbox ack /media/stick/dc-seoul-2.ack.json
                """)

        @OptionGroup var common: CommonOptions

        @Argument(help: "The ack's file.")
        var file: String

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let result = try OutboxLeaving(configuration: try common.loadConfiguration()).acknowledge(
                file: file, now: try common.moment())
            if json { return Console.data(line: try JSONText.encode(result)) }
            Console.note("\(result.marked.count) messages are sent")
            for number in result.parked { Console.data(line: "\(number)  refused by the webhook; the relay says why") }
            for number in result.doubt { Console.data(line: "\(number)  in doubt: posted or not, nobody knows") }
        }
    }

    struct Ledger: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What left, when and how large.",
            discussion: """
                Examples:
                  appliance outbox ledger --csv > what-left.csv     for an audit (RFC 4180)
                  appliance outbox ledger --json
                """)

        @OptionGroup var common: CommonOptions

        @Flag(help: "Print CSV with a head.")
        var csv = false

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let entries = try OutboxLeaving(configuration: try common.loadConfiguration()).ledger(
                now: try common.moment())
            if csv { return Console.data(entries.reduce(into: OutboxLedgerLine.csvHead) { $0 += $1.csv }) }
            if json { return Console.data(line: try JSONText.encode(entries)) }
            for entry in entries {
                let detail = entry.detail.map { "  \($0.terminalSafe)" } ?? ""
                Console.data(
                    line:
                        "\(entry.time.rfc3339)  \(entry.event)  \(entry.message)  \(entry.subject.terminalSafe)  \((entry.bytes + entry.attachedBytes).asSize)\(detail)"
                )
            }
        }
    }
}
