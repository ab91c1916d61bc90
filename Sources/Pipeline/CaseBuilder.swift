import Events
import GitMirror
import Grouping
import History
import Intake

/// Gathers the evidence on one group: sample, code, similar groups.
struct CaseBuilder: Sendable {
    let site: Site
    var neighbours = ServiceNeighbours()
    /// Diagnoses of this site that people judged, the newest word first: where examples come from.
    var judged: [JudgedDiagnosis] = []
    /// Asked about errors that are not recorded; those that are have their vector, or wait for it.
    var embedder: Embedder?

    /// Similar groups that a diagnosis is shown.
    static let similarLimit = 5
    /// Examples of this site that it is shown.
    static let exampleLimit = 2

    /// - Returns: nil for a group without a sample.
    func caseFile(for facts: GroupFacts) async throws -> CaseFile? {
        guard let sample = try site.history.samples(of: facts.group.fingerprint, limit: 1).first else { return nil }
        let key = site.grouper.group(sample).searchKey
        return try await caseFile(for: await withTrace(sample), facts: facts, key: key)
    }

    /// With what the engine that it came from knows of its trace; as it is, where the engine cannot be asked.
    private func withTrace(_ sample: ErrorEvent) async -> ErrorEvent {
        guard sample.traceID != nil, sample.breadcrumbs.isEmpty, let name = sample.source?.name,
            let source = site.configuration.sources.first(where: { $0.name == name })
        else { return sample }
        var crumbs: [Breadcrumb] = []
        do {
            crumbs = try await TraceContext.breadcrumbs(of: sample, source: source)
        } catch {
            // A trace is a help: the diagnosis is made without it, and the source's own reading tells what is wrong.
        }
        if crumbs.isEmpty { return sample }
        var event = sample
        event.breadcrumbs = crumbs.map { crumb in
            var clean = crumb
            clean.message = site.redactor(crumb.message).text
            return clean
        }
        return event
    }

    func caseFile(for sample: ErrorEvent, facts: GroupFacts, key: SearchKey) async throws -> CaseFile {
        let code = await code(for: sample, releases: facts.releasesThatMatter)
        let similar = try site.history.similar(
            to: key, excluding: facts.group.fingerprint, limit: Self.similarLimit,
            vector: await embedder?.vector(of: key, in: facts.group.fingerprint))
        return CaseFile(
            facts: facts, sample: sample, code: code, similar: similar,
            service: neighbours.context(of: sample.service),
            judged: try site.history.judgedCauses(of: facts.group.fingerprint),
            examples: examples(besides: facts.group.fingerprint))
    }

    /// The newest causes that people told or confirmed: the same for all groups of a run but those that they are of.
    private func examples(besides fingerprint: Fingerprint) -> [SiteExample] {
        let known = judged.lazy.filter { $0.fingerprint != fingerprint }.compactMap { judged in
            judged.judgement.trueCause.map { SiteExample(title: judged.title, rootCause: $0) }
        }
        return Array(known.prefix(Self.exampleLimit))
    }

    func code(for sample: ErrorEvent, releases: [ReleaseWindow]) async -> CodeContext {
        let event = sample.withLogSite().withRevision()
        guard let mirror = site.router.mirror(for: event) else {
            return EventExcerpts.context(for: event, settings: site.configuration.context)
        }
        return await site.mirrors.context(for: event, in: mirror, releases: releases).redacted(by: site.textRedactor)
    }
}

extension GroupFacts {
    /// Releases to look for the guilty commit between. What came before a group was resolved is over.
    fileprivate var releasesThatMatter: [ReleaseWindow] {
        guard case .back(let resolution) = trend else { return releases }
        return releases.compactMap { release in
            guard release.last > resolution.at else { return nil }
            var again = release
            again.first = max(release.first, resolution.at)
            return again
        }
    }
}

extension ErrorEvent {
    /// A structured log names the line that spoke: no frame of a trace, and no part of what groups events, but the
    /// best clue to the code where there is no trace.
    func withLogSite() -> ErrorEvent {
        let names = [
            ("filename", "line_number"), ("code.file.path", "code.line.number"), ("code.filepath", "code.lineno"),
        ]
        guard frames.isEmpty else { return self }
        for (fileName, lineName) in names {
            guard let file = tags[fileName], let line = tags[lineName].flatMap({ Int($0) }) else { continue }
            var event = self
            let frame = StackFrame(file: file, module: target, line: line, inApp: true)
            event.exceptions.append(ExceptionInfo(type: nil, frames: [frame]))
            return event
        }
        return self
    }
}

extension ErrorEvent {
    /// Tags under which SDKs and pipelines carry the commit that was running, the most telling first.
    private static let revisionTags = [
        "git.commit.sha", "git.commit", "git.sha", "git.revision", "vcs.ref.head.revision", "vcs.revision",
        "vcs.revision.id", "revision", "commit",
    ]

    /// With the commit that was running, where only a tag tells it: 7 to 64 hexadecimal digits, nothing else.
    func withRevision() -> ErrorEvent {
        guard revision == nil else { return self }
        var event = self
        event.revision = Self.revisionTags.lazy.compactMap { tags[$0] }.first { text in
            (7...64).contains(text.utf8.count)
                && text.utf8.allSatisfy { (0x30...0x39).contains($0) || ($0 | 0x20) &- 0x61 < 6 }
        }
        return event
    }
}

extension CodeContext {
    /// Source code can hold secrets too: they are masked before it is stored or prompted.
    func redacted(by redactor: Redactor) -> CodeContext {
        var code = self
        func clean(_ text: String) -> String { redactor(text).text }
        for index in code.excerpts.indices {
            code.excerpts[index].file = clean(code.excerpts[index].file)
            code.excerpts[index].function = code.excerpts[index].function.map(clean)
            code.excerpts[index].about = code.excerpts[index].about.map(clean)
            code.excerpts[index].owners = code.excerpts[index].owners.map { $0.map(clean) }
            code.excerpts[index].lines = ErrorEvent.redactedLines(code.excerpts[index].lines, clean)
        }
        for index in code.suspects.indices {
            code.suspects[index].author = code.suspects[index].author.map(clean)
            code.suspects[index].subject = clean(code.suspects[index].subject)
            code.suspects[index].reason = clean(code.suspects[index].reason)
            code.suspects[index].hunk = code.suspects[index].hunk.map(clean)
        }
        code.notes = code.notes.map(clean)
        return code
    }
}
