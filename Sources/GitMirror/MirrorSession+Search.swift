import Events

/// From an event without frames to a place: its module's file, and the literal words of its message.
extension MirrorSession {
    static let maxGrepBytes = 4 << 20
    static let maxHits = 2000

    private struct Hit {
        var path: String
        var line: Int
        var fit: Double
    }

    func search(
        for event: ErrorEvent, in tree: TreeIndex, at commit: ObjectName
    ) async throws(MirrorError) -> FrameFinding {
        let message = MessageSearch(event)
        let matcher = FileMatcher(tree: tree, settings: settings)
        var finding = FrameFinding()
        let named = event.target.map { matcher.candidates(for: FrameHint(module: $0), neighbours: []) } ?? []
        for candidate in named {
            guard let text = try await text(candidate.path, candidate.blob) else { continue }
            let hits = text.lines.indices.map {
                Hit(path: candidate.path, line: $0 + 1, fit: message.fit(text.lines[$0]))
            }
            guard let best = hits.max(by: { ($0.fit, $1.line) < ($1.fit, $0.line) }), best.fit > 0 else { continue }
            finding.places.append(
                ExcerptBuilder.Place(
                    text: text, blob: candidate.blob, line: best.line,
                    function: FunctionFinder(text).enclosing(best.line),
                    score: min(candidate.score, max(0.5, best.fit + 0.1))))
        }
        if finding.places.isEmpty, !message.isEmpty {
            finding = try await grep(message, in: tree, at: commit, near: Set(named.map(\.path)))
        }
        if finding.places.isEmpty, let first = named.first, let text = try await text(first.path, first.blob) {
            finding.places = [ExcerptBuilder.Place(text: text, blob: first.blob, score: min(0.4, first.score))]
            finding.notes = ["the words of the message are not in \(first.path); its beginning is shown"]
        }
        finding.places.sort { $0.score > $1.score }
        finding.files = finding.places.map(\.text.path)
        if !finding.places.isEmpty { finding.notes.append("the event has no frames: found by its module and message") }
        return finding
    }

    private func grep(
        _ message: MessageSearch, in tree: TreeIndex, at commit: ObjectName, near: Set<String>
    ) async throws(MirrorError) -> FrameFinding {
        var finding = FrameFinding()
        let scope = settings.subdirectory.map { RepositoryPath.isSafe($0) ? ["--", $0] : [] } ?? []
        let output: [UInt8]
        do throws(MirrorError) {
            output = try await git.run(
                ["grep", "-n", "-I", "-z", "-F", "--no-color", "--no-textconv", "-m", "20", "-f", "-", commit.hex]
                    + scope,
                input: message.patterns, accepted: [0, 1], limit: Self.maxGrepBytes)
        } catch {
            finding.notes.append("the search for the message's words failed: \(error.description)")
            return finding
        }
        let hits = Self.hits(output, message, commit).map { hit in
            var hit = hit
            if FileMatcher.isAside(hit.path) { hit.fit *= 0.6 }
            if !Language(path: hit.path).isCode { hit.fit *= 0.5 }
            if near.contains(hit.path) { hit.fit = min(1, hit.fit + 0.1) }
            return hit
        }.sorted { ($0.fit, $1.path, $1.line) > ($1.fit, $0.path, $0.line) }
        guard let best = hits.first, best.fit > 0.3 else { return finding }
        let rivals = hits.prefix { $0.fit > best.fit - 0.02 }
        for hit in rivals.prefix(min(3, context.maxLocations)) {
            guard let file = tree.file(at: hit.path), let text = try await text(file.path, file.blob) else { continue }
            finding.places.append(
                ExcerptBuilder.Place(
                    text: text, blob: file.blob, line: hit.line, function: FunctionFinder(text).enclosing(hit.line),
                    score: hit.fit / Double(max(1, rivals.count))))
        }
        if rivals.count > 1 { finding.notes.append("\(rivals.count) places carry the message's words; none is sure") }
        return finding
    }

    /// Reads `COMMIT:PATH NUL LINE NUL TEXT`.
    private static func hits(_ output: [UInt8], _ message: MessageSearch, _ commit: ObjectName) -> [Hit] {
        var hits: [Hit] = []
        let prefix = commit.hex + ":"
        for raw in output.split(separator: 0x0A) {
            guard hits.count < maxHits else { break }
            let fields = raw.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3, let line = Int(String(decoding: fields[1], as: UTF8.self)), line > 0 else {
                continue
            }
            let name = String(decoding: fields[0], as: UTF8.self)
            guard name.hasPrefix(prefix) else { continue }
            let fit = message.fit(String(decoding: fields[2].prefix(2000), as: UTF8.self))
            if fit > 0 { hits.append(Hit(path: String(name.dropFirst(prefix.count)), line: line, fit: fit)) }
        }
        return hits
    }
}
