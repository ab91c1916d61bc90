import Events
import GitMirror

/// What the mirrors cannot tell about the groups at hand, in words.
struct MirrorNotes: Sendable {
    let site: Site

    /// Releases named in one note at most.
    private static let namedReleases = 3

    func notes(for facts: [GroupFacts], now: Timestamp) async -> [String] {
        var notes: [String] = []
        for mirror in site.configuration.mirrors {
            let releases = Set(
                facts.filter { facts in facts.services.contains { mirror.services.contains($0.value) } }
                    .flatMap { facts in facts.releases.filter { $0.last >= facts.window.start }.map(\.release) })
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
        var parts: [String] = []
        if status.isStale { parts.append("its last commit is \(Int(status.headAge.inSeconds / 86400)) days old") }
        if !status.missingReleases.isEmpty {
            let shown = status.missingReleases.prefix(namedReleases).map { "`\($0)`" }.joined(separator: ", ")
            let more = status.missingReleases.count - namedReleases
            let verb = status.missingReleases.count == 1 ? "is" : "are"
            parts.append(
                "\(status.missingReleases.count == 1 ? "release" : "releases") \(shown)\(more > 0 ? " and \(more) more" : "") \(verb) not in it"
            )
        }
        guard !parts.isEmpty else { return nil }
        return "mirror \(name): \(parts.joined(separator: "; ")); update it from the staging host"
    }
}
