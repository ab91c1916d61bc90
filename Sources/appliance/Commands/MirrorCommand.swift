import ArgumentParser
import Foundation
import Pipeline

struct MirrorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mirror", abstract: "The local git mirrors.", subcommands: [Status.self, Import.self],
        defaultSubcommand: Status.self)

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Head, age, size, last fetch and missing releases of each mirror.")

        @OptionGroup var common: CommonOptions

        @Flag(help: "Print checks and facts as JSON.")
        var json = false

        func run() async throws {
            let home = Home.find(option: common.home, environment: common.environment)
            let doctor = Doctor(home: home, configurationOption: common.config, environment: common.environment)
            let reports = try await doctor.mirrors(now: try common.moment())
            if json { return Console.data(line: try JSONText.encode(reports)) }
            let checks = reports.map(\.check)
            if checks.isEmpty { Console.note("no mirror is configured; see [[mirror]] in appliance.toml") }
            for check in checks {
                Console.data(line: "\(check.subject)  \(check.state.rawValue)  \(check.finding.terminalSafe)")
                if let remedy = check.remedy { Console.data(line: "    → \(remedy)") }
            }
        }
    }

    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a bundle that was carried in into a mirror, or leave the mirror as it is.",
            discussion: """
                deploy/mirror-sync makes the bundles on the connected side. All of a bundle is checked before the \
                mirror's branches and tags change, together. Where the mirror's path does not exist yet, a bundle that \
                needs no other makes it.

                Examples:
                  appliance mirror import orders-000041.bundle
                  appliance mirror import latest.bundle --mirror orders
                  appliance mirror import orders-000001.bundle --mirror all/orders
                """)

        @OptionGroup var common: CommonOptions

        @Argument(help: "A git bundle.")
        var bundle: String

        @Option(help: "The mirror's name; without it, the one that the file is named after, or the only one.")
        var mirror: String?

        @Flag(help: "Print the changes as JSON.")
        var json = false

        func run() async throws {
            let intake = MirrorIntake(configuration: try common.loadConfiguration())
            let report = try await Interruption.run { try await intake.take(bundle, into: mirror) }
            if json { return Console.data(line: try JSONText.encode(report)) }
            if report.isNew { Console.note("mirror \(report.mirror) was not there; it is made of the bundle") }
            if report.lines.isEmpty { Console.note("mirror \(report.mirror) has all of it already") }
            for line in report.lines { Console.data(line: line.terminalSafe) }
        }
    }
}
