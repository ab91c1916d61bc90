import Events

extension MirrorSession {
    /// The code that an event points at, and the commits that may have brought the error in.
    ///
    /// Never throws: what could not be read is told by the context's state and notes.
    ///
    /// - Parameter releases: when each release was seen with this error, for its first occurrence.
    public func context(for event: ErrorEvent, releases: [ReleaseWindow] = []) async -> CodeContext {
        await begin()
        defer { end() }
        do throws(MirrorError) {
            try refresh()
            await countQuestion()
            let revision = try await revision(for: event)
            return try await read(event, at: revision, releases: releases)
        } catch {
            return EventExcerpts.context(for: event, settings: context, mirror: settings.name, error: error)
        }
    }

    private func read(
        _ event: ErrorEvent, at asked: Revision, releases: [ReleaseWindow]
    ) async throws(MirrorError) -> CodeContext {
        var revision = asked
        var tree = try await tree(of: revision.commit)
        var finding = FrameFinding()
        let frames = FrameOrder.ordered(event)
        if !frames.isEmpty {
            finding = try await find(frames, in: tree, service: event.service)
            if let better = try await drifted(finding, from: revision) {
                revision = better
                tree = try await self.tree(of: revision.commit)
                finding = try await find(frames, in: tree, service: event.service)
            }
        }
        var notes = revision.notes
        if tree.isCut {
            notes.append("the mirror has more than \(TreeIndex.maxFiles) files; the rest was not searched")
        }
        if finding.places.isEmpty {
            let searched = try await search(for: event, in: tree, at: revision.commit)
            finding.places = searched.places
            finding.notes += searched.notes
        }
        notes += finding.notes
        guard !finding.places.isEmpty else {
            return nothingFound(event, hasFrames: !frames.isEmpty, at: revision.commit, notes: notes)
        }
        var built = try await excerpts(of: finding, in: tree, at: revision)
        notes += built.notes
        let declared = built.excerpts.filter { $0.about != nil && !finding.files.contains($0.file) }.map(\.file)
        let suspects = await suspects(
            for: built.excerpts, files: finding.files + declared, at: revision, event: event, releases: releases)
        try await nameOwners(&built.excerpts, in: tree)
        if let indexFailure { notes.append("reading the history is slow: \(indexFailure.description)") }
        return CodeContext(
            state: .read(mirror: settings.name, revision: revision.commit.hex, basis: revision.basis),
            excerpts: built.excerpts, suspects: suspects.found, notes: Self.unique(notes + suspects.notes))
    }

    /// The excerpts of the frames, then the declarations that the first failing line names, while there is room.
    private func excerpts(
        of finding: FrameFinding, in tree: TreeIndex, at revision: Revision
    ) async throws(MirrorError) -> (excerpts: [CodeExcerpt], notes: [String]) {
        let builder = ExcerptBuilder(revision: revision.commit.hex, settings: context)
        let built = builder.build(finding.places)
        guard let first = built.excerpts.first, first.score >= Self.sureEnough,
            built.excerpts.count < context.maxLocations
        else { return built }
        let declared = try await declarations(
            for: first, files: finding.files, in: tree, room: context.maxLocations - built.excerpts.count)
        return declared.isEmpty ? built : builder.build(finding.places, declarations: declared)
    }

    /// Declarations are looked for only around a line that is probably the right one.
    private static let sureEnough = 0.5

    /// Where the frame's text differs from its file's and no commit is known, the newest revision at which they agree.
    private func drifted(_ finding: FrameFinding, from revision: Revision) async throws(MirrorError) -> Revision? {
        guard let (frame, path) = finding.drifted,
            revision.basis == .branchBeforeEvent || revision.basis == .branchHead,
            let commit = try await agreeing(frame, in: path), commit != revision.commit
        else { return nil }
        let note =
            "drift: \(path) reads as the event says at \(commit.short), not at \(revision.commit.short), "
            + "the branch's commit at that time"
        return Revision(commit: commit, basis: .framesAgree, notes: revision.notes + [note])
    }

    /// Who owns the excerpts' files. Persons are left out where authors' names are turned off; teams are not.
    private func nameOwners(_ excerpts: inout [CodeExcerpt], in tree: TreeIndex) async throws(MirrorError) {
        guard let file = CodeOwners.places.lazy.compactMap({ tree.file(at: $0) }).first,
            let text = try await text(file.path, file.blob)
        else { return }
        let owners = CodeOwners(text)
        for index in excerpts.indices {
            let named = owners.owners(of: excerpts[index].file).filter {
                context.showAuthors || ($0.hasPrefix("@") && $0.contains("/"))
            }
            excerpts[index].owners = named.isEmpty ? nil : named
        }
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
