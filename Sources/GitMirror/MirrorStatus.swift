import Events

/// What `mirror status` and `doctor` tell of a mirror.
public struct MirrorStatus: Sendable, Hashable, Codable {
    public var name: String
    public var path: String
    public var head: String
    /// nil when HEAD is detached.
    public var branch: String?
    public var headTime: Timestamp
    /// From the newest commit to now.
    public var headAge: Duration
    /// When something was last fetched into it; nil where no file tells.
    public var lastFetch: Timestamp?
    /// From ``lastFetch`` to now.
    public var fetchAge: Duration?
    /// Bytes of its packs and loose objects, of these the first ``MirrorSession/maxLooseCounted``.
    public var bytes: Int64
    /// The last fetch, or where unknown the newest commit, is older than the mirror's `maxAge`.
    public var isStale: Bool
    public var isShallow: Bool
    /// A long history without git's index of changed paths: reading it takes several times as long.
    public var lacksIndex: Bool
    /// Releases asked about that have no tag or commit in it.
    public var missingReleases: [String]
    public var branches: Int
    public var tags: Int
    /// Refs with names or values that are not used.
    public var rejectedRefs: Int
}

extension MirrorSession {
    /// The mirror's age, head and size, and which of the given releases it lacks.
    ///
    /// - Parameter releases: releases seen in events.
    public func status(now: Timestamp, releases: [String] = []) async throws -> MirrorStatus {
        try refresh()
        guard let tip = refs.tip(configured: settings.branch) else {
            let wanted = settings.branch.map { "branch \($0)" } ?? "a branch that HEAD, main or master names"
            throw MirrorError.notRepository(path: settings.path, reason: "it lacks \(wanted)")
        }
        guard let headTime = try await commitTime(tip.commit) else {
            throw MirrorError.object(name: tip.commit.hex, problem: "is missing from the mirror, or is no commit")
        }
        var missing: [String] = []
        for release in releases where refs.tag(ofRelease: release) == nil {
            let version = (release.split(separator: "@").last.map(String.init) ?? release).lowercased()
            let isCommit =
                ObjectName.isAbbreviation(version) ? try await reader.header(version + "^{commit}") != nil : false
            if !isCommit { missing.append(release) }
        }
        let lastFetch = lastFetch()
        let age = (lastFetch ?? headTime).duration(to: now)
        return MirrorStatus(
            name: settings.name, path: settings.path, head: tip.commit.hex, branch: tip.branch, headTime: headTime,
            headAge: headTime.duration(to: now), lastFetch: lastFetch, fetchAge: lastFetch?.duration(to: now),
            bytes: packBytes() + looseBytes(),
            isStale: age > settings.maxAge, isShallow: !shadow.boundary.isEmpty,
            lacksIndex: HistoryIndex.isMissing(layout)
                && HistoryIndex.objects(layout) >= HistoryIndex.worthwhileObjects,
            missingReleases: missing.sorted(),
            branches: refs.branches.count, tags: refs.tags.count, rejectedRefs: refs.rejected)
    }

    /// FETCH_HEAD is written by every fetch. Only without one, refs and packs tell: copying a mirror renews them.
    private func lastFetch() -> Timestamp? {
        func modified(_ path: String) -> Timestamp? {
            let status = FileProbe.status(path)
            guard status.kind == .file || status.kind == .folder else { return nil }
            return Timestamp(nanoseconds: status.modified)
        }
        if let fetched = modified(layout.gitDirectory + "/FETCH_HEAD") { return fetched }
        return [layout.commonDirectory + "/packed-refs", layout.objects + "/pack"].compactMap(modified).max()
    }

    static let maxLooseCounted = 50_000

    private func looseBytes() -> Int64 {
        var (bytes, counted): (Int64, Int) = (0, 0)
        for number in 0..<256 where counted < Self.maxLooseCounted {
            let digits = String(number, radix: 16)
            let folder = layout.objects + "/" + (digits.utf8.count == 1 ? "0" + digits : digits)
            for name in FileProbe.names(folder, limit: Self.maxLooseCounted) ?? [] where counted < Self.maxLooseCounted
            {
                bytes += FileProbe.status(folder + "/" + name).size
                counted += 1
            }
        }
        return bytes
    }

    private func packBytes() -> Int64 {
        let names = FileProbe.names(layout.objects + "/pack", limit: RepositoryLayout.maxPackFiles) ?? []
        return names.reduce(0) { $0 + FileProbe.status(layout.objects + "/pack/" + $1).size }
    }
}
