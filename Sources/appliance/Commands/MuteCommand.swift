import ArgumentParser
import Delivery
import Events
import Foundation
import Pipeline

struct MuteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mute",
        abstract: "Hear nothing of a group for a while: counted, but no alert, no model call, one line in the report.",
        discussion: """
            Tenfold growth, a release that it was not seen with, and a regression wake it before its time.

            Examples:
              appliance mute G-9c07 --until 2026-12-01 --reason "known, the vendor mends it"
              appliance mute G-9c07 --forever --reason "a scanner's noise"
              appliance mute G-9c07 --off
              appliance mute                      what is muted
            """)

    @OptionGroup var common: CommonOptions

    @Argument(help: "A group's id or the beginning of it; without it, all mutes are listed.")
    var group: String?

    @Option(help: "Until then: a date, RFC 3339, or so long from now (12h, 7d).")
    var until: String?

    @Flag(help: "For good.")
    var forever = false

    @Flag(help: "End it.")
    var off = false

    @Option(help: "Why; the report says so.")
    var reason: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let configuration = try common.loadConfiguration()
        let (muting, now) = (Muting(configuration: configuration), try common.moment())
        guard let group else {
            let list = try muting.list(now: now)
            if json { return Console.data(line: try JSONText.encode(list)) }
            for entry in list {
                Console.data(
                    line:
                        "\(entry.group)  \(entry.mute.until?.rfc3339 ?? "for good")  \(entry.mute.reason.terminalSafe)")
            }
            return
        }
        guard let reference = GroupReference(group) else {
            throw UsageError(
                description: "\"\(group.prefix(80))\" is not a group's id",
                remedy: "Ids look like G-9c07a1f2; see appliance report.")
        }
        if off {
            let found = try muting.unmute(reference, by: common.environment["USER"], now: now)
            return Console.note(found.map { "\($0.id) is no longer muted" } ?? "it was not muted")
        }
        guard let reason, !reason.isEmpty, forever != (until != nil) else {
            throw UsageError(
                description: "a mute needs an end and a reason",
                remedy: "Give --until TIME or --forever, and --reason \"…\".")
        }
        let end = try until.map { try moment($0, now, configuration) }
        let muted = try muting.mute(
            reference, until: end, reason: reason, by: common.environment["USER"], now: now)
        Console.note(
            "\(muted.id) is muted \(end.map { "until \($0.rfc3339)" } ?? "for good"): \(muted.title.terminalSafe)")
    }

    /// A length is from now on here, not ago.
    private func moment(_ text: String, _ now: Timestamp, _ configuration: Configuration) throws -> Timestamp {
        let zone = configuration.timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: now.seconds))
        let found =
            Duration(words: text).map { now.advanced(by: $0) }
            ?? MomentWords(text, now: now, secondsFromUTC: zone)?.moment
        guard let found, found > now else {
            throw UsageError(
                description: "--until \(text.prefix(80)) is no time to come", remedy: "Write 7d, or 2026-12-01.")
        }
        return found
    }
}

struct MaintenanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maintenance",
        abstract: "Services that may fail for a while: their alerts are held, and the report says so.",
        discussion: """
            Planned ones stand in appliance.toml as [[maintenance]].

            Examples:
              appliance maintenance start billing --for 2h --reason "database upgrade"
              appliance maintenance end billing
              appliance maintenance list
            """,
        subcommands: [Start.self, End.self, List.self], defaultSubcommand: List.self)

    struct Start: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Begin one now.")

        @OptionGroup var common: CommonOptions

        @Argument(help: "The service's name, as reports show it; \"*\" for all.")
        var service: String

        @Option(name: .customLong("for"), help: "How long: 2h, 30m; without it, until it is ended.")
        var length: String?

        @Option(help: "Why; the report says so.")
        var reason: String?

        func run() async throws {
            let duration = try length.map { text in
                guard let duration = Duration(words: text), duration > .zero else {
                    throw UsageError(
                        description: "--for \(text.prefix(80)) is no length of time", remedy: "Write 2h, or 30m.")
                }
                return duration
            }
            let begun = try MaintenanceBook(configuration: try common.loadConfiguration()).start(
                service, for: duration, reason: reason, now: try common.moment())
            Console.note("\(service.terminalSafe) is under maintenance until \(begun.end?.rfc3339 ?? "it is ended")")
        }
    }

    struct End: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End those of a service that were begun by hand.")

        @OptionGroup var common: CommonOptions

        @Argument(help: "The service's name.")
        var service: String

        func run() async throws {
            let count = try MaintenanceBook(configuration: try common.loadConfiguration()).end(
                service, now: try common.moment())
            Console.note(count > 0 ? "ended" : "none was begun by hand and still runs")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Planned, running and ended ones.")

        @OptionGroup var common: CommonOptions

        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let list = try MaintenanceBook(configuration: try common.loadConfiguration()).list(
                now: try common.moment())
            if json { return Console.data(line: try JSONText.encode(list)) }
            for entry in list {
                Console.data(
                    line:
                        "\(entry.service.terminalSafe)  \(entry.start.rfc3339)  \(entry.end?.rfc3339 ?? "-")  \(entry.reason?.terminalSafe ?? "")"
                )
            }
        }
    }
}
