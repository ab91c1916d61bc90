import ArgumentParser
import Foundation
import Pipeline

struct MirrorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mirror", abstract: "The local git mirrors.", subcommands: [Status.self],
        defaultSubcommand: Status.self)

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Head, age and missing releases of each mirror.")

        @OptionGroup var common: CommonOptions

        @Flag(help: "Print the checks as JSON.")
        var json = false

        func run() async throws {
            let home = Home.find(option: common.home, environment: common.environment)
            let doctor = Doctor(home: home, configurationOption: common.config, environment: common.environment)
            let checks = try await doctor.mirrors(now: try common.moment())
            if json { return Console.data(line: try JSONText.encode(checks)) }
            if checks.isEmpty { Console.note("no mirror is configured; see [[mirror]] in appliance.toml") }
            for check in checks {
                Console.data(line: "\(check.subject)  \(check.state.rawValue)  \(check.finding.terminalSafe)")
                if let remedy = check.remedy { Console.data(line: "    → \(remedy)") }
            }
        }
    }
}
