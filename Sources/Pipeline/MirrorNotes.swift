import Events
import GitMirror

/// What the mirrors cannot tell about the groups at hand, in words.
struct MirrorNotes: Sendable {
    let site: Site

    /// Releases named in one note at most.
    private static let namedReleases = 3

    func notes(for facts: [GroupFacts], now: Timestamp) async -> [String] {
        var notes: [String] = []
        var seen: [String: Set<String>] = [:]
        for facts in facts {
            let releases = facts.releases.filter { $0.last >= facts.window.start }.map(\.release)
            for name in Set(facts.services.compactMap { site.router.mirror(ofService: $0.value)?.name }) {
                seen[name, default: []].formUnion(releases)
            }
        }
        for mirror in site.configuration.mirrors {
            let releases = seen[mirror.name] ?? []
            do {
                let status = try await site.mirrors.status(of: mirror, releases: releases.sorted(), now: now)
                if let note = Self.words(status, name: mirror.name) { notes.append(note) }
            } catch {
                notes.append("mirror \(mirror.name): \(error)")
            }
        }
        return notes
    }

    static func words(_ status: MirrorStatus, name: String) -> String? {
        lacks(status).map { "mirror \(name): \($0); update it from the staging host" }
    }

    /// What is old or missing; nil where nothing is.
    static func lacks(_ status: MirrorStatus) -> String? {
        var parts: [String] = []
        if status.isStale {
            let (what, age) = status.fetchAge.map { ("last fetch was", $0) } ?? ("newest commit is", status.headAge)
            let days = Int(age.inSeconds / 86400)
            parts.append("its \(what) \(days) \(days == 1 ? "day" : "days") \(status.fetchAge == nil ? "old" : "ago")")
        }
        if !status.missingReleases.isEmpty {
            let shown = status.missingReleases.prefix(namedReleases).map { "`\($0)`" }.joined(separator: ", ")
            let more = status.missingReleases.count - namedReleases
            let verb = status.missingReleases.count == 1 ? "is" : "are"
            parts.append(
                "\(status.missingReleases.count == 1 ? "release" : "releases") \(shown)\(more > 0 ? " and \(more) more" : "") \(verb) not in it"
            )
        }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }
}
