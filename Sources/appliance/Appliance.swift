import ArgumentParser
import Foundation

/// The command line: options → settings → one call into Pipeline → render.
@main
struct Appliance: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "appliance",
        abstract: "Reads error logs, finds out what broke and why, and keeps everything on this host.",
        discussion: """
            A nightly batch reads what is new, groups it, looks at the code in a local git mirror and at similar past \
            errors, asks a local Ollama model, and writes a report. Without a model it still answers, and says so.

            First steps:
              appliance init                      writes appliance.toml, models.conf and prompts to edit
              appliance doctor                    checks what is configured, with a remedy for each fault
              appliance batch                     reads, groups, diagnoses, writes the report and the outbox
              appliance report --since 24h        the report, from history alone
              some-program 2>&1 | appliance explain   a diagnosis of a pasted stack trace, now
            """,
        version: "0.1.0",
        groupedSubcommands: [
            CommandGroup(
                name: "Daily work",
                subcommands: [
                    BatchCommand.self, WatchCommand.self, ReportCommand.self, ExplainCommand.self, ServeCommand.self,
                ]),
            CommandGroup(
                name: "Groups of errors",
                subcommands: [
                    ShowCommand.self, SimilarCommand.self, ResolveCommand.self, FeedbackCommand.self, MuteCommand.self,
                    MaintenanceCommand.self, FixCommand.self,
                ]),
            CommandGroup(
                name: "Setting up",
                subcommands: [
                    InitCommand.self, DoctorCommand.self, ConfigCommand.self, PromptsCommand.self, ModelsCommand.self,
                ]),
            CommandGroup(
                name: "Data",
                subcommands: [HistoryCommand.self, OutboxCommand.self, RelayCommand.self, MirrorCommand.self]),
            CommandGroup(name: "Measuring", subcommands: [IngestCommand.self, EvaluateCommand.self]),
        ])

    /// Runs the command and turns whatever it throws into one message and one exit code.
    static func main() async {
        // A reader that goes away (`| head`) must not kill us in the middle of a write to a child process.
        signal(SIGPIPE, SIG_IGN)
        umask(0o077)
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            Failure.report(error)
        }
    }
}
