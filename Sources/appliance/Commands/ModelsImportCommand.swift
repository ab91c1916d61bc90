import ArgumentParser
import Events
import Foundation
import Pipeline

struct ModelsImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Verify a model that was carried in, and make it at the endpoint.",
        discussion: """
            Takes a GGUF file, a folder with one, or a folder that deploy/models/carry wrote. The file's header is read \
            to its end, so that one that was cut short is found; its SHA-256 must be the one in the list that came along: \
            FILE.gguf.sha256, CARRY-LIST or SHA256SUMS beside it, or the one that --carry-list names. Then it is handed \
            to the server of models.conf, which checks the sum again and makes the model; nothing is fetched.

            Examples:
              appliance models import /media/stick/qwen2.5-coder-7b.gguf --name qwen2.5-coder:7b
              appliance models import /media/stick/library-qwen2.5-coder-7b
              appliance models import /media/stick/model.gguf --check      only verify
            """)

    @OptionGroup var common: CommonOptions

    @Argument(help: ArgumentHelp("The GGUF file, or the folder.", valueName: "file.gguf|dir"))
    var path: String

    @Option(help: "Name of the model at the server (default: the carried one, or the file's own).")
    var name: String?

    @Option(help: "The list of sums, where it lies elsewhere: brought by another way, it proves more.")
    var carryList: String?

    @Flag(help: "Take the place of a model that has this name already.")
    var replace = false

    @Flag(help: "Verify, and make nothing.")
    var check = false

    @Flag(help: "Print what was made as JSON.")
    var json = false

    func run() async throws {
        let display = ProgressDisplay(quiet: common.quiet, verbose: common.verbose, environment: common.environment)
        defer { display.finish() }
        let desk = ModelImport(configuration: try common.loadConfiguration()) { display.handle($0) }
        let made = try await desk.run(path, name: name, list: carryList, replacing: replace, checking: check)
        display.finish()
        if made.list == nil, !common.quiet {
            Console.note("no list of sums came along: compare the sum below with the one where it comes from")
        }
        if json { return Console.data(line: try JSONText.encode(made)) }
        for file in made.files {
            Console.data(line: "\(file.sha256)  \(file.bytes)  \(file.path)".terminalSafe)
        }
        let context = made.contextTokens.map { ", context \($0)" } ?? ""
        guard let digest = made.digest else {
            return Console.data(
                line: "fine: \(made.name), \(made.architecture)\(context); nothing was made".terminalSafe)
        }
        Console.data(line: "made \(made.name), \(made.architecture)\(context)".terminalSafe)
        Console.data(line: "digest = \"\(digest)\"".terminalSafe)
    }
}
