import Events

extension MirrorSession {
    /// The code that an event points at, and the commits that may have brought the error in.
    ///
    /// Never throws: what could not be read is told by the context's state and notes.
    ///
    /// - Parameter releases: when each release was seen with this error, for its first occurrence.
    public func context(for event: ErrorEvent, releases: [ReleaseWindow] = []) async -> CodeContext {
        do throws(MirrorError) {
            try refresh()
            let revision = try await revision(for: event)
            return try await read(event, at: revision, releases: releases)
        } catch {
            return EventExcerpts.context(for: event, settings: context, mirror: settings.name, error: error)
        }
    }

    private func read(
        _ event: ErrorEvent, at revision: Revision, releases: [ReleaseWindow]
    ) async throws(MirrorError) -> CodeContext {
        let tree = try await tree(of: revision.commit)
        var notes = revision.notes
        if tree.isCut {
            notes.append("the mirror has more than \(TreeIndex.maxFiles) files; the rest was not searched")
        }
        var finding = FrameFinding()
        let frames = FrameOrder.ordered(event)
        if !frames.isEmpty { finding = try await find(frames, in: tree) }
        if finding.places.isEmpty {
            let searched = try await search(for: event, in: tree, at: revision.commit)
            finding.places = searched.places
            finding.notes += searched.notes
        }
        notes += finding.notes
        guard !finding.places.isEmpty else {
            return nothingFound(event, hasFrames: !frames.isEmpty, at: revision.commit, notes: notes)
        }
        let built = ExcerptBuilder(revision: revision.commit.hex, settings: context).build(finding.places)
        notes += built.notes
        let suspects = await suspects(
            for: built.excerpts, files: finding.files, at: revision.commit, event: event, releases: releases)
        return CodeContext(
            state: .read(mirror: settings.name, revision: revision.commit.hex, basis: revision.basis),
            excerpts: built.excerpts, suspects: suspects.found, notes: Self.unique(notes + suspects.notes))
    }

    private func nothingFound(
        _ event: ErrorEvent, hasFrames: Bool, at commit: ObjectName, notes: [String]
    ) -> CodeContext {
        let own = EventExcerpts.excerpts(of: event, settings: context)
        if !own.isEmpty {
            return CodeContext(
                state: .fromEvent, excerpts: own,
                notes: Self.unique(notes + ["none of the frames' files is in mirror \(settings.name)"]))
        }
        let state: CodeContext.State =
            hasFrames || event.target != nil || event.code != nil
            ? .notFound(mirror: settings.name, revision: commit.hex) : .noFrames
        return CodeContext(state: state, notes: Self.unique(notes))
    }

    static let maxNotes = 12

    private static func unique(_ notes: [String]) -> [String] {
        var seen: Set<String> = []
        return Array(notes.filter { seen.insert($0).inserted }.prefix(maxNotes))
    }
}
