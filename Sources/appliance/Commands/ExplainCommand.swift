import ArgumentParser
import Events
import Foundation
import Pipeline

struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract:
            "Diagnose a pasted stack trace or log line now: code, suspect commit, similar past errors, what to do.",
        discussion: """
            Reads a file or standard input; nothing is recorded.

            Examples:
              tail -n 50 app.log | appliance explain
              appliance explain trace.txt --service orders-api
              appliance explain --context-only --json event.json
            """)

    @OptionGroup var common: CommonOptions

    @Argument(help: "A file, or - for standard input.")
    var file = "-"

    @Option(help: "The service it comes from, if the text does not say.")
    var service: String?

    @Option(help: "The release that was running, if the text does not say.")
    var release: String?

    @Flag(help: "Only the code context: no history, no model.")
    var contextOnly = false

    @Flag(help: "Built-in triage only; no model is asked.")
    var noModel = false

    @Flag(help: "Print JSON.")
    var json = false

    /// More than any trace that a person pastes.
    private static let inputLimit = 4 << 20

    func run() async throws {
        let configuration = try common.loadConfiguration()
        let text = try BoundedInput.read(file, limit: Self.inputLimit)
        let explainer = Explainer(configuration: configuration, service: service, release: release, asksModel: !noModel)
        let now = try common.moment()
        if contextOnly {
            let context = try await Interruption.run { try await explainer.context(of: text, now: now) }
            Console.data(line: try JSONText.encode(context, pretty: !json))
            return
        }
        if Console.isErrorTerminal, !common.quiet { Console.note("explaining; a model may take a minute") }
        let explanation = try await Interruption.run { try await explainer.explain(text, now: now) }
        Console.data(line: json ? try JSONText.encode(explanation.group) : explanation.markdown)
    }
}

/// Input that a person hands over, read whole and bounded.
enum BoundedInput {
    static func read(_ path: String, limit: Int) throws -> String {
        let handle: FileHandle
        if path == "-" {
            if isatty(STDIN_FILENO) == 1 { Console.note("paste the text, then press Control-D") }
            handle = .standardInput
        } else {
            guard let file = FileHandle(forReadingAtPath: path) else {
                throw MissingInput(path: path, reason: String(cString: strerror(errno)))
            }
            handle = file
        }
        var data = Data()
        while data.count <= limit, let piece = try handle.read(upToCount: 1 << 16), !piece.isEmpty { data += piece }
        guard data.count <= limit else {
            throw UsageError(
                description: "the input is larger than \(limit.asSize)",
                remedy: "Cut it to the error and what surrounds it.")
        }
        let text = String(decoding: data, as: UTF8.self)
        guard text.contains(where: { !$0.isWhitespace }) else { throw MissingInput(path: path, reason: "it is empty") }
        return text
    }
}

struct MissingInput: OperatorFacing {
    var path: String
    var reason: String

    var description: String { "cannot read \(path == "-" ? "standard input" : path): \(reason)" }
    var remedy: String? { "Give a file that exists, or pipe the text in." }
    var kind: FailureKind { .noInput }
}
