import Events

/// Which commits may have brought the error in.
extension MirrorSession {
    static let maxLogBytes = 4 << 20
    static let maxBlameBytes = 1 << 20
    static let maxDiffBytes = 2 << 20
    static let functionCommits = 5
    static let windowCommits = 100
    static let spanCommits = 20_000
    /// Without releases, commits this long before the first occurrence are looked at.
    static let window = Duration.days(14)
    /// Excerpts whose history is read.
    static let maxTraced = 3

    func suspects(
        for excerpts: [CodeExcerpt], files: [String], at commit: ObjectName, event: ErrorEvent,
        releases: [ReleaseWindow]
    ) async -> (found: [Suspect], notes: [String]) {
        let firstSeen = ([event.time] + releases.map(\.first)).filter { $0.nanoseconds > 0 }.min()
        var (evidence, notes): ([SuspectRanking.Evidence], [String]) = ([], [])
        await withTaskGroup(of: (Int, Result<[SuspectRanking.Evidence], MirrorError>).self) { group in
            for (rank, excerpt) in excerpts.prefix(Self.maxTraced).enumerated() {
                let weight = excerpt.score * [1, 0.6, 0.4][min(rank, 2)]
                group.addTask {
                    (
                        2 * rank,
                        await self.attempt { () async throws(MirrorError) in
                            try await self.blame(excerpt, at: commit, weight)
                        }
                    )
                }
                group.addTask {
                    (
                        2 * rank + 1,
                        await self.attempt { () async throws(MirrorError) in
                            try await self.history(excerpt, at: commit, weight)
                        }
                    )
                }
            }
            group.addTask {
                (
                    100,
                    await self.attempt { () async throws(MirrorError) in
                        try await self.recent(files, at: commit, firstSeen, releases)
                    }
                )
            }
            var answers: [(Int, Result<[SuspectRanking.Evidence], MirrorError>)] = []
            for await answer in group { answers.append(answer) }
            for (_, answer) in answers.sorted(by: { $0.0 < $1.0 }) {
                switch answer {
                case .success(let hints): evidence += hints
                case .failure(let error): notes.append("history not read: \(error.description)")
                }
            }
        }
        let known = evidence.filter { !shadow.boundary.contains($0.commit.name) }
        if known.count < evidence.count {
            notes.append("the mirror is shallow: its oldest commits stand for all before them and are not suspected")
        }
        let span: Set<String>?
        switch await attempt({ () async throws(MirrorError) in try await self.commits(in: self.releaseSpan(releases)) })
        {
        case .success(let names): span = names
        case .failure(let error):
            span = nil
            notes.append("releases not compared: \(error.description)")
        }
        var found: [Suspect] = []
        for entry in SuspectRanking(firstSeen: firstSeen, span: span).rank(known) {
            found.append(
                Suspect(
                    commit: entry.commit.name, author: context.showAuthors ? entry.commit.author : nil,
                    time: entry.commit.time, subject: entry.commit.subject,
                    score: (entry.score * 1000).rounded() / 1000,
                    reason: entry.reason, hunk: await hunk(of: entry)))
        }
        return (found, notes)
    }

    private func attempt<Value: Sendable>(
        _ body: @Sendable () async throws(MirrorError) -> Value
    ) async -> Result<Value, MirrorError> {
        do throws(MirrorError) { return .success(try await body()) } catch { return .failure(error) }
    }

    /// Who last changed the failing lines, white space aside.
    private func blame(
        _ excerpt: CodeExcerpt, at commit: ObjectName, _ weight: Double
    ) async throws(MirrorError) -> [SuspectRanking.Evidence] {
        guard let first = excerpt.marked.first, RepositoryPath.isSafe(excerpt.file) else { return [] }
        var arguments = ["blame", "--porcelain", "-w"]
        for line in excerpt.marked.prefix(4) { arguments += ["-L", "\(line),\(line)"] }
        let output = try await cached(arguments + [commit.hex, "--", excerpt.file], limit: Self.maxBlameBytes)
        return Blame.parse(output, limit: 16).map { line in
            SuspectRanking.Evidence(
                commit: line.commit, weight: (line.final == first ? 0.55 : 0.45) * weight,
                reason: weight >= 0.9
                    ? "last changed the failing line" : "last changed line \(line.final) of \(excerpt.file)",
                path: excerpt.file, line: line.original)
        }
    }

    /// The last commits that changed the lines of the excerpt's function.
    private func history(
        _ excerpt: CodeExcerpt, at commit: ObjectName, _ weight: Double
    ) async throws(MirrorError) -> [SuspectRanking.Evidence] {
        guard !excerpt.marked.isEmpty || excerpt.function != nil, RepositoryPath.isSafe(excerpt.file) else { return [] }
        let range = "\(excerpt.firstLine),\(excerpt.lastLine):\(excerpt.file)"
        let output = try await cached(
            [
                "log", "--no-textconv", "--no-ext-diff", "--no-mailmap", "--no-color", "--no-merges",
                "-n\(Self.functionCommits)", "-L\(range)", CommitLog.format, commit.hex,
            ],
            limit: Self.maxLogBytes)
        let entries = CommitLog.parse(output, limit: Self.functionCommits)
        let what = excerpt.function.map { "changed \($0)" } ?? "changed the lines around it"
        let origin = entries.count > 1 && entries.count < Self.functionCommits ? entries.last?.commit.name : nil
        return entries.enumerated().map { position, entry in
            SuspectRanking.Evidence(
                commit: entry.commit, weight: max(0.05, 0.35 - 0.08 * Double(position)) * weight, reason: what,
                path: excerpt.file, line: excerpt.marked.first ?? excerpt.firstLine,
                hunk: DiffHunk.nearest(DiffHunk.parse(entry.body), to: excerpt.marked.first ?? excerpt.firstLine),
                isOrigin: entry.commit.name == origin)
        }
    }

    /// Commits on the trace's files between the last release without the error and the first with it, else
    /// in the two weeks before it was first seen.
    private func recent(
        _ files: [String], at commit: ObjectName, _ firstSeen: Timestamp?, _ releases: [ReleaseWindow]
    ) async throws(MirrorError) -> [SuspectRanking.Evidence] {
        let files = files.filter { RepositoryPath.isSafe($0) }
        guard !files.isEmpty else { return [] }
        let (range, reason, weight): ([String], String, Double)
        if let span = try await releaseSpan(releases) {
            (range, weight) = (["\(span.before.hex)..\(span.first.hex)"], 0.35)
            reason = "between \(span.names), the first release with the error"
        } else if let firstSeen {
            let until = firstSeen.nanoseconds / 1_000_000_000
            let since = firstSeen.advanced(by: .zero - Self.window).nanoseconds / 1_000_000_000
            (range, weight) = (["--max-age=\(since)", "--min-age=\(until)", commit.hex], 0.15)
            reason = "in the 14 days before the error was first seen"
        } else {
            return []
        }
        let output = try await cached(
            [
                "log", "--no-merges", "--no-renames", "--no-mailmap", "--no-color", "-n\(Self.windowCommits)",
                "--name-only", CommitLog.format,
            ] + range + ["--"] + files,
            limit: Self.maxLogBytes)
        return CommitLog.parse(output, limit: Self.windowCommits).map { entry in
            let touched = Set(entry.body.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) })
            let position = files.firstIndex { touched.contains($0) } ?? files.count
            let scale = 1 / (1 + 0.35 * Double(position))
            let path = files.indices.contains(position) ? files[position] : nil
            return SuspectRanking.Evidence(
                commit: entry.commit, weight: weight * scale,
                reason: "changed \(path ?? "a file of the trace") \(reason)",
                path: path)
        }
    }

    /// The first release seen with the error, and the tagged commit before it.
    private func releaseSpan(
        _ releases: [ReleaseWindow]
    ) async throws(MirrorError) -> (before: ObjectName, first: ObjectName, names: String)? {
        guard let earliest = releases.min(by: { ($0.first, $0.release) < ($1.first, $1.release) }),
            let tag = refs.tag(ofRelease: earliest.release),
            let first = try await reader.header(tag.object.hex + "^{commit}")?.name
        else { return nil }
        let tagged = try await taggedCommits()
        let output = try await cached(["rev-list", "--first-parent", "-n500", first.hex], limit: 64 * 1024)
        for line in output.split(separator: 0x0A).dropFirst() {
            guard let commit = ObjectName(String(decoding: line, as: UTF8.self)), let names = tagged[commit.hex] else {
                continue
            }
            return (commit, first, "\(names.min() ?? commit.short) and \(tag.name)")
        }
        return nil
    }

    /// Names of the commits that came with a release; nil where the releases are not known.
    private func commits(
        in span: (before: ObjectName, first: ObjectName, names: String)?
    ) async throws(MirrorError) -> Set<String>? {
        guard let span else { return nil }
        let output = try await cached(
            ["rev-list", "-n\(Self.spanCommits)", "\(span.before.hex)..\(span.first.hex)"], limit: Self.maxLogBytes)
        return Set(output.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) })
    }

    /// The part of a suspect's diff that touches the excerpt; nil where the diff is too large to read.
    private func hunk(of entry: SuspectRanking.Ranked) async -> String? {
        if let hunk = entry.hunk { return hunk }
        guard let path = entry.path, RepositoryPath.isSafe(path) else { return nil }
        let answer = await attempt { () async throws(MirrorError) in
            try await self.cached(
                [
                    "diff-tree", "-p", "--root", "--no-commit-id", "--no-renames", "--no-textconv", "--no-ext-diff",
                    "--no-color", entry.commit.name, "--", path,
                ],
                limit: Self.maxDiffBytes)
        }
        switch answer {
        case .success(let diff): return DiffHunk.nearest(DiffHunk.parse(diff), to: entry.line ?? 1)
        case .failure: return nil
        }
    }
}
