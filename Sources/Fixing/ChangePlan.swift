import Events
import GitMirror

/// The new contents of the files that a diagnosis wants changed, with everything checked that can be without running
/// anything.
struct ChangePlan: Sendable {
    /// Path → new bytes.
    private(set) var contents: [String: [UInt8]] = [:]
    /// Path → bytes of the base.
    private(set) var originals: [String: [UInt8]] = [:]
    private(set) var files: [FixDraft.File] = []

    init(
        _ request: FixRequest, _ repository: DraftRepository, settings: FixingSettings, redactor: @escaping Redactor
    ) async throws {
        let byPath = Dictionary(grouping: request.changes, by: \.file)
        guard byPath.count <= settings.maxFiles else {
            throw Refusal.size("the change is of \(byPath.count) files; \(settings.maxFiles) are allowed")
        }
        let paths = PathRules(allowed: settings.allowedPaths, forbidden: settings.forbiddenPaths)
        let scope = ScopeRules(settings: settings, redactor: redactor)
        for (path, changes) in byPath.sorted(by: { $0.key < $1.key }) {
            let bytes = try await Self.base(path, repository, paths)
            guard let source = SourceLines(bytes) else {
                throw Refusal.path(path, reason: "it is binary, too large, or no UTF-8 text")
            }
            let shown = request.code.excerpts.filter { $0.file == path }.map { excerpt in
                let first = max(0, excerpt.firstLine - 1)
                return first..<first + excerpt.lines.count
            }
            let edits = try Self.edits(changes, BlockMatcher(path: path, source: source, shown: shown), path)
            let kind = try scope.check(edits, of: source, path: path)
            let changed = source.applying(edits)
            guard changed != source else { throw Refusal.block(path: path, reason: "the change changes nothing") }
            let (added, removed) = Self.count(from: source, to: changed)
            (contents[path], originals[path]) = (changed.bytes, bytes)
            let reason = changes.map(\.description).filter { !$0.isEmpty }.joined(separator: "; ")
            files.append(.init(path: path, added: added, removed: removed, kind: kind.words, reason: reason))
        }
        let lines = files.reduce(0) { $0 + $1.added + $1.removed }
        guard lines <= settings.maxLines else {
            throw Refusal.size("the change is of \(lines) lines; \(settings.maxLines) are allowed")
        }
    }

    private static func base(
        _ path: String, _ repository: DraftRepository, _ paths: PathRules
    ) async throws -> [UInt8] {
        if let objection = paths.objection(to: path) { throw Refusal.path(path, reason: objection) }
        guard let file = repository.file(at: path) else {
            throw Refusal.path(path, reason: "the revision has no regular file of that name")
        }
        guard !file.isExecutable else { throw Refusal.path(path, reason: "it is executable") }
        return try await repository.contents(of: path, limit: SourceLines.maxBytes)
    }

    /// From the last to the first, so that one does not move another.
    private static func edits(
        _ changes: [Diagnosis.ProposedFix], _ matcher: BlockMatcher, _ path: String
    ) throws(Refusal) -> [BlockEdit] {
        var edits: [BlockEdit] = []
        for change in changes { edits.append(try matcher.edit(change)) }
        edits.sort { $0.range.lowerBound > $1.range.lowerBound }
        for (later, earlier) in zip(edits, edits.dropFirst()) where earlier.range.upperBound > later.range.lowerBound {
            throw .block(path: path, reason: "two changes are of the same lines")
        }
        return edits
    }

    private static func count(from old: SourceLines, to new: SourceLines) -> (added: Int, removed: Int) {
        let head = zip(old.lines, new.lines).prefix { $0 == $1 }.count
        let (a, b) = (old.lines.dropFirst(head), new.lines.dropFirst(head))
        let tail = zip(a.reversed(), b.reversed()).prefix { $0 == $1 }.count
        let difference = b.dropLast(tail).map(\.text).difference(from: a.dropLast(tail).map(\.text))
        return (difference.insertions.count, difference.removals.count)
    }
}

extension SourceLines {
    /// - Parameter edits: from the last to the first, not overlapping.
    func applying(_ edits: [BlockEdit]) -> SourceLines {
        var copy = self
        for edit in edits {
            // A block keeps its line ends; what it ends with (perhaps nothing, at the file's end) stays last.
            let ending = lines[edit.range].first { !$0.ending.isEmpty }?.ending ?? lines.first?.ending ?? [0x0A]
            var new = edit.lines.map { Line(text: $0, ending: ending.isEmpty ? [0x0A] : ending) }
            if let last = edit.range.last, !new.isEmpty { new[new.count - 1].ending = lines[last].ending }
            copy.lines.replaceSubrange(edit.range, with: new)
        }
        return copy
    }
}
