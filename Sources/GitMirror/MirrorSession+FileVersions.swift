import Events

/// The versions of one file, newest first, without the commits that left it as it was.
extension MirrorSession {
    func versions(
        of path: String, at commit: ObjectName, count: Int = MirrorSession.firstVersions
    ) async throws(MirrorError) -> [FileLog.Version] {
        guard RepositoryPath.isSafe(path) else { return [] }
        let key = [path, commit.hex, "\(count)"]
        if let known = knownVersions(key) { return known }
        let found: [FileLog.Version]
        if let walked = try await walked(path, at: commit, count: count) {
            found = walked
        } else {
            let output = try await cached(
                FileLog.arguments(commits: count, from: commit.hex, path), limit: Self.maxLogBytes)
            found = FileLog.parse(output, limit: count)
        }
        remember(found, key)
        return found
    }

    /// A commit to be looked at, with the file's content in it.
    private struct Waiting {
        /// In the commit-graph: the newest commit is 0.
        var rank: Int
        var blob: ObjectName?
    }

    /// What `git log -- PATH` would list, walked over the commit-graph; nil where there is none that holds the commit.
    ///
    /// The walk is git's (git-log(1), "history simplification"): of a merge that left the file as one parent had it, that
    /// parent alone is followed.
    private func walked(
        _ path: String, at commit: ObjectName, count: Int
    ) async throws(MirrorError) -> [FileLog.Version]? {
        guard shadow.boundary.isEmpty, let graph = commitGraph(), let key = ChangedPathKey(path),
            let start = graph.rank(of: commit)
        else { return nil }
        func blob(at rank: Int) async throws(MirrorError) -> ObjectName? {
            guard let name = graph.name(at: rank),
                let header = try await reader.header(name.hex + ":" + path), header.type == "blob"
            else { return nil }
            return header.name
        }
        var seen = [Bool](repeating: false, count: graph.count)
        var queue = [Waiting(rank: start, blob: try await blob(at: start))]
        var found: [(name: ObjectName, old: [ObjectName?], new: ObjectName?)] = []
        /// Keeps the queue ordered by time, the newest last.
        func push(_ rank: Int, _ blob: ObjectName?) {
            guard !seen[rank] else { return }
            seen[rank] = true
            let place = queue.lastIndex { $0.rank >= rank }.map { $0 + 1 } ?? 0
            queue.insert(Waiting(rank: rank, blob: blob), at: place)
        }
        seen[start] = true
        while var next = queue.popLast(), found.count < count {
            // Whoever left the file as it was hands on to its first parent; others may have come to be next by then.
            let changed = graph.skip(from: next.rank, to: key)
            if changed != next.rank, !queue.isEmpty || seen[changed] {
                push(changed, next.blob)
                continue
            }
            next.rank = changed
            seen[changed] = true
            guard let parents = graph.parents(of: next.rank), let name = graph.name(at: next.rank) else {
                return nil
            }
            if parents.isEmpty {
                if next.blob != nil { found.append((name, [nil], next.blob)) }
                continue
            }
            var old: [ObjectName?] = []
            for parent in parents { old.append(try await blob(at: parent)) }
            if let same = old.firstIndex(of: next.blob) {
                push(parents[same], next.blob)
            } else {
                found.append((name, old, next.blob))
                for (parent, blob) in zip(parents, old) { push(parent, blob) }
            }
        }
        let facts = try await facts(of: found.map(\.name))
        return found.compactMap { entry in
            facts[entry.name.hex].map { FileLog.Version(commit: $0, old: entry.old, new: entry.new) }
        }
    }

    /// Author, time and subject of commits, with one git for all of them.
    private func facts(of commits: [ObjectName]) async throws(MirrorError) -> [String: CommitFacts] {
        guard !commits.isEmpty else { return [:] }
        let output = try await git.run(
            ["log", "--no-walk=unsorted", "--stdin", "-s", "--no-mailmap", "--no-color", CommitLog.format],
            input: Array(commits.map { $0.hex + "\n" }.joined().utf8), limit: Self.maxLogBytes)
        return Dictionary(
            CommitLog.parse(output, limit: commits.count).map { ($0.commit.name, $0.commit) }
        ) { first, _ in first }
    }
}
