import Events

/// Commits that added or took away a name, anywhere.
extension MirrorSession {
    /// Histories up to this many objects are searched as a whole, longer ones in the files of the trace.
    private static let searchedObjects = 5000
    private static let searchTime = Duration.seconds(2)
    private static let namingWeights = [0.3, 0.15]

    /// `'NoneType' object has no attribute 'total'` may be the doing of a commit far from the trace; and so may be what
    /// happens at `settings.get("retry_limit")`.
    ///
    /// - Parameter passed: commits that only moved or formatted the code of the trace.
    func named(
        by event: ErrorEvent, at excerpt: CodeExcerpt?, files: [String], from commit: ObjectName, passed: Set<String>
    ) async throws(MirrorError) -> [SuspectRanking.Evidence] {
        let texts = event.exceptions.suffix(2).compactMap(\.message) + [event.message]
        let isSmall = HistoryIndex.objects(layout) <= Self.searchedObjects
        // What happens in the other parts of a monorepo is not this service's.
        let part = settings.subdirectory.map(FileMatcher.trimmed).flatMap { RepositoryPath.isSafe($0) ? [$0] : nil }
        let scope = isSmall ? part ?? [] : files.filter { RepositoryPath.isSafe($0) }
        let told = SuspectEvidence.quoted(texts).first
        let key = isSmall && told == nil ? excerpt.flatMap(SuspectEvidence.key) : nil
        guard let name = told ?? key, !scope.isEmpty || isSmall else { return [] }
        let output = try await cached(
            [
                "log", "--no-merges", "-M", "--no-mailmap", "--no-color", "--no-textconv", "--no-ext-diff",
                "-n\(Self.namingWeights.count)", "-S\(name)", CommitLog.format, commit.hex, "--",
            ] + scope,
            limit: Self.maxLogBytes, within: Self.searchTime)
        let who = told == nil ? "the failing line" : "the error"
        return zip(CommitLog.parse(output, limit: Self.namingWeights.count), Self.namingWeights)
            .filter { entry, _ in !passed.contains(entry.commit.name) }
            .map { entry, weight in
                SuspectRanking.Evidence(
                    commit: entry.commit, weight: weight, reason: "added or took away \(name), which \(who) names")
            }
    }
}

extension SuspectEvidence {
    /// What the failing line asks for by a name in quotes: `retry_limit`, `db.pool.size`, no words of a sentence.
    static func key(in excerpt: CodeExcerpt) -> String? {
        guard let line = excerpt.marked.first, excerpt.lines.indices.contains(line - excerpt.firstLine) else {
            return nil
        }
        let parts = excerpt.lines[line - excerpt.firstLine].prefix(maxKeyLine)
            .split(omittingEmptySubsequences: false) { "'\"`".contains($0) }
        return parts.enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }.first { text in
            keyLengths.contains(text.utf8.count) && text.contains(where: "_-.:".contains)
                && text.utf8.allSatisfy {
                    $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26 || "_-.:".utf8.contains($0)
                } && text.utf8.first.map { ($0 | 0x20) &- 0x61 < 26 } ?? false
        }
    }

    private static let maxKeyLine = 400
    private static let keyLengths = 5...80
}
