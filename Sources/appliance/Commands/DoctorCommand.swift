import ArgumentParser
import Events
import Foundation
import Pipeline

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check everything that a batch needs, with a remedy for each fault.",
        discussion: """
            Example:
              appliance doctor --json
            """)

    @OptionGroup var common: CommonOptions

    @Flag(help: "Print the checks as JSON.")
    var json = false

    func run() async throws {
        let home = Home.find(option: common.home, environment: common.environment)
        let doctor = Doctor(home: home, configurationOption: common.config, environment: common.environment)
        let checks = await doctor.run(now: try common.moment())
        if json {
            Console.data(line: try JSONText.encode(checks))
        } else {
            let width = checks.map(\.subject.count).max() ?? 0
            for check in checks {
                let subject = check.subject.padding(toLength: width, withPad: " ", startingAt: 0)
                let state = check.state.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
                Console.data(line: "\(subject) \(state) \(check.finding.terminalSafe)")
                guard let remedy = check.remedy else { continue }
                Console.data(line: "\(String(repeating: " ", count: width + 10))→ \(remedy)")
            }
            Console.data(line: Self.conclusion(checks))
        }
        let worst = checks.compactMap(\.failureKind).max { $0.rawValue < $1.rawValue }
        if let worst { Foundation.exit(worst.rawValue) }
    }

    private static func conclusion(_ checks: [Doctor.Check]) -> String {
        let broken = checks.count { $0.state == .broken }
        let warnings = checks.count { $0.state == .warning }
        return "\(warnings) \(warnings == 1 ? "warning" : "warnings"), \(broken == 0 ? "nothing" : "\(broken)") broken"
    }
}
