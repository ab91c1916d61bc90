import Delivery
import Diagnosing
import Events
import Foundation
import GitMirror
import History
import HTTPTransport
import Intake

/// Checks everything that a batch needs, and says what to do about each fault.
public struct Doctor: Sendable {
    public struct Check: Sendable, Codable, Hashable {
        public enum State: String, Sendable, Codable { case ok, warning, broken }

        public var subject: String
        public var state: State
        public var finding: String
        public var remedy: String?
        /// The exit class of a broken check.
        var kind: Int32?

        public var failureKind: FailureKind? {
            state == .broken ? kind.flatMap(FailureKind.init) ?? .configuration : nil
        }

        static func ok(_ subject: String, _ finding: String) -> Check {
            Check(subject: subject, state: .ok, finding: finding)
        }

        static func warning(_ subject: String, _ finding: String, _ remedy: String) -> Check {
            Check(subject: subject, state: .warning, finding: finding, remedy: remedy)
        }

        static func broken(_ subject: String, _ error: any Error) -> Check {
            guard let error = error as? any OperatorFacing else {
                return Check(
                    subject: subject, state: .broken, finding: "\(error)", remedy: Self.unknownRemedy,
                    kind: FailureKind.bug.rawValue)
            }
            let finding = error.description.replacing("\n", with: "; ")
            return Check(
                subject: subject, state: .broken, finding: finding, remedy: error.remedy ?? Self.unknownRemedy,
                kind: error.kind.rawValue)
        }

        private static let unknownRemedy = "look at what is named; if it should work, report this line"
    }

    let home: Home
    let configurationOption: String?
    let environment: [String: String]

    public init(home: Home, configurationOption: String?, environment: [String: String]) {
        (self.home, self.configurationOption, self.environment) = (home, configurationOption, environment)
    }

    /// - Parameters:
    ///   - fixing: mends what is safe to mend: rights that are too wide, folders that are missing.
    ///   - root: `/`; tests put another place for it.
    public func run(now: Timestamp, fixing: Bool = false, root: String = "") async -> [Check] {
        let configuration: Configuration
        do {
            configuration = try Configuration.load(home: home, option: configurationOption, environment: environment)
        } catch {
            return [.broken("configuration", error)]
        }
        var checks = [check(configuration)]
        checks += configuration.warnings.map {
            .warning("environment", $0, "unset it; what is meant for the appliance is named APPLIANCE_…")
        }
        checks += [disk(), modes(fixing: fixing)]
        checks += [inodes()].compactMap(\.self)
        checks += [clock(now), history(now), sources(configuration, now)]
        checks += [cursors(configuration, now)].compactMap(\.self)
        checks.append(prompts(configuration))
        checks += await endpoint(configuration, now: now)
        checks += await mirrors(configuration, now: now)
        checks.append(outbox())
        checks.append(await sandbox(configuration))
        checks += [services(root: root, now: now)].compactMap(\.self)
        checks.append(egress(configuration))
        return checks
    }

    public func mirrors(now: Timestamp) async throws -> [MirrorReport] {
        let configuration = try Configuration.load(home: home, option: configurationOption, environment: environment)
        return await mirrorReports(configuration, now: now)
    }

    private func check(_ configuration: Configuration) -> Check {
        if configuration.sources.isEmpty {
            return .warning(
                "configuration", "no source is configured, so a batch reads nothing",
                "add a [[source]] to \(configuration.files.first ?? "\(home.path)/appliance.toml"), which appliance init writes"
            )
        }
        return .ok("configuration", configuration.files.joined(separator: ", "))
    }

    private func disk() -> Check {
        do {
            try home.prepare()
            let free =
                try FileManager.default.attributesOfFileSystem(forPath: home.path)[.systemFreeSize] as? Int64 ?? 0
            let words = "\(home.path), \(free / 1_000_000_000) GB free"
            if free < 1_000_000_000 { return .warning("home", words, "make room, or move the home with --home") }
            return .ok("home", words)
        } catch {
            return .broken("home", error)
        }
    }

    private func history(_ now: Timestamp) -> Check {
        guard FileManager.default.fileExists(atPath: home.history) else {
            return .ok("history", "none yet; the first batch makes it")
        }
        do {
            let store = try HistoryStore.open(at: home.history, mode: .readOnly, now: now)
            let problems = try store.verify().problems
            if let first = problems.first {
                let finding = "\(problems.count) problems, the first: \(first)"
                return Check(
                    subject: "history", state: .broken, finding: finding,
                    remedy: "restore a backup (appliance history backup makes them)",
                    kind: FailureKind.data.rawValue)
            }
            let facts = try store.statistics()
            return .ok(
                "history", "\(facts.groups) groups, \(facts.events) events, \(facts.bytes / 1000) KB, integrity checked"
            )
        } catch {
            return .broken("history", error)
        }
    }

    private func sources(_ configuration: Configuration, _ now: Timestamp) -> Check {
        var missing: [String] = []
        for source in configuration.sources {
            let files = [source.remote.tokenFile, source.remote.caFile].compactMap(\.self)
            for path in source.paths + files where path != "-" && !path.contains(where: { "*?[".contains($0) }) {
                if access(path, R_OK) != 0 { missing.append("\(path) (\(String(cString: strerror(errno))))") }
            }
        }
        for source in configuration.sources where source.kind != .files && source.kind != .stdin {
            // Opened, not read: its address, its token and its folder are looked at.
            do { _ = try openSource(source, cursors: [], context: SourceContext(now: now)) } catch {
                return .warning(
                    "sources", error.description,
                    error.remedy ?? "appliance config check, then look at what the source names")
            }
        }
        if missing.isEmpty { return .ok("sources", "\(configuration.sources.count) configured") }
        return .warning(
            "sources", "cannot read \(missing.joined(separator: ", "))", "check the paths and their permissions")
    }

    private func prompts(_ configuration: Configuration) -> Check {
        do {
            let names = try PromptCheck(configuration: configuration).run().map { "\($0.name)/\($0.version)" }
            return .ok("prompts", "\(configuration.prompts): \(names.joined(separator: ", "))")
        } catch {
            return .broken("prompts", error)
        }
    }

    private func outbox() -> Check {
        do {
            let outbox = Outbox(directory: home.outbox)
            try outbox.prepare()
            let (faults, end) = try outbox.verify(key: try home.loadSiteKey())
            if let first = faults.first {
                return .warning(
                    "outbox", "\(faults.count) faults, the first: \(first)", "appliance outbox verify lists them")
            }
            let waiting = try outbox.list(.new).count
            return .ok("outbox", end.map { "chain intact to \($0.sequence), \(waiting) waiting" } ?? "empty")
        } catch {
            return .broken("outbox", error)
        }
    }
}
