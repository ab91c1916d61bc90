import ArgumentParser
import Delivery
import Events
import Foundation
import Pipeline

struct RelayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relay",
        abstract: "On the connected side: posts what came over the gap, each message once, to Discord.",
        discussion: """
            Needs this binary, a directory that messages arrive in, the sites' public keys and, in a file of mode 0600, \
            the URL of each webhook; no history, no mirror, no model. relay.toml says what goes where. Every message is \
            checked (signature, chain, attachments) before it is posted; what is missing, changed, doubled or not \
            signed by a known site is named. The ledger in its state directory keeps a restart from posting twice; \
            where nobody can know whether a message was posted, it is said to be in doubt.

            Exit codes: 0 all is posted, 65 something is wrong with messages, 69 a webhook cannot be reached now.

            Examples:
              appliance relay --example > /etc/appliance/relay.toml
              appliance relay --dry-run                print what would be posted, and every fault
              appliance relay --once                   from a timer
              appliance relay                          until it is stopped
              appliance relay --once --again 41        post message 41 again, though it may have been posted
            """)

    @OptionGroup var common: CommonOptions

    @Flag(help: "One look at the spool, then end.")
    var once = false

    @Flag(help: "Print what would be posted; nothing is posted or written.")
    var dryRun = false

    @Option(help: ArgumentHelp("Post a message again that is parked or in doubt: N, or SITE/N.", valueName: "message"))
    var again: [String] = []

    @Flag(help: "Print a relay.toml to edit.")
    var example = false

    @Flag(help: "Print JSON, one object a line.")
    var json = false

    func run() async throws {
        if example { return Console.data(Relaying.example) }
        let home = Home.find(option: common.home, environment: common.environment)
        let relaying = try Relaying(home: home, option: common.config)
        let fixed = try common.now.map { _ in try common.moment() }
        let words = RelayWords(json: json, isQuiet: common.quiet)
        let (once, dryRun, messages) = (once, dryRun, try again.map(Self.message))
        let summary = try await Interruption.run {
            try await relaying.run(
                once: once, dryRun: dryRun, again: messages,
                now: { fixed ?? Timestamp(seconds: Date().timeIntervalSince1970) }, tell: words.tell)
        }
        words.show(summary, dryRun: dryRun)
        if summary.faults.contains(where: { !$0.isPassing }) { Foundation.exit(FailureKind.data.rawValue) }
        if !summary.faults.isEmpty { Foundation.exit(FailureKind.unavailable.rawValue) }
    }

    private static func message(_ text: String) throws -> (sequence: Int, site: String?) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let last = parts.last, let sequence = Int(last), sequence > 0 else {
            throw UsageError(
                description: "--again \(text.prefix(80)) names no message", remedy: "Write 41, or dc-seoul-2/41.")
        }
        return (sequence, parts.count == 2 ? String(parts[0]) : nil)
    }
}

/// What a relay says while it works.
struct RelayWords: Sendable {
    let json: Bool
    let isQuiet: Bool

    private struct Line: Encodable {
        var event: String
        var message: String?
        var channel: String?
        var fault: String?
        var words: String?
        var seconds: Double?
        var path: String?
    }

    private struct Total: Encodable {
        var event = "round"
        var posted: Int
        var waiting: Int
        var inDoubt: [String]
        var faults: [String]
    }

    func tell(_ event: RelayEvent) {
        if json { return tellJSON(event) }
        switch event {
        case .posted(let message, let channel): if !isQuiet { Console.data(line: "posted  \(message)  \(channel)") }
        case .wouldPost(let message, let channel, let payload):
            Console.note("would post  \(message)  \(channel)")
            Console.data(line: String(decoding: payload, as: UTF8.self))
        case .leftOut(let file, let message, let channel):
            Console.note("\(message): \(file.terminalSafe) is too large for \(channel), and left out")
        case .waiting(let channel, let time, let reason):
            if !isQuiet { Console.note("\(channel): waiting \(Int(time.inSeconds)) s (\(reason))") }
        case .fault(let fault): Console.note("appliance: \(fault.description.terminalSafe)")
        case .acknowledged(let site, let path): if !isQuiet { Console.note("ack of \(site): \(path)") }
        }
    }

    private func tellJSON(_ event: RelayEvent) {
        let line =
            switch event {
            case .posted(let message, let channel): Line(event: "posted", message: message, channel: channel)
            case .wouldPost(let message, let channel, let payload):
                Line(
                    event: "would-post", message: message, channel: channel,
                    words: String(decoding: payload, as: UTF8.self))
            case .leftOut(let file, let message, let channel):
                Line(event: "left-out", message: message, channel: channel, words: file)
            case .waiting(let channel, let time, let reason):
                Line(event: "waiting", channel: channel, words: reason, seconds: time.inSeconds)
            case .fault(let fault): Line(event: "fault", fault: fault.code, words: fault.description)
            case .acknowledged(let site, let path): Line(event: "ack", words: site, path: path)
            }
        if let text = try? JSONText.encode(line) { Console.data(line: text) }
    }

    func show(_ summary: RelaySummary, dryRun: Bool) {
        if json {
            let total = Total(
                posted: summary.posted, waiting: summary.waiting, inDoubt: summary.inDoubt,
                faults: summary.faults.map(\.description))
            if let text = try? JSONText.encode(total) { Console.data(line: text) }
            return
        }
        for item in summary.inDoubt { Console.note("in doubt  \(item)") }
        if !isQuiet {
            Console.note(
                "\(summary.posted) \(dryRun ? "would be posted" : "posted"), \(summary.waiting) waiting, "
                    + "\(summary.inDoubt.count) in doubt")
        }
    }
}
