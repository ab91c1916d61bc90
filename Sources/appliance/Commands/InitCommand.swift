import ArgumentParser
import Foundation
import Pipeline

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write appliance.toml, models.conf and the prompts to edit, with a comment a key.",
        discussion: """
            Nothing that exists is replaced.

            Example:
              appliance init --home ~/appliance && $EDITOR ~/appliance/appliance.toml
            """)

    @OptionGroup var common: CommonOptions

    func run() throws {
        let home = Home.find(option: common.home, environment: common.environment)
        for step in try Initializer(home: home).run() {
            if !common.quiet { Console.note("\(step.wasWritten ? "written" : "kept   ")  \(step.path)") }
        }
        guard !common.quiet else { return }
        Console.note(
            "Next: name your logs and mirrors in \(home.path)/appliance.toml, then: appliance doctor --home \(home.path)"
        )
    }
}

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Check the configuration, or print its reference.",
        subcommands: [Check.self, Reference.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Name everything that is wrong with the configuration, with file and line.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let configuration = try common.loadConfiguration()
            let files = configuration.files.isEmpty ? "no file, defaults" : configuration.files.joined(separator: ", ")
            Console.note(
                "fine: \(configuration.sources.count) sources, \(configuration.mirrors.count) mirrors (\(files))")
        }
    }

    struct Reference: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print every key, its default and its meaning as Markdown.")

        func run() { Console.data(ConfigurationTemplate.reference) }
    }
}

struct PromptsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prompts", abstract: "Check the prompt files.", subcommands: [Check.self])

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Read every prompt file and render it on a sample.")

        @OptionGroup var common: CommonOptions

        @Flag(help: "Print what the model would be sent.")
        var show = false

        func run() async throws {
            let configuration = try common.loadConfiguration()
            for rendered in try PromptCheck(configuration: configuration).run() {
                Console.note(
                    "fine: \(rendered.name)/\(rendered.version), about \(rendered.tokens) tokens on the sample")
                if show { Console.data(line: rendered.text) }
            }
        }
    }
}
