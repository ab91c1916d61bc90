import Delivery
import Events
import Foundation
import Synchronization

/// The connected side: settings from `relay.toml`, then rounds over the spool.
public struct Relaying: Sendable {
    public let settings: RelaySettings

    /// Reads `relay.toml` and what it names: public keys and webhooks.
    ///
    /// - Parameter option: `--config`: the file itself or its directory. Without it: the home, then /etc/appliance.
    public init(home: Home, option: String?) throws {
        let path = try Self.find(home: home, option: option)
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let name = URL(fileURLWithPath: path).lastPathComponent
        guard let file = try Configuration.readFile(name, in: [folder], required: true) else {
            throw ConfigurationError.missing(file: name, searched: [folder])
        }
        settings = try Self.resolve(try RelayFile(try Configuration.parse(file)), folder: folder, home: home)
    }

    /// A commented `relay.toml` to edit.
    public static var example: String { RelayFile.example }

    private static func find(home: Home, option: String?) throws -> String {
        let candidates: [String]
        if let option {
            var isDirectory: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: option, isDirectory: &isDirectory)
            candidates = [exists && !isDirectory.boolValue ? option : "\(option)/relay.toml"]
        } else {
            candidates = ["\(home.path)/relay.toml", "/etc/appliance/relay.toml"]
        }
        guard let found = candidates.first(where: FileManager.default.fileExists) else {
            throw RelayingError.noSettings(searched: candidates)
        }
        return found
    }

    private static func resolve(_ file: RelayFile, folder: String, home: Home) throws -> RelaySettings {
        func absolute(_ path: String) -> String {
            path.hasPrefix("/") ? path : URL(fileURLWithPath: "\(folder)/\(path)").standardizedFileURL.path
        }
        let state = file.relay.state.map(absolute) ?? "\(home.path)/relay"
        var settings = RelaySettings(
            spool: absolute(file.relay.spool), state: state, acks: file.relay.acks.map(absolute) ?? "\(state)/acks")
        (settings.interval, settings.firstRetry) = (file.relay.interval, file.relay.firstRetry)
        (settings.tries, settings.longestWait) = (file.relay.tries, file.relay.longestWait)
        settings.sites = try file.sites.map { site in
            var resolved = RelaySite(name: site.name, keys: try site.keyFiles.map { try key(absolute($0)) })
            (resolved.first, resolved.silence) = (site.first, site.silenceAfter)
            return resolved
        }
        settings.channels = try file.channels.map { channel in
            var resolved: RelayChannel
            if channel.form == .mail, let drop = channel.mailDrop {
                resolved = RelayChannel(name: channel.name, mailDrop: absolute(drop))
            } else {
                resolved = RelayChannel(
                    name: channel.name, webhook: try WebhookURL(file: absolute(channel.webhookFile)))
            }
            resolved.form = channel.form
            (resolved.caFile, resolved.isForum) = (channel.caFile.map(absolute), channel.isForum)
            (resolved.sites, resolved.kinds) = (channel.sites, channel.kinds.map(\.inEnvelope))
            (resolved.atLeast, resolved.takesNotices) = (channel.atLeast, channel.takesNotices)
            return resolved
        }
        return settings
    }

    private static func key(_ path: String) throws -> VerifyingKey {
        guard let data = FileManager.default.contents(atPath: path) else { throw RelayError.missing(path: path) }
        guard let key = VerifyingKey(String(decoding: data.prefix(1000), as: UTF8.self)) else {
            throw RelayError.badKey(path: path)
        }
        return key
    }

    // MARK: - Running

    /// One round, or one after another until the task is cancelled.
    ///
    /// - Parameters:
    ///   - now: asked before each round.
    ///   - again: a message that is parked or in doubt, to be posted again first.
    ///   - tell: a fault that lasts is told once, not in every round.
    /// - Returns: what the last round came to.
    public func run(
        once: Bool, dryRun: Bool = false, again: [(sequence: Int, site: String?)] = [],
        now: @escaping @Sendable () -> Timestamp, tell: @escaping @Sendable (RelayEvent) -> Void
    ) async throws -> RelaySummary {
        let told = ToldFaults()
        let clock = RelayClock.continuous
        let relay = try Relay(settings: settings, isDryRun: dryRun, clock: clock, now: now()) { event in
            if case .fault(let fault) = event, !told.isNew(fault) { return }
            tell(event)
        }
        for message in again { try relay.postAgain(message.sequence, of: message.site) }
        while true {
            let summary = try await relay.round(now: now())
            if once || dryRun { return summary }
            told.endRound()
            try await clock.pause(settings.interval)
        }
    }
}

/// The faults of this round and of the one before.
private final class ToldFaults: Sendable {
    private let state = Mutex<(before: Set<RelayFault>, now: Set<RelayFault>)>(([], []))

    func isNew(_ fault: RelayFault) -> Bool {
        state.withLock { $0.now.insert(fault).inserted && !$0.before.contains(fault) }
    }

    func endRound() { state.withLock { $0 = ($0.now, []) } }
}

public enum RelayingError: OperatorFacing, Equatable {
    case noSettings(searched: [String])

    public var description: String {
        switch self {
        case .noSettings(let searched): "no settings of a relay: \(searched.joined(separator: ", ")) is not there"
        }
    }

    public var remedy: String? { "Write one with: appliance relay --example > relay.toml" }
    public var kind: FailureKind { .configuration }
}
