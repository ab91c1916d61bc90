import Events

/// Which commits may have brought the error in.
extension MirrorSession {
    static let maxLogBytes = 4 << 20
    static let maxDiffBytes = 2 << 20
    static let windowCommits = 100
    static let spanCommits = 20_000
    /// Without releases, commits this long before the first occurrence are looked at.
    static let window = Duration.days(14)
    /// Excerpts whose history is read.
    static let maxTraced = 6
    /// Weights of the excerpts that frames name, outward; and of declarations that the failing line uses.
    private static let frameWeights = [1, 0.6, 0.4, 0.3]
    private static let declarationWeight = 0.45

    func suspects(
        for excerpts: [CodeExcerpt], files: [String], at revision: Revision, event: ErrorEvent,
        releases: [ReleaseWindow]
    ) async -> (found: [Suspect], notes: [String]) {
        var notes: [String] = []
        func note(_ what: String, _ error: MirrorError) { notes.append("\(what): \(error.description)") }
        var firstSeen = ([event.time] + releases.map(\.first)).filter { $0.nanoseconds > 0 }.min()
        if firstSeen == nil {
            // An event without a time is no older than the code that ran.
            do throws(MirrorError) { firstSeen = try await commitTime(revision.commit) } catch {
                note("history not read", error)
            }
        }
        let told = SuspectEvidence.names([event.message] + event.exceptions.suffix(3).compactMap(\.message))
        var (read, passed): ([(SuspectEvidence, [LineTouch])], Set<String>) = ([], [])
        var rank = 0
        for (index, excerpt) in excerpts.enumerated().prefix(Self.maxTraced) {
            let isDeclaration = excerpt.about != nil
            let share =
                isDeclaration ? Self.declarationWeight : Self.frameWeights[min(rank, Self.frameWeights.count - 1)]
            if !isDeclaration { rank += 1 }
            do throws(MirrorError) {
                let touches = try await touches(of: excerpt, at: revision.commit)
                passed.formUnion(touches.filter { !$0.counts && $0.nature != .undone }.map(\.commit.name))
                read.append(
                    (SuspectEvidence(excerpt, weight: excerpt.score * share, isFirst: index == 0, told: told), touches))
            } catch { note("history not read", error) }
        }
        var named: [SuspectRanking.Evidence] = []
        do throws(MirrorError) {
            named = try await self.named(
                by: event, at: excerpts.first, files: files, from: revision.commit, passed: passed)
        } catch { note("names of the message not searched", error) }
        // What the code asks for is part of it, wherever it stands: in a configuration, say.
        let changes = read.flatMap(\.1).filter { $0.nature == .changed }.map(\.commit) + named.map(\.commit)
        var evidence = read.flatMap { $0.evidence(from: $1, newest: changes.map(\.time).max()) } + named
        let span = await releaseSpan(event, releases, &notes)
        do throws(MirrorError) {
            evidence += try await recent(files, at: revision.commit, firstSeen, span)
        } catch { note("history not read", error) }
        let known = evidence.filter { !shadow.boundary.contains($0.commit.name) }
        if known.count < evidence.count {
            notes.append("the mirror is shallow: its oldest commits stand for all before them and are not suspected")
        }
        var ranking = SuspectRanking(firstSeen: firstSeen)
        if let span {
            do throws(MirrorError) {
                ranking.span = try await commits(in: span)
                ranking.outsideSpan =
                    span.isFirstKnown ? SuspectRanking.outsideKnownSpan : SuspectRanking.outsideSeenSpan
            } catch { note("releases not compared", error) }
        }
        let found = await shown(ranking.rank(known), &passed)
        passed.subtract(found.map(\.commit))
        if !passed.isEmpty {
            notes.append(
                "\(passed.count) \(passed.count == 1 ? "commit" : "commits") that only formatted, renamed or moved "
                    + "the code \(passed.count == 1 ? "is" : "are") not suspected")
        }
        return (found, notes)
    }

    /// What commits did to an excerpt's failing lines and function.
    private func touches(of excerpt: CodeExcerpt, at commit: ObjectName) async throws(MirrorError) -> [LineTouch] {
        guard let blob = excerpt.blob.flatMap({ ObjectName($0) }), excerpt.firstLine >= 1 else { return [] }
        let key =
            [excerpt.revision, excerpt.file, blob.hex, "\(excerpt.firstLine)", "\(excerpt.lastLine)"]
            + excerpt.marked.map(String.init)
        if let known = knownTouches(key) { return known }
        let lines = FollowedLines(
            failing: Dictionary(excerpt.marked.prefix(4).map { ($0, $0 - 1) }) { first, _ in first },
            span: excerpt.firstLine - 1..<excerpt.lastLine)
        let at = ObjectName(excerpt.revision) ?? commit
        let touches = try await touches(of: LineQuest(path: excerpt.file, blob: blob, commit: at, lines: lines))
        remember(touches, key)
        return touches
    }

    /// The likeliest as they are told, without those that only formatted.
    private func shown(_ ranked: [SuspectRanking.Ranked], _ passed: inout Set<String>) async -> [Suspect] {
        var found: [Suspect] = []
        for entry in ranked where found.count < SuspectRanking.maxSuspects {
            var hunk = entry.hunk
            if hunk == nil, let path = entry.path, RepositoryPath.isSafe(path) {
                let diff = await diff(of: entry.commit.name, path)
                if let diff, DiffHunk.isFormatting(diff, path: path) {
                    passed.insert(entry.commit.name)
                    continue
                }
                hunk = diff.flatMap { DiffHunk.nearest(DiffHunk.parse($0), to: entry.line ?? 1) }
            }
            found.append(
                Suspect(
                    commit: entry.commit.name, author: context.showAuthors ? entry.commit.author : nil,
                    time: entry.commit.time, subject: entry.commit.subject,
                    score: (entry.score * 1000).rounded() / 1000, reason: entry.reason, hunk: hunk))
        }
        return found
    }

    /// A commit's change of one file; nil where it is too large to read.
    private func diff(of commit: String, _ path: String) async -> [UInt8]? {
        let arguments = [
            "diff-tree", "-p", "--root", "--no-commit-id", "--no-renames", "--no-textconv", "--no-ext-diff",
            "--no-color",
            commit, "--", path,
        ]
        do throws(MirrorError) { return try await cached(arguments, limit: Self.maxDiffBytes) } catch { return nil }
    }

    /// Commits on the trace's files between the last release without the error and the first with it, else
    /// in the two weeks before it was first seen.
    private func recent(
        _ files: [String], at commit: ObjectName, _ firstSeen: Timestamp?, _ span: ReleaseSpan?
    ) async throws(MirrorError) -> [SuspectRanking.Evidence] {
        let files = files.filter { RepositoryPath.isSafe($0) }
        guard !files.isEmpty else { return [] }
        let (range, reason, weight): ([String], String, Double)
        if let span {
            (range, weight) = (["\(span.before.hex)..\(span.first.hex)"], span.isFirstKnown ? 0.35 : 0.2)
            reason =
                "between \(span.names), "
                + (span.isFirstKnown ? "the first release with the error" : "the release that ran")
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
                reason: "changed \(path ?? "a file of the trace") \(reason)", path: path)
        }
    }
}
