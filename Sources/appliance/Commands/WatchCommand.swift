import ArgumentParser
import Delivery
import Events
import Foundation
import Logging
import Pipeline
import Server
import ServiceLifecycle
import UnixSignals

struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract:
            "Follows every source, tells what is severe within seconds, and does the nightly run by its own clock.",
        discussion: """
            What is new or back goes to the outbox at once, with the built-in triage; the model is asked beside it, and \
            its diagnosis follows into the same thread. [watch] and [schedule] of appliance.toml set the pace. Use \
            either this or a nightly appliance batch on one home, never both.

            SIGTERM and SIGINT finish what is in hand (20 s at most) and keep the rest for the next start; SIGHUP reads \
            the configuration anew, and leaves the old one in force where the new one is wrong. Under systemd with \
            Type=notify it says when it is ready, and answers the watchdog. With --listen the same process serves page \
            and doors, with the [serve] of its start.

            Examples:
              appliance watch
              appliance watch --listen 127.0.0.1:8321
              appliance watch --json | jq 'select(.event == "read")'
              kill -HUP "$(pgrep -f 'appliance watch')"
            """)

    @OptionGroup var common: CommonOptions

    @Flag(help: "Print JSON, one object for each thing that happens.")
    var json = false

    @Option(help: "Serve page and doors as well, on ADDRESS:PORT (see serve).")
    var listen: String?

    /// Time to finish what is in hand.
    private static let grace = Duration.seconds(20)

    func run() async throws {
        var configuration = try common.loadConfiguration()
        if let listen { configuration.serve.listen = listen }
        let (home, option, environment) = (configuration.home, common.config, common.environment)
        let fixed = try common.now.map { _ in try common.moment() }
        let words = WatchWords(json: json, isQuiet: common.quiet, isVerbose: common.verbose)
        let clock: @Sendable () -> Timestamp = { fixed ?? Timestamp(seconds: Date().timeIntervalSince1970) }
        let watch = Watch(
            configuration: configuration, environment: environment, clock: clock,
            reload: { try Configuration.load(home: home, option: option, environment: environment) })
        let service = WatchService(watch: watch, words: words)
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)
        ]
        if listen != nil {
            let server = try ApplianceServer(
                configuration: configuration, clock: clock,
                access: { [isQuiet = common.quiet] record in if !isQuiet { Console.note("\(record)") } })
            // Ended first: what it accepted until then is read by the watch, or by the next.
            services.append(.init(service: DoorService(server: server)))
        }
        var settings = ServiceGroupConfiguration(
            services: services,
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: Logger(label: "watch") { _ in SwiftLogNoOpLogHandler() })
        settings.maximumGracefulShutdownDuration = Self.grace
        try await ServiceGroup(configuration: settings).run()
    }
}

/// Page and doors beside a watch.
struct DoorService: Service {
    let server: ApplianceServer

    func run() async throws { try await server.runInGroup { url in Console.note("serving on \(url)") } }
}

/// The watch as a service that ends gracefully.
struct WatchService: Service {
    let watch: Watch
    let words: WatchWords

    func run() async throws {
        let summary = try await cancelWhenGracefulShutdown { [watch, words] in
            let (reloads, reload) = AsyncStream.makeStream(of: Void.self)
            let hangUps = await UnixSignalsSequence(trapping: .sighup)
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { for await _ in hangUps { reload.yield() } }
                defer { group.cancelAll() }
                return try await watch.run(reloads: reloads, tell: words.tell)
            }
        }
        words.show(summary)
    }
}

/// What a watch says while it runs.
struct WatchWords: Sendable {
    let json: Bool
    let isQuiet: Bool
    let isVerbose: Bool

    private struct Line: Encodable {
        var event: String
        var events: Int?
        var groups: Int?
        var new: Int?
        var messages: [Int]?
        var sources: Int?
        var report: String?
        var words: String?
    }

    private struct Total: Encodable {
        var event = "stopped"
        var summary: WatchSummary
    }

    func tell(_ event: WatchEvent) {
        if json { return tellJSON(event) }
        switch event {
        case .watching(let sources, let folders, let unwatched):
            note(
                "watching \(NumberText.counted(sources, "source")) in \(NumberText.counted(folders, "folder"))"
                    + (unwatched > 0 ? ", \(unwatched) of them by the clock alone" : "") + "; stop with Ctrl-C")
        case .read(let events, let groups, let new, let messages):
            note(
                "\(NumberText.counted(events, "event")) in \(NumberText.counted(groups, "group"))"
                    + (new > 0 ? ", \(new) new" : "") + Self.sent(messages))
        case .diagnosed(let groups, let messages):
            note("\(NumberText.counted(groups, "group")) diagnosed" + Self.sent(messages))
        case .nightly(let report, let messages): note("nightly run: \(report)" + Self.sent(messages))
        case .reloaded: note("the configuration was read anew")
        case .notReloaded(let reason): Console.note("appliance: the old configuration stays: \(reason)")
        case .failed(let words): Console.note("appliance: \(words)")
        case .progress(.warning(let words)): Console.note("appliance: warning: \(words)")
        case .progress(.detail(let words)): if isVerbose { note(words) }
        case .progress: break
        }
    }

    private func note(_ text: String) { if !isQuiet { Console.note(text.terminalSafe) } }

    private static func sent(_ messages: [Int]) -> String {
        guard let first = messages.first, let last = messages.last else { return "" }
        return first == last ? "; message \(first) in the outbox" : "; messages \(first)–\(last) in the outbox"
    }

    private func tellJSON(_ event: WatchEvent) {
        let line: Line? =
            switch event {
            case .watching(let sources, _, _): Line(event: "watching", sources: sources)
            case .read(let events, let groups, let new, let messages):
                Line(event: "read", events: events, groups: groups, new: new, messages: messages)
            case .diagnosed(let groups, let messages): Line(event: "diagnosed", groups: groups, messages: messages)
            case .nightly(let report, let messages): Line(event: "nightly", messages: messages, report: report)
            case .reloaded: Line(event: "reloaded")
            case .notReloaded(let reason): Line(event: "not-reloaded", words: reason)
            case .failed(let words): Line(event: "failed", words: words)
            case .progress(.warning(let words)): Line(event: "warning", words: words)
            case .progress: nil
            }
        if let line, let text = try? JSONText.encode(line) { Console.data(line: text) }
    }

    func show(_ summary: WatchSummary) {
        if json {
            if let text = try? JSONText.encode(Total(summary: summary)) { Console.data(line: text) }
        } else {
            note(
                "stopped: \(NumberText.counted(summary.lines, "line")) and "
                    + "\(NumberText.counted(summary.events, "event")) read, \(summary.diagnosed) diagnosed, "
                    + "\(NumberText.counted(summary.messages, "message")) sent; the rest waits for the next start")
        }
    }
}
