import Events
import GitMirror

/// What the mirrors cannot tell about the groups at hand, in words.
struct MirrorNotes: Sendable {
    let site: Site

    /// Releases named in one note at most.
    private static let namedReleases = 3

    func notes(for facts: [GroupFacts], now: Timestamp) async -> [OwnWords] {
        var notes: [OwnWords] = []
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
                notes.append(OwnWords("mirror \(mirror.name): \(error)", "미러 \(mirror.name): \(error)"))
            }
        }
        return notes
    }

    static func words(_ status: MirrorStatus, name: String) -> OwnWords? {
        lacks(status).map { lacks in
            OwnWords(
                "mirror \(name): \(lacks.english); update it from the staging host",
                "미러 \(name): \(lacks.korean). 스테이징 호스트에서 갱신할 것")
        }
    }

    /// What is old or missing; nil where nothing is.
    static func lacks(_ status: MirrorStatus) -> OwnWords? {
        var parts: [OwnWords] = []
        if status.isStale {
            let (what, age) = status.fetchAge.map { ("last fetch was", $0) } ?? ("newest commit is", status.headAge)
            let days = Int(age.inSeconds / 86400)
            parts.append(
                OwnWords(
                    "its \(what) \(days) \(days == 1 ? "day" : "days") \(status.fetchAge == nil ? "old" : "ago")",
                    status.fetchAge == nil ? "가장 새로운 커밋이 \(days)일 전 것" : "마지막 갱신이 \(days)일 전"))
        }
        if !status.missingReleases.isEmpty {
            let shown = status.missingReleases.prefix(namedReleases).map { "`\($0)`" }.joined(separator: ", ")
            let (all, more) = (status.missingReleases.count, status.missingReleases.count - namedReleases)
            parts.append(
                OwnWords(
                    "\(all == 1 ? "release" : "releases") \(shown)\(more > 0 ? " and \(more) more" : "") "
                        + "\(all == 1 ? "is" : "are") not in it",
                    "릴리스 \(shown)\(more > 0 ? " 외 \(more)개" : "")이(가) 없음"))
        }
        guard !parts.isEmpty else { return nil }
        return OwnWords(
            parts.map(\.english).joined(separator: "; "), parts.map(\.korean).joined(separator: "; "))
    }
}
