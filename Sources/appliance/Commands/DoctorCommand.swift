import ArgumentParser
import Events
import Foundation
import Pipeline

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check everything that a batch needs, with a remedy for each fault.",
        discussion: """
            Configuration, modes, disk and inodes, clock, integrity of the history, cursors, prompts, the endpoint with \
            its model and context, mirrors' age, the outbox's chain, the sandbox, the services, and the connections of \
            the run at work. Exits with the class of the worst fault: 0 where nothing is broken, warnings or not.

            Examples:
              appliance doctor --json
              appliance doctor --fix       also make the home and its keys their owner's alone
              appliance doctor --quick     history, disk, outbox and endpoint in a moment, for a probe
            """)

    @OptionGroup var common: CommonOptions

    @Flag(help: "Print the checks as JSON.")
    var json = false

    @Flag(help: "Mend what is safe to mend: rights that are too wide, folders that are missing.")
    var fix = false

    @Flag(help: "Only what a probe asks every minute; prints what is wrong with --quiet, and nothing else.")
    var quick = false

    func validate() throws {
        if quick, fix { throw ValidationError("--quick only looks: no --fix") }
    }

    func run() async throws {
        let home = Home.find(option: common.home, environment: common.environment)
        let doctor = Doctor(home: home, configurationOption: common.config, environment: common.environment)
        let now = try common.moment()
        let all = quick ? await doctor.quick(now: now) : await doctor.run(now: now, fixing: fix)
        let checks = common.quiet ? all.filter { $0.state != .ok } : all
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
            if !common.quiet { Console.data(line: Self.conclusion(checks)) }
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
