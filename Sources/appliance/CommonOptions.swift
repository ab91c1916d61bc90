import ArgumentParser
import Events
import Foundation
import Pipeline

/// Options that every command understands.
struct CommonOptions: ParsableArguments {
    @Option(help: "Directory of all state (default: APPLIANCE_HOME, /var/lib/appliance, ~/.local/state/appliance).")
    var home: String?

    @Option(help: "Directory or file of the configuration (default: the home, then /etc/appliance).")
    var config: String?

    @Flag(name: .shortAndLong, help: "Only errors and warnings on standard error.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "More detail on standard error: where everything lies, what each source gave.")
    var verbose = false

    @Option(
        help: ArgumentHelp(
            "The time to take as now, RFC 3339; for tests and for reading old logs.", visibility: .hidden))
    var now: String?

    var environment: [String: String] { ProcessInfo.processInfo.environment }

    /// The moment that counts as now in this run.
    func moment() throws -> Timestamp {
        guard let now else { return Timestamp(seconds: Date().timeIntervalSince1970) }
        guard let time = Timestamp(rfc3339: now) else {
            throw UsageError(
                description: "--now \(now) is not an RFC 3339 time", remedy: "Write it as 2026-11-21T06:00:00Z.")
        }
        return time
    }

    func loadConfiguration() throws -> Configuration {
        let found = Home.find(option: home, environment: environment)
        let configuration = try Configuration.load(home: found, option: config, environment: environment)
        if verbose {
            let files =
                configuration.files.isEmpty ? "none, defaults hold" : configuration.files.joined(separator: ", ")
            Console.note(
                "home           \(found.path)\nconfiguration  \(files)\nprompts        \(configuration.prompts)")
        }
        for warning in configuration.warnings { Console.note("appliance: warning: \(warning)") }
        return configuration
    }
}
