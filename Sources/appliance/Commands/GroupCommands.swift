import ArgumentParser
import Delivery
import Events
import Foundation
import Pipeline

/// A group as it is named on the command line.
struct GroupArgument: ParsableArguments {
    @Argument(help: "A group's id or the beginning of it, at least 4 digits: G-9c07.")
    var group: String

    func reference() throws -> GroupReference {
        guard let reference = GroupReference(group) else {
            throw UsageError(
                description: "\"\(group.prefix(80))\" is not a group's id",
                remedy: "Ids look like G-9c07a1f2; see appliance report.")
        }
        return reference
    }
}

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Everything known of one group.",
        discussion: """
            Examples:
              appliance show G-9c07
              appliance show G-9c07 --why        which rule and which parts made the group
              appliance show G-9c07 --json
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var argument: GroupArgument

    @Flag(help: "Say which rule and which parts made the group.")
    var why = false

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let configuration = try common.loadConfiguration()
        let reporting = Reporting(configuration: configuration)
        let shown = try reporting.group(try argument.reference(), now: try common.moment())
        if json { return Console.data(line: try JSONText.encode(shown.group)) }
        Console.data(shown.markdown)
        guard why else { return }
        let explanation = try reporting.why(try argument.reference())
        Console.data(line: "\nWhy these are one group (grouping version \(explanation.version)):")
        for line in explanation.lines { Console.data(line: "  \(line.terminalSafe)") }
    }
}

struct SimilarCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "similar",
        abstract: "Groups of the past that are like one, with what mended them.",
        discussion: """
            Example:
              appliance similar G-9c07 --top 5
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var argument: GroupArgument

    @Option(help: "How many at most.")
    var top = 10

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let configuration = try common.loadConfiguration()
        let found = try Reporting(configuration: configuration).similar(
            to: try argument.reference(), limit: max(1, min(top, 100)))
        if json { return Console.data(line: try JSONText.encode(found)) }
        if found.isEmpty { Console.note("nothing like it in the history") }
        for group in found {
            let score = String(format: "%.2f", group.score)
            Console.data(
                line:
                    "\(group.fingerprint.groupID)  \(score)  \(group.title.terminalSafe)  (\(group.reason.terminalSafe))"
            )
            if let resolution = group.resolution {
                let words = [resolution.note, resolution.commit.map { "commit \($0.prefix(12))" }, resolution.by]
                    .compactMap(\.self)
                Console.data(
                    line:
                        "            resolved \(resolution.at.rfc3339.prefix(10)): \(words.joined(separator: ", ").terminalSafe)"
                )
            }
        }
    }
}

struct ResolveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resolve",
        abstract: "Mark a group as mended; if it comes back, the report names it first.",
        discussion: """
            Example:
              appliance resolve G-9c07 --commit c0ffee1 --note "time-out for pricing"
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var argument: GroupArgument

    @Option(help: "The commit that mended it.")
    var commit: String?

    @Option(help: "What was done, in words.")
    var note: String?

    @Option(help: "Who says so (default: the user).")
    var by: String?

    func run() async throws {
        let configuration = try common.loadConfiguration()
        let resolution = Resolution(
            at: try common.moment(), by: by ?? common.environment["USER"], note: note,
            commit: try CommitWord.checked(commit, option: "--commit"))
        let group = try Reporting(configuration: configuration).resolve(try argument.reference(), resolution)
        Console.note("\(group.id) is resolved: \(group.title.terminalSafe)")
    }
}

struct FeedbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "feedback",
        abstract: "Say whether a diagnosis was right, and what became of its fix draft.",
        discussion: """
            A diagnosis that was judged wrong is made again by the next batch, is told to the model as refuted, and \
            becomes no fix draft.

            Examples:
              appliance feedback G-9c07 correct
              appliance feedback G-9c07 wrong --cause "the pool was never closed" --fixed-by c0ffee1
              appliance feedback G-9c07 --draft merged
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var argument: GroupArgument

    @Argument(help: "correct, partly or wrong.")
    var verdict: Verdict?

    @Option(help: "What the cause really was, in words.")
    var cause: String?

    @Option(help: "The commit that mended it.")
    var fixedBy: String?

    @Option(help: "What became of the newest fix draft: open, merged, changed or refused.")
    var draft: DraftFate?

    @Option(help: "Who says so (default: the user).")
    var by: String?

    func validate() throws {
        guard verdict != nil || draft != nil else {
            throw ValidationError("Say correct, partly or wrong, or what became of the draft with --draft.")
        }
        guard verdict != nil || (cause == nil && fixedBy == nil) else {
            throw ValidationError("--cause and --fixed-by belong to a judgement: correct, partly or wrong.")
        }
    }

    func run() async throws {
        let feedback = Feedback(
            verdict: verdict, cause: cause, fixedBy: try CommitWord.checked(fixedBy, option: "--fixed-by"),
            draft: draft, by: by ?? common.environment["USER"], at: try common.moment())
        let group = try Reporting(configuration: try common.loadConfiguration()).record(
            feedback, of: try argument.reference())
        if let verdict {
            Console.note("\(group.id): the diagnosis is \(verdict.rawValue): \(group.title.terminalSafe)")
        }
        if let draft { Console.note("\(group.id): the draft is \(draft.rawValue)") }
    }
}

extension Verdict: ExpressibleByArgument {}
extension DraftFate: ExpressibleByArgument {}

/// A commit as a person names it.
enum CommitWord {
    static func checked(_ word: String?, option: String) throws -> String? {
        guard let word else { return nil }
        guard (7...64).contains(word.utf8.count), word.allSatisfy(\.isHexDigit) else {
            throw UsageError(
                description: "\(option) \(word.prefix(80)) is not a commit id",
                remedy: "Give 7 to 64 hexadecimal digits.")
        }
        return word.lowercased()
    }
}
