import Events
import GitMirror
import Grouping
import History

/// Gathers the evidence on one group: sample, code, similar groups.
struct CaseBuilder: Sendable {
    let site: Site

    /// Similar groups that a diagnosis is shown.
    static let similarLimit = 5

    /// - Returns: nil for a group without a sample.
    func caseFile(for facts: GroupFacts) async throws -> CaseFile? {
        guard let sample = try site.history.samples(of: facts.group.fingerprint, limit: 1).first else { return nil }
        return try await caseFile(for: sample, facts: facts, key: site.grouper.group(sample).searchKey)
    }

    func caseFile(for sample: ErrorEvent, facts: GroupFacts, key: SearchKey) async throws -> CaseFile {
        let code = await code(for: sample, releases: facts.releasesThatMatter)
        let similar = try site.history.similar(
            to: key, excluding: facts.group.fingerprint, limit: Self.similarLimit)
        return CaseFile(facts: facts, sample: sample, code: code, similar: similar)
    }

    func code(for sample: ErrorEvent, releases: [ReleaseWindow]) async -> CodeContext {
        var event = sample.withLogSite()
        event.repositoryURL = site.configuration.repositoryURL(for: sample)
        guard let mirror = site.router.mirror(for: event) else {
            return EventExcerpts.context(for: event, settings: site.configuration.context)
        }
        return await site.mirrors.context(for: event, in: mirror, releases: releases).redacted(by: site.redactor)
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

extension CodeContext {
    /// Source code can hold secrets too: they are masked before it is stored or prompted.
    func redacted(by redactor: Redactor) -> CodeContext {
        var code = self
        for index in code.excerpts.indices {
            code.excerpts[index].lines = code.excerpts[index].lines.map { redactor($0).text }
        }
        for index in code.suspects.indices {
            code.suspects[index].subject = redactor(code.suspects[index].subject).text
            code.suspects[index].hunk = code.suspects[index].hunk.map { redactor($0).text }
        }
        return code
    }
}
