import Events
import Foundation
import GitMirror
import History

/// The checks of the mirrors.
extension Doctor {
    func mirrors(_ configuration: Configuration, now: Timestamp) async -> [Check] {
        await mirrorReports(configuration, now: now).map(\.check)
    }

    func mirrorReports(_ configuration: Configuration, now: Timestamp) async -> [MirrorReport] {
        let pool = MirrorPool(context: configuration.context)
        let seen = releasesSeen(now)
        let router = configuration.makeRouter()
        // A release belongs to the mirror that its service's code is read from.
        let lookedUp = seen.reduce(into: [String: Set<String>]()) { found, service in
            guard let mirror = router.mirror(ofService: service.key) else { return }
            found[mirror.name, default: []].formUnion(service.value)
        }
        var reports: [MirrorReport] = []
        for mirror in configuration.mirrors {
            let subject = "mirror \(mirror.name)"
            let releases = lookedUp[mirror.name] ?? []
            do {
                let status = try await pool.status(of: mirror, releases: releases.sorted(), now: now)
                let facts = MirrorReport.words(status)
                if let lacks = MirrorNotes.lacks(status)?.english {
                    let check = Check.warning(subject, "\(facts); \(lacks)", "run the mirror sync on the staging host")
                    reports.append(MirrorReport(check: check, status: status, now: now))
                } else {
                    reports.append(MirrorReport(check: .ok(subject, facts), status: status, now: now))
                }
            } catch {
                reports.append(MirrorReport(check: .broken(subject, error), status: nil, now: now))
            }
        }
        await pool.close()
        return reports
    }

    /// Releases of the last weeks' events, by service; none before the first batch. A history that cannot be read is
    /// told by its own check.
    private func releasesSeen(_ now: Timestamp) -> [String: Set<String>] {
        guard FileManager.default.fileExists(atPath: home.history),
            let store = try? HistoryStore.open(at: home.history, mode: .readOnly, now: now)
        else { return [:] }
        let window = TimeWindow(start: now.advanced(by: .zero - Self.releaseWindow), end: now)
        var seen: [String: Set<String>] = [:]
        for group in (try? store.facts(window: window, slices: 0)) ?? [] {
            let releases = group.releases.filter { $0.last >= window.start }.map(\.release)
            for service in group.services { seen[service.value, default: []].formUnion(releases) }
        }
        return seen
    }

    private static let releaseWindow = Duration.days(30)
}

/// What `mirror status` tells of one mirror.
public struct MirrorReport: Sendable, Encodable {
    public var check: Doctor.Check
    var head: String?
    var branch: String?
    var headTime: Timestamp?
    var headAgeSeconds: Double?
    var lastFetch: Timestamp?
    var bytes: Int64?
    var isStale: Bool?
    var isShallow: Bool?
    var lacksIndex: Bool?
    var missingReleases: [String]?

    init(check: Doctor.Check, status: MirrorStatus?, now: Timestamp) {
        self.check = check
        (head, branch, headTime) = (status?.head, status?.branch, status?.headTime)
        headAgeSeconds = status.map { $0.headAge.inSeconds }
        (lastFetch, bytes, isStale) = (status?.lastFetch, status?.bytes, status?.isStale)
        (isShallow, lacksIndex) = (status?.isShallow, status?.lacksIndex)
        missingReleases = status?.missingReleases
    }

    static func words(_ status: MirrorStatus) -> String {
        var parts = [
            "\(status.head.prefix(10)) on \(status.branch ?? "a detached head"), \(status.headTime.rfc3339)",
            "\(Int(status.headAge.inSeconds / 86400)) days old", "\(status.bytes / 1000) KB",
        ]
        if let fetched = status.lastFetch { parts.append("fetched \(fetched.rfc3339)") }
        if status.isShallow { parts.append("shallow") }
        if status.lacksIndex {
            parts.append("no index of changed paths (git commit-graph write --reachable --changed-paths makes one)")
        }
        return parts.joined(separator: ", ")
    }
}
